import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type Buckets, openStorage } from "../../shared/google/storage.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { manifestSchema } from "../../shared/manifest.ts";
import { connectors } from "../fakes/extract-world.ts";
import { folderOf } from "../sandbox/client.ts";
import { scratchFolder } from "../scratch-folder.ts";
import "./patience.ts";

const project = "limits";
const concurrency = 4;
const perSecond = 60;
// Of what every instance has: the sandbox has no extension unless it is asked.
const endpoints = Object.entries(connectors.get("edfi")?.endpoints ?? {})
  .filter(([, { path }]) => path.startsWith("ed-fi/"))
  .slice(0, 60);

const sandboxSchema = z.object({ url: z.string(), key: z.string(), secret: z.string() });
const logSchema = z.object({ highWater: z.number(), times: z.array(z.number()) });

function thread(workerData: object, env: Record<string, string> = {}): Worker {
  const file = new URL("../conformance/source-limits-thread.ts", import.meta.url);
  return new Worker(file, { workerData, env: { ...process.env, ...env }, stdout: true, stderr: true });
}

async function firstOf<Schema extends z.ZodType>(worker: Worker, schema: Schema): Promise<z.output<Schema>> {
  const [message] = await once(worker, "message");
  return schema.parse(message);
}

describe("sixty endpoints, published at once to three instances of extract", () => {
  const threads: Worker[] = [];
  let emulator: Emulator;
  let topics: Topics;
  let buckets: Buckets;
  let front: Server;
  let log: z.output<typeof logSchema>;
  let deliveries = 0;

  /** Pub/Sub pushes to one address; the platform hands each message to one of the instances. */
  async function startFront(ports: readonly number[]): Promise<string> {
    front = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const port = ports[deliveries % ports.length];
      deliveries += 1;
      const headers = { "content-type": "application/json" };
      const body = Buffer.concat(chunks);
      const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, { method: "POST", headers, body });
      response.writeHead(answer.status).end();
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(front.address() as AddressInfo).port}/projects/${project}/topics/extract`;
  }

  async function manifests(): Promise<z.output<typeof manifestSchema>[]> {
    const landing = buckets.bucket("landing");
    const names = (await Array.fromAsync(landing.list("manifests/"))).map(({ name }) => name);
    const objects = await Promise.all(names.map((name) => landing.read(name)));
    return objects.map((object) => manifestSchema.parse(JSON.parse(object?.body ?? "")));
  }

  beforeAll(async () => {
    const folder = scratchFolder("rollcall-limits-");
    const files = endpoints.map(([, { path }]) => [`${path.split("/").at(-1)}.jsonl`, [{ id: "a".repeat(32) }]]);
    const options = { data: await folderOf(Object.fromEntries(files)), latencyMs: 60 };
    const sandboxThread = thread({ role: "sandbox", options });
    threads.push(sandboxThread);
    const sandbox = await firstOf(sandboxThread, sandboxSchema);
    emulator = await startEmulator({ folder: join(folder, "home"), projectId: project });
    const sourcesFile = join(folder, "sources.yaml");
    writeFileSync(
      sourcesFile,
      `sources:\n  - { id: d1, connector: edfi, url: "${sandbox.url}", secret: d1, school_years: [2011],\n` +
        `      concurrency: ${concurrency}, requests_per_second: ${perSecond} }\n`,
    );
    const secretsFile = join(folder, "secrets.yaml");
    writeFileSync(secretsFile, `d1: { key: ${sandbox.key}, secret: ${sandbox.secret} }\n`, { mode: 0o600 });
    const variables = {
      GOOGLE_CLOUD_PROJECT: project,
      LANDING_BUCKET: "landing",
      CONTROL_BUCKET: "control",
      SOURCES_FILE: sourcesFile,
      SECRETS_FILE: secretsFile,
      ROLLCALL_STORAGE_ENDPOINT: emulator.storageUrl,
      ROLLCALL_BIGQUERY_ENDPOINT: emulator.bigqueryUrl,
      PUBSUB_EMULATOR_HOST: emulator.pubsubHost,
      METADATA_SERVER_DETECTION: "none",
      // So short that on a slow machine some hand over without having had a turn.
      WORK_SECONDS: "2",
    };
    buckets = openStorage({ projectId: project, endpoint: emulator.storageUrl });
    topics = openTopics({ projectId: project, emulatorHost: emulator.pubsubHost });
    for (const bucket of ["landing", "control"]) await buckets.ensureBucket(bucket);
    for (const topic of ["extract", "dead-letter"]) await topics.createTopic(topic);
    await topics.ensurePullSubscription("dead-letter", "dead-letter");
    const instances = [1, 2, 3].map(() => thread({ role: "extract" }, variables));
    threads.push(...instances);
    const ports = await Promise.all(instances.map((instance) => firstOf(instance, z.object({ port: z.int() }))));
    await topics.ensurePushSubscription({
      name: "extract",
      topic: "extract",
      endpoint: await startFront(ports.map(({ port }) => port)),
      ackDeadlineSeconds: 600,
      backoffSeconds: { minimum: 1, maximum: 5 },
      // As few as Pub/Sub allows: waiting must not use them up.
      deadLetters: { topic: "dead-letter", attemptsMax: 5 },
    });
    const extract = topics.topic("extract");
    await Promise.all(
      endpoints.map(([endpoint]) => extract.publish({ v: 1, source: "d1", endpoint, school_year: 2011 })),
    );
    await emulator.whenIdle();
    sandboxThread.postMessage("log");
    log = await firstOf(sandboxThread, logSchema);
  });

  afterAll(async () => {
    front?.closeAllConnections();
    front?.close();
    await topics?.close();
    for (const started of threads) await started.terminate();
    await emulator?.close();
  });

  test("are all read", async () => {
    const outcomes = (await manifests()).map(({ endpoint, outcome, rows }) => ({ endpoint, outcome, rows }));
    const expected = endpoints.map(([endpoint]) => ({ endpoint, outcome: "complete", rows: 1 }));
    expect(outcomes).toEqual(expect.arrayContaining(expected));
    expect(outcomes).toHaveLength(60);
  });

  test("become no dead letter", async () => {
    expect(await topics.peek("dead-letter", 100)).toEqual([]);
  });

  test("ask the source for as much at once as it allows, and never for more", () => {
    expect(log.highWater).toBe(concurrency);
  });

  test("begin no more requests in any second than it allows", () => {
    const inSecond = log.times.map((from) => log.times.filter((at) => at >= from && at < from + 1000).length);
    expect(Math.max(...inSecond)).toBeLessThanOrEqual(perSecond);
  });
});
