import type { DuckDBType } from "@duckdb/node-api";
import { DuckDBDecimalType, DuckDBListType, DuckDBStructType, DuckDBTypeId } from "@duckdb/node-api";
import * as z from "zod";
import { identifier } from "../store/sql-text.ts";
import { invalid, invalidQuery } from "./errors.ts";

export type Mode = "NULLABLE" | "REQUIRED" | "REPEATED";

/** A field of a table's schema as the REST API writes it. Other keys (policyTags, collation, …) are kept as they came. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode: Mode;
  readonly description?: string | undefined;
  readonly precision?: string | undefined;
  readonly scale?: string | undefined;
  readonly defaultValueExpression?: string | undefined;
  readonly fields?: readonly Field[] | undefined;
}

/** The names of types: the client may write either; answers carry the older ones, as BigQuery's do. */
const wireTypes: Readonly<Record<string, string>> = {
  STRING: "STRING",
  BYTES: "BYTES",
  INTEGER: "INTEGER",
  INT64: "INTEGER",
  FLOAT: "FLOAT",
  FLOAT64: "FLOAT",
  NUMERIC: "NUMERIC",
  BIGNUMERIC: "BIGNUMERIC",
  BOOLEAN: "BOOLEAN",
  BOOL: "BOOLEAN",
  TIMESTAMP: "TIMESTAMP",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "DATETIME",
  JSON: "JSON",
  INTERVAL: "INTERVAL",
  RECORD: "RECORD",
  STRUCT: "RECORD",
};

const duckTypes: Readonly<Record<string, string>> = {
  STRING: "VARCHAR",
  BYTES: "BLOB",
  INTEGER: "BIGINT",
  FLOAT: "DOUBLE",
  NUMERIC: "DECIMAL(38,9)",
  BIGNUMERIC: "DECIMAL(38,18)",
  BOOLEAN: "BOOLEAN",
  TIMESTAMP: "TIMESTAMPTZ",
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "TIMESTAMP",
  JSON: "JSON",
  INTERVAL: "INTERVAL",
};

const modeSchema = z
  .string()
  .transform((mode) => mode.toUpperCase())
  .pipe(z.enum(["NULLABLE", "REQUIRED", "REPEATED"]));

const numberText = z.union([z.string(), z.number()]).transform(String);

