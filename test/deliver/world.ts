import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { createHttpClient, type HttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { type Delivered, type DeliverPorts, deliver } from "../../shared/deliver/deliver.ts";
import type { LedgerRow } from "../../shared/deliver/payloads.ts";
import { openTarget } from "../../shared/deliver/target.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import { connectors, keptLog, keptTopic } from "../fakes/extract-world.ts";
import { type FakeObjectStore, fakeObjectStore } from "../fakes/object-store.ts";
import { folderOf } from "../sandbox/client.ts";
import { school } from "../sandbox/school.ts";
import { type MemoryPayloads, memoryPayloads, type PayloadRow } from "./memory-payloads.ts";
import { models, type ResourceName, schoolYear, tableOf } from "./samples.ts";

const all = { create: true, update: true, delete: true };
const subject = {
  id: "ma",
  namespace: "uri://ed-fi.org/AcademicSubjectDescriptor",
  codeValue: "Mathematics",
  shortDescription: "Mathematics",
};

/** A school with two students, and nothing delivered yet. */
export const data = {
  [schoolYear]: await folderOf({
    ...school,
    "studentSchoolAssociations.jsonl": [],
    "academicSubjectDescriptors.jsonl": [subject],
    "assessmentReportingMethodDescriptors.jsonl": [],
    "assessments.jsonl": [],
    "objectiveAssessments.jsonl": [],
    "studentAssessments.jsonl": [],
  }),
};

export interface World extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly payloads: MemoryPayloads;
  readonly control: FakeObjectStore;
  readonly clock: FakeClock;
  readonly topic: ReturnType<typeof keptTopic>;
  readonly log: ReturnType<typeof keptLog>;
  readonly ports: DeliverPorts;
  set(name: ResourceName, rows: readonly PayloadRow[]): void;
  /** Delivers as a message of its own would, and every continuation after it. */
  run(message?: object): Promise<Delivered>;
  /** Requests that wrote: `POST studentAssessments`. */
  writes(): string[];
  /** The last row of the ledger about each record: `resource key: status`. */
  standing(): Record<string, string>;
  last(recordKey: string): LedgerRow | undefined;
  /** A record in the target. */
  found(resource: string, parameters: Record<string, string>): Promise<Record<string, unknown>[]>;
}

export interface WorldOptions extends SandboxOptions {
  /** Lines of the delivery in the sources file. */
  readonly delivery?: readonly string[];
  readonly http?: (http: HttpClient) => HttpClient;
  readonly ports?: Partial<DeliverPorts>;
}

function sourcesText(url: string, lines: readonly string[]): string {
  return [
    "sources:",
    "  - {id: map, connector: nwea, url: http://127.0.0.1:1, secret: map}",
    `  - {id: ods, connector: edfi, url: "${url}", secret: reader, school_years: [${schoolYear}], concurrency: 32, timeout_seconds: 5}`,
    "deliveries:",
    "  - {id: map-results, pipeline: map, from: map, to: ods, secret: writer}".replace(
      "}",
      `${lines.map((line) => `, ${line}`).join("")}}`,
    ),
  ].join("\n");
}

let messages = 0;

/** A sandbox that takes what is delivered, and a delivery into it with payloads and control in memory. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { delivery = [], http: wrap, ports: more = {}, ...own } = options;
  const sandbox = await startSandbox({ data, claims: { "*": all }, dataStandard: 5, ...own });
  const clock = fakeClock();
  const control = fakeObjectStore({ clock });
  const payloads = memoryPayloads();
  const topic = keptTopic();
  const log = keptLog();
  const client = createHttpClient({ userAgent: "rollcall" });
  const session = {
    http: wrap ? wrap(client) : client,
    tokens: new TokenCache(),
    secrets: { read: async () => JSON.stringify({ key: sandbox.key, secret: sandbox.secret }) },
    clock,
    log,
  };
  const ports: DeliverPorts = {
    sources: parseSources(sourcesText(sandbox.url, delivery), "sources.yaml", connectors),
    connectors,
    models,
    control,
    payloadsOf: () => payloads,
    openTarget: (one, source, connector, year, names, limits) =>
      openTarget(one, source, connector, year, names, session, limits),
    deliverTopic: topic,
    clock,
    log,
    workMs: 450_000,
    leaseMs: 720_000,
    random: () => 0.5,
    ...more,
  };
  const path = (text: string): string =>
    decodeURIComponent(text.slice(text.lastIndexOf("/data/")).split("/").slice(-2).join("/"));
  return {
    sandbox,
    payloads,
    control,
    clock,
    topic,
    log,
    ports,
    set: (name, rows) => void payloads.tables.set(tableOf(name), [...rows]),
    async run(message = { delivery: "map-results" }) {
      messages += 1;
      let next: object = message;
      let hops = 0;
      for (;;) {
        const before = topic.messages.length;
        const origin = { messageId: `m${messages}.${hops}`, publishedAt: clock.now() };
        const done = await deliver(deliverMessageSchema.parse(next), origin, ports);
        if (done.kind !== "continued" || hops > 50) return done;
        next = topic.messages[before] ?? {};
        hops += 1;
      }
    },
    writes: () =>
      sandbox.requests
        .filter(({ method: verb, path: at }) => verb !== "GET" && at.includes("/data/"))
        .map(
          ({ method: verb, path: at }) => `${verb} ${verb === "POST" ? at.slice(at.lastIndexOf("/") + 1) : path(at)}`,
        ),
    standing() {
      const last = new Map<string, LedgerRow>();
      for (const one of payloads.ledger)
        last.set(`${one.resource.slice(one.resource.lastIndexOf("/") + 1)} ${one.recordKey}`, one);
      return Object.fromEntries([...last].map(([name, one]) => [name, one.status]));
    },
    last: (recordKey) => payloads.ledger.findLast((one) => one.recordKey === recordKey),
    async found(resource, parameters) {
      const answer = await findIn(sandbox, resource, parameters);
      return answer as Record<string, unknown>[];
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

async function findIn(sandbox: Sandbox, resource: string, parameters: Record<string, string>): Promise<unknown> {
  const basic = Buffer.from(`${sandbox.key}:${sandbox.secret}`).toString("base64");
  const root = (await (await fetch(sandbox.url)).json()) as { urls: Record<string, string> };
  const { urls } = root;
  const token = (await (
    await fetch(urls.oauth ?? "", {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    })
  ).json()) as { access_token: string };
  const url = new URL(resource.slice(1), `${urls.dataManagementApi}`.replace(/\/*$/, "/"));
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return (await fetch(url, { headers: { authorization: `Bearer ${token.access_token}` } })).json();
}

export * from "./samples.ts";
