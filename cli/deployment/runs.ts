import * as z from "zod";
import type { Connector } from "../../shared/config/connector.ts";
import { inFlightSchema } from "../../shared/control/in-flight.ts";
import { readJson } from "../../shared/control/json-object.ts";
import { leaseOwner } from "../../shared/control/lease.ts";
import { objectNames, type Place, placeOf, runKey, runNameOf } from "../../shared/control/place.ts";
import { PermanentError } from "../../shared/errors.ts";
import { checkpointSchema } from "../../shared/extract/checkpoint.ts";
import { runStatusSchema } from "../../shared/load/ledger.ts";
import { manifestSchema } from "../../shared/manifest.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { unsettledManifests } from "../../shared/reconcile/unsettled.ts";
import type { Connection } from "./connection.ts";

/** What a run can be called while it is not in the ledger yet. */
export const underWayStatuses = [
  /** Published; no function has taken it up. */
  "announced",
  /** A function reads it now. */
  "extracting",
  /** Begun, and nobody works on it now: its next message, or the reconciler, goes on from its checkpoint. */
  "paused",
  /** Its manifest is written; load has not settled it. */
  "extracted",
] as const;

export const runStatuses = [...runStatusSchema.options, ...underWayStatuses] as const;
export type RunStatusName = (typeof runStatuses)[number];

/** One run, whether it is settled or under way. What is not known yet is null. */
export interface RunLine {
  readonly source: string;
  readonly endpoint: string;
  readonly school_year: number;
  readonly mode: string | null;
  readonly status: RunStatusName;
  readonly rows: number | null;
  readonly deletes: number | null;
  readonly api_total_count: number | null;
  readonly change_version_min: string | null;
  readonly change_version_max: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly loaded_at: string | null;
  readonly run_id: string | null;
  readonly error: string | null;
}

/** Which runs are wanted; a list that is left out chooses all. */
export interface RunFilter {
  readonly source?: readonly string[] | undefined;
  readonly endpoint?: readonly string[] | undefined;
  readonly schoolYear?: readonly number[] | undefined;
  readonly status?: readonly RunStatusName[] | undefined;
}

const number = z.coerce.number().nullable();
const text = z.coerce.string().nullable();
const ledgerRowSchema = z.object({
  source: z.string(),
  endpoint: z.string(),
  school_year: z.coerce.number(),
  mode: z.string(),
  status: runStatusSchema,
  rows: number,
  deletes: number,
  api_total_count: number,
  change_version_min: text,
  change_version_max: text,
  started_at: z.string(),
  finished_at: z.string(),
  loaded_at: z.string(),
  run_id: z.string(),
  error: z.string().nullable(),
});

/** `column in (@column_0, …)`, and the parameters it names; nothing when all are wanted. */
function oneOf(column: string, values: readonly (string | number)[] | undefined) {
  const params = Object.fromEntries((values ?? []).map((value, index) => [`${column}_${index}`, value]));
  const names = Object.keys(params).map((name) => `@${name}`);
  return { condition: names.length > 0 ? `${column} in (${names.join(", ")})` : "true", params };
}

async function settledRuns(connection: Connection, filter: RunFilter, limit: number): Promise<RunLine[]> {
  if (!(await connection.warehouse.listTables("ops")).includes("runs")) return [];
  const chosen = [
    oneOf("source_id", filter.source),
    oneOf("endpoint", filter.endpoint),
    oneOf("school_year", filter.schoolYear),
    oneOf("status", filter.status),
  ];
  const rows = await connection.warehouse.query(
    `select source_id as source, endpoint, school_year, mode, status, row_count as \`rows\`, delete_count as deletes,
    api_total_count, change_version_min, change_version_max, run_started_at as started_at, finished_at, loaded_at,
    run_id, error
from ops.runs
where ${chosen.map(({ condition }) => condition).join(" and ")}
order by run_started_at desc, source_id, endpoint, school_year desc
limit ${limit}`,
    { params: Object.assign({}, ...chosen.map(({ params }) => params)) },
  );
  return rows.map((row) => ledgerRowSchema.parse(row));
}

const nothingKnown = {
  mode: null,
  rows: null,
  deletes: null,
  api_total_count: null,
  change_version_min: null,
  change_version_max: null,
  started_at: null,
  finished_at: null,
  loaded_at: null,
  run_id: null,
  error: null,
};

function columnsOf({ source, endpoint, schoolYear }: Place): Pick<RunLine, "source" | "endpoint" | "school_year"> {
  return { source, endpoint, school_year: schoolYear };
}

/** A control object, or why it cannot be read: one that is broken must not hide the others. */
async function readUnlessBroken<Schema extends z.ZodType>(
  store: ObjectStore,
  name: string,
  schema: Schema,
): Promise<{ value?: z.output<Schema> | undefined; error: string | null }> {
  try {
    return { value: (await readJson(store, name, schema)).value, error: null };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return { error: `${name}: ${error.message}` };
  }
}