const fieldSchema: z.ZodType<Field> = z.lazy(() =>
  z.looseObject({
    name: z
      .string()
      .regex(/^[\p{L}_][\p{L}\p{M}\p{N}\p{Pc}\p{Pd}&%=+:'<>#| ]*$/u, "is not a valid column name")
      .max(300),
    type: z.string().transform((type, context) => {
      const known = wireTypes[type.toUpperCase()];
      if (known !== undefined) return known;
      context.addIssue({ code: "custom", message: `${type} is not a type the local emulator stores` });
      return z.NEVER;
    }),
    mode: z.preprocess((mode) => (mode === undefined || mode === "" ? "NULLABLE" : mode), modeSchema),
    description: z.string().optional(),
    precision: numberText.optional(),
    scale: numberText.optional(),
    defaultValueExpression: z.string().optional(),
    fields: z.array(fieldSchema).optional(),
  }),
) as z.ZodType<Field>;

const tableSchema = z.looseObject({ fields: z.array(fieldSchema).max(10_000).default([]) });

/**
 * Reads the schema of a request.
 * @throws BigQueryError (invalid) that names every field at fault
 */
export function parseFields(schema: unknown): Field[] {
  const parsed = tableSchema.safeParse(schema);
  if (!parsed.success) throw invalid(`Invalid schema: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  checkFields(parsed.data.fields, "");
  return parsed.data.fields;
}

function checkFields(fields: readonly Field[], path: string): void {
  const seen = new Set<string>();
  for (const field of fields) {
    const name = path + field.name;
    if (seen.has(field.name.toLowerCase())) throw invalid(`Duplicate field name: ${name}`);
    seen.add(field.name.toLowerCase());
    const isRecord = field.type === "RECORD";
    if (isRecord && !field.fields?.length) throw invalid(`Field ${name} is type RECORD but has no schema`);
    if (!isRecord && field.fields?.length) throw invalid(`Field ${name} of type ${field.type} cannot have fields`);
    if (isRecord) checkFields(field.fields ?? [], `${name}.`);
  }
}

/** @returns the DuckDB type that holds the field's values */
export function duckTypeOf(field: Field): string {
  const single = singleType(field);
  return field.mode === "REPEATED" ? `${single}[]` : single;
}

/** @returns the field as a column of a DuckDB table. An array is never NULL in a table. */
export function columnOf(field: Field): string {
  const fallback = field.mode === "REPEATED" ? " DEFAULT []" : "";
  const required = field.mode === "REQUIRED" ? " NOT NULL" : "";
  return `${identifier(field.name)} ${duckTypeOf(field)}${fallback}${required}`;
}

function singleType(field: Field): string {
  if (field.type === "RECORD") {
    return `STRUCT(${(field.fields ?? []).map((inner) => `${identifier(inner.name)} ${duckTypeOf(inner)}`).join(", ")})`;
  }
  if (field.type === "NUMERIC" && field.precision !== undefined)
    return `DECIMAL(${field.precision}, ${field.scale ?? 0})`;
  const type = duckTypes[field.type];
  if (type === undefined)
    throw invalid(`Field ${field.name} has the type ${field.type}, which the local emulator does not store`);
  return type;
}

/** @returns the field that a column of a DuckDB result is shown as */
export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) return { ...fieldOf(name, type.valueType), mode: "REPEATED" };
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((entry, index) => fieldOf(entry, type.entryTypes[index] as DuckDBType));
    return { name, type: "RECORD", mode: "NULLABLE", fields };
  }
  return { name, type: wireTypeOf(type), mode: "NULLABLE" };
}

function wireTypeOf(type: DuckDBType): string {
  if (type.alias === "JSON") return "JSON";
  if (type instanceof DuckDBDecimalType) return type.scale <= 9 ? "NUMERIC" : "BIGNUMERIC";
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return "BOOLEAN";
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return "FLOAT";
    case DuckDBTypeId.DATE:
      return "DATE";
    case DuckDBTypeId.TIME:
      return "TIME";
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return "DATETIME";
    case DuckDBTypeId.TIMESTAMP_TZ:
      return "TIMESTAMP";
    case DuckDBTypeId.BLOB:
      return "BYTES";
    case DuckDBTypeId.INTERVAL:
      return "INTERVAL";
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.SQLNULL:
      return "INTEGER";
    default:
      return "STRING";
  }
}

/**
 * Lays what was declared (descriptions, REQUIRED, policy tags) over what DuckDB says the columns are.
 * Fields are matched by name, whatever their case; a declared field whose type has changed is ignored.
 */
export function describeFields(actual: readonly Field[], declared: readonly Field[]): Field[] {
  const byName = new Map(declared.map((field) => [field.name.toLowerCase(), field]));
  return actual.map((field) => {
    const known = byName.get(field.name.toLowerCase());
    if (known === undefined || !isSameType(known, field)) return field;
    const fields = field.fields && describeFields(field.fields, known.fields ?? []);
    return { ...known, name: field.name, ...(fields ? { fields } : {}) };
  });
}

/** Whether values of the one can stand in a column of the other: BIGNUMERIC is stored with fewer digits, so it is compared by what stores it. */
export function isSameType(left: Field, right: Field): boolean {
  const isRepeated = (field: Field) => field.mode === "REPEATED";
  return left.type === right.type && isRepeated(left) === isRepeated(right);
}

/** @throws BigQueryError (invalidQuery) when two columns of a result have one name */
export function checkFieldNames(fields: Field[]): Field[] {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key)) {
      throw invalidQuery(`Duplicate column names in the result are not supported. Found duplicate(s): ${name}`);
    }
    seen.add(key);
  }
  return fields;
}
