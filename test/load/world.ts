import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { objectNames, type Place } from "../../shared/control/place.ts";
import { type Watermark, watermarkSchema } from "../../shared/control/watermark.ts";
import { type LoadPorts, type LoadSummary, load } from "../../shared/load/load.ts";
import type { Manifest } from "../../shared/manifest.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import { connectors, keptLog, keptTopic, sourcesFor } from "../fakes/extract-world.ts";
import { type InterruptedBuckets, Interruptions, interruptedBuckets } from "../fakes/interrupted.ts";
import { type FakeLoadWarehouse, fakeLoadWarehouse } from "../fakes/load-warehouse.ts";

export const place: Place = { source: "d1", endpoint: "students", schoolYear: 2011 };

export interface LoadWorld {
  readonly ports: LoadPorts;
  readonly buckets: InterruptedBuckets;
  readonly warehouse: FakeLoadWarehouse;
  readonly clock: FakeClock;
  readonly refreshes: readonly object[];
  readonly log: ReturnType<typeof keptLog>;
  /** The watermark as it is, and as it was each time it was written. */
  watermark(): Watermark | undefined;
  /** Names of the students in the current view, with their first names. */
  students(): Record<string, unknown>;
}

/** Load over buckets and a warehouse in memory; all it does is numbered together. */
export function loadWorld(): LoadWorld {
  const clock = fakeClock();
  const interruptions = new Interruptions();
  const buckets = interruptedBuckets(clock, interruptions);
  const { landing, control } = buckets;
  const around = <Result>(what: string, effect: () => Result | Promise<Result>): Promise<Result> =>
    interruptions.around(what, effect);
  const warehouse = fakeLoadWarehouse({ landing, connectors, around });
  const topic = keptTopic();
  const log = keptLog();
  const ports: LoadPorts = {
    sources: sourcesFor("http://127.0.0.1:9"),
    connectors,
    landing,
    control,
    warehouse,
    refreshTopic: { publish: (message) => around("refresh publish", () => topic.publish(message)) },
    clock,
    log,
  };
  return {
    ports,
    buckets,
    warehouse,
    clock,
    refreshes: topic.messages,
    log,
    watermark: () => {
      const value = control.json(objectNames.watermark(place));
      return value === null ? undefined : watermarkSchema.parse(value);
    },
    students: () => {
      const rows = warehouse.current("edfi", "students", "d1", 2011);
      return Object.fromEntries(rows.map(({ data }) => [String(data.studentUniqueId), data.firstName]));
    },
  };
}

export interface Landed {
  readonly name: string;
  readonly manifest: Manifest;
}

export interface RunInput {
  readonly runId: string;
  readonly mode?: "full" | "delta";
  /** Hour of the day at which it began. */
  readonly hour: number;
  readonly to?: string | null;
  /** First names by unique id; null is a deletion. */
  readonly rows?: Readonly<Record<string, string | null>>;
  readonly parts?: number;
  /** What a record has besides its id and names. */
  readonly record?: object;
  readonly more?: Partial<Manifest>;
}

/** Puts the parts and the manifest of a run into a landing, as extract leaves them. */
export async function landIn(landing: ObjectStore, input: RunInput): Promise<Landed> {
  const { runId, mode = "full", hour, to = "100", rows = {}, parts = 1, record = {}, more = {} } = input;
  const startedAt = `2026-11-21T${String(hour).padStart(2, "0")}:00:00.000Z`;
  const lines = Object.entries(rows).map(([student, firstName]) => {
    const data = { id: student, studentUniqueId: student, firstName, ...record };
    return `${JSON.stringify({
      source_id: "d1",
      school_year: 2011,
      record_id: student,
      op: firstName === null ? "delete" : "upsert",
      change_version: to === null ? null : Number(to),
      run_id: runId,
      run_started_at: startedAt,
      extracted_at: startedAt,
      row_hash: createHash("sha256").update(JSON.stringify(data)).digest("hex"),
      data,
    })}\n`;
  });
  const written: Manifest["parts"] = [];
  for (let part = 0; part < Math.min(parts, lines.length); part += 1) {
    const own = lines.filter((_, index) => index % parts === part);
    const name = objectNames.part(place, runId, `${part}`);
    const stored = await landing.writeStream(name, Readable.from(gzipSync(own.join(""))), "application/gzip");
    written.push({ name, generation: stored.generation, size_bytes: stored.sizeBytes, rows: own.length });
  }
  const upserts = Object.values(rows).filter((value) => value !== null).length;
  const manifest: Manifest = {
    v: 1,
    outcome: "complete",
    source_id: "d1",
    connector: "edfi",
    endpoint: "students",
    school_year: 2011,
    run_id: runId,
    mode,
    reason: "asked",
    window: { from: mode === "full" ? null : "1", to },
    rows: upserts,
    deletes: lines.length - upserts,
    key_changes: 0,
    nulls: 0,
    pages: 1,
    parts: written,
    api_total_count: upserts,
    deletes_unavailable: false,
    accept_shrink: false,
    error: null,
    run_started_at: startedAt,
    finished_at: startedAt,
    ...more,
  };
  const name = objectNames.manifest(place, runId);
  await landing.write(name, JSON.stringify(manifest), "0");
  return { name, manifest };
}

/** The same in a world, with the mark of the endpoint that is on its way. */
export async function land(world: LoadWorld, input: RunInput): Promise<Landed> {
  const landed = await landIn(world.ports.landing, input);
  world.buckets.control.put(objectNames.inFlight(place), {
    v: 1,
    connector: "edfi",
    run_id: input.runId,
    attempts: 1,
    since: landed.manifest.run_started_at,
    expires_at: "2999-01-01T00:00:00.000Z",
  });
  return landed;
}

export function loadRun(world: LoadWorld, { name }: Landed): Promise<LoadSummary> {
  return load({ name }, world.ports);
}

/** So many students, numbered, all of the same first name. */
export function many(count: number, firstName = "First"): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index + 1}`, firstName]));
}
