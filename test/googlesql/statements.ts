import { join } from "node:path";
import { measureDeliveries } from "../../cli/cost/measure-deliveries.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { objectNames } from "../../shared/control/place.ts";
import { resourcesOf } from "../../shared/deliver/deliver.ts";
import { deliveriesTable, ensureLedger } from "../../shared/deliver/ledger.ts";
import { WarehousePayloads } from "../../shared/deliver/warehouse-payloads.ts";
import {
  deleteLedgerRows,
  deleteRawRows,
  findLedgerRows,
  findModelRows,
  findRawRows,
} from "../../shared/forget/rows.ts";
import { readContent, readParts } from "../../shared/load/fingerprint.ts";
import { recordedRun, recordRun } from "../../shared/load/ledger.ts";
import { renewViewBoundary } from "../../shared/load/view-boundary.ts";
import type { Manifest } from "../../shared/manifest.ts";
import type { Field, Row, Warehouse } from "../../shared/ports/warehouse.ts";
import { pruneRaw } from "../../shared/reconcile/prune.ts";
import { unsettledManifests } from "../../shared/reconcile/unsettled.ts";
import { isByYear, selectByYear } from "../../shared/refresh/by-year.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { createTable, nextTable } from "../../shared/refresh/statements.ts";
import { allRelations, ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { fakeClock } from "../fakes/clock.ts";
import { keptLog } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";
import { fakeWarehouse } from "../fakes/warehouse.ts";
import { type Model, relationColumns } from "../models/harness/model.ts";
import { type Column, parseType } from "../models/harness/type.ts";
import type { GoogleSql, Relation } from "./client.ts";
import { callSites, type Recorder, recorder, type Statement } from "./recorder.ts";
import type { Check } from "./report.ts";
import { rawColumns } from "./views.ts";

const connectors = readConnectors(join(import.meta.dirname, "../../connectors"));
const endpoints = [...connectors.values()].flatMap((connector) =>
  Object.keys(connector.endpoints).map((endpoint) => ({ connector, endpoint })),
);
const day = "2026-01-31";

const manifest: Manifest = {
  v: 1,
  outcome: "complete",
  source_id: "d1",
  connector: "edfi",
  endpoint: "students",
  school_year: 2026,
  run_id: "r1",
  mode: "full",
  reason: "asked",
  window: { from: null, to: "100" },
  rows: 3,
  deletes: 0,
  key_changes: 0,
  nulls: 0,
  pages: 1,
  parts: [],
  api_total_count: 3,
  deletes_unavailable: false,
  accept_shrink: false,
  error: null,
  run_started_at: "2026-01-31T01:00:00.000Z",
  finished_at: "2026-01-31T01:01:00.000Z",
};

/** Has each delivery model delivered, as the functions would. */
async function deliveries(record: Recorder, models: readonly Model[]): Promise<void> {
  const counts = { payloads: 0, current_rows: 0, vanished: 0, delivered: 0 };
  const query = async (sql: string): Promise<Row[]> => (sql.includes("as current_rows") ? [counts] : []);
  const warehouse = record.over({ query });
  await ensureLedger(warehouse);
  const refreshed = models.map((model) => model.refresh);
  for (const pipeline of new Set(refreshed.flatMap(({ header }) => header.deliver?.pipeline ?? []))) {
    const text = `sources:
  - {id: from, connector: nwea, url: http://127.0.0.1:1, secret: s}
  - {id: to, connector: edfi, url: "http://127.0.0.1:1", secret: s, school_years: [2026]}
deliveries: [{id: one, pipeline: ${pipeline}, from: from, to: to, secret: s}]`;
    const [delivery] = parseSources(text, "sources.yaml", connectors).deliveries ?? [];
    if (!delivery) throw new Error("there is no delivery");
    const payloads = new WarehousePayloads(warehouse, fakeObjectStore(), delivery);
    for (const resource of resourcesOf(pipeline, refreshed)) {
      const scope = { ...resource, schoolYear: 2026 };
      await payloads.years(resource);
      await payloads.counts(scope);
      await payloads.pending(scope, undefined, 2000);
      await payloads.isUntried(scope);
      await payloads.claims(scope, ['{"id":"one"}']);
      await payloads.vanished(scope, "", 2000);
      await payloads.namespaces(scope, 10);
    }
    await payloads.tally("r1");
    const unmatched = `delivery.${pipeline}__unmatched`;
    if (models.some(({ name }) => name === unmatched)) await payloads.unmatched(unmatched);
  }
}

/** Has `rollcall cost` measure them. */
async function costs(record: Recorder): Promise<void> {
  const run = { delivery: "one", run_id: "r1", sent: 1, attempts: 1, seconds: 1, entries: 1 };
  const warehouse = record.over({
    query: async () => [run],
    listTables: async () => ["deliveries"],
    dryRun: async () => ({ fields: [], bytes: 1 }),
  });
  await measureDeliveries({ control: fakeObjectStore(), warehouse }, [], new Date(manifest.finished_at));
}

/** Has a run of each endpoint loaded. */
async function loads(record: Recorder): Promise<void> {
  const warehouse = record.over({ query: async () => [{ oldest_day: day, without_full_run: 0 }] });
  await ensureWarehouse(record.over({}), allRelations(connectors.values()));
  for (const { connector, endpoint } of endpoints) {
    const place = { source: "d1", endpoint, schoolYear: 2026 };
    await renewViewBoundary(warehouse, connector, endpoint);
    await readContent(record.over({}), connector.connector, place);
    const { replaces } = connector.endpoints[endpoint] ?? {};
    if (replaces !== undefined) await readParts(record.over({}), connector.connector, place, replaces);
  }
  await recordedRun(record.over({}), manifest);
  await recordRun(record.over({}), manifest, { status: "succeeded", error: null }, new Date(manifest.finished_at));
}

/** Has the reconciler look for lost manifests, and for days that nothing needs. */
async function sweeps(record: Recorder): Promise<void> {
  const clock = fakeClock();
  const needed = endpoints.map(({ connector, endpoint }) => ({
    connector: connector.connector,
    endpoint,
    oldest_day: day,
    without_full_run: 0,
  }));
  const query = async (sql: string): Promise<Row[]> => (sql.startsWith("select") ? needed : []);
  const warehouse = record.over({ query });
  await pruneRaw({ connectors, control: fakeObjectStore(), warehouse, clock, log: keptLog(), rawRetentionDays: 30 });
  const landing = fakeObjectStore({ clock });
  landing.put(objectNames.manifest({ source: "d1", endpoint: "students", schoolYear: 2026 }, "r1"), manifest);
  await unsettledManifests({ connectors, landing, warehouse: record.over({}) }, clock.now().getTime());
}

/** A column as BigQuery's schema says it. */
function fieldOf({ name, type }: Column): Field {
  if (type.kind === "ARRAY") return { ...fieldOf({ name, type: type.element }), mode: "REPEATED" };
  if (type.kind === "STRUCT") return { name, type: "STRUCT", fields: type.fields.map(fieldOf) };
  return { name, type: type.kind };
}

/** Builds every model, with views for readers. */
async function builds(record: Recorder, models: readonly Model[]): Promise<void> {
  const clock = fakeClock();
  const own = models.map((model) => model.refresh);
  const fake = fakeWarehouse({ models: own, currents: new Map() });
  for (const model of models) fake.shapes.set(model.name, model.columns.map(fieldOf));
  const isForReaders = (sql: string): boolean => sql.startsWith("create or replace view restricted.");
  const query: Warehouse["query"] = async (sql, options) => (isForReaders(sql) ? [] : fake.query(sql, options));
  const ports = {
    control: fakeObjectStore({ clock }),
    warehouse: record.over({ ...fake, query }),
    models: own,
    clock,
    log: keptLog(),
    timeZone: "UTC",
    restrictedDataset: "restricted",
  };
  const { built } = await refresh({ reason: "all", force: true }, ports);
  if (built.length !== own.length) throw new Error(`${own.length - built.length} models were not built`);
}

/** Builds staging of which one of two years has changed. */
function buildsByYear({ statements }: Recorder, models: readonly Model[]): void {
  const [kept, changed] = [2025, 2026].map((school_year) => [{ source_id: "it's", school_year }]);
  if (!kept || !changed) throw new Error("there are no years");
  for (const { refresh: model } of models.filter((one) => isByYear(one.refresh))) {
    const sql = createTable(
      model,
      nextTable(model, "20260131T010000Z-0badcafe"),
      selectByYear(model, { kept, changed }),
    );
    statements.push({ site: "shared/refresh/by-year.ts", sql, params: {} });
  }
}

/** Looks for a student of each connector that names them, and deletes what there is. */
async function forgettings(record: Recorder, models: readonly Model[]): Promise<void> {
  const tablesOf = (dataset: string): string[] => [
    ...models.flatMap(({ name }) => (name.startsWith(`${dataset}.`) ? [name.slice(dataset.length + 1)] : [])),
    ...endpoints.flatMap(({ connector, endpoint }) => (dataset === `raw_${connector.connector}` ? [endpoint] : [])),
    ...(dataset === deliveriesTable.dataset ? [deliveriesTable.table] : []),
  ];
  const fieldsOf = (sql: string): Field[] =>
    models.find(({ name }) => sql === `select * from ${name}`)?.columns.map(fieldOf) ?? [];
  const warehouse = record.over({
    listTables: async (dataset) => tablesOf(dataset),
    dryRun: async (sql) => ({ fields: fieldsOf(sql), bytes: 0 }),
  });
  for (const connector of connectors.values()) {
    const student = { source: "d1", connector, number: "604822" };
    await findRawRows(warehouse, student);
    for (const endpoint of Object.keys(connector.endpoints)) await deleteRawRows(warehouse, student, endpoint);
    if (connector.connector !== "edfi") continue;
    await findModelRows(warehouse, student);
    await findLedgerRows(warehouse, student);
    await deleteLedgerRows(warehouse, student);
  }
}

const namePattern = /\b(?:raw_\w+|current_\w+|ops|ref|staging|marts|delivery)\.\w+/g;

/** What a statement may read or change, as far as there is such a relation: what there is not, the analyzer tells. */
function relationsOf(sql: string, models: ReadonlyMap<string, Model>): Relation[] {
  const names = [...new Set(sql.match(namePattern))];
  return names.flatMap((name) => {
    if (name.startsWith("raw_")) return [{ name, columns: rawColumns }];
    try {
      return [{ name, columns: relationColumns(name.replace(/__next_[0-9a-f]{8}$/, ""), models) }];
    } catch {
      return [];
    }
  });
}

function typesOf(params: Statement["params"]) {
  const nameOf = (value: unknown): string =>
    typeof value === "string" ? "STRING" : typeof value === "boolean" ? "BOOL" : "INT64";
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, parseType(nameOf(value))]));
}

