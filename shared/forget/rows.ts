import { readJson, writeJson } from "../control/json-object.ts";
import { objectNames, placeOf } from "../control/place.ts";
import { watermarkSchema } from "../control/watermark.ts";
import { ConflictError } from "../errors.ts";
import { readContent } from "../load/fingerprint.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Field, Warehouse } from "../ports/warehouse.ts";
import { columnLiteral } from "../refresh/literals.ts";
import { rawDataset } from "../warehouse/tables.ts";
import { rowsAbout, type Student, textPattern, wordPattern } from "./student.ts";

/** How many rows of a table are about the student. */
export interface FoundRows {
  readonly table: string;
  readonly rows: number;
}

async function countIn(warehouse: Warehouse, table: string, where: string, params: Readonly<Record<string, string>>) {
  const [row] = await warehouse.query(`select count(*) as row_count from ${table} as entry where ${where}`, { params });
  return Number(row?.row_count ?? 0);
}

/** Rows about the student in the raw table of each endpoint that has any. */
export async function findRawRows(
  warehouse: Warehouse,
  student: Student,
): Promise<(FoundRows & { endpoint: string })[]> {
  const dataset = rawDataset(student.connector.connector);
  const found: (FoundRows & { endpoint: string })[] = [];
  // An endpoint that has left the connector file has a raw table still.
  for (const endpoint of await warehouse.listTables(dataset)) {
    const { sql, params } = rowsAbout(student, endpoint);
    const table = `${dataset}.${endpoint}`;
    const rows = await countIn(warehouse, table, sql, params as Record<string, string>);
    if (rows > 0) found.push({ table, endpoint, rows });
  }
  return found;
}

/** The one place that changes rows of raw: all of an endpoint's about the student are deleted. */
export async function deleteRawRows(warehouse: Warehouse, student: Student, endpoint: string): Promise<void> {
  const { sql, params } = rowsAbout(student, endpoint);
  await warehouse.query(`delete from ${rawDataset(student.connector.connector)}.${endpoint} where ${sql}`, { params });
}

/** Tables of models, and what of them is a view. */
const modelDatasets = ["ref", "staging", "marts", "delivery"];

/** Says of one column of a row whether it holds the number as a text; undefined where its type cannot. */
function columnTest({ name, type, mode }: Field): string | undefined {
  const column = `entry.${columnLiteral(name)}`;
  const kind = type.toUpperCase();
  if (kind === "JSON") return `coalesce(regexp_contains(to_json_string(${column}), @pattern), false)`;
  if (kind !== "STRING") return undefined;
  if (mode !== "REPEATED") return `coalesce(lower(trim(${column})) = lower(trim(@number)), false)`;
  return `exists (select 1 from unnest(${column}) as element where lower(trim(element)) = lower(trim(@number)))`;
}

/** Rows of the models' tables that hold the number as a text. It may be somebody else's: numbers of staff and of students may be equal. */
export async function findModelRows(warehouse: Warehouse, { number }: Student): Promise<FoundRows[]> {
  const found: FoundRows[] = [];
  for (const dataset of modelDatasets) {
    for (const name of await warehouse.listTables(dataset)) {
      const table = `${dataset}.${name}`;
      const { fields } = await warehouse.dryRun(`select * from ${table}`);
      const tests = fields.flatMap((field) => columnTest(field) ?? []);
      if (tests.length === 0) continue;
      const params = { number, pattern: textPattern(number) };
      const rows = await countIn(warehouse, table, tests.join("\n    or "), params);
      if (rows > 0) found.push({ table, rows });
    }
  }
  return found;
}

/** The one table of the ledger whose rows name records: what was delivered (shared/deliver/ledger.ts). */
const deliveries = { dataset: "ops", table: "deliveries" };
const ledgerTable = `${deliveries.dataset}.${deliveries.table}`;
const namesStudent = `source_id = @source_id and (
    regexp_contains(record_key, @pattern) or regexp_contains(coalesce(natural_key, ''), @pattern)
    or regexp_contains(coalesce(problems, ''), @pattern)
)`;

function ledgerParams({ source, number }: Student): Readonly<Record<string, string>> {
  return { source_id: source, pattern: wordPattern(number) };
}

/** Rows of the ledger that name the student. */
export async function findLedgerRows(warehouse: Warehouse, student: Student): Promise<FoundRows[]> {
  const tables = await warehouse.listTables(deliveries.dataset);
  if (!tables.includes(deliveries.table)) return [];
  const rows = await countIn(warehouse, ledgerTable, namesStudent, ledgerParams(student));
  return rows > 0 ? [{ table: ledgerTable, rows }] : [];
}

export async function deleteLedgerRows(warehouse: Warehouse, student: Student): Promise<void> {
  await warehouse.query(`delete from ${ledgerTable} where ${namesStudent}`, { params: ledgerParams(student) });
}

/** How often a watermark is read again when a load was quicker. */
const swapsMax = 20;

/**
 * Writes into each watermark of the source what its current rows are now, so that models made of them are stale. It looks at all of
 * them: an attempt that died may have deleted rows of any.
 */
export async function renewFingerprints(control: ObjectStore, warehouse: Warehouse, student: Student): Promise<void> {
  for await (const { name } of control.list(`${objectNames.watermarks}${student.source}/`)) {
    const place = placeOf(name);
    if (place) await renewFingerprint(control, warehouse, student.connector.connector, place);
  }
}

async function renewFingerprint(
  control: ObjectStore,
  warehouse: Warehouse,
  connector: string,
  place: NonNullable<ReturnType<typeof placeOf>>,
): Promise<void> {
  const name = objectNames.watermark(place);
  for (let attempt = 0; attempt < swapsMax; attempt += 1) {
    const { value, generation } = await readJson(control, name, watermarkSchema);
    if (!value) return;
    const { rowCount, fingerprint } = await readContent(warehouse, connector, place);
    if (fingerprint === value.fingerprint) return;
    try {
      await writeJson(control, name, { ...value, row_count: rowCount, fingerprint }, generation);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new ConflictError("The watermark changes too often to be written", { object: name });
}
