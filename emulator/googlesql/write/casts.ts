import type { Expression, SimpleType, Type } from "../syntax.ts";
import { integer, moment } from "./literals.ts";
import { duckdbType, stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Source types from which GoogleSQL casts to a type (conversion rules, "Casting"). NULL and unknown types always may. */
const castable: Readonly<Record<SimpleType, readonly SimpleType[]>> = {
  INT64: ["INT64", "FLOAT64", "NUMERIC", "BOOL", "STRING"],
  FLOAT64: ["INT64", "FLOAT64", "NUMERIC", "STRING"],
  NUMERIC: ["INT64", "FLOAT64", "NUMERIC", "STRING"],
  BOOL: ["INT64", "BOOL", "STRING"],
  STRING: ["INT64", "FLOAT64", "NUMERIC", "BOOL", "STRING", "BYTES", "DATE", "TIME", "DATETIME", "TIMESTAMP"],
  BYTES: ["STRING", "BYTES"],
  DATE: ["STRING", "DATE", "DATETIME", "TIMESTAMP"],
  TIME: ["STRING", "TIME", "DATETIME", "TIMESTAMP"],
  DATETIME: ["STRING", "DATE", "DATETIME", "TIMESTAMP"],
  TIMESTAMP: ["STRING", "DATE", "DATETIME", "TIMESTAMP"],
  JSON: ["JSON"],
};

/** Writes CAST and SAFE_CAST. Each target type has a macro that knows GoogleSQL's rules for every source type. */
export function writeCast(value: Expression, type: Type, safe: boolean, writer: Writer, offset: number): string {
  const sql = writer.expression(value);
  if (type.kind !== "simple" || (value.kind === "literal" && value.type === "NULL")) {
    return `${safe ? "TRY_CAST" : "CAST"}(${sql} AS ${duckdbType(type)})`;
  }
  const source = writer.typeOf(value);
  if (source !== undefined && (source.kind !== "simple" || !castable[type.name].includes(source.name))) {
    writer.refuse(
      `CAST of ${source.kind === "simple" ? source.name : source.kind.toUpperCase()} to ${type.name}`,
      offset,
    );
  }
  const literal = castLiteral(value, type.name);
  if (literal !== undefined && type.parameters.length === 0) {
    return literal;
  }
  const cast = source === undefined ? anyCast(sql, type.name, safe) : knownCast(sql, source.name, type.name, safe);
  return type.parameters.length > 0 ? bounded(cast, type, safe) : cast;
}

/** A literal of the target type needs no macro: `CAST('2025-01-05' AS DATE)`. */
function castLiteral(value: Expression, type: SimpleType): string | undefined {
  if (value.kind !== "literal") {
    return undefined;
  }
  if (value.type === "STRING" && ["DATE", "TIME", "DATETIME", "TIMESTAMP"].includes(type)) {
    return moment(type, value.value);
  }
  return value.type === "INT64" && type === "STRING" ? stringLiteral(String(integer(value.value))) : undefined;
}

function anyCast(sql: string, type: SimpleType, safe: boolean): string {
  return type === "JSON" ? `bq_cast_json(${sql})` : `bq_${safe ? "safe_" : ""}cast_${type.toLowerCase()}(${sql})`;
}

/** Casts between types that show in the text skip the macro's questions where DuckDB's own cast is GoogleSQL's. */
function knownCast(sql: string, source: SimpleType, type: SimpleType, safe: boolean): string {
  if (source === type) {
    return sql;
  }
  if (source === "STRING" && type !== "BYTES") {
    return `bq_${safe ? "safe_" : ""}${type.toLowerCase()}_of_string(${sql})`;
  }
  const isSame =
    (source === "INT64" && type !== "STRING" && type !== "NUMERIC") ||
    (source === "BOOL" && type === "INT64") ||
    (["INT64", "BOOL", "DATE"].includes(source) && type === "STRING") ||
    (["DATE", "DATETIME", "TIMESTAMP"].includes(source) && type !== "STRING");
  return isSame
    ? `CAST(${sql} AS ${duckdbType({ kind: "simple", name: type, parameters: [] })})`
    : anyCast(sql, type, safe);
}

/** STRING(n) and BYTES(n) check a length, NUMERIC(p,s) rounds and checks a range. */
function bounded(sql: string, type: Extract<Type, { kind: "simple" }>, safe: boolean): string {
  if (type.name === "NUMERIC") {
    return `${safe ? "TRY_CAST" : "CAST"}(${sql} AS ${duckdbType(type)})`;
  }
  return `bq_${safe ? "safe_" : ""}bounded(${sql}, ${type.parameters[0]})`;
}
