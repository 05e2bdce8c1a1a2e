import type { Expression, LiteralType } from "../syntax.ts";
import { stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

type Literal = Extract<Expression, { kind: "literal" }>;

/** Writes a literal so that DuckDB gives it GoogleSQL's type: an integer is a BIGINT, a decimal number a DOUBLE. */
export function writeLiteral(literal: Literal, writer: Writer): string {
  const { type, value, offset } = literal;
  switch (type) {
    case "NULL":
    case "BOOL":
      return value;
    case "INT64":
      return bigint(literal, writer);
    case "FLOAT64":
      return float(value);
    case "STRING":
      return stringLiteral(value);
    case "BYTES":
      return `'${Array.from(Buffer.from(value, "latin1"), (byte) => `\\x${hex(byte)}`).join("")}'::BLOB`;
    case "NUMERIC":
      return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
        ? `CAST('${value.trim()}' AS DECIMAL(38,9))`
        : writer.refuse(`NUMERIC literal '${value}'`, offset);
    case "JSON":
      return isJson(value) ? `json(${stringLiteral(value)})` : writer.refuse("JSON literal that is no JSON", offset);
    default:
      return moment(type, value) ?? writer.refuse(`${type} literal '${value}'`, offset);
  }
}

function float(value: string): string {
  const exponential = /e/i.test(value) ? value : `${value}e0`;
  return value.startsWith("-") ? `(${exponential})` : exponential;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function bigint(literal: Literal, writer: Writer): string {
  const number = integer(literal.value);
  if (number >= 2n ** 63n || number < -(2n ** 63n)) {
    writer.refuse(`integer literal ${literal.value} outside INT64`, literal.offset);
  }
  return number < 0n ? `(${number})::BIGINT` : `${number}::BIGINT`;
}

/** The value of an integer literal, decimal or hexadecimal. */
export function integer(value: string): bigint {
  return value.startsWith("-") ? -BigInt(value.slice(1)) : BigInt(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return false;
    }
    throw error;
  }
}

const date = "(\\d{4})-(\\d{1,2})-(\\d{1,2})";
const time = "(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(\\.\\d{0,6})?";
const zone = " ?(?:([Zz])|([+-]\\d{1,2}(?::\\d{2})?)| ([A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*))";
const datePattern = new RegExp(`^${date}$`);
const timePattern = new RegExp(`^${time}$`);
const datetimePattern = new RegExp(`^${date}(?:[ Tt]${time})?$`);
const timestampPattern = new RegExp(`^${date}(?:[ Tt]${time})?(?:${zone})?$`);

/**
 * Writes a date or time in the one form DuckDB is sure of (two digits each, a zone written out).
 *
 * @returns undefined when the text is none in GoogleSQL
 */
export function moment(type: LiteralType, text: string): string | undefined {
  const pattern = { DATE: datePattern, TIME: timePattern, DATETIME: datetimePattern, TIMESTAMP: timestampPattern };
  const match = Object.hasOwn(pattern, type) ? pattern[type as keyof typeof pattern].exec(text) : null;
  if (match === null || !isOnCalendar(type, match.slice(1).map(Number))) {
    return undefined;
  }
  if (type === "TIME") {
    return `TIME '${clock(match.slice(1))}'`;
  }
  const [year = "", month = "", day = ""] = match.slice(1);
  const calendar = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (type === "DATE") {
    return `DATE '${calendar}'`;
  }
  const moment = `${calendar} ${match[4] === undefined ? "00:00:00" : clock(match.slice(4))}`;
  if (type === "DATETIME") {
    return `TIMESTAMP '${moment}'`;
  }
  const [, offset, name] = match.slice(8);
  return name === undefined
    ? `TIMESTAMPTZ '${moment}${offset ?? "+00"}'`
    : `bq_timestamp_in_zone(TIMESTAMP '${moment}', '${name}')`;
}

/** Whether the numbers of a match (year, month, day, hour, minute, second) make a day and a time of day. */
function isOnCalendar(type: LiteralType, numbers: readonly number[]): boolean {
  const [year = 1, month = 1, day = 1] = type === "TIME" ? [] : numbers;
  const [hour = 0, minute = 0, second = 0] =
    type === "TIME" ? numbers : numbers.slice(3).filter((one) => !Number.isNaN(one));
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDay = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth;
  return isDay && hour < 24 && minute < 60 && second < 60;
}

function clock(parts: readonly (string | undefined)[]): string {
  const [hour = "0", minute = "0", second = "0", fraction = ""] = parts;
  const digits = [hour, minute, second].map((part) => part.padStart(2, "0")).join(":");
  return fraction.length > 1 ? digits + fraction : digits;
}
