import type { Connector } from "../config/connector.ts";
import type { Sources } from "../config/sources.ts";
import { clearInFlight } from "../control/in-flight.ts";
import { readJson, writeJson } from "../control/json-object.ts";
import { objectNames, type Place } from "../control/place.ts";
import { type Watermark, watermarkSchema } from "../control/watermark.ts";
import { ConflictError, PermanentError } from "../errors.ts";
import { type Manifest, manifestSchema, type Part } from "../manifest.ts";
import type { LoadMessage } from "../messages/load.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import type { Relation } from "../warehouse/ensure.ts";
import { rawDataset, rawFields } from "../warehouse/tables.ts";
import { type Content, readContent, readParts } from "./fingerprint.ts";
import { partShrinkReason, shrinkReason } from "./guard.ts";
import { jobIdOf, type RunStatus, recordedRun, recordRun, type Settled } from "./ledger.ts";
import { renewViewBoundary } from "./view-boundary.ts";

export interface LoadPorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  /** Makes sure that the endpoint's raw table and current view are there. Left out where they are known to be. */
  readonly prepare?: ((relation: Relation) => Promise<void>) | undefined;
  readonly refreshTopic: Topic;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LoadSummary {
  readonly status: RunStatus | "gone";
  readonly rows: number;
}

/** A load job takes at most this many addresses (gcp.md §1.5). */
const urisMax = 10_000;
/** Parts looked at at once. */
const looksAtOnce = 16;
/** How often the watermark is tried again when another load of the same place was quicker. */
const swapsMax = 20;

/**
 * The verb: brings the parts of one manifest into raw, then the ledger, then the watermark. Each step may be repeated: the job
 * and the ledger row have derived ids, and the watermark is a compare-and-swap.
 * @throws PermanentError when the manifest or its parts are not what they should be, RetryableError when BigQuery is unwell
 */
export async function load(message: LoadMessage, ports: LoadPorts): Promise<LoadSummary> {
  const { value: manifest } = await readJson(ports.landing, message.name, manifestSchema);
  if (!manifest) {
    ports.log.warn("the manifest is gone; nothing to load", { manifest: message.name });
    return { status: "gone", rows: 0 };
  }
  const place: Place = { source: manifest.source_id, endpoint: manifest.endpoint, schoolYear: manifest.school_year };
  const connector = ports.connectors.get(manifest.connector);
  if (!connector)
    throw new PermanentError(`There is no connector "${manifest.connector}" for this manifest`, {
      manifest: message.name,
    });
  if (manifest.outcome === "complete" && !connector.endpoints[place.endpoint]) {
    throw new PermanentError(
      `The endpoint "${place.endpoint}" has left connectors/${manifest.connector}.yaml; its run is not loaded`,
      fieldsOf(manifest),
    );
  }
  await ports.prepare?.({ connector, endpoint: place.endpoint });
  const { status, error } = await bringInOnce(manifest, place, ports);
  if (status === "succeeded") await moveWatermark(manifest, place, connector, ports);
  await clearInFlight(ports.control, place, manifest.run_id, manifest.run_started_at);
  await ports.refreshTopic.publish({ v: 1, reason: `${place.source}/${place.endpoint}/${place.schoolYear} ${status}` });
  report(manifest, status, error, ports.log);
  return { status, rows: status === "succeeded" ? manifest.rows : 0 };
}

/**
 * Brings a run in and settles it in the ledger, unless an earlier delivery has: what the ledger says stands. By now a guard might decide
 * otherwise, and half of each decision would be carried out.
 */
async function bringInOnce(manifest: Manifest, place: Place, ports: LoadPorts): Promise<Settled> {
  const recorded = await recordedRun(ports.warehouse, manifest);
  if (recorded) return recorded;
  const settled = await bringIn(manifest, place, ports);
  await recordRun(ports.warehouse, manifest, settled, ports.clock.now());
  return settled;
}

/** Why the guards do not let a run in; undefined when they do. */
async function reasonToSetAside(manifest: Manifest, place: Place, ports: LoadPorts): Promise<string | undefined> {
  const source = ports.sources.sources.find((candidate) => candidate.id === place.source);
  const guard = source?.shrink_guard ?? 0.5;
  const { value: watermark } = await readJson(ports.control, objectNames.watermark(place), watermarkSchema);
  const replaces = ports.connectors.get(manifest.connector)?.endpoints[place.endpoint]?.replaces;
  if (replaces === undefined) return shrinkReason(manifest, watermark, guard);
  // The first export of a term is small, and takes nothing away from the terms before it; an empty one is still set aside.
  const reason = shrinkReason(manifest, watermark, 1);
  if (reason !== undefined || !watermark || !manifest.holds) return reason;
  const loaded = await readParts(ports.warehouse, manifest.connector, place, replaces);
  return partShrinkReason(manifest, loaded, guard);
}

