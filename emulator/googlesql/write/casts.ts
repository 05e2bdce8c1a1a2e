import type { Expression, SimpleType, Type } from "../syntax.ts";
import { integer, moment } from "./literals.ts";
import { writeOverloaded } from "./overload.ts";
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
  if (type.kind !== "simple") {
    return writeNestedCast(value, type, safe, writer, offset);
  }
  const sql = writer.expression(value);
  if (value.kind === "literal" && value.type === "NULL") {
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
  const cast =
    source === undefined ? anyCast(sql, value, type.name, safe, writer) : knownCast(sql, source.name, type.name, safe);
  return type.parameters.length > 0 ? bounded(cast, type, safe) : cast;
}

/**
 * GoogleSQL casts the fields of a struct by their places, DuckDB by their names: only a struct whose fields show, and
 * NULL and [], can be cast.
 */
function writeNestedCast(value: Expression, type: Type, safe: boolean, writer: Writer, offset: number): string {
  const cast = safe ? "TRY_CAST" : "CAST";
  const isNothing =
    (value.kind === "literal" && value.type === "NULL") || (value.kind === "array" && value.items.length === 0);
  if (isNothing || (type.kind === "array" && type.element.kind !== "struct")) {
    return `${cast}(${writer.expression(value)} AS ${duckdbType(type)})`;
  }
  if (value.kind === "struct" && type.kind === "struct") {
    return `${cast}(row(${writer.expressions(value.fields.map((field) => field.value))}) AS ${duckdbType(type)})`;
  }
  return writer.refuse("CAST to a STRUCT", offset);
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

function anyCast(sql: string, value: Expression, type: SimpleType, safe: boolean, writer: Writer): string {
  if (type === "JSON") {
    return `bq_cast_json(${sql})`;
  }
  return writeOverloaded(`bq_${safe ? "safe_" : ""}cast_${type.toLowerCase()}`, [value], [sql], writer);
}

/** Casts between types that show in the text need no overload: DuckDB's own cast, or the macro of the source type. */
function knownCast(sql: string, source: SimpleType, type: SimpleType, safe: boolean): string {
  const prefix = safe ? "bq_safe_" : "bq_";
  if (source === type) {
    return sql;
  }
  if (source === "STRING") {
    return type === "BYTES" ? `encode(${sql})` : `${prefix}${type.toLowerCase()}_of_string(${sql})`;
  }
  if (type === "STRING" && !["INT64", "BOOL", "DATE"].includes(source)) {
    return source === "BYTES" && safe ? `TRY(decode(${sql}))` : `bq_string_of_${source.toLowerCase()}(${sql})`;
  }
  if (source === "FLOAT64" && (type === "INT64" || type === "NUMERIC")) {
    return `${prefix}${type.toLowerCase()}_of_float64(${sql})`;
  }
  if (type === "TIME") {
    return `bq_time_of_${source.toLowerCase()}(${sql})`;
  }
  const target = duckdbType({ kind: "simple", name: type, parameters: [] });
  return `${safe ? "TRY_CAST" : "CAST"}(${sql} AS ${target})`;
}

/** STRING(n) and BYTES(n) check a length, NUMERIC(p,s) rounds and checks a range. */
function bounded(sql: string, type: Extract<Type, { kind: "simple" }>, safe: boolean): string {
  if (type.name === "NUMERIC") {
    return `${safe ? "TRY_CAST" : "CAST"}(${sql} AS ${duckdbType(type)})`;
  }
  return `bq_${safe ? "safe_" : ""}bounded(${sql}, ${type.parameters[0]})`;
}
