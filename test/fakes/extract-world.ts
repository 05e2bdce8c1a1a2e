import { gunzipSync } from "node:zlib";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { parseSources, type Sources } from "../../shared/config/sources.ts";
import type { Visit } from "../../shared/connector/gate.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import type { ExtractPorts } from "../../shared/extract/extract.ts";
import { type Manifest, manifestSchema } from "../../shared/manifest.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Log, LogFields } from "../../shared/ports/log.ts";
import type { Topic } from "../../shared/ports/topic.ts";
import { type FakeObjectStore, fakeObjectStore } from "./object-store.ts";

export const connectors = readConnectors("connectors");

/** The log, kept. */
export function keptLog(): Log & { readonly lines: { message: string; fields: LogFields }[] } {
  const lines: { message: string; fields: LogFields }[] = [];
  const take = (message: string, fields: LogFields = {}): void => {
    lines.push({ message, fields });
  };
  return { lines, info: take, warn: take, error: take };
}

/** A topic that keeps what is published. */
export function keptTopic(): Topic & { readonly messages: object[] } {
  const messages: object[] = [];
  return {
    messages,
    publish: async (message) => {
      messages.push(message);
      return String(messages.length);
    },
  };
}

export interface ExtractWorld {
  readonly ports: ExtractPorts;
  readonly landing: FakeObjectStore;
  readonly control: FakeObjectStore;
  readonly topic: ReturnType<typeof keptTopic>;
  readonly log: ReturnType<typeof keptLog>;
  manifests(): Manifest[];
  /** The lines of a run's parts, parsed, with `data` as text. */
  lines(
    manifest: Manifest,
  ): { record_id: string; op: string; change_version: number | null; data: Record<string, unknown> }[];
  /** The lines of a run's parts as text. */
  texts(manifest: Manifest): string[];
}

export function sourcesFor(url: string, more: string = ""): Sources {
  const text = `sources:\n  - id: d1\n    connector: edfi\n    url: ${url}\n    secret: s\n    school_years: [2011]\n${more}`;
  return parseSources(text, "sources.yaml", connectors);
}

/** The buckets of a world, where a test wants to come between them and the verb. */
export interface Buckets {
  readonly landing: FakeObjectStore;
  readonly control: FakeObjectStore;
}

/** A way to the source that nobody else uses. */
export function openVisit(): Visit {
  return { hasWaitedInVain: false, pass: (send) => send(), rest: () => undefined, leave: async () => undefined };
}

/** Ports over in-memory buckets and real HTTP to a sandbox. */
export function extractWorld(
  sources: Sources,
  secret: { key: string; secret: string },
  overrides: Partial<ExtractPorts> = {},
  { landing, control }: Buckets = { landing: fakeObjectStore(), control: fakeObjectStore() },
): ExtractWorld {
  const topic = keptTopic();
  const log = keptLog();
  const ports: ExtractPorts = {
    sources,
    connectors,
    landing,
    control,
    extractTopic: topic,
    log,
    clock: { now: systemClock.now, sleep: async () => undefined },
    gateOf: () => ({ enter: openVisit }),
    http: createHttpClient({ userAgent: "test" }),
    tokens: new TokenCache(),
    secrets: { read: async () => JSON.stringify(secret) },
    partBytes: 64 * 1024 * 1024,
    workMs: 60_000,
    leaseMs: 600_000,
    attemptsMax: 3,
    ...overrides,
  };
  const texts = (manifest: Manifest): string[] =>
    manifest.parts.flatMap(({ name }) =>
      gunzipSync(Buffer.from(landing.objects.get(name)?.body ?? "", "latin1"))
        .toString("utf8")
        .split("\n")
        .filter(Boolean),
    );
  return {
    ports,
    landing,
    control,
    topic,
    log,
    manifests: () =>
      [...landing.objects.keys()]
        .filter((name) => name.startsWith("manifests/"))
        .map((name) => manifestSchema.parse(landing.json(name))),
    lines: (manifest) => texts(manifest).map((line) => JSON.parse(line)),
    texts,
  };
}