/** Loads the parts, unless the run failed or a guard sets it aside. */
async function bringIn(manifest: Manifest, place: Place, ports: LoadPorts): Promise<Settled> {
  if (manifest.outcome !== "complete") return { status: manifest.outcome, error: manifest.error };
  const reason = await reasonToSetAside(manifest, place, ports);
  if (reason) return { status: "quarantined", error: reason };
  if (manifest.parts.length === 0) return { status: "succeeded", error: null };
  if (manifest.parts.length > urisMax) {
    throw new PermanentError(
      `The run has ${manifest.parts.length} parts; a load job takes ${urisMax}. Make parts larger.`,
      fieldsOf(manifest),
    );
  }
  await assertParts(manifest, ports.landing);
  const { rows } = await ports.warehouse.load({
    jobId: jobIdOf("load", manifest),
    dataset: rawDataset(manifest.connector),
    table: place.endpoint,
    fields: rawFields,
    uris: manifest.parts.map((part) => `${ports.landing.uri}/${part.name}`),
  });
  const expected = manifest.parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== expected) {
    throw new PermanentError(
      `The load job brought ${rows} rows where the manifest lists ${expected}`,
      fieldsOf(manifest),
    );
  }
  return { status: "succeeded", error: null };
}

/** Parts are immutable; one that is missing or of another size was tampered with or expired, and must not be half-loaded. */
async function assertParts(manifest: Manifest, landing: ObjectStore): Promise<void> {
  for (let at = 0; at < manifest.parts.length; at += looksAtOnce) {
    await Promise.all(manifest.parts.slice(at, at + looksAtOnce).map((part) => assertPart(part, manifest, landing)));
  }
}

async function assertPart(part: Part, manifest: Manifest, landing: ObjectStore): Promise<void> {
  const present = await landing.stat(part.name);
  if (present && present.sizeBytes === part.size_bytes && present.generation === part.generation) return;
  throw new PermanentError(
    `A part of the run is ${present ? "not the one its manifest lists" : "gone"}. Extract the endpoint again: rollcall publish ${manifest.source_id} ${manifest.endpoint} --mode full.`,
    { ...fieldsOf(manifest), object: part.name },
  );
}

/** Moves the watermark, last of all, and never back: a late load of an older run changes the content but not how far we are. */
async function moveWatermark(manifest: Manifest, place: Place, connector: Connector, ports: LoadPorts): Promise<void> {
  const name = objectNames.watermark(place);
  if (manifest.mode === "full") await renewViewBoundary(ports.warehouse, connector, place.endpoint);
  for (let attempt = 0; attempt < swapsMax; attempt += 1) {
    // The content is read between reading and swapping the watermark: were it read before, a load that ran meanwhile could be
    // overwritten with a fingerprint that does not know its rows, and the models would never be told of them.
    const { value: present, generation } = await readJson(ports.control, name, watermarkSchema);
    const content = await readContent(ports.warehouse, connector.connector, place);
    try {
      await writeJson(ports.control, name, nextWatermark(manifest, present, content, ports.clock.now()), generation);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new ConflictError("The watermark changes too often to be written", { object: name });
}

function nextWatermark(manifest: Manifest, present: Watermark | undefined, content: Content, now: Date): Watermark {
  const isNewer = !present || present.run_started_at <= manifest.run_started_at;
  const isNewerFull = manifest.mode === "full" && (present?.full_run_started_at ?? "") <= manifest.run_started_at;
  return {
    v: 1,
    source_id: manifest.source_id,
    connector: manifest.connector,
    endpoint: manifest.endpoint,
    school_year: manifest.school_year,
    change_version: isNewer ? manifest.window.to : present.change_version,
    since: isNewer ? sinceWhen(manifest, present) : present.since,
    run_id: isNewer ? manifest.run_id : present.run_id,
    run_started_at: isNewer ? manifest.run_started_at : present.run_started_at,
    mode: isNewer ? manifest.mode : present.mode,
    loaded_at: now.toISOString(),
    full_run_id: isNewerFull ? manifest.run_id : (present?.full_run_id ?? null),
    full_run_started_at: isNewerFull ? manifest.run_started_at : (present?.full_run_started_at ?? null),
    row_count: content.rowCount,
    fingerprint: content.fingerprint,
  };
}

function sinceWhen({ window, run_started_at }: Manifest, present: Watermark | undefined): string {
  return present && present.change_version === window.to ? (present.since ?? present.run_started_at) : run_started_at;
}

function fieldsOf(manifest: Manifest): { source_id: string; endpoint: string; school_year: number; run_id: string } {
  return {
    source_id: manifest.source_id,
    endpoint: manifest.endpoint,
    school_year: manifest.school_year,
    run_id: manifest.run_id,
  };
}

function report(manifest: Manifest, status: RunStatus, error: string | null, log: Log): void {
  const fields = { ...fieldsOf(manifest), mode: manifest.mode, rows: manifest.rows, deletes: manifest.deletes, status };
  if (status === "succeeded") log.info("loaded", fields);
  else if (status === "unsupported") log.info("load: nothing to load", fields);
  else log.error("load: the run was not loaded", { ...fields, ...(error ? { error } : {}) });
}
