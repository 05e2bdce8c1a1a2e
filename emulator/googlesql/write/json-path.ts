import type { Expression } from "../syntax.ts";
import { stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

const step = /\.([^.[\]"'\s*?@()]+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Writes a JSONPath as DuckDB's, with every name quoted. Only literal paths are known, of names and array positions:
 * what else DuckDB's paths can do ($.*, $..a, [#-1]) GoogleSQL cannot.
 */
export function writeJsonPath(argument: Expression | undefined, writer: Writer): string {
  if (argument === undefined) {
    return "'$'";
  }
  if (argument.kind !== "literal" || argument.type !== "STRING") {
    return writer.refuse("JSONPath that is no literal", argument.offset);
  }
  const path = argument.value;
  if (!path.startsWith("$")) {
    writer.refuse(`JSONPath ${path}`, argument.offset);
  }
  let steps = "$";
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) {
      return writer.refuse(`JSONPath ${path}`, argument.offset);
    }
    const [, bare, quoted, position, single, double] = match;
    const name = bare ?? quoted ?? single ?? double;
    if (name?.includes('"') || name?.includes("\\")) {
      writer.refuse(`JSONPath ${path}`, argument.offset);
    }
    steps += name === undefined ? `[${position}]` : `."${name}"`;
  }
  return stringLiteral(steps);
}

/** Writes the access to a member of a JSON value. A name with a quote needs the other notation, a JSON pointer. */
export function jsonMember(sql: string, name: string): string {
  const path = name.includes('"') ? `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}` : `$."${name}"`;
  return `(${sql} -> ${stringLiteral(path)})`;
}
