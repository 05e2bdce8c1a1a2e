import type { Call, Expression } from "../syntax.ts";
import { argument, literalText } from "./builtins/rule.ts";
import { writeOverloaded } from "./overload.ts";
import { stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

const specifier = /%(?<flags>[-+ 0']*)(?<width>\d*)(?:\.(?<precision>\d+))?(?<type>[a-zA-Z%])/y;

interface Specifier {
  flags: string;
  width: string;
  precision: string | undefined;
  type: string;
}

/** Writes FORMAT with a literal format: a chain of its texts and its arguments, each formatted by its specifier. */
export function writeFormat(call: Call, writer: Writer): string {
  const format = literalText(call, 0, "FORMAT string", writer);
  const { offset } = argument(call, 0);
  const pieces: string[] = [];
  let used = 1;
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf("%", at);
    const text = format.slice(at, percent < 0 ? format.length : percent);
    if (text !== "") {
      pieces.push(stringLiteral(text));
    }
    if (percent < 0) {
      break;
    }
    specifier.lastIndex = percent;
    const match = specifier.exec(format);
    if (match?.groups === undefined) {
      return writer.refuse(`FORMAT specifier ${format.slice(percent, percent + 4)}`, offset);
    }
    at = specifier.lastIndex;
    if (match.groups.type === "%") {
      pieces.push("'%'");
      continue;
    }
    const value = call.arguments[used];
    used += 1;
    if (value === undefined) {
      writer.refuse("FORMAT with too few arguments", offset);
    }
    const { flags = "", width = "", precision, type = "" } = match.groups;
    pieces.push(writeSpecifier({ flags, width, precision, type }, value, match[0], writer));
  }
  if (used < call.arguments.length) {
    writer.refuse("FORMAT with too many arguments", offset);
  }
  return pieces.length === 0 ? "''" : `(${pieces.join(" || ")} || '')`;
}

function writeSpecifier(spec: Specifier, value: Expression, text: string, writer: Writer): string {
  const sql = writer.expression(value);
  const isGrouped = spec.flags.includes("'");
  const printed = (macro: string) => writeOverloaded(macro, [value], [sql], writer);
  switch (spec.type) {
    case "s":
      return padded(spec, sql, text, value, writer);
    case "t":
    case "T":
      return padded(spec, printed(spec.type === "t" ? "bq_format_text" : "bq_format_literal"), text, value, writer);
    case "d":
    case "i":
      checkType(value, ["INT64"], text, writer);
      if (isGrouped) {
        return grouped(spec, "", `CAST(${sql} AS BIGINT)`, text, value, writer);
      }
      return `printf('%${spec.flags}${spec.width}d', CAST(${sql} AS BIGINT))`;
    case "x":
    case "X":
    case "o":
      checkType(value, ["INT64"], text, writer);
      if (spec.flags !== "" || spec.width !== "" || spec.precision !== undefined) {
        return writer.refuse(`FORMAT specifier ${text}`, value.offset);
      }
      return `bq_format_integer('%${spec.type}', CAST(${sql} AS BIGINT))`;
    case "f":
    case "F":
    case "e":
    case "E":
    case "g":
    case "G": {
      checkType(value, ["FLOAT64", "NUMERIC"], text, writer);
      const number = double(sql, spec);
      if (isGrouped) {
        return grouped(spec, `.${spec.precision ?? 6}${spec.type}`, number, text, value, writer);
      }
      const precision = spec.precision === undefined ? "" : `.${spec.precision}`;
      return `printf('%${spec.flags}${spec.width}${precision}${spec.type}', ${number})`;
    }
    default:
      return writer.refuse(`FORMAT specifier ${text}`, value.offset);
  }
}

/** A number as printf takes it. A NUMERIC is rounded while it is exact: as a DOUBLE, 2.25 could become 2.2. */
function double(sql: string, spec: Specifier): string {
  if (!/[fF]/.test(spec.type)) {
    return `CAST(${sql} AS DOUBLE)`;
  }
  const rounded = `CAST(round(${sql}, ${spec.precision ?? 6}) AS DOUBLE)`;
  return `CASE WHEN typeof(${sql}) LIKE 'DECIMAL%' THEN ${rounded} ELSE CAST(${sql} AS DOUBLE) END`;
}

function checkType(value: Expression, types: readonly string[], text: string, writer: Writer): void {
  const type = writer.simpleTypeOf(value);
  if (type !== undefined && !types.includes(type)) {
    writer.refuse(`FORMAT specifier ${text} of ${type}`, value.offset);
  }
}

function padded(spec: Specifier, sql: string, text: string, value: Expression, writer: Writer): string {
  if (/[+ 0']/.test(spec.flags)) {
    return writer.refuse(`FORMAT specifier ${text}`, value.offset);
  }
  const precision = spec.precision === undefined ? "" : `.${spec.precision}`;
  return spec.width + precision === "" ? sql : `printf('%${spec.flags}${spec.width}${precision}s', ${sql})`;
}

function grouped(
  spec: Specifier,
  suffix: string,
  sql: string,
  text: string,
  value: Expression,
  writer: Writer,
): string {
  if (spec.flags !== "'" || spec.width !== "") {
    return writer.refuse(`FORMAT specifier ${text}`, value.offset);
  }
  return `format('{:,${suffix}}', ${sql})`;
}
