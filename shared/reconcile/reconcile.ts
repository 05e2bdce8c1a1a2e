import type * as z from "zod";
import type { Connector } from "../config/connector.ts";
import type { Sources } from "../config/sources.ts";
import { inFlightSchema } from "../control/in-flight.ts";
import { readJson } from "../control/json-object.ts";
import { leaseOwner } from "../control/lease.ts";
import { objectNames, runNameOf } from "../control/place.ts";
import { PermanentError } from "../errors.ts";
import { checkpointSchema } from "../extract/checkpoint.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore, StoredObject } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import type { Model } from "../refresh/model.ts";
import { continueDeliveries } from "./deliveries.ts";
import { reportFreshness } from "./freshness.ts";
import { pruneRaw } from "./prune.ts";
import { unsettledManifests } from "./unsettled.ts";

export interface ReconcilePorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly extractTopic: Topic;
  readonly loadTopic: Topic;
  readonly refreshTopic: Topic;
  readonly deliverTopic: Topic;
  /** The models that are built here: a delivery is asked for when one of its own was. */
  readonly models: readonly Model[];
  readonly clock: Clock;
  readonly log: Log;
  /** What is younger than this is still on its way by itself, in milliseconds. */
  readonly graceMs: number;
  /** Days for which raw rows are kept although nothing needs them; undefined: they are kept for ever. */
  readonly rawRetentionDays?: number | undefined;
}

export interface ReconcileSummary {
  /** Manifests that no load has settled: their load message was published again. */
  readonly manifests: number;
  /** Runs that stopped in the middle: a continuation was published. */
  readonly runs: number;
  /** Marks of endpoints that gave no sign of life: taken away, so that models stop waiting for them. */
  readonly marks: number;
  /** Deliveries that stopped in the middle, or were not begun: they were asked for again. */
  readonly deliveries: number;
}

/**
 * The verb: repairs what an event lost. Everything it publishes may be published twice; every consumer expects duplicates.
 */
export async function reconcile(ports: ReconcilePorts): Promise<ReconcileSummary> {
  const now = ports.clock.now().getTime();
  const old = (object: StoredObject): boolean => now - object.updatedAt.getTime() >= ports.graceMs;
  const manifests = await settleManifests(ports, old, now);
  const runs = await continueRuns(ports, old);
  const marks = await dropDeadMarks(ports, now);
  const deliveries = await continueDeliveries(ports);
  await reportFreshness(ports, now);
  await pruneRaw(ports);
  await ports.refreshTopic.publish({ v: 1, reason: "reconcile" });
  ports.log.info("reconciled", { count: manifests + runs + marks + deliveries });
  return { manifests, runs, marks, deliveries };
}

async function settleManifests(
  ports: ReconcilePorts,
  old: (object: StoredObject) => boolean,
  now: number,
): Promise<number> {
  const lost = await unsettledManifests(ports, now, old);
  for (const { name } of lost) {
    ports.log.warn("a manifest was not loaded; asking again", { manifest: name });
    await ports.loadTopic.publish({ name });
  }
  return lost.length;
}

/** A run with a checkpoint, no manifest and no living lease has nobody at work on it. */
async function continueRuns(ports: ReconcilePorts, old: (object: StoredObject) => boolean): Promise<number> {
  let continued = 0;
  for await (const object of ports.control.list(objectNames.checkpoints)) {
    const run = runNameOf(object.name, objectNames.checkpoints);
    if (!run || !old(object)) continue;
    if (await ports.landing.stat(objectNames.manifest(run, run.runId))) {
      await ports.control.delete(object.name, object.generation);
      continue;
    }
    if ((await leaseOwner(ports.control, objectNames.extractLease(run), ports.clock)) !== undefined) continue;
    const value = await readUnlessBroken(ports, object.name, checkpointSchema);
    if (!value) continue;
    ports.log.warn("a run stopped in the middle; continuing it", {
      source_id: run.source,
      endpoint: run.endpoint,
      run_id: run.runId,
    });
    await ports.extractTopic.publish({
      v: 1,
      source: run.source,
      endpoint: run.endpoint,
      school_year: run.schoolYear,
      mode: value.mode,
      run_id: run.runId,
      hop: value.hop + 1,
      accept_shrink: value.accept_shrink,
    });
    continued += 1;
  }
  return continued;
}

/** Takes away marks that have expired, and such as nobody can read. */
async function dropDeadMarks(ports: ReconcilePorts, now: number): Promise<number> {
  let dropped = 0;
  for await (const object of ports.control.list(objectNames.inFlights)) {
    const mark = await readUnlessBroken(ports, object.name, inFlightSchema);
    if (mark && Date.parse(mark.expires_at) > now) continue;
    if (!(await ports.control.delete(object.name, object.generation))) continue;
    ports.log.warn("an endpoint gave no sign of life; models no longer wait for it", { object: object.name });
    dropped += 1;
  }
  return dropped;
}

/** One broken object must not keep the others from being looked after. */
async function readUnlessBroken<Schema extends z.ZodType>(
  ports: ReconcilePorts,
  name: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    return (await readJson(ports.control, name, schema)).value;
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    ports.log.error("a control object cannot be read", { object: name, error: error.message });
    return undefined;
  }
}
