import type { Call } from "../syntax.ts";
import { argument, literalText } from "./builtins/rule.ts";
import { coerced, zoneName } from "./dates.ts";
import { stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

type Moment = "DATE" | "DATETIME" | "TIMESTAMP" | "TIME";

const element = /%(E\*S|E[0-6]S|E4Y|Ez|[a-zA-Z%])|([^%]+)|(%)/g;

/** Elements that DuckDB's strftime has, spelled its way. */
const formats: Readonly<Record<string, string>> = {
  A: "%A",
  a: "%a",
  B: "%B",
  b: "%b",
  h: "%b",
  D: "%m/%d/%y",
  d: "%d",
  F: "%Y-%m-%d",
  G: "%G",
  H: "%H",
  I: "%I",
  j: "%j",
  M: "%M",
  m: "%m",
  n: "\n",
  p: "%p",
  R: "%H:%M",
  S: "%S",
  T: "%H:%M:%S",
  t: "\t",
  U: "%U",
  u: "%u",
  V: "%V",
  W: "%W",
  w: "%w",
  X: "%H:%M:%S",
  x: "%m/%d/%y",
  Y: "%Y",
  y: "%y",
  "%": "%%",
  E4Y: "%Y",
  E3S: "%S.%g",
  E6S: "%S.%f",
  E0S: "%S",
};

/** Elements that it does not have, as functions of the moment. */
const computed: Readonly<Record<string, (moment: string) => string>> = {
  C: (moment) => `printf('%02d', year(${moment}) // 100)`,
  c: (moment) => `bq_format_c(${moment})`,
  e: (moment) => `lpad(strftime(${moment}, '%-d'), 2, ' ')`,
  k: (moment) => `lpad(strftime(${moment}, '%-H'), 2, ' ')`,
  l: (moment) => `lpad(strftime(${moment}, '%-I'), 2, ' ')`,
  P: (moment) => `lower(strftime(${moment}, '%p'))`,
  Q: (moment) => `CAST(quarter(${moment}) AS VARCHAR)`,
  "E*S": (moment) => `bq_format_seconds(${moment})`,
};

/** Elements that a DATE, or a TIME, does not have; GoogleSQL prints them as they are written. */
const timeElement = /^(H|I|k|l|M|p|P|R|S|T|X|c|s|z|Z|Ez|E\*S|E[0-6]S)$/;
const dateElement = /^(A|a|B|b|C|c|D|d|e|F|G|h|j|m|Q|s|U|u|V|W|w|x|Y|y|E4Y|z|Z|Ez)$/;

/** Writes FORMAT_DATE, FORMAT_DATETIME, FORMAT_TIMESTAMP or FORMAT_TIME. */
export function writeDateFormat(type: Moment, call: Call, writer: Writer): string {
  const format = literalText(call, 0, `FORMAT_${type} format`, writer);
  const value = coerced(argument(call, 1), type, writer);
  const zone = call.arguments[2] === undefined ? "'UTC'" : zoneName(call.arguments[2], writer);
  const moment = local(type, value, zone);
  const foreign = type === "DATE" ? timeElement : type === "TIME" ? dateElement : undefined;
  const pieces: string[] = [];
  let run = "";
  const flush = () => {
    if (run !== "") {
      pieces.push(`strftime(${moment}, ${stringLiteral(run)})`);
    }
    run = "";
  };
  for (const [, name, text] of format.matchAll(element)) {
    const plain = text ?? (name === undefined ? undefined : formats[name]);
    const piece = name === undefined ? undefined : (computed[name]?.(moment) ?? zoned(type, name, value, zone));
    if (name !== undefined && foreign?.test(name)) {
      writer.refuse(`format element %${name} in FORMAT_${type}`, argument(call, 0).offset);
    }
    if (plain !== undefined) {
      run += plain;
    } else if (piece !== undefined) {
      flush();
      pieces.push(piece);
    } else {
      writer.refuse(`format element %${name ?? ""}`, argument(call, 0).offset);
    }
  }
  flush();
  return pieces.length === 0 ? "''" : `(${pieces.join(" || ")})`;
}

/** The moment as a TIMESTAMP without a zone, which is what strftime formats. */
function local(type: Moment, value: string, zone: string): string {
  switch (type) {
    case "DATE":
      return `CAST(bq_a_date(${value}) AS TIMESTAMP)`;
    case "DATETIME":
      return `bq_a_datetime(${value})`;
    case "TIMESTAMP":
      return `timezone(${zone}, bq_a_timestamp(${value}))`;
    case "TIME":
      return `(DATE '1970-01-01' + bq_a_time(${value}))`;
  }
}

/** Elements about the zone, which only a TIMESTAMP has. */
function zoned(type: Moment, name: string, value: string, zone: string): string | undefined {
  if (type !== "TIMESTAMP") {
    return undefined;
  }
  switch (name) {
    case "s":
      return `CAST(bq_unix_seconds(${value}) AS VARCHAR)`;
    case "z":
      return `bq_zone_offset(${value}, ${zone}, '')`;
    case "Ez":
      return `bq_zone_offset(${value}, ${zone}, ':')`;
    case "Z":
      return zone === "'UTC'" ? "'UTC'" : undefined;
    default:
      return undefined;
  }
}

/** Elements of a format to parse with. Those of weeks and quarters are refused: the two engines read them differently. */
const parses: Readonly<Record<string, string>> = {
  A: "%A",
  a: "%a",
  B: "%B",
  b: "%b",
  h: "%b",
  D: "%m/%d/%y",
  d: "%d",
  e: "%d",
  F: "%Y-%m-%d",
  H: "%H",
  I: "%I",
  k: "%H",
  l: "%I",
  M: "%M",
  m: "%m",
  p: "%p",
  P: "%p",
  R: "%H:%M",
  S: "%S",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
  x: "%m/%d/%y",
  Y: "%Y",
  y: "%y",
  "%": "%%",
  E4Y: "%Y",
  "E*S": "%S",
  Ez: "%z",
  z: "%z",
  E0S: "%S",
};

const dateElements = /%([AaBbhDdeFmxYyjE])/;
const timeElements = /%([HIklMpPRSTXsEz])/;

/**
 * Writes PARSE_DATE, PARSE_DATETIME, PARSE_TIMESTAMP or PARSE_TIME.
 *
 * @param safe whether a text that does not match gives NULL and not an error
 */
export function writeDateParse(type: Moment, call: Call, safe: boolean, writer: Writer): string {
  const format = literalText(call, 0, `PARSE_${type} format`, writer);
  const { offset } = argument(call, 0);
  const text = writer.expression(argument(call, 1));
  if (type === "TIMESTAMP" && format === "%s") {
    return safe ? `TRY(bq_parse_seconds(${text}))` : `bq_parse_seconds(${text})`;
  }
  if (type !== "TIME" && !/%(Y|F|y|D|x|E4Y)/.test(format)) {
    writer.refuse(`PARSE_${type} format without a year`, offset);
  }
  if (
    (type === "DATE" && timeElements.test(format.replace(/%E4Y/g, ""))) ||
    (type === "TIME" && dateElements.test(format.replace(/%E[*0-6]S/g, "")))
  ) {
    writer.refuse(`format ${format} in PARSE_${type}`, offset);
  }
  let pattern = "";
  for (const [, name, plain] of format.matchAll(element)) {
    const part = plain ?? (name === undefined ? undefined : parses[name]);
    if (part === undefined) {
      writer.refuse(`format element %${name ?? ""}`, offset);
    }
    pattern += part;
  }
  const hasZone = /%E?z/.test(format);
  if (hasZone && type !== "TIMESTAMP") {
    writer.refuse(`format element %z in PARSE_${type}`, offset);
  }
  // A second with and without a fraction are two patterns in DuckDB.
  const patterns = format.includes("%E*S")
    ? `[${stringLiteral(pattern.replace("%S", "%S.%f"))}, ${stringLiteral(pattern)}]`
    : stringLiteral(pattern);
  const parsed = `${safe ? "try_strptime" : "strptime"}(${hasZone ? `bq_zone_digits(${text})` : text}, ${patterns})`;
  return finished(type, parsed, hasZone, call, writer);
}

function finished(type: Moment, parsed: string, hasZone: boolean, call: Call, writer: Writer): string {
  if (type !== "TIMESTAMP") {
    return `CAST(${parsed} AS ${{ DATE: "DATE", DATETIME: "TIMESTAMP", TIME: "TIME" }[type]})`;
  }
  const zone = call.arguments[2] === undefined ? "'UTC'" : zoneName(call.arguments[2], writer);
  return hasZone ? `CAST(${parsed} AS TIMESTAMPTZ)` : `bq_timestamp_in_zone(CAST(${parsed} AS TIMESTAMP), ${zone})`;
}
