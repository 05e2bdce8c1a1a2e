import { expect, test } from "@jest/globals";
import { parseSources } from "../../shared/config/sources.ts";
import { compact } from "../../shared/deliver/compact.ts";
import { type DeliverPorts, deliver } from "../../shared/deliver/deliver.ts";
import { unwrittenPerLane } from "../../shared/deliver/resource.ts";
import { RetryableError } from "../../shared/errors.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectors, keptLog, keptTopic } from "../fakes/extract-world.ts";
import {
  failingAt,
  type Interruption,
  Interruptions,
  interruptedBuckets,
  Killed,
  killedAt,
  type Moment,
} from "../fakes/interrupted.ts";
import { memoryPayloads } from "./memory-payloads.ts";
import { memoryTarget } from "./memory-target.ts";
import { assessment, models, objective, result, row, tableOf } from "./world.ts";

const lanes = 2;
const sources = parseSources(
  `sources:
  - {id: map, connector: nwea, url: http://127.0.0.1:1, secret: map}
  - {id: ods, connector: edfi, url: "http://127.0.0.1:1", secret: reader, school_years: [2026]}
deliveries:
  - {id: map-results, pipeline: map, from: map, to: ods, secret: writer, concurrency: ${lanes}, concurrency_per_resource: ${lanes}, namespaces: ["uri://www.nwea.org"], deletes: {max: 9, max_share: 1}}`,
  "sources.yaml",
  connectors,
);

/** A world in memory whose every step outwards is numbered. */
function startSmall() {
  const clock = fakeClock();
  const interruptions = new Interruptions();
  const buckets = interruptedBuckets(clock, interruptions);
  const payloads = memoryPayloads();
  const target = memoryTarget();
  const topic = keptTopic();
  const around = <Value>(what: string, effect: () => Promise<Value>) => interruptions.around(what, effect);
  const ports: DeliverPorts = {
    sources,
    connectors,
    models,
    control: buckets.control,
    payloadsOf: () => ({
      ...payloads,
      record: (name, rows) => around(`record ${name}`, () => payloads.record(name, rows)),
    }),
    openTarget: async () => ({
      ...target,
      post: (resource, text) => around(`post ${resource}`, () => target.post(resource, text)),
      delete: (resource, id) => around(`delete ${resource}`, () => target.delete(resource, id)),
    }),
    deliverTopic: topic,
    clock,
    log: keptLog(),
    workMs: 450_000,
    leaseMs: 720_000,
    pageRows: 5,
    journalPauseMs: 0,
  };
  return { clock, interruptions, payloads, target, topic, ports };
}

type Small = ReturnType<typeof startSmall>;

function fill({ payloads }: Small, version: string): void {
  payloads.tables.set(tableOf("assessments"), [row("Math", assessment("Math", { v: version }))]);
  payloads.tables.set(tableOf("objectives"), [row("b", objective("b", "a")), row("a", objective("a"))]);
  const results = Array.from({ length: 8 }, (_, at) => row(`r${at}`, result(`r${at}`, { v: version })));
  // The first version has one that the second lacks.
  payloads.tables.set(tableOf("results"), version === "1" ? results : results.slice(1));
}

/** Delivers a message until it is acknowledged, as Pub/Sub does. @returns how often it came */
async function handle({ ports, clock }: Small, messageId: string): Promise<number> {
  for (let times = 1; times < 20; times += 1) {
    try {
      const message = deliverMessageSchema.parse({ delivery: "map-results" });
      await deliver(message, { messageId, publishedAt: clock.now() }, ports);
      return times;
    } catch (error) {
      if (!(error instanceof Killed || error instanceof RetryableError)) throw error;
      clock.advance(ports.leaseMs);
    }
  }
  throw new Error("the message never came to its end");
}

/** What the target should hold: each payload as it is now. */
function expectTruth({ payloads, target }: Small): void {
  const wanted = [...payloads.tables.values()]
    .flat()
    .map(({ payload }) => JSON.stringify(payload))
    .sort();
  expect([...target.records.values()].map(({ text }) => text).sort()).toEqual(wanted);
}

