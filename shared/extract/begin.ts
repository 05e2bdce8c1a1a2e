import { type Collection, newestChangeVersion, planFeed, planRecords, type Window } from "../connector/plan.ts";
import type { Walk } from "../connector/walk.ts";
import { readJson, writeJson } from "../control/json-object.ts";
import { objectNames, type Place } from "../control/place.ts";
import { watermarkSchema } from "../control/watermark.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { type Checkpoint, CheckpointKeeper, readCheckpoint } from "./checkpoint.ts";
import { decideScope, type Scope } from "./window.ts";

export interface BeginRequest {
  readonly place: Place;
  readonly runId: string;
  readonly mode: "full" | "delta";
  readonly hop: number;
}

async function planWalks(collection: Collection, scope: Scope): Promise<Walk[]> {
  if (scope.isEmpty) return [];
  // A full run sets no upper bound: a row changed while it is read is then read as it is now, instead of being missed until the next delta.
  const window: Window = scope.mode === "full" ? {} : { from: scope.from ?? undefined, to: scope.to ?? undefined };
  const records = await planRecords(collection, window);
  const { changes } = collection.connector;
  if (scope.mode === "full" || changes.type !== "change_versions") return records;
  const feeds = [
    changes.key_changes && planFeed(collection, "key_change", changes.key_changes, window),
    changes.deletes && planFeed(collection, "delete", changes.deletes, window),
  ];
  return [...feeds.filter((walk) => walk !== undefined), ...records];
}

/**
 * Begins a run, or takes up one that began: its scope and walks are decided once and kept in the checkpoint.
 * Taking it up is a compare-and-swap that shuts out every earlier attempt.
 */
export async function beginRun(
  request: BeginRequest,
  collection: Collection,
  control: ObjectStore,
  clock: Clock,
): Promise<CheckpointKeeper> {
  const { place, runId, mode, hop } = request;
  const name = objectNames.checkpoint(place, runId);
  const present = await readCheckpoint(control, name);
  if (present) {
    const state: Checkpoint = {
      ...present.state,
      attempt: present.state.attempt + 1,
      hop: Math.max(hop, present.state.hop),
    };
    return new CheckpointKeeper(control, name, state, await writeJson(control, name, state, present.generation));
  }
  // The start is taken before the source is asked, so that everything the source has until now belongs to this run.
  const startedAt = clock.now().toISOString();
  const watermark = await readJson(control, objectNames.watermark(place), watermarkSchema);
  const newest = await newestChangeVersion(collection);
  const { changes } = collection.connector;
  const scope = decideScope(mode, watermark.value, newest, changes.type === "change_versions" ? changes.overlap : 0);
  const state: Checkpoint = {
    v: 1,
    run_id: runId,
    mode: scope.mode,
    reason: scope.reason,
    window: { from: scope.from, to: scope.to },
    run_started_at: startedAt,
    attempt: 1,
    hop,
    walks: await planWalks(collection, scope),
    parts: [],
    rewalks: 0,
    pass_from: 0,
    deletes_unavailable: false,
  };
  return new CheckpointKeeper(control, name, state, await writeJson(control, name, state, "0"));
}
