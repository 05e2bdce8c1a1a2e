import type { Source } from "../../shared/config/sources.ts";
import { Gate } from "../../shared/connector/gate.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { SourceSlots } from "../../shared/control/source-slots.ts";
import { RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import { load } from "../../shared/load/load.ts";
import { extractMessageSchema, type MessageOrigin } from "../../shared/messages/extract.ts";
import { loadMessageSchema } from "../../shared/messages/load.ts";
import { reconcileMessageSchema, refreshMessageSchema } from "../../shared/messages/refresh.ts";
import type { Log } from "../../shared/ports/log.ts";
import { reconcile } from "../../shared/reconcile/reconcile.ts";
import type { TextCache } from "../../shared/refresh/control-objects.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

const leaseMs = 720_000;
const graceMs = 900_000;

/** Wires the verbs to the topics as functions/ does. */
export function subscribeFunctions(world: World): void {
  const { pubsub, luck } = world;
  const workMs = luck.one([15_000, 60_000, 450_000]);
  const partBytes = luck.one([700, 2500, 1_000_000]);
  const runLoad = world.seams.load?.(load) ?? load;
  // Instances of refresh keep what they read; there are two of them.
  const caches: readonly TextCache[] = [new Map(), new Map()];

  pubsub.subscribe("extract", (message, origin, process) => {
    const common = commonPorts(world, process);
    // A delivery asks for the gate of its source once, and each delivery is a process of its own.
    const gateOf = (source: Source): Gate => gateFor(world, source, common);
    return extract(extractMessageSchema.parse(message), origin, {
      ...common,
      gateOf,
      http: httpFor(world, process),
      secrets: { read: async () => '{"key":"k","secret":"s"}' },
      tokens: new TokenCache(),
      extractTopic: pubsub.topicFor("extract", process),
      partBytes,
      workMs,
      leaseMs,
      attemptsMax: 4,
    });
  });
  pubsub.subscribe("load", (message, _, process) =>
    runLoad(loadMessageSchema.parse(message), {
      ...commonPorts(world, process),
      warehouse: world.warehouse.for(process),
      refreshTopic: pubsub.topicFor("refresh", process),
    }),
  );
  pubsub.subscribe("refresh", (message, origin, process) => {
    const { reason, force } = refreshMessageSchema.parse(message);
    return runRefresh({ reason, force, origin, workMs, cache: luck.one(caches) }, world, process);
  });
  pubsub.subscribe("reconcile", (message, _, process) => {
    reconcileMessageSchema.parse(message);
    return reconcile({
      ...commonPorts(world, process),
      warehouse: world.warehouse.for(process),
      extractTopic: pubsub.topicFor("extract", process),
      loadTopic: pubsub.topicFor("load", process),
      refreshTopic: pubsub.topicFor("refresh", process),
      deliverTopic: pubsub.topicFor("deliver", process),
      models: world.subject.models,
      graceMs,
    });
  });
}

interface RefreshCall {
  readonly reason: string;
  readonly force: readonly string[] | undefined;
  readonly origin: MessageOrigin;
  readonly workMs: number;
  readonly cache: TextCache;
}

async function runRefresh(call: RefreshCall, world: World, process: Process): Promise<void> {
  const { reason, force, origin, workMs, cache } = call;
  const { clock } = process;
  const request = { reason, force, owner: origin.messageId, requestedAt: origin.publishedAt };
  const summary = await refresh(request, {
    ...commonPorts(world, process),
    warehouse: world.warehouse.for(process),
    models: world.subject.models,
    timeZone: world.sources.time_zone,
    parallelism: 2,
    leaseMs,
    cache,
    deadline: new Date(clock.now().getTime() + workMs),
  });
  if (!summary.continue) return;
  await world.pubsub.topicFor("refresh", process).publish({ v: 1, reason: "continued" });
}

function gateFor(world: World, source: Source, ports: ReturnType<typeof commonPorts>): Gate {
  const slots = new SourceSlots(source, ports);
  return new Gate(world.seams.slots?.(slots) ?? slots, ports);
}

function commonPorts(world: World, process: Process) {
  const { sources, connectors } = world;
  return { sources, connectors, clock: process.clock, log: logOf(world, process), ...world.bucketsFor(process) };
}

function logOf(world: World, process: Process): Log {
  const write = (message: string, fields: object = {}): void => {
    if (world.trace) world.note(process.name, `says: ${message} ${JSON.stringify(fields)}`);
  };
  return { info: write, warn: write, error: write };
}

/** The source as a process sees it: overloaded, cut off in the middle of an answer, and changed between any two requests. */
function httpFor(world: World, process: Process): HttpClient {
  const { luck, api } = world;
  const takes = [50, 3000] as const;
  const client: HttpClient = (request) => {
    const what = `${request.method} ${briefUrl(request)}`;
    const answered = world.watch.asked(process.name, request.timeoutMs);
    const effect = (): HttpAnswer => {
      answered();
      const { change, sourceFailure } = world.weather;
      if (luck.chance(change)) world.changeSource();
      if (luck.chance(change)) world.source.endOne();
      return luck.chance(sourceFailure) ? troubled(world, api.answer(request)) : api.answer(request);
    };
    return process.call(what, effect, { takes, timeoutMs: request.timeoutMs }).finally(answered);
  };
  return world.seams.http?.(client) ?? client;
}

function troubled({ luck, api }: World, answer: HttpAnswer): HttpAnswer {
  const empty = Buffer.alloc(0);
  switch (luck.below(api.errorPage ? 6 : 5)) {
    case 0:
      return { status: 503, headers: new Headers(), body: empty };
    case 1:
      return { status: 429, headers: new Headers({ "retry-after": "7" }), body: empty };
    case 2:
      return { ...answer, body: Buffer.from(answer.body.subarray(0, Math.floor(answer.body.length / 2))) };
    case 3:
      api.revokeTokens();
      return answer;
    case 4:
      if (api.errorPage) return api.errorPage();
      break;
  }
  throw new RetryableError("The source broke off its answer", { code: "ECONNRESET" });
}

function briefUrl({ url, parameters = {} }: HttpRequest): string {
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return `${new URL(url).pathname.replace("/data/v3/ed-fi", "")}?${query.join("&")}`;
}
