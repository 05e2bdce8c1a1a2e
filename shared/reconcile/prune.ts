import * as z from "zod";
import type { Connector } from "../config/connector.ts";
import { readJson, writeJson } from "../control/json-object.ts";
import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { rawDataset } from "../warehouse/tables.ts";

export interface PrunePorts {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly log: Log;
  /** Days for which raw rows are kept although nothing needs them; undefined: they are kept for ever. */
  readonly rawRetentionDays?: number | undefined;
}

const stateName = "pruned.json";

/** The day of the last look, and before which day each endpoint's raw table has nothing left. */
const stateSchema = z.object({ v: z.literal(1), day: z.iso.date(), before: z.record(z.string(), z.iso.date()) });

const dayMs = 24 * 60 * 60 * 1000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * The first day that each endpoint still needs, by the ledger: that on which the oldest of the last full runs of its sources and years began. A
 * year that is read no more keeps the day of its last full run, so what it needs is never dropped. Endpoints of which some year
 * never had a full run need all days.
 */
const oldestNeeded = `select
    connector,
    endpoint,
    cast(date(min(full_started_at)) as string) as oldest_day,
    countif(full_started_at is null) as without_full_run
from (
    select connector, endpoint, source_id, school_year, max(if(mode = 'full', run_started_at, null)) as full_started_at
    from ops.runs
    where status = 'succeeded'
    group by connector, endpoint, source_id, school_year
)
group by connector, endpoint`;

/** An endpoint with the day before which none of its raw rows is needed. */
interface Bound {
  readonly connector: string;
  readonly endpoint: string;
  readonly before: string;
}

async function boundsOf({ connectors, warehouse }: PrunePorts, keptSince: string): Promise<Bound[]> {
  const rows = await warehouse.query(oldestNeeded);
  return rows.flatMap((row) => {
    const [connector, endpoint, oldest] = [String(row.connector), String(row.endpoint), row.oldest_day];
    const description = connectors.get(connector)?.endpoints[endpoint];
    if (!description || typeof oldest !== "string" || Number(row.without_full_run) > 0) return [];
    // Where full runs hold parts, any of them may be the last one of its part.
    if (description.replaces !== undefined) return [];
    return [{ connector, endpoint, before: oldest < keptSince ? oldest : keptSince }];
  });
}

/**
 * Deletes whole days of an endpoint, which BigQuery does by dropping their partitions, without reading them. The job's id is derived, so a look
 * that died is gone on with, and two at once do it once.
 */
async function prune({ connector, endpoint, before }: Bound, { warehouse, log }: PrunePorts): Promise<void> {
  const table = `${rawDataset(connector)}.${endpoint}`;
  await warehouse.query(`delete from ${table} where extracted_at < timestamp '${before} 00:00:00+00'`, {
    jobId: `rollcall_prune_${connector}_${endpoint}_${before}`,
  });
  log.info("days of raw that nothing needs were dropped", { table, version: before });
}

/**
 * Once a day, drops the days of raw tables that no current view needs and that are older than the retention. The fold begins at the last full
 * run of each source and year, so what lies before the oldest of them changes nothing; landing keeps the files as long as it is told to.
 * @returns how many tables lost days
 */
export async function pruneRaw(ports: PrunePorts): Promise<number> {
  if (ports.rawRetentionDays === undefined) return 0;
  const now = ports.clock.now().getTime();
  const today = dayOf(now);
  const { value, generation } = await readJson(ports.control, stateName, stateSchema);
  if (value?.day === today) return 0;
  const bounds = await boundsOf(ports, dayOf(now - ports.rawRetentionDays * dayMs));
  const before = value?.before ?? {};
  const due = bounds.filter((bound) => bound.before > (before[`${bound.connector}.${bound.endpoint}`] ?? ""));
  for (const bound of due) await prune(bound, ports);
  const done = Object.fromEntries(due.map((bound) => [`${bound.connector}.${bound.endpoint}`, bound.before]));
  try {
    await writeJson(ports.control, stateName, { v: 1, day: today, before: { ...before, ...done } }, generation);
  } catch (error) {
    // Another sweep did the same.
    if (!(error instanceof ConflictError)) throw error;
  }
  return due.length;
}
