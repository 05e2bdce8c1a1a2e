/** A GoogleSQL type, as a model's header writes it. */
export type Type =
  | { readonly kind: ScalarKind }
  | { readonly kind: "ARRAY"; readonly element: Type }
  | { readonly kind: "STRUCT"; readonly fields: readonly Column[] };

export interface Column {
  readonly name: string;
  readonly type: Type;
}

export type ScalarKind = keyof typeof duckdbNames;

const duckdbNames = {
  STRING: "VARCHAR",
  INT64: "BIGINT",
  NUMERIC: "DECIMAL(38, 9)",
  FLOAT64: "DOUBLE",
  BOOL: "BOOLEAN",
  DATE: "DATE",
  TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
  TIME: "TIME",
  JSON: "JSON",
} as const;

/**
 * Parses a type such as `ARRAY<STRUCT<name STRING, rit NUMERIC>>`.
 * @throws Error naming the text and where it stops being a type
 */
export function parseType(text: string): Type {
  const tokens = text.match(/[A-Za-z_][A-Za-z0-9_]*|[<>,]|\S/g) ?? [];
  let at = 0;

  function expectToken(token: string): void {
    if (tokens[at] !== token)
      throw new Error(`"${text}" is not a type: expected ${token}, found ${tokens[at] ?? "its end"}`);
    at += 1;
  }

  function type(): Type {
    const name = (tokens[at] ?? "").toUpperCase();
    at += 1;
    if (name === "ARRAY") {
      expectToken("<");
      const element = type();
      expectToken(">");
      return { kind: "ARRAY", element };
    }
    if (name === "STRUCT") return { kind: "STRUCT", fields: fields() };
    if (!Object.hasOwn(duckdbNames, name)) throw new Error(`"${text}" is not a type: unknown name ${name || "(none)"}`);
    return { kind: name as ScalarKind };
  }

  function fields(): Column[] {
    const found: Column[] = [];
    expectToken("<");
    for (;;) {
      const name = tokens[at] ?? "";
      at += 1;
      found.push({ name, type: type() });
      if (tokens[at] !== ",") break;
      at += 1;
    }
    expectToken(">");
    return found;
  }

  const parsed = type();
  if (at !== tokens.length)
    throw new Error(`"${text}" is not a type: nothing may follow ${tokens.slice(0, at).join("")}`);
  return parsed;
}

/** The name of the type in GoogleSQL, in one spelling. */
export function typeName(type: Type): string {
  if (type.kind === "ARRAY") return `ARRAY<${typeName(type.element)}>`;
  if (type.kind !== "STRUCT") return type.kind;
  return `STRUCT<${type.fields.map((field) => `${field.name} ${typeName(field.type)}`).join(", ")}>`;
}

/** The type DuckDB stores it as. */
export function duckdbType(type: Type): string {
  if (type.kind === "ARRAY") return `${duckdbType(type.element)}[]`;
  if (type.kind !== "STRUCT") return duckdbNames[type.kind];
  return `STRUCT(${type.fields.map((field) => `"${field.name}" ${duckdbType(field.type)}`).join(", ")})`;
}
