import type { DatePart, Expression } from "../syntax.ts";
import { moment } from "./literals.ts";
import { writeOverloaded } from "./overload.ts";
import { stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

const weekdays = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

/** The parts of a date, from which a kind of function may take some. */
export const datePartNames = ["DAY", "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR"] as const;
export const timePartNames = ["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR"] as const;

/**
 * Reads a date part from where an argument stands: `MONTH`, or `WEEK(MONDAY)`, which look like a column and a call.
 *
 * @returns the part as the macros know it: MONTH, WEEK_MONDAY, …
 * @throws UnsupportedSql when it is none of `allowed`
 */
export function partArgument(argument: Expression | undefined, allowed: readonly string[], writer: Writer): string {
  if (argument?.kind === "path" && argument.parts.length === 1) {
    const name = argument.parts[0]?.text.toUpperCase() ?? "";
    return checkedPart({ name, weekday: undefined, offset: argument.offset }, allowed, writer);
  }
  if (argument?.kind === "call" && argument.path.length === 1 && argument.arguments.length === 1) {
    const [day] = argument.arguments;
    const weekday = day?.kind === "path" ? (day.parts[0]?.text.toUpperCase() ?? "") : "";
    const name = argument.path[0]?.text.toUpperCase() ?? "";
    return checkedPart({ name, weekday, offset: argument.offset }, allowed, writer);
  }
  return writer.refuse("date part that is no name", argument?.offset ?? 0);
}

/** The part as the macros know it, if it is one of `allowed`. A week that starts on Sunday is WEEK itself. */
export function checkedPart(part: DatePart, allowed: readonly string[], writer: Writer): string {
  const isWeek = part.name === "WEEK" && part.weekday !== undefined;
  if (!allowed.includes(part.name) || (part.weekday !== undefined && !isWeek)) {
    writer.refuse(`date part ${part.name}${part.weekday === undefined ? "" : `(${part.weekday})`}`, part.offset);
  }
  if (!isWeek) {
    return part.name;
  }
  if (!weekdays.includes(part.weekday ?? "")) {
    writer.refuse(`date part WEEK(${part.weekday})`, part.offset);
  }
  return part.weekday === "SUNDAY" ? "WEEK" : part.weekday === "MONDAY" ? "ISOWEEK" : `WEEK_${part.weekday}`;
}

/** A literal string where a date or time is wanted becomes one, as GoogleSQL coerces it. */
export function coerced(
  argument: Expression | undefined,
  type: "DATE" | "DATETIME" | "TIMESTAMP" | "TIME",
  writer: Writer,
): string {
  if (argument === undefined) {
    return "NULL";
  }
  if (argument.kind === "literal" && argument.type === "STRING") {
    return moment(type, argument.value) ?? writer.refuse(`${type} literal '${argument.value}'`, argument.offset);
  }
  if (argument.kind === "literal" && argument.type === "NULL") {
    return `CAST(NULL AS ${{ DATE: "DATE", DATETIME: "TIMESTAMP", TIMESTAMP: "TIMESTAMPTZ", TIME: "TIME" }[type]})`;
  }
  return writer.expression(argument);
}

const intervalUnits = [...timePartNames, "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"];

/** Writes `INTERVAL n PART`. */
export function writeInterval(value: Expression, part: DatePart, allowed: readonly string[], writer: Writer): string {
  const unit = checkedPart(
    part,
    allowed.filter((name) => intervalUnits.includes(name)),
    writer,
  );
  if (value.kind === "literal" && value.type !== "INT64") {
    writer.refuse("INTERVAL of something else than an integer", value.offset);
  }
  const count = value.kind === "literal" ? value.value : `CAST(${writer.expression(value)} AS INTEGER)`;
  if (unit === "MICROSECOND" || unit === "MILLISECOND") {
    // The count of an INTERVAL is 32 bits wide in DuckDB, which microseconds soon exceed.
    const factor = unit === "MILLISECOND" ? " * 1000" : "";
    return `to_microseconds(${value.kind === "literal" ? `${value.value}::BIGINT` : writer.expression(value)}${factor})`;
  }
  if (unit === "SECOND") {
    return `to_seconds(${value.kind === "literal" ? `${value.value}::BIGINT` : writer.expression(value)})`;
  }
  return `INTERVAL (${count}) ${unit}`;
}

const extracts: Readonly<Record<string, (source: string) => string>> = {
  MICROSECOND: (source) => `(date_part('microsecond', ${source}) % 1000000)`,
  MILLISECOND: (source) => `(date_part('millisecond', ${source}) % 1000)`,
  SECOND: (source) => `date_part('second', ${source})`,
  MINUTE: (source) => `date_part('minute', ${source})`,
  HOUR: (source) => `date_part('hour', ${source})`,
  DAYOFWEEK: (source) => `(date_part('dow', ${source}) + 1)`,
  DAYOFYEAR: (source) => `date_part('doy', ${source})`,
  DAY: (source) => `date_part('day', ${source})`,
  WEEK: (source) => `bq_week(${source}, 0)`,
  ISOWEEK: (source) => `date_part('week', ${source})`,
  MONTH: (source) => `date_part('month', ${source})`,
  QUARTER: (source) => `date_part('quarter', ${source})`,
  YEAR: (source) => `date_part('year', ${source})`,
  ISOYEAR: (source) => `date_part('isoyear', ${source})`,
  DATE: (source) => `CAST(${source} AS DATE)`,
  DATETIME: (source) => `CAST(${source} AS TIMESTAMP)`,
  TIME: (source) => `CAST(${source} AS TIME)`,
};

/** Writes EXTRACT(part FROM value [AT TIME ZONE zone]). */
export function writeExtract(part: DatePart, value: Expression, zone: Expression | undefined, writer: Writer): string {
  const source =
    zone === undefined ? writer.expression(value) : `timezone(${zoneName(zone, writer)}, ${writer.expression(value)})`;
  if (part.name === "WEEK" && part.weekday !== undefined) {
    checkedPart(part, ["WEEK"], writer);
    return `bq_week(${source}, ${weekdays.indexOf(part.weekday)})`;
  }
  if (part.name === "TIME" && part.weekday === undefined && zone === undefined) {
    return writeOverloaded("bq_time", [value], [source], writer);
  }
  const extract = Object.hasOwn(extracts, part.name) ? extracts[part.name] : undefined;
  if (extract === undefined || part.weekday !== undefined) {
    return writer.refuse(`date part ${part.name}`, part.offset);
  }
  return extract(source);
}

/** A time zone. DuckDB knows the names of the tz database; offsets such as '+05:30' are refused where they show. */
export function zoneName(zone: Expression, writer: Writer): string {
  if (zone.kind === "literal" && zone.type === "STRING") {
    if (!/^[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*$/.test(zone.value)) {
      writer.refuse(`time zone '${zone.value}'`, zone.offset);
    }
    return stringLiteral(zone.value);
  }
  return writer.expression(zone);
}
