import type { DuckDBConnection } from "@duckdb/node-api";
import type { Catalog, TableEntry } from "../store/catalog.ts";
import { identifier } from "../store/sql-text.ts";
import type { BigQueryError } from "../wire/errors.ts";
import { invalid } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { columnOf, duckTypeOf, isSameType } from "../wire/field.ts";

/**
 * Changes a table's columns to a new schema, as far as BigQuery allows: new fields that are not REQUIRED, also inside
 * records, and REQUIRED fields that become NULLABLE. Descriptions are no matter of columns.
 * @throws BigQueryError (invalid) for any other difference
 */
export async function changeColumns(
  connection: DuckDBConnection,
  catalog: Catalog,
  entry: TableEntry,
  schema: readonly Field[],
): Promise<void> {
  const present = await catalog.fields(connection, entry);
  const mismatch = (what: string) => invalid(`Provided Schema does not match Table ${catalog.display(entry)}. ${what}`);
  for (const change of columnChanges({ present, wanted: schema, path: [], mismatch })) {
    await connection.run(`ALTER TABLE ${catalog.sqlName(entry)} ${change}`);
  }
}

interface Comparison {
  readonly present: readonly Field[];
  readonly wanted: readonly Field[];
  readonly path: readonly string[];
  readonly mismatch: (what: string) => BigQueryError;
}

function columnChanges({ present, wanted, path, mismatch }: Comparison): string[] {
  const display = (field: Field) => [...path, field.name].join(".");
  const sqlPath = (field: Field) => [...path, field.name].map(identifier).join(".");
  const byName = new Map(wanted.map((field) => [field.name.toLowerCase(), field]));
  const missing = present.find((field) => !byName.has(field.name.toLowerCase()));
  if (missing !== undefined) throw mismatch(`Field ${display(missing)} is missing in new schema`);
  const known = new Map(present.map((field) => [field.name.toLowerCase(), field]));
  return wanted.flatMap((field) => {
    const before = known.get(field.name.toLowerCase());
    if (before === undefined) {
      if (field.mode === "REQUIRED")
        throw mismatch(`Cannot add required fields to an existing schema. (field: ${display(field)})`);
      return [
        path.length === 0 ? `ADD COLUMN ${columnOf(field)}` : `ADD COLUMN ${sqlPath(field)} ${duckTypeOf(field)}`,
      ];
    }
    if (before.type !== field.type)
      throw mismatch(`Field ${display(field)} has changed type from ${before.type} to ${field.type}`);
    if (before.mode !== field.mode && (!isSameType(before, field) || before.mode !== "REQUIRED")) {
      throw mismatch(`Field ${display(field)} has changed mode from ${before.mode} to ${field.mode}`);
    }
    const relaxed =
      before.mode !== field.mode && path.length === 0 ? [`ALTER COLUMN ${sqlPath(before)} DROP NOT NULL`] : [];
    if (field.fields === undefined) return relaxed;
    const inner = { present: before.fields ?? [], wanted: field.fields, path: [...path, before.name], mismatch };
    const changes = columnChanges(inner);
    if (changes.length > 0 && field.mode === "REPEATED") {
      throw invalid(`Not supported by the local emulator: new fields inside the repeated record ${display(field)}`);
    }
    return [...relaxed, ...changes];
  });
}
