import { type Collection, newestChangeVersion, planFeed, planRecords, type Window } from "../connector/plan.ts";
import type { Walk } from "../connector/walk.ts";
import { readJson } from "../control/json-object.ts";
import { objectNames, type Place } from "../control/place.ts";
import { watermarkSchema } from "../control/watermark.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { type CheckpointKeeper, createCheckpoint, newCheckpoint } from "./checkpoint.ts";
import { decideScope, type Scope } from "./window.ts";

export interface BeginRequest {
  readonly place: Place;
  readonly runId: string;
  readonly mode: "full" | "delta";
  readonly hop: number;
  readonly acceptShrink: boolean;
}

/** The window of a run as its requests say it. A full run sets no bound: a row changed while it is read is read as it is now. */
export function windowOf(scope: Pick<Scope, "mode" | "from" | "to">): Window {
  return scope.mode === "full" ? {} : { from: scope.from ?? undefined, to: scope.to ?? undefined };
}

async function planWalks(collection: Collection, scope: Scope): Promise<Walk[]> {
  if (scope.isEmpty) return [];
  const window = windowOf(scope);
  const records = await planRecords(collection, window);
  const { changes } = collection.connector;
  if (scope.mode === "full" || changes.type !== "change_versions") return records;
  const feeds = [
    changes.key_changes && planFeed(collection, "key_change", changes.key_changes, window),
    changes.deletes && planFeed(collection, "delete", changes.deletes, window),
  ];
  return [...feeds.filter((walk) => walk !== undefined), ...records];
}

/** Begins a run: its scope and walks are decided once and kept in the checkpoint. */
export async function beginRun(
  request: BeginRequest,
  collection: Collection,
  control: ObjectStore,
  clock: Clock,
): Promise<CheckpointKeeper> {
  const { place, runId, hop } = request;
  // The start is taken before the source is asked, so that everything the source has until now belongs to this run.
  const startedAt = clock.now();
  const watermark = await readJson(control, objectNames.watermark(place), watermarkSchema);
  const newest = await newestChangeVersion(collection);
  const { changes } = collection.connector;
  const overlap = changes.type === "change_versions" ? changes.overlap : 0;
  const scope = decideScope(request.mode, watermark.value, newest, overlap, startedAt);
  return createCheckpoint(control, objectNames.checkpoint(place, runId), {
    ...newCheckpoint({ ...request, mode: scope.mode }, startedAt),
    reason: scope.reason,
    window: { from: scope.from, to: scope.to },
    hop,
    walks: await planWalks(collection, scope),
  });
}
