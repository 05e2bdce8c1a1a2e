import { type Collection, countRecords } from "../connector/plan.ts";
import { objectNames, type Place } from "../control/place.ts";
import { ConflictError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** Records that the source counts in the run's window now; undefined when it cannot say. */
export async function countNow(collection: Collection, state: Checkpoint): Promise<number | undefined> {
  const delta = state.mode === "delta";
  return countRecords(
    collection,
    delta ? { from: state.window.from ?? undefined, to: state.window.to ?? undefined } : {},
  );
}

/** Records of a kind that the walks brought. */
export function rowsOf(state: Checkpoint, op: "upsert" | "delete" | "key_change"): number {
  return state.walks.filter((walk) => walk.op === op).reduce((sum, walk) => sum + walk.rows, 0);
}

/** Records that the last pass over them brought: what the source's count is compared with. */
export function rowsOfLastPass(state: Checkpoint): number {
  return state.walks.slice(state.pass_from).reduce((sum, walk) => sum + (walk.op === "upsert" ? walk.rows : 0), 0);
}

export interface Ending {
  readonly outcome: Manifest["outcome"];
  readonly error: string | null;
  readonly apiTotalCount: number | null;
  readonly acceptShrink: boolean;
}

/** The manifest of a run that has a checkpoint. Parts count only when the run is complete. */
export function manifestOf(
  place: Place,
  connector: string,
  state: Checkpoint,
  ending: Ending,
  finishedAt: Date,
): Manifest {
  const complete = ending.outcome === "complete";
  return {
    v: 1,
    outcome: ending.outcome,
    source_id: place.source,
    connector,
    endpoint: place.endpoint,
    school_year: place.schoolYear,
    run_id: state.run_id,
    mode: state.mode,
    reason: state.reason,
    window: state.window,
    rows: complete ? rowsOf(state, "upsert") : 0,
    deletes: complete ? rowsOf(state, "delete") : 0,
    key_changes: complete ? rowsOf(state, "key_change") : 0,
    nulls: state.walks.reduce((sum, walk) => sum + walk.nulls, 0),
    pages: state.walks.reduce((sum, walk) => sum + walk.pages, 0),
    parts: complete ? [...state.parts].sort((a, b) => (a.name < b.name ? -1 : 1)) : [],
    api_total_count: ending.apiTotalCount,
    deletes_unavailable: state.deletes_unavailable,
    accept_shrink: ending.acceptShrink,
    error: ending.error,
    run_started_at: state.run_started_at,
    finished_at: finishedAt.toISOString(),
  };
}

/** A checkpoint for a run that ended before it could be planned. */
export function unplanned(runId: string, mode: "full" | "delta", now: Date): Checkpoint {
  return {
    v: 1,
    run_id: runId,
    mode,
    reason: "asked",
    window: { from: null, to: null },
    run_started_at: now.toISOString(),
    attempt: 1,
    hop: 0,
    walks: [],
    parts: [],
    rewalks: 0,
    pass_from: 0,
    deletes_unavailable: false,
  };
}

/** Writes the manifest, create-only: the first one stands, and a second attempt finds its own work. */
export async function writeManifest(landing: ObjectStore, place: Place, manifest: Manifest): Promise<void> {
  try {
    await landing.write(objectNames.manifest(place, manifest.run_id), `${JSON.stringify(manifest)}\n`, "0");
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

/** Removes what only a run at work needs. A leftover is harmless: the manifest already stands. */
export async function dropCheckpoint(control: ObjectStore, place: Place, runId: string): Promise<void> {
  await control.delete(objectNames.checkpoint(place, runId));
}
