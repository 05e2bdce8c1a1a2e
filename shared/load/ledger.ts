import { createHash } from "node:crypto";
import * as z from "zod";
import type { Manifest } from "../manifest.ts";
import type { Warehouse } from "../ports/warehouse.ts";

/** How a run can end in the ledger. */
export const runStatusSchema = z.enum(["succeeded", "failed", "forbidden", "unsupported", "quarantined"]);

const recordedSchema = z.object({ status: runStatusSchema, error: z.string().nullable() });

export type RunStatus = z.infer<typeof runStatusSchema>;

/** A job id that says what it is for and is the same for each delivery (BigQuery allows letters, digits, - and _). */
export function jobIdOf(kind: string, manifest: Manifest): string {
  const place = [manifest.source_id, manifest.endpoint, manifest.school_year, manifest.run_id];
  const hash = createHash("sha256").update(JSON.stringify(place)).digest("hex").slice(0, 12);
  return `rollcall_${kind}_${place.join("_").replaceAll(/[^\w-]/g, "-")}_${hash}`.slice(0, 900);
}

const insertRun = `insert into ops.runs (
    run_id, source_id, connector, endpoint, school_year, mode, status, change_version_min, change_version_max,
    row_count, delete_count, api_total_count, run_started_at, finished_at, loaded_at, error
)
select
    @run_id, @source_id, @connector, @endpoint, @school_year, @mode, @status,
    safe_cast(@change_version_min as int64), safe_cast(@change_version_max as int64),
    @row_count, @delete_count, safe_cast(@api_total_count as int64),
    timestamp(@run_started_at), timestamp(@finished_at), timestamp(@loaded_at), nullif(@error, '')
from (select 1 as one)
where not exists (
    select 1 from ops.runs
    where run_id = @run_id and source_id = @source_id and connector = @connector
        and endpoint = @endpoint and school_year = @school_year
)`;

/** How a run was settled, and why if it was not loaded. */
export interface Settled {
  readonly status: RunStatus;
  readonly error: string | null;
}

/** What the ledger says of a run, or undefined when it is not settled. */
export async function recordedRun(warehouse: Warehouse, manifest: Manifest): Promise<Settled | undefined> {
  const [row] = await warehouse.query(
    `select status, error
from ops.runs
where run_id = @run_id and source_id = @source_id and connector = @connector
    and endpoint = @endpoint and school_year = @school_year`,
    {
      params: {
        run_id: manifest.run_id,
        source_id: manifest.source_id,
        connector: manifest.connector,
        endpoint: manifest.endpoint,
        school_year: manifest.school_year,
      },
    },
  );
  return row && recordedSchema.parse(row);
}

/** Writes the row of a settled run, once: by a derived job id, and by looking first. */
export async function recordRun(
  warehouse: Warehouse,
  manifest: Manifest,
  { status, error }: Settled,
  loadedAt: Date,
): Promise<void> {
  await warehouse.query(insertRun, {
    jobId: jobIdOf("ledger", manifest),
    params: {
      run_id: manifest.run_id,
      source_id: manifest.source_id,
      connector: manifest.connector,
      endpoint: manifest.endpoint,
      school_year: manifest.school_year,
      mode: manifest.mode,
      status,
      change_version_min: manifest.window.from ?? "",
      change_version_max: manifest.window.to ?? "",
      row_count: manifest.rows,
      delete_count: manifest.deletes,
      api_total_count: manifest.api_total_count === null ? "" : String(manifest.api_total_count),
      run_started_at: manifest.run_started_at,
      finished_at: manifest.finished_at,
      loaded_at: loadedAt.toISOString(),
      error: error ?? "",
    },
  });
}
