import type { Expression, StructExpression, Type } from "../syntax.ts";

/** A DuckDB identifier. Every name is quoted, so that no word of DuckDB's own is in the way. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A DuckDB string literal. */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const simpleNames = {
  INT64: "BIGINT",
  FLOAT64: "DOUBLE",
  NUMERIC: "DECIMAL(38,9)",
  BOOL: "BOOLEAN",
  STRING: "VARCHAR",
  BYTES: "BLOB",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "TIMESTAMP",
  TIMESTAMP: "TIMESTAMPTZ",
  JSON: "JSON",
} as const;

/** The DuckDB type that keeps a GoogleSQL type. A NUMERIC with parameters keeps them; lengths of strings are dropped. */
export function duckdbType(type: Type): string {
  switch (type.kind) {
    case "array":
      return `${duckdbType(type.element)}[]`;
    case "struct": {
      const fields = type.fields.map((field, index) => {
        return `${identifier(field.name?.text ?? `_field_${index + 1}`)} ${duckdbType(field.type)}`;
      });
      return `STRUCT(${fields.join(", ")})`;
    }
    case "simple": {
      if (type.name === "NUMERIC" && type.parameters.length > 0) {
        const [precision, scale = "0"] = type.parameters;
        return `DECIMAL(${precision},${scale})`;
      }
      return simpleNames[type.name];
    }
  }
}

/** The name a SELECT item has when none is given: that of the last field, or none. */
export function impliedName(expression: Expression): string | undefined {
  if (expression.kind === "path") {
    return expression.parts.at(-1)?.text;
  }
  return expression.kind === "field" ? expression.name.text : undefined;
}

/** The names of the fields of a struct: given, implied by the value, or none as in a tuple. */
export function fieldNames(struct: StructExpression): (string | undefined)[] {
  return struct.fields.map((field) => field.name?.text ?? (struct.isTuple ? undefined : impliedName(field.value)));
}
