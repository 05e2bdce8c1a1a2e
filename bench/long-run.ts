import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProfileName } from "../sandbox/sandbox.ts";
import { objectNames, type Place } from "../shared/control/place.ts";
import { openStorage } from "../shared/google/storage.ts";
import { openTopics } from "../shared/google/topics.ts";
import { type Manifest, manifestSchema } from "../shared/manifest.ts";
import type { ObjectStore } from "../shared/ports/object-store.ts";
import { measure, startWorker } from "./child.ts";
import { type Api, type Cloud, functionOptions, projectId, variablesOf } from "./cloud.ts";
import { type Delivered, type FunctionProcess, type Logged, startFunction } from "./function-process.ts";
import { type SourcePauses, watchPauses } from "./source-pauses.ts";

/** The one endpoint of the benchmark, as the connector and as the API call it. */
const endpoint = "student_section_attendance_events";
const resource = "studentSectionAttendanceEvents";
const place: Place = { source: "bench", endpoint, schoolYear: 2026 };
const runId = "bench-long";
/** More lines than the function prints of any run of the benchmark. */
const heardMax = 100_000;

export interface LongRunOptions {
  readonly records: number;
  readonly deadlineSeconds: number;
  readonly profile: ProfileName;
  readonly concurrency: number;
  /** Kills the function in the middle of each hop that comes after so many; 0: never. */
  readonly killEvery: number;
  /** Holds the state of the emulator, and is left for the caller to remove. */
  readonly folder: string;
  readonly onProgress: (line: string) => void;
}

/** One delivery that worked on the run. Rows and parts are those of the run so far. */
export interface Hop {
  readonly hop: number;
  readonly seconds: number;
  readonly rows: number;
  readonly parts: number;
  readonly peak_mb: number;
  readonly cpu_seconds: number;
  /** Size of the checkpoint that the hop left; null when it had none any more. */
  readonly checkpoint_bytes: number | null;
  /** How long the source was not asked for a page before this hop. */
  readonly pause_ms: number | null;
}

/** What the parts hold, compared with what the generator makes. */
export interface Content {
  readonly rows: number;
  readonly ids: number;
  readonly first: number;
  readonly last: number;
  readonly wronglyHashed: number;
  readonly isAsGenerated: boolean;
}

export interface LongRun {
  readonly seconds: number;
  readonly hops: readonly Hop[];
  readonly manifest: Manifest;
  readonly manifestBytes: number;
  readonly content: Content;
  readonly deadLetters: number;
  /** Deliveries that failed and came again. */
  readonly failedDeliveries: number;
  /** How often the process of the function was killed. */
  readonly kills: number;
  /** Objects that only a run at work has, and that were there after it. */
  readonly leftovers: readonly string[];
}

/** What the run had come to when the function last said so. */
interface Standing {
  readonly isEnd: boolean;
  readonly rows: number;
  readonly parts: number;
  readonly checkpointBytes: number | null;
  readonly pauseMs: number | null;
}

/** Reads a line of the function's log. @returns where the run stands, if the line says so @throws Error when it says that the run failed */
async function standingAt(
  { message, fields }: Logged,
  control: ObjectStore,
  pauses: SourcePauses,
  onProgress: LongRunOptions["onProgress"],
): Promise<Standing | undefined> {
  if (message === "extract failed" || message === "dead letter") throw new Error(`the run failed: ${fields.error}`);
  const isEnd = message === "extracted";
  if (!isEnd && message !== "extract continues in another message") {
    onProgress(`${message}: ${fields.error ?? ""}`);
    return undefined;
  }
  const checkpoint = await control.stat(objectNames.checkpoint(place, runId));
  const { rows = 0, parts = 0 } = fields;
  return { isEnd, rows, parts, checkpointBytes: checkpoint?.sizeBytes ?? null, pauseMs: await pauses.beforeHop() };
}

function hopOf(number: number, delivered: Delivered, { rows, parts, checkpointBytes, pauseMs }: Standing): Hop {
  return {
    hop: number,
    seconds: delivered.ms / 1000,
    rows,
    parts,
    peak_mb: delivered.peakMb,
    cpu_seconds: delivered.cpuSeconds,
    checkpoint_bytes: checkpointBytes,
    pause_ms: pauseMs,
  };
}

/** What came of following a run to its end. */
type Followed = Pick<LongRun, "hops" | "failedDeliveries" | "kills">;

