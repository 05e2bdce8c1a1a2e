import type { DuckDBConnection } from "@duckdb/node-api";
import type { Field } from "../wire/field.ts";
import type { Catalog, TableEntry } from "./catalog.ts";
import { identifier } from "./sql-text.ts";

/** Rows whose values are measured; the others are taken to be like them. */
const sampleRowsMax = 1_000;

export interface TableSize {
  readonly rows: number;
  /** BigQuery's logical bytes. Exact for small tables, and an estimate from the first rows of others. */
  readonly bytes: number;
}

/** Measures a table by BigQuery's sizes of values: 8 bytes for a number or a time, 2 and its UTF-8 for a text. */
export async function sizeOfTable(
  connection: DuckDBConnection,
  catalog: Catalog,
  entry: TableEntry,
): Promise<TableSize> {
  if (entry.type === "VIEW") return { rows: 0, bytes: 0 };
  const table = catalog.sqlName(entry);
  const fields = await catalog.fields(connection, entry);
  const bytes = fields.map((field) => sizeExpression(field, identifier(field.name))).join(" + ");
  const sample = `SELECT * FROM ${table} LIMIT ${sampleRowsMax}`;
  const reader = await connection.runAndReadAll(
    `SELECT (SELECT count(*) FROM ${table}), (SELECT avg(${bytes}) FROM (${sample}))`,
  );
  const [rows, mean] = reader.getRows()[0] ?? [];
  return { rows: Number(rows), bytes: Math.round(Number(rows) * Number(mean ?? 0)) };
}

function sizeExpression(field: Field, column: string): string {
  if (field.mode === "REPEATED" || field.type === "RECORD" || field.type === "JSON") {
    return `coalesce(strlen(CAST(${column} AS VARCHAR)), 0)`;
  }
  switch (field.type) {
    case "STRING":
      return `coalesce(2 + strlen(${column}), 0)`;
    case "BYTES":
      return `coalesce(2 + octet_length(${column}), 0)`;
    case "BOOLEAN":
      return `CASE WHEN ${column} IS NULL THEN 0 ELSE 1 END`;
    case "NUMERIC":
    case "BIGNUMERIC":
    case "INTERVAL":
      return `CASE WHEN ${column} IS NULL THEN 0 ELSE 16 END`;
    default:
      return `CASE WHEN ${column} IS NULL THEN 0 ELSE 8 END`;
  }
}
