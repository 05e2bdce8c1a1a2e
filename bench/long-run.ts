import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProfileName } from "../sandbox/sandbox.ts";
import { objectNames, type Place } from "../shared/control/place.ts";
import { openStorage } from "../shared/google/storage.ts";
import { openTopics, type Topics } from "../shared/google/topics.ts";
import { type Manifest, manifestSchema } from "../shared/manifest.ts";
import type { ObjectStore } from "../shared/ports/object-store.ts";
import { type Child, measure, startWorker } from "./child.ts";
import { type Api, type Cloud, functionOptions, projectId, variablesOf } from "./cloud.ts";
import { watchPauses } from "./source-pauses.ts";

/** The one endpoint of the benchmark, as the connector and as the API call it. */
const endpoint = "student_section_attendance_events";
const resource = "studentSectionAttendanceEvents";
const place: Place = { source: "bench", endpoint, schoolYear: 2026 };
const runId = "bench-long";
/** More deliveries than any run of the benchmark needs. */
const deliveriesMax = 10_000;

export interface LongRunOptions {
  readonly records: number;
  readonly deadlineSeconds: number;
  readonly profile: ProfileName;
  readonly concurrency: number;
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
  /** Objects that only a run at work has, and that were there after it. */
  readonly leftovers: readonly string[];
}

interface Logged {
  readonly kind: "log";
  readonly message: string;
  readonly fields: { readonly rows?: number; readonly parts?: number; readonly error?: string };
}

interface Delivered {
  readonly kind: "delivered";
  readonly status: number;
  readonly ms: number;
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

type FunctionSays = Logged | Delivered;

/** Topics and the push subscription of extract, as terraform/ makes them in the cloud. */
async function provision(topics: Topics, functionUrl: string): Promise<void> {
  for (const topic of ["extract", "dead-letter"]) await topics.createTopic(topic);
  await topics.ensurePullSubscription("dead-letter", "dead-letter");
  await topics.ensurePushSubscription({
    name: "extract",
    topic: "extract",
    endpoint: `${functionUrl}/projects/${projectId}/topics/extract`,
    ackDeadlineSeconds: 600,
    backoffSeconds: { minimum: 1, maximum: 20 },
    deadLetters: { topic: "dead-letter", attemptsMax: 30 },
  });
}

/** Listens to the function until a delivery has ended the run. */
async function follow(
  extract: Child,
  control: ObjectStore,
  sandboxUrl: string,
  onProgress: LongRunOptions["onProgress"],
): Promise<{ hops: Hop[]; failedDeliveries: number }> {
  const pauses = watchPauses(sandboxUrl, resource);
  const hops: Hop[] = [];
  let failedDeliveries = 0;
  let logged: Logged | undefined;
  let checkpointBytes: number | null = null;
  let pauseMs: number | null = null;
  for (let deliveries = 0; deliveries < deliveriesMax; ) {
    const said = await extract.next<FunctionSays>();
    if (said.kind === "log") {
      if (said.message === "extract continues in another message" || said.message === "extracted") {
        logged = said;
        checkpointBytes = (await control.stat(objectNames.checkpoint(place, runId)))?.sizeBytes ?? null;
        pauseMs = await pauses.beforeHop();
      } else onProgress(`${said.message} ${said.fields.error ?? ""}`);
      if (said.message === "extract failed" || said.message === "dead letter") {
        throw new Error(`the run failed: ${said.fields.error}`);
      }
      continue;
    }
    deliveries += 1;
    if (said.status >= 300 || !logged) {
      failedDeliveries += said.status >= 300 ? 1 : 0;
      continue;
    }
    const { rows = 0, parts = 0 } = logged.fields;
    hops.push({
      hop: hops.length,
      seconds: said.ms / 1000,
      rows,
      parts,
      peak_mb: said.peakMb,
      cpu_seconds: said.cpuSeconds,
      checkpoint_bytes: checkpointBytes,
      pause_ms: pauseMs,
    });
    onProgress(
      `hop ${hops.length - 1}: ${rows.toLocaleString("en")} rows, ${parts} parts, ${Math.round(said.peakMb)} MB, checkpoint ${checkpointBytes ?? "gone"}`,
    );
    if (logged.message === "extracted") return { hops, failedDeliveries };
    logged = undefined;
  }
  throw new Error(`the run did not end within ${deliveriesMax} deliveries`);
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
  const extract = startWorker(
    "function",
    {},
    {
      ...variablesOf(cloud, sourcesFile, api),
      WORK_SECONDS: String(options.deadlineSeconds),
      NODE_OPTIONS: functionOptions,
    },
  );
  try {
    const { url } = await extract.next<{ url: string }>();
    await provision(topics, url);
    const startedAt = performance.now();
    await topics.topic("extract").publish({ v: 1, source: place.source, endpoint, mode: "full", run_id: runId });
    const followed = await follow(extract, control, api.url, onProgress);
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
