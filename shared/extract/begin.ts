import { type Collection, planFeed, planRecords, type Window } from "../connector/plan.ts";
import { SnapshotGone } from "../connector/refusal.ts";
import type { Walk } from "../connector/walk.ts";
import { changesOf, overlapOf } from "../connector/window-parameters.ts";
import { readJson } from "../control/json-object.ts";
import { objectNames, type Place } from "../control/place.ts";
import { agreeOnNewest } from "../control/round.ts";
import { watermarkSchema } from "../control/watermark.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { type Checkpoint, type CheckpointKeeper, createCheckpoint, newCheckpoint } from "./checkpoint.ts";
import { startOf } from "./start.ts";
import { decideScope, type Scope } from "./window.ts";

export interface BeginRequest {
  readonly place: Place;
  readonly runId: string;
  readonly mode: "full" | "delta";
  readonly hop: number;
  readonly acceptShrink: boolean;
  readonly round: Date;
}

/** The window of a run as its requests say it. A full run sets no bound: a row changed while it is read is read as it is now. */
export function windowOf(scope: Pick<Scope, "mode" | "from" | "to">): Window {
  return scope.mode === "full" ? {} : { from: scope.from ?? undefined, to: scope.to ?? undefined };
}

async function planWalks(collection: Collection, scope: Scope): Promise<Walk[]> {
  if (scope.isEmpty) return [];
  const window = windowOf(scope);
  const records = await planRecords(collection, window);
  const changes = changesOf(collection);
  if (scope.mode === "full" || changes.type !== "change_versions") return records;
  const feeds = [
    changes.key_changes && planFeed(collection, "key_change", changes.key_changes, window),
    changes.deletes && planFeed(collection, "delete", changes.deletes, window),
  ];
  return [...feeds.filter((walk) => walk !== undefined), ...records];
}

/** Plans a run, and once more when its snapshot goes away just then; twice is no accident. */
async function planRun(...given: Parameters<typeof planOnce>): Promise<Checkpoint> {
  try {
    return await planOnce(...given);
  } catch (error) {
    if (!(error instanceof SnapshotGone)) throw error;
    return planOnce(...given);
  }
}

/** Decides what a run reads, and plans its walks. */
async function planOnce(
  request: BeginRequest,
  live: Collection,
  control: ObjectStore,
  clock: Clock,
): Promise<Checkpoint> {
  // The start is taken before the source is asked, so that everything the source has until now belongs to this run.
  const startedAt = clock.now();
  const { value: watermark } = await readJson(control, objectNames.watermark(request.place), watermarkSchema);
  const loaded = watermark?.change_version ?? undefined;
  const { collection, snapshot, newest: found } = await startOf(live, loaded, startedAt);
  const changes = changesOf(collection);
  const asking =
    found === undefined || snapshot || changes.type !== "change_versions"
      ? undefined
      : { round: request.round, askedAt: startedAt, answeredAt: clock.now(), newest: found, loaded };
  // A snapshot is the same for all that read it.
  const newest = asking ? await agreeOnNewest(control, request.place, asking) : found;
  const scope = decideScope(request.mode, watermark, newest, overlapOf(changes), startedAt);
  return {
    ...newCheckpoint({ ...request, mode: scope.mode }, startedAt),
    reason: scope.reason,
    window: { from: scope.from, to: scope.to },
    hop: request.hop,
    walks: await planWalks(collection, scope),
    snapshot,
  };
}

/** Begins a run: its scope and walks are decided once and kept in the checkpoint. */
export async function beginRun(
  request: BeginRequest,
  live: Collection,
  control: ObjectStore,
  clock: Clock,
): Promise<CheckpointKeeper> {
  const name = objectNames.checkpoint(request.place, request.runId);
  return createCheckpoint(control, name, await planRun(request, live, control, clock));
}

/**
 * Begins a run anew whose snapshot has gone. What was read of it does not count: the parts that were closed stay behind as objects that no
 * manifest lists, and the next attempt's parts have other names.
 */
export async function beginAnew(
  keeper: CheckpointKeeper,
  request: BeginRequest,
  live: Collection,
  control: ObjectStore,
  clock: Clock,
): Promise<void> {
  const planned = await planRun(request, live, control, clock);
  await keeper.save((checkpoint) => {
    const { attempt, holder, hop, restarts } = checkpoint;
    Object.assign(checkpoint, planned, { attempt: attempt + 1, holder, hop, restarts: restarts + 1 });
  });
}