/**
 * Every statement that the code in shared/ sends must analyze, as it is sent: the verbs themselves are called, with a warehouse that keeps what
 * it is asked. And there must be no call among them that was not reached.
 */
export async function analyzeStatements(googlesql: GoogleSql, models: ReadonlyMap<string, Model>): Promise<Check> {
  const record = recorder();
  const all = [...models.values()];
  await deliveries(record, all);
  await costs(record);
  await loads(record);
  await sweeps(record);
  await builds(record, all);
  buildsByYear(record, all);
  await forgettings(record, all);
  const { statements } = record;
  const problems: string[] = [];
  for (const { site, sql, params } of statements) {
    try {
      await googlesql.accept(sql, relationsOf(sql, models), typesOf(params));
    } catch (error) {
      problems.push(`${site}: ${error instanceof Error ? error.message : String(error)}\n${sql.slice(0, 400)}`);
    }
  }
  const reached = new Set(statements.map(({ site }) => site));
  const sites = callSites();
  const missed = sites.filter((site) => !reached.has(site)).map((site) => `${site}: no statement of it was judged`);
  return {
    title: "Statements analyzed",
    summary: `${statements.length - problems.length}/${statements.length}, of ${sites.length - missed.length}/${sites.length} calls`,
    problems: [...problems, ...missed],
  };
}