/** Listens to the function until a delivery has ended the run, and kills it now and then where that is asked for. */
async function follow(
  extract: FunctionProcess,
  control: ObjectStore,
  pauses: SourcePauses,
  { onProgress, killEvery, deadlineSeconds }: LongRunOptions,
): Promise<Followed> {
  const hops: Hop[] = [];
  let failedDeliveries = 0;
  let kills = 0;
  let standing: Standing | undefined;
  for (let heard = 0; heard < heardMax; heard += 1) {
    const said = await extract.next();
    if (said.kind === "killed") {
      kills += 1;
      onProgress("killed in the middle of a hop, and started again");
    } else if (said.kind === "log") standing = (await standingAt(said, control, pauses, onProgress)) ?? standing;
    else if (said.status >= 300) failedDeliveries += 1;
    else if (standing) {
      const hop = hopOf(hops.length, said, standing);
      hops.push(hop);
      const rows = hop.rows.toLocaleString("en");
      onProgress(`hop ${hop.hop}: ${rows} rows, ${hop.parts} parts, ${Math.round(hop.peak_mb)} MB`);
      if (standing.isEnd) return { hops, failedDeliveries, kills };
      standing = undefined;
      if (killEvery > 0 && hops.length % killEvery === 0) setTimeout(extract.kill, deadlineSeconds * 500).unref();
    }
  }
  throw new Error("the run came to no end");
}

async function leftoversIn(control: ObjectStore): Promise<string[]> {
  const names: string[] = [];
  for (const prefix of [objectNames.checkpoints, objectNames.extractLeases]) {
    for await (const { name } of control.list(prefix)) names.push(name);
  }
  return names;
}

async function extractAndCheck(
  options: LongRunOptions,
  { api, cloud }: { readonly api: Api; readonly cloud: Cloud },
): Promise<LongRun> {
  const { folder, records, onProgress } = options;
  const sourcesFile = join(folder, "sources.yaml");
  writeFileSync(
    sourcesFile,
    `sources:\n  - { id: bench, connector: edfi, url: "${api.url}", secret: bench, school_years: [2026], concurrency: ${options.concurrency}, page_size: 500 }\n`,
  );
  const buckets = openStorage({ projectId, endpoint: cloud.storageUrl });
  const topics = openTopics({ projectId, emulatorHost: cloud.pubsubHost });
  for (const name of ["landing", "control"]) await buckets.ensureBucket(name);
  const [landing, control] = [buckets.bucket("landing"), buckets.bucket("control")];
  const extract = await startFunction(topics, {
    ...variablesOf(cloud, sourcesFile, api),
    WORK_SECONDS: String(options.deadlineSeconds),
    // A function that was killed keeps its lease until it ends.
    ...(options.killEvery > 0 ? { LEASE_SECONDS: String(options.deadlineSeconds + 5) } : {}),
    NODE_OPTIONS: functionOptions,
  });
  try {
    const startedAt = performance.now();
    await topics.topic("extract").publish({ v: 1, source: place.source, endpoint, mode: "full", run_id: runId });
    const followed = await follow(extract, control, watchPauses(api.url, resource), options);
    const seconds = (performance.now() - startedAt) / 1000;
    const text = (await landing.read(objectNames.manifest(place, runId)))?.body ?? "";
    const manifest = manifestSchema.parse(JSON.parse(text));
    onProgress("comparing the parts with what the generator makes …");
    const parts = manifest.parts.map(({ name }) => name);
    const content = await measure<Content>("check-parts", {
      storageUrl: cloud.storageUrl,
      parts,
      records,
      resource,
      folder,
    });
    const deadLetters = (await topics.peek("dead-letter", 100)).length;
    const leftovers = await leftoversIn(control);
    return { seconds, ...followed, manifest, manifestBytes: text.length, content, deadLetters, leftovers };
  } finally {
    await topics.close();
    await extract.stop();
  }
}

/**
 * Extracts one endpoint of so many records through deadlines: the extract function, the sandbox and the emulator in a process each, the messages
 * through the emulator's Pub/Sub.
 * @throws Error when the run ends without its records
 */
export async function runLong(options: LongRunOptions): Promise<LongRun> {
  const sandbox = startWorker("sandbox", { attendanceEvents: options.records, profile: options.profile });
  const emulator = startWorker("emulator", { folder: join(options.folder, "state"), projectId });
  try {
    return await extractAndCheck(options, { api: await sandbox.next<Api>(), cloud: await emulator.next<Cloud>() });
  } finally {
    await sandbox.stop();
    await emulator.stop();
  }
}
