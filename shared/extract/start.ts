import type { Collection } from "../connector/plan.ts";
import { newestChangeVersion } from "../connector/plan.ts";
import { inSnapshot, newestSnapshot, type Snapshot } from "../connector/snapshot.ts";
import { changesOf } from "../connector/window-parameters.ts";
import { PermanentError } from "../errors.ts";

/** What a run reads, and the newest change version in it; undefined where the source offers no change queries. */
export interface Start {
  readonly collection: Collection;
  readonly snapshot: Snapshot | null;
  readonly newest: string | undefined;
}

function noSnapshot(sourceId: string): PermanentError {
  return new PermanentError(
    "The source offers no snapshot, and its setting snapshot requires one. Ask the host for one, or set when_offered or never.",
    { source_id: sourceId },
  );
}

function olderSnapshot(sourceId: string): PermanentError {
  return new PermanentError(
    "The source's newest snapshot is older than what is loaded. Wait for a newer one, or set snapshot to when_offered or never.",
    { source_id: sourceId },
  );
}

/**
 * Chooses between the live data and a snapshot, as the source's setting says. One that is older than what is loaded would take the tables
 * back in time, unless the source itself has gone back.
 * @param loaded the change version up to which the endpoint is loaded
 * @throws PermanentError where a snapshot is required and none will do
 */
export async function startOf(live: Collection, loaded: string | undefined, startedAt: Date): Promise<Start> {
  const { source } = live;
  // Where changes are asked for by time, a window ends when its run begins.
  if (changesOf(live).type === "updated_since") {
    return { collection: live, snapshot: null, newest: String(startedAt.getTime()) };
  }
  const snapshot = source.snapshot === "never" ? undefined : await newestSnapshot(live);
  if (!snapshot && source.snapshot === "required") throw noSnapshot(source.id);
  const fromSnapshot = (chosen: Snapshot): Start => {
    return { collection: inSnapshot(live, chosen), snapshot: chosen, newest: chosen.newest };
  };
  if (snapshot && (loaded === undefined || BigInt(snapshot.newest) >= BigInt(loaded))) return fromSnapshot(snapshot);
  const newest = await newestChangeVersion(live);
  if (!snapshot) return { collection: live, snapshot: null, newest };
  const isRestored = newest !== undefined && loaded !== undefined && BigInt(newest) < BigInt(loaded);
  if (isRestored) return fromSnapshot(snapshot);
  if (source.snapshot === "required") throw olderSnapshot(source.id);
  return { collection: live, snapshot: null, newest };
}
