import type { DuckDBConnection } from "@duckdb/node-api";
import type { TableReference } from "../jobs/job.ts";
import type { Catalog, TableEntry, TableName } from "../store/catalog.ts";
import { identifier } from "../store/sql-text.ts";
import { BigQueryError, duplicate, invalid } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { columnOf, isSameType } from "../wire/field.ts";
import type { WriteDisposition } from "./load-configuration.ts";

export interface WriteOptions {
  readonly writeDisposition: WriteDisposition;
  readonly createDisposition: "CREATE_IF_NEEDED" | "CREATE_NEVER";
  readonly schemaUpdateOptions: readonly string[];
  /** What the job says about the table, should it create it. */
  readonly described: Readonly<Record<string, unknown>>;
}

/**
 * Reads the name of a table to be written.
 * @throws BigQueryError (invalid) for another project, or a name that is not one
 */
export function tableNameOf(catalog: Catalog, reference: TableReference): TableName {
  const { projectId = catalog.project, datasetId, tableId } = reference;
  const name = { dataset: datasetId, table: tableId };
  if (projectId !== catalog.project) throw catalog.tableNotFound(name);
  if (/\$/.test(tableId)) throw invalid(`Not supported by the local emulator: partition decorators (${tableId})`);
  if (!/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u.test(tableId)) throw invalid(`Invalid table ID "${tableId}".`);
  return name;
}

/** Runs the DDL that makes a table of these fields, replacing one that is there. */
export async function createTable(
  connection: DuckDBConnection,
  catalog: Catalog,
  name: TableName,
  table: { fields: readonly Field[]; described: Readonly<Record<string, unknown>> },
): Promise<void> {
  const columns = table.fields.map(columnOf);
  if (columns.length === 0)
    throw invalid(`Table ${catalog.display(name)} must have a schema: DuckDB has no tables without columns.`);
  await catalog.requireCase(connection, name);
  await connection.run(`CREATE OR REPLACE TABLE ${catalog.sqlName(name)} (${columns.join(", ")})`);
  await catalog.putTable(connection, name, { described: table.described, declared: table.fields });
}

/**
 * Makes the destination of a load or copy ready for rows of these fields, as the dispositions say.
 * @returns the fields as the table now has them
 * @throws BigQueryError when the dispositions forbid it or the schemas do not match
 */
export async function prepareDestination(
  connection: DuckDBConnection,
  catalog: Catalog,
  name: TableName,
  work: { fields: readonly Field[]; options: WriteOptions },
): Promise<void> {
  const { fields, options } = work;
  const existing = await catalog.findTable(connection, name);
  if (existing === undefined) {
    if ((await catalog.datasets(connection, name.dataset)).length === 0) throw catalog.datasetNotFound(name.dataset);
    if (options.createDisposition === "CREATE_NEVER") throw catalog.tableNotFound(name);
    await createTable(connection, catalog, name, { fields, described: options.described });
    return;
  }
  if (existing.type === "VIEW")
    throw invalid(`${catalog.display(name)} is not allowed for this operation because it is currently a VIEW.`);
  switch (options.writeDisposition) {
    case "WRITE_TRUNCATE":
      await createTable(connection, catalog, name, {
        fields,
        described: { ...existing.described, ...options.described },
      });
      return;
    case "WRITE_TRUNCATE_DATA":
      await widenTable(connection, catalog, existing, work);
      await connection.run(`DELETE FROM ${catalog.sqlName(name)}`);
      return;
    case "WRITE_EMPTY":
      await requireEmpty(connection, catalog, name);
      await widenTable(connection, catalog, existing, work);
      return;
    case "WRITE_APPEND":
      await widenTable(connection, catalog, existing, work);
      return;
  }
}

export async function requireEmpty(connection: DuckDBConnection, catalog: Catalog, name: TableName): Promise<void> {
  const found = await connection.runAndReadAll(`SELECT 1 FROM ${catalog.sqlName(name)} LIMIT 1`);
  if (found.currentRowCount > 0) throw duplicate(`Table ${catalog.display(name)}`);
}

/** Checks the fields to be written against the table's, and adds or relaxes columns where the job allows it. */
async function widenTable(
  connection: DuckDBConnection,
  catalog: Catalog,
  existing: TableEntry,
  { fields, options }: { fields: readonly Field[]; options: WriteOptions },
): Promise<void> {
  const table = catalog.sqlName(existing);
  const present = await catalog.fields(connection, existing);
  const byName = new Map(present.map((field) => [field.name.toLowerCase(), field]));
  const mismatch = (what: string) =>
    new BigQueryError(400, "invalid", `Provided Schema does not match Table ${catalog.display(existing)}. ${what}`);
  const declared = [...present];
  for (const field of fields) {
    const known = byName.get(field.name.toLowerCase());
    if (known === undefined) {
      if (!options.schemaUpdateOptions.includes("ALLOW_FIELD_ADDITION"))
        throw mismatch(`Cannot add fields (field: ${field.name})`);
      if (field.mode === "REQUIRED")
        throw mismatch(`Cannot add required fields to an existing schema. (field: ${field.name})`);
      await connection.run(`ALTER TABLE ${table} ADD COLUMN ${columnOf(field)}`);
      declared.push(field);
    } else if (!isSameType(known, field)) {
      throw mismatch(`Field ${field.name} has changed type from ${known.type} to ${field.type}`);
    } else if (known.mode === "REQUIRED" && field.mode === "NULLABLE") {
      if (!options.schemaUpdateOptions.includes("ALLOW_FIELD_RELAXATION")) {
        throw mismatch(`Field ${field.name} has changed mode from REQUIRED to NULLABLE`);
      }
      await connection.run(`ALTER TABLE ${table} ALTER COLUMN ${identifier(known.name)} DROP NOT NULL`);
      declared.splice(declared.indexOf(known), 1, { ...known, mode: "NULLABLE" });
    }
  }
  await catalog.putTable(connection, existing, {
    described: existing.described,
    declared,
    createdMs: existing.createdMs,
  });
}
