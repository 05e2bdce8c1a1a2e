import type { Call, Expression, SimpleType } from "../../syntax.ts";
import { writeDateFormat, writeDateParse } from "../date-format.ts";
import { boundaries, lastDay, truncated } from "../date-parts.ts";
import { coerced, datePartNames, partArgument, timePartNames, writeInterval, zoneName } from "../dates.ts";
import { writeOverloaded } from "../overload.ts";
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

/** An argument that must be of this type, as it is checked to be where the text does not show it. */
function typed(value: Expression | undefined, type: Moment, writer: Writer): string {
  const sql = coerced(value, type, writer);
  return value === undefined || isOfType(value, type, writer) ? sql : `bq_a_${type.toLowerCase()}(${sql})`;
}

/** Whether the value plainly is of the type, or a literal that was made one. */
function isOfType(value: Expression, type: Moment, writer: Writer): boolean {
  const isCoerced = value.kind === "literal" && (value.type === "STRING" || value.type === "NULL");
  return isCoerced || writer.simpleTypeOf(value) === type;
}

/** DATE_ADD(d, INTERVAL n PART) and its like; a DATE stays a DATE. */
function shift(type: Moment, sign: "+" | "-"): FunctionRule {
  return scalar([2, 2], type, (call, writer) => {
    const interval = argument(call, 1);
    if (interval.kind !== "interval") {
      return writer.refuse("second argument that is no INTERVAL", interval.offset);
    }
    const moment = typed(argument(call, 0), type, writer);
    const amount = writeInterval(interval.value, interval.part, parts[type].add, writer);
    const shifted = `(${moment} ${sign} ${amount})`;
    return type === "DATE" ? `CAST(${shifted} AS DATE)` : shifted;
  });
}

/** DATE_DIFF and its like count boundaries; TIMESTAMP_DIFF counts whole units. */
function difference(type: Moment): FunctionRule {
  return scalar([3, 3], "INT64", (call, writer) => {
    const [later, earlier] = [typed(argument(call, 0), type, writer), typed(argument(call, 1), type, writer)];
    const part = partArgument(call.arguments[2], parts[type].diff, writer);
    if (type === "TIMESTAMP") {
      return `date_sub('${part.toLowerCase()}', ${earlier}, ${later})`;
    }
    const day = type === "TIME" ? "DATE '1970-01-01' + " : "";
    return boundaries(part, day + later, day + earlier);
  });
}

/** DATE_TRUNC and its like; a TIMESTAMP may be truncated in a zone. */
function truncation(type: Moment): FunctionRule {
  return scalar([2, type === "TIMESTAMP" ? 3 : 2], type, (call, writer) => {
    const moment = typed(argument(call, 0), type, writer);
    const part = partArgument(call.arguments[1], parts[type].trunc, writer);
    switch (type) {
      case "DATE":
        return `CAST(${truncated(part, moment)} AS DATE)`;
      case "DATETIME":
        return truncated(part, moment);
      case "TIME":
        return `CAST(${truncated(part, `(DATE '1970-01-01' + ${moment})`)} AS TIME)`;
      case "TIMESTAMP": {
        const zone = call.arguments[2] === undefined ? "'UTC'" : zoneName(call.arguments[2], writer);
        return `timezone(${zone}, ${truncated(part, `timezone(${zone}, ${moment})`)})`;
      }
    }
  });
}

const makers: Readonly<Record<Moment, { count: number; name: string }>> = {
  DATE: { count: 3, name: "make_date" },
  DATETIME: { count: 6, name: "make_timestamp" },
  TIME: { count: 3, name: "make_time" },
  TIMESTAMP: { count: 0, name: "" },
};

/** DATE(…), TIMESTAMP(…), …: of a string, of another moment, in a zone, or of its numbers. */
function construction(type: Moment): FunctionRule {
  const { count, name } = makers[type];
  return scalar([1, Math.max(count, 2)], type, (call, writer) => {
    const [first, second] = call.arguments;
    if (first === undefined || second === undefined) {
      return constructed(type, argument(call, 0), writer);
    }
    if (call.arguments.length === count) {
      const values = call.arguments.map((value) => writer.expression(value));
      const seconds = type === "DATE" ? [] : [`CAST(${values.pop()} AS DOUBLE)`];
      return `${name}(${[...values, ...seconds].join(", ")})`;
    }
    if (call.arguments.length > 2) {
      return writer.refuse(`${type} with ${call.arguments.length} arguments`, first.offset);
    }
    if (type === "DATETIME" && writer.simpleTypeOf(second) === "TIME") {
      return `(${typed(first, "DATE", writer)} + ${writer.expression(second)})`;
    }
    const zone = zoneName(second, writer);
    if (type === "TIMESTAMP") {
      return `bq_timestamp_in_zone(${constructed("DATETIME", first, writer)}, ${zone})`;
    }
    return `bq_${type.toLowerCase()}_in_zone(${coerced(first, "TIMESTAMP", writer)}, ${zone})`;
  });
}

function constructed(type: Moment, value: Expression, writer: Writer): string {
  const sql = coerced(value, type, writer);
  return isOfType(value, type, writer) ? sql : writeOverloaded(`bq_${type.toLowerCase()}`, [value], [sql], writer);
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
  const date = typed(argument(call, 0), "DATE", writer);
  const allowed = ["WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR"];
  const part = call.arguments[1] === undefined ? "MONTH" : partArgument(call.arguments[1], allowed, writer);
  return lastDay(part, date);
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
  const only = argument(call, 0);
  return writer.simpleTypeOf(only) === "JSON"
    ? `bq_json_string(${writer.expression(only)})`
    : writeOverloaded("bq_string", [only], [writer.expression(only)], writer);
}

/** Date and time functions. */
export const dateFunctions: FunctionRules = {
  CURRENT_DATE: current("DATE"),
  CURRENT_DATETIME: current("DATETIME"),
  CURRENT_TIME: current("TIME"),
  CURRENT_TIMESTAMP: current("TIMESTAMP"),
  DATE: construction("DATE"),
  DATETIME: construction("DATETIME"),
  TIMESTAMP: construction("TIMESTAMP"),
  TIME: construction("TIME"),
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