/** Requests under way, and outcomes that are not written yet: all that may be sent twice. */
const inFlightMax = lanes * unwrittenPerLane + lanes;

/** Delivers two versions, with an interruption in the second, and looks at what came of it. */
async function live(interruption: Interruption): Promise<{ readonly doubles: number; readonly operations: number }> {
  const world = startSmall();
  fill(world, "1");
  await handle(world, "first");
  fill(world, "2");
  world.target.sent.length = 0;
  world.interruptions.interrupt(interruption);
  // A process that is dead stays so: what comes after it is another one.
  const dead = deliver(
    deliverMessageSchema.parse({ delivery: "map-results" }),
    { messageId: "second", publishedAt: world.clock.now() },
    world.ports,
  );
  await dead.catch((error: unknown) => {
    if (!(error instanceof Killed || error instanceof RetryableError)) throw error;
  });
  const operations = world.interruptions.operations.length;
  world.interruptions.interrupt(undefined);
  world.clock.advance(world.ports.leaseMs);
  await handle(world, "second");
  expectTruth(world);
  const doubles = world.target.sent.length - new Set(world.target.sent.map(({ text }) => text)).size;
  const before = world.target.sent.length;
  await handle(world, "third");
  expect(world.target.sent).toHaveLength(before);
  const attempts = world.payloads.ledger.filter(({ runId }) => runId !== world.payloads.ledger[0]?.runId);
  expect(new Set(attempts.map(({ sequence }) => sequence)).size).toBe(attempts.length);
  return { doubles, operations };
}

test("P6 killed at any moment, a run leaves nothing that the next does not finish, and sends at most what was announced twice", async () => {
  const { operations } = await live(() => undefined);
  expect(operations).toBeGreaterThan(30);
  let doubles = 0;
  for (let operation = 0; operation < operations; operation += 1) {
    for (const moment of ["before", "after"] satisfies Moment[]) {
      const lived = await live(killedAt(moment, operation));
      expect(lived.doubles).toBeLessThanOrEqual(inFlightMax);
      doubles += lived.doubles;
    }
  }
  // Some deaths come between a request and its outcome: were none to send anything twice, this would test nothing.
  expect(doubles).toBeGreaterThan(0);
});

test("P6 an operation that fails once, before it happened or after, costs another delivery of the message at most", async () => {
  const { operations } = await live(() => undefined);
  for (let operation = 0; operation < operations; operation += 1) {
    for (const moment of ["before", "after"] satisfies Moment[]) {
      await live(failingAt(moment, operation, new RetryableError("the network failed")));
    }
  }
});

/** A delivery of the second version that dies right after the first request which carries it. */
async function diesAfterSending(world: Small): Promise<void> {
  fill(world, "1");
  await handle(world, "first");
  fill(world, "2");
  let isDead = false;
  world.interruptions.interrupt((moment, _, what) => {
    isDead ||= moment === "after" && what === `post /ed-fi/studentAssessments`;
    if (isDead) throw new Killed();
  });
  await expect(
    deliver(
      deliverMessageSchema.parse({ delivery: "map-results" }),
      { messageId: "second", publishedAt: world.clock.now() },
      world.ports,
    ),
  ).rejects.toThrow(Killed);
  world.interruptions.interrupt(undefined);
  world.clock.advance(world.ports.leaseMs);
}

test("P6 what was sent by one that died, and has another payload since, is sent again though the ledger never heard of it", async () => {
  const world = startSmall();
  await diesAfterSending(world);
  // Back at the first version, which is what the ledger says is there.
  fill(world, "1");
  await handle(world, "third");
  expectTruth(world);
});

test("P6 one that was held until its lease was another's takes nothing away that the other announced", async () => {
  const world = startSmall();
  await diesAfterSending(world);
  // All that it does at its end, whoever has the lease meanwhile.
  await compact("map-results", { control: world.ports.control, payloads: world.payloads });
  fill(world, "1");
  await handle(world, "third");
  expectTruth(world);
});
