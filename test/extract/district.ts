import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import type { Source } from "../../shared/config/sources.ts";
import type { ExtractPorts, ExtractSummary } from "../../shared/extract/extract.ts";
import { extract } from "../../shared/extract/extract.ts";
import type { Manifest } from "../../shared/manifest.ts";
import { type ExtractMessage, extractMessageSchema, type MessageOrigin } from "../../shared/messages/extract.ts";
import { type Buckets, type ExtractWorld, extractWorld, sourcesFor } from "../fakes/extract-world.ts";
import { folderOf, students } from "../sandbox/client.ts";

/** Where Pub/Sub says the message came from, unless a test says otherwise. */
export const origin: MessageOrigin = { messageId: "1", publishedAt: new Date("2026-11-21T03:00:00Z") };

/** A message to extract an endpoint of the district. */
export function message(endpoint: string, more: Partial<ExtractMessage> = {}): ExtractMessage {
  return extractMessageSchema.parse({ source: "d1", endpoint, ...more });
}

/** A sandbox of school year 2011 with so many students and nothing else, or with the files given. */
export async function district(
  content: number | Readonly<Record<string, string | readonly unknown[]>>,
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const files = typeof content === "number" ? { "students.jsonl": students(content) } : content;
  return startSandbox({ data: await folderOf(files), ...options });
}

/** Ports over in-memory buckets to a sandbox, with settings of its source changed. */
export function worldOf(
  sandbox: Sandbox,
  settings: Partial<Source> = {},
  overrides: Partial<ExtractPorts> = {},
  buckets?: Buckets,
): ExtractWorld {
  const sources = sourcesFor(sandbox.url);
  const changed = { ...sources, sources: sources.sources.map((source) => ({ ...source, ...settings })) };
  return extractWorld(changed, sandbox, overrides, buckets);
}

/** Delivers a message, and its continuations, as Pub/Sub would: again after each failure, until it is settled. */
export async function deliver(
  world: ExtractWorld,
  asked: ExtractMessage,
  { from = origin, deliveriesMax = 40 }: { from?: MessageOrigin; deliveriesMax?: number } = {},
): Promise<ExtractSummary> {
  let next = asked;
  let failure: unknown;
  for (let delivery = 0; delivery < deliveriesMax; delivery += 1) {
    try {
      const summary = await extract(next, from, world.ports);
      if (summary.status !== "continued") return summary;
      next = extractMessageSchema.parse(world.topic.messages.at(-1));
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`not settled after ${deliveriesMax} deliveries`, { cause: failure });
}

/** The one manifest there is. */
export function onlyManifest(world: ExtractWorld): Manifest {
  const manifests = world.manifests();
  const [manifest] = manifests;
  if (!manifest || manifests.length !== 1) throw new Error(`there are ${manifests.length} manifests`);
  return manifest;
}

/** Ids of the records that a run brought as upserts, sorted; an id twice when it was brought twice. */
export function idsOf(world: ExtractWorld, manifest = onlyManifest(world)): string[] {
  const lines = world.lines(manifest).filter(({ op }) => op === "upsert");
  return lines.map((line) => line.record_id).sort();
}

/** Ids of the students that a sandbox of `count` students has. */
export function studentIds(count: number): string[] {
  return students(count).map(({ id }) => id);
}

/** The change that has loaded an endpoint up to a change version: its watermark. */
export function watermark(endpoint: string, changeVersion: string | null, rowCount = 100): object {
  return {
    v: 1,
    source_id: "d1",
    connector: "edfi",
    endpoint,
    school_year: 2011,
    change_version: changeVersion,
    run_id: "r0",
    run_started_at: "2026-11-20T00:00:00.000Z",
    mode: "full",
    loaded_at: "2026-11-20T00:00:00.000Z",
    full_run_id: "r0",
    full_run_started_at: "2026-11-20T00:00:00.000Z",
    row_count: rowCount,
    fingerprint: "x",
  };
}

/** Paths and queries of the requests to the collection of students (and below it), in order. */
export function studentRequests(sandbox: Sandbox): { path: string; query: URLSearchParams; status: number }[] {
  return sandbox.requests
    .filter(({ path }) => path.includes("/ed-fi/students"))
    .map(({ path, query, status }) => ({
      path: path.slice(path.indexOf("/ed-fi/")),
      query: new URLSearchParams(query),
      status,
    }));
}