/** Runs that have begun to read and have no manifest yet. */
async function openRuns({ control, landing, isRunning }: Connection): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const object of control.list(objectNames.checkpoints)) {
    const run = runNameOf(object.name, objectNames.checkpoints);
    if (!run || (await landing.stat(objectNames.manifest(run, run.runId)))) continue;
    // A lease that a killed process left behind is nobody's.
    const owner = isRunning ? await leaseOwner(control, objectNames.extractLease(run), systemClock) : undefined;
    const { value, error } = await readUnlessBroken(control, object.name, checkpointSchema);
    const rows = (op: string): number =>
      (value?.walks ?? []).filter((walk) => walk.op === op).reduce((sum, walk) => sum + walk.rows, 0);
    lines.push({
      ...nothingKnown,
      ...columnsOf(run),
      mode: value?.mode ?? null,
      status: owner === run.runId ? "extracting" : "paused",
      rows: value ? rows("upsert") : null,
      deletes: value ? rows("delete") : null,
      change_version_min: value?.window.from ?? null,
      change_version_max: value?.window.to ?? null,
      started_at: value?.run_started_at ?? null,
      run_id: run.runId,
      error,
    });
  }
  return lines;
}

/** Runs whose manifest waits for load. */
async function extractedRuns(connection: Connection, connectors: ReadonlyMap<string, Connector>): Promise<RunLine[]> {
  const { landing, warehouse } = connection;
  if (!(await warehouse.listTables("ops")).includes("runs")) return [];
  const lines: RunLine[] = [];
  for (const { name, run } of await unsettledManifests({ connectors, landing, warehouse }, Date.now())) {
    const { value, error } = await readUnlessBroken(landing, name, manifestSchema);
    lines.push({
      ...nothingKnown,
      ...columnsOf(run),
      mode: value?.mode ?? null,
      status: "extracted",
      rows: value?.rows ?? null,
      deletes: value?.deletes ?? null,
      api_total_count: value?.api_total_count ?? null,
      change_version_min: value?.window.from ?? null,
      change_version_max: value?.window.to ?? null,
      started_at: value?.run_started_at ?? null,
      finished_at: value?.finished_at ?? null,
      run_id: run.runId,
      error: value?.error ?? error,
    });
  }
  return lines;
}

/** Endpoints that were announced and have no run that is known of otherwise. */
async function announcedRuns({ control, landing }: Connection, known: ReadonlySet<string>): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const object of control.list(objectNames.inFlights)) {
    const place = placeOf(object.name);
    const { value } = await readUnlessBroken(control, object.name, inFlightSchema);
    if (!place || !value || Date.parse(value.expires_at) <= Date.now()) continue;
    const runId = value.run_id;
    const isKnown =
      runId !== undefined &&
      (known.has(runKey({ ...place, runId })) || (await landing.stat(objectNames.manifest(place, runId))));
    if (isKnown) continue;
    const status = runId === undefined ? "announced" : "extracting";
    lines.push({ ...nothingKnown, ...columnsOf(place), status, started_at: value.since, run_id: runId ?? null });
  }
  return lines;
}

function isWanted(line: RunLine, filter: RunFilter): boolean {
  return (
    (filter.source?.includes(line.source) ?? true) &&
    (filter.endpoint?.includes(line.endpoint) ?? true) &&
    (filter.schoolYear?.includes(line.school_year) ?? true) &&
    (filter.status?.includes(line.status) ?? true)
  );
}

/** What ran: first what is under way, then the ledger, newest first; at most `limit` runs of it. Changes nothing. */
export async function readRuns(
  connection: Connection,
  connectors: ReadonlyMap<string, Connector>,
  filter: RunFilter,
  limit: number,
): Promise<RunLine[]> {
  const begun = [...(await openRuns(connection)), ...(await extractedRuns(connection, connectors))];
  const keys = begun.map((line) =>
    runKey({ source: line.source, endpoint: line.endpoint, schoolYear: line.school_year, runId: line.run_id ?? "" }),
  );
  const underWay = [...begun, ...(await announcedRuns(connection, new Set(keys)))].filter((line) =>
    isWanted(line, filter),
  );
  // Read last, so that a run that is settled meanwhile is seen twice rather than never; the ledger's word is the later one.
  const settled = await settledRuns(connection, filter, limit);
  const ended = new Set(settled.map(({ run_id, endpoint, school_year }) => `${endpoint} ${school_year} ${run_id}`));
  const open = underWay.filter((line) => !ended.has(`${line.endpoint} ${line.school_year} ${line.run_id}`));
  return [...open, ...settled].slice(0, limit);
}
