import type { Field } from "../ports/warehouse.ts";

const scalars = new Set(["STRING", "INT64", "NUMERIC", "FLOAT64", "BOOL", "DATE", "TIMESTAMP", "TIME", "JSON"]);

/** The names of the REST API for what SQL calls otherwise. */
const wireNames: Readonly<Record<string, string>> = { INTEGER: "INT64", FLOAT: "FLOAT64", BOOLEAN: "BOOL" };

/**
 * Writes a column's type in its one form, `ARRAY<STRUCT<name STRING, rit NUMERIC>>`.
 * @throws SyntaxError saying where the text stops being a type
 */
export function canonicalType(text: string): string {
  const tokens = text.match(/[A-Za-z_][A-Za-z0-9_]*|\S/g) ?? [];
  let at = 0;

  function take(expected: string): void {
    if (tokens[at] !== expected) throw new SyntaxError(`expected ${expected}, found ${tokens[at] ?? "the end"}`);
    at += 1;
  }

  function type(isElement: boolean): string {
    const name = (tokens[at] ?? "").toUpperCase();
    at += 1;
    if (scalars.has(name)) return name;
    if (name === "ARRAY" && isElement) throw new SyntaxError("an ARRAY of ARRAYs does not exist");
    if (name === "ARRAY") return `ARRAY<${enclosed(() => type(true))}>`;
    if (name === "STRUCT") return `STRUCT<${enclosed(fields)}>`;
    throw new SyntaxError(`${name || "nothing"} is not one of ${[...scalars].join(", ")}, ARRAY<…>, STRUCT<…>`);
  }

  function enclosed(inside: () => string): string {
    take("<");
    const result = inside();
    take(">");
    return result;
  }

  function fields(): string {
    const found: string[] = [];
    do {
      if (found.length > 0) take(",");
      const name = tokens[at] ?? "";
      if (!/^[A-Za-z_]/.test(name)) throw new SyntaxError(`expected the name of a field, found ${name || "the end"}`);
      at += 1;
      found.push(`${name} ${type(false)}`);
    } while (tokens[at] === ",");
    return found.join(", ");
  }

  const result = type(false);
  if (at < tokens.length) throw new SyntaxError(`nothing may follow ${result}, found ${tokens[at] ?? ""}`);
  return result;
}

/** The type of a column that the warehouse reports, in the same form. */
export function typeOfField(field: Field): string {
  const upper = field.type.toUpperCase();
  const isStruct = upper === "RECORD" || upper === "STRUCT";
  const inner = (field.fields ?? []).map((part) => `${part.name} ${typeOfField(part)}`).join(", ");
  const single = isStruct ? `STRUCT<${inner}>` : (wireNames[upper] ?? upper);
  return field.mode === "REPEATED" ? `ARRAY<${single}>` : single;
}

/** Whether rows can be grouped by a column of this type, so that it may be in a key. */
export function isGroupable(type: string): boolean {
  return !/^(ARRAY|STRUCT|JSON|FLOAT64)/.test(type);
}
