import type { Call, SimpleType } from "../../syntax.ts";
import { writeDateFormat, writeDateParse } from "../date-format.ts";
import { coerced, datePartNames, partArgument, timePartNames, writeInterval, zoneName } from "../dates.ts";
import { stringLiteral } from "../text.ts";
import type { Writer } from "../writer.ts";
import { argument, type FunctionRule, type FunctionRules, renamed, scalar } from "./rule.ts";

type Moment = "DATE" | "DATETIME" | "TIMESTAMP" | "TIME";

const parts: Readonly<Record<Moment, { add: readonly string[]; diff: readonly string[]; trunc: readonly string[] }>> = {
  DATE: { add: ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"], diff: datePartNames, trunc: datePartNames },
  DATETIME: {
    add: [...timePartNames, "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"],
    diff: [...timePartNames, ...datePartNames],
    trunc: [...timePartNames, ...datePartNames],
  },
  TIMESTAMP: {
    add: [...timePartNames, "DAY"],
    diff: [...timePartNames, "DAY"],
    trunc: [...timePartNames, ...datePartNames],
  },
  TIME: { add: timePartNames, diff: timePartNames, trunc: timePartNames },
};

/** DATE_ADD(d, INTERVAL n PART) and its like; a DATE stays a DATE. */
function shift(type: Moment, sign: "+" | "-"): FunctionRule {
  return scalar([2, 2], type, (call, writer) => {
    const interval = argument(call, 1);
    if (interval.kind !== "interval") {
      return writer.refuse("second argument that is no INTERVAL", interval.offset);
    }
    const moment = coerced(argument(call, 0), type, writer);
    const amount = writeInterval(interval.value, interval.part, parts[type].add, writer);
    return `bq_${type.toLowerCase()}_shift(${moment}, ${sign === "-" ? `-(${amount})` : amount})`;
  });
}

function difference(type: Moment): FunctionRule {
  return scalar([3, 3], "INT64", (call, writer) => {
    const [left, right] = [coerced(argument(call, 0), type, writer), coerced(argument(call, 1), type, writer)];
    const part = partArgument(call.arguments[2], parts[type].diff, writer);
    return `bq_${type.toLowerCase()}_diff(${left}, ${right}, '${part}')`;
  });
}

/** DATE_TRUNC and its like; a TIMESTAMP may be truncated in a zone. */
function truncation(type: Moment): FunctionRule {
  return scalar([2, type === "TIMESTAMP" ? 3 : 2], type, (call, writer) => {
    const moment = coerced(argument(call, 0), type, writer);
    const part = partArgument(call.arguments[1], parts[type].trunc, writer);
    const zone = call.arguments[2];
    const inZone = zone === undefined ? "" : `, ${zoneName(zone, writer)}`;
    return `bq_${type.toLowerCase()}_trunc(${moment}, '${part}'${inZone})`;
  });
}

/** DATE(…), TIMESTAMP(…), …: of a string, of another moment, in a zone, or of its numbers. */
function construction(type: Moment, most: number): FunctionRule {
  return scalar([1, most], type, (call, writer) => {
    const [first, second] = call.arguments;
    const isText = first?.kind === "literal" && first.type === "STRING";
    const zone = call.arguments.length === 2 && second !== undefined && type !== "TIME" && !isTime(second, writer);
    const values = call.arguments.map((value, index) => {
      if (index === 0 && isText) {
        return coerced(value, zone && type === "TIMESTAMP" ? "DATETIME" : type, writer);
      }
      return index === 1 && zone ? zoneName(value, writer) : writer.expression(value);
    });
    return `bq_${type.toLowerCase()}(${values.join(", ")})`;
  });
}

/** DATETIME(date, time) takes a TIME where DATETIME(timestamp, zone) takes a string. */
function isTime(value: Parameters<typeof coerced>[0], writer: Writer): boolean {
  return value !== undefined && writer.simpleTypeOf(value) === "TIME";
}

function current(type: Moment): FunctionRule {
  return scalar([0, type === "TIMESTAMP" ? 0 : 1], type, (call, writer) => {
    const [zone] = call.arguments;
    return clock(type, zone === undefined ? "'UTC'" : zoneName(zone, writer));
  });
}

function clock(type: Moment, zone: string): string {
  const types = { DATE: "DATE", DATETIME: "TIMESTAMP", TIME: "TIME" };
  return type === "TIMESTAMP" ? "now()" : `CAST(timezone(${zone}, now()) AS ${types[type]})`;
}

/** CURRENT_DATE and its like may be written without parentheses. */
export const clockFunctions: Readonly<Record<string, string>> = {
  CURRENT_DATE: clock("DATE", "'UTC'"),
  CURRENT_DATETIME: clock("DATETIME", "'UTC'"),
  CURRENT_TIME: clock("TIME", "'UTC'"),
  CURRENT_TIMESTAMP: clock("TIMESTAMP", "'UTC'"),
};

function writeLastDay(call: Call, writer: Writer): string {
  const date = coerced(argument(call, 0), "DATE", writer);
  const allowed = ["WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR"];
  const part = call.arguments[1] === undefined ? "MONTH" : partArgument(call.arguments[1], allowed, writer);
  return `bq_last_day(${date}, '${part}')`;
}

function format(type: Moment): FunctionRule {
  return scalar([2, type === "TIMESTAMP" ? 3 : 2], "STRING", (call, writer) => writeDateFormat(type, call, writer));
}

function parse(type: Moment): FunctionRule {
  return scalar([2, type === "TIMESTAMP" ? 3 : 2], type, (call, writer) => writeDateParse(type, call, false, writer), {
    safe: (call, writer) => writeDateParse(type, call, true, writer),
  });
}

function epoch(name: string, returns: SimpleType): FunctionRule {
  return renamed(name, [1, 1], returns);
}

/** STRING(timestamp [, zone]) and STRING(json) share a name. */
function writeString(call: Call, writer: Writer): string {
  const [value, zone] = call.arguments;
  if (zone !== undefined) {
    return `bq_string_in_zone(${coerced(value, "TIMESTAMP", writer)}, ${zoneName(zone, writer)})`;
  }
  return `bq_string(${value === undefined ? stringLiteral("") : writer.expression(value)})`;
}

/** Date and time functions. */
export const dateFunctions: FunctionRules = {
  CURRENT_DATE: current("DATE"),
  CURRENT_DATETIME: current("DATETIME"),
  CURRENT_TIME: current("TIME"),
  CURRENT_TIMESTAMP: current("TIMESTAMP"),
  DATE: construction("DATE", 3),
  DATETIME: construction("DATETIME", 6),
  TIMESTAMP: construction("TIMESTAMP", 2),
  TIME: construction("TIME", 3),
  DATE_ADD: shift("DATE", "+"),
  DATE_SUB: shift("DATE", "-"),
  DATETIME_ADD: shift("DATETIME", "+"),
  DATETIME_SUB: shift("DATETIME", "-"),
  TIMESTAMP_ADD: shift("TIMESTAMP", "+"),
  TIMESTAMP_SUB: shift("TIMESTAMP", "-"),
  TIME_ADD: shift("TIME", "+"),
  TIME_SUB: shift("TIME", "-"),
  DATE_DIFF: difference("DATE"),
  DATETIME_DIFF: difference("DATETIME"),
  TIMESTAMP_DIFF: difference("TIMESTAMP"),
  TIME_DIFF: difference("TIME"),
  DATE_TRUNC: truncation("DATE"),
  DATETIME_TRUNC: truncation("DATETIME"),
  TIMESTAMP_TRUNC: truncation("TIMESTAMP"),
  TIME_TRUNC: truncation("TIME"),
  LAST_DAY: scalar([1, 2], "DATE", writeLastDay),
  FORMAT_DATE: format("DATE"),
  FORMAT_DATETIME: format("DATETIME"),
  FORMAT_TIMESTAMP: format("TIMESTAMP"),
  FORMAT_TIME: format("TIME"),
  PARSE_DATE: parse("DATE"),
  PARSE_DATETIME: parse("DATETIME"),
  PARSE_TIMESTAMP: parse("TIMESTAMP"),
  PARSE_TIME: parse("TIME"),
  UNIX_DATE: epoch("bq_unix_date", "INT64"),
  DATE_FROM_UNIX_DATE: epoch("bq_date_from_unix_date", "DATE"),
  UNIX_SECONDS: epoch("bq_unix_seconds", "INT64"),
  UNIX_MILLIS: epoch("bq_unix_millis", "INT64"),
  UNIX_MICROS: epoch("bq_unix_micros", "INT64"),
  TIMESTAMP_SECONDS: epoch("bq_timestamp_seconds", "TIMESTAMP"),
  TIMESTAMP_MILLIS: epoch("bq_timestamp_millis", "TIMESTAMP"),
  TIMESTAMP_MICROS: epoch("bq_timestamp_micros", "TIMESTAMP"),
  STRING: scalar([1, 2], "STRING", writeString),
};
