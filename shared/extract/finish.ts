import { type Collection, countRecords } from "../connector/plan.ts";
import { isWholeByTotals, type Skipped } from "../connector/walk.ts";
import { changesOf } from "../connector/window-parameters.ts";
import { objectNames, type Place } from "../control/place.ts";
import { ConflictError, RetryableError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { windowOf } from "./begin.ts";
import type { Checkpoint, Ending } from "./checkpoint.ts";
import { type Held, heldTogether } from "./line.ts";

/** Records of a kind that the walks brought. */
export function rowsOf(state: Checkpoint, op: "upsert" | "delete" | "key_change"): number {
  return state.walks.filter((walk) => walk.op === op).reduce((sum, walk) => sum + walk.rows, 0);
}

/** Records that the last pass over them brought: what the source's count is compared with. */
export function rowsOfLastPass(state: Checkpoint): number {
  return state.walks.slice(state.pass_from).reduce((sum, walk) => sum + (walk.op === "upsert" ? walk.rows : 0), 0);
}

/** Records that the last pass left out, because the source cannot give them. */
export function skippedOf(state: Checkpoint): Skipped[] {
  return state.walks.slice(state.pass_from).flatMap(({ skipped }) => skipped);
}

/** Records by part that the last pass brought; undefined where there are no parts. */
function heldOf(state: Checkpoint): Held | undefined {
  const held: Held[] = state.walks.slice(state.pass_from).flatMap((walk) => (walk.held ? [walk.held] : []));
  if (held.length === 0) return undefined;
  return held.reduce((sum, one) => heldTogether(sum, new Map(Object.entries(one))), {});
}

/** What comparing the records of a run with the source's own count gave. */
export interface Comparison {
  /** Whether there is any record that the run should have brought and did not. */
  readonly isWhole: boolean;
  /** Records the source counts in the run's window now; undefined when it cannot say. */
  readonly counted: number | undefined;
}

/** What the pages of the last pass themselves said there is; undefined where they do not say. */
function toldTotal(state: Checkpoint): { readonly counted: number; readonly isWhole: boolean } | undefined {
  const walks = state.walks.slice(state.pass_from).filter(({ op, totals }) => op === "upsert" && totals);
  if (walks.length === 0) return undefined;
  const counted = walks.reduce((sum, { totals }) => sum + (totals?.counted ?? 0), 0);
  return { counted, isWhole: isWholeByTotals(walks) };
}

/**
 * Compares what the last pass brought with what the source counts now. While a run reads, rows come that it need not have seen: of a full
 * run only those count that were there when it began. A source without change versions cannot tell these apart; there a second pass has
 * to bring what was counted before it.
 */
export async function compareWithCount(collection: Collection, state: Checkpoint): Promise<Comparison> {
  // A delta without walks asked for nothing, because nothing had changed.
  if (state.mode === "delta" && state.walks.length === 0) return { isWhole: true, counted: undefined };
  const skipped = skippedOf(state).length;
  const brought = rowsOfLastPass(state) + skipped;
  const told = toldTotal(state);
  if (told) {
    const isWhole = told.isWhole || (state.counted_before !== null && brought >= state.counted_before);
    return { isWhole, counted: told.counted };
  }
  const counted = await countRecords(collection, windowOf({ mode: state.mode, ...state.window }));
  if (counted === undefined && skipped > 0) {
    throw new RetryableError("Records were left out, and the source does not count how many it has", {
      count: skipped,
    });
  }
  if (counted === undefined || brought >= counted) return { isWhole: true, counted };
  if (state.mode === "full" && state.window.to !== null && changesOf(collection).type === "change_versions") {
    const old = await countRecords(collection, { to: state.window.to });
    if (old !== undefined) return { isWhole: brought >= old, counted };
  }
  return { isWhole: state.counted_before !== null && brought >= state.counted_before, counted };
}

/** The manifest of a run that has ended. Parts count only when the run is complete. */
export function manifestOf(place: Place, connector: string, state: Checkpoint, ending: Ending): Manifest {
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
    // Records read a second time are the same records; the parts hold both readings, and the fold takes one.
    rows: complete ? rowsOfLastPass(state) : 0,
    deletes: complete ? rowsOf(state, "delete") : 0,
    key_changes: complete ? rowsOf(state, "key_change") : 0,
    nulls: state.walks.reduce((sum, walk) => sum + walk.nulls, 0),
    pages: state.walks.reduce((sum, walk) => sum + walk.pages, 0),
    parts: complete ? [...state.parts].sort((a, b) => (a.name < b.name ? -1 : 1)) : [],
    api_total_count: ending.api_total_count,
    deletes_unavailable: state.deletes_unavailable,
    accept_shrink: state.accept_shrink,
    ...(complete && skippedOf(state).length > 0 ? { skipped: skippedOf(state) } : {}),
    ...(complete && heldOf(state) ? { holds: heldOf(state) } : {}),
    ...(state.snapshot ? { snapshot: `${state.snapshot.header}: ${state.snapshot.value}` } : {}),
    error: ending.error,
    run_started_at: state.run_started_at,
    finished_at: ending.finished_at,
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
