import { describe, expect, test } from "@jest/globals";
import { parseSources } from "../../shared/config/sources.ts";
import { type Delivered, type DeliverPorts, deliver } from "../../shared/deliver/deliver.ts";
import { type RunMark, runMarkName } from "../../shared/deliver/run-mark.ts";
import { leaseName } from "../../shared/deliver/state.ts";
import { requestMarkerName } from "../../shared/deliver/turn.ts";
import { PermanentError } from "../../shared/errors.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { continueDeliveries, type WatchPorts } from "../../shared/reconcile/deliveries.ts";
import { stateName } from "../../shared/refresh/state.ts";
import { memoryPayloads } from "../deliver/memory-payloads.ts";
import { memoryTarget } from "../deliver/memory-target.ts";
import { assessment, models, result, row, tableOf } from "../deliver/samples.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectors, keptLog, keptTopic } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const graceMs = 900_000;
const leaseMs = 720_000;
const id = "map-results";

const sources = parseSources(
  `sources:
  - {id: map, connector: nwea, url: http://127.0.0.1:1, secret: map}
  - {id: ods, connector: edfi, url: "http://127.0.0.1:1", secret: reader, school_years: [2026]}
deliveries:
  - {id: ${id}, pipeline: map, from: map, to: ods, secret: writer, concurrency: 1, concurrency_per_resource: 1}`,
  "sources.yaml",
  connectors,
);

const texts = {
  continued: "a delivery stopped in the middle; continuing it",
  again: "a delivery was not begun; asking again",
  overdue: "a delivery is overdue: it was asked for again and again, and does not move",
} as const;

/** A delivery of nine records in memory, to which a request takes a second. */
function world() {
  const clock = fakeClock();
  const control = fakeObjectStore({ clock });
  const payloads = memoryPayloads();
  const target = memoryTarget();
  const topic = keptTopic();
  const log = keptLog();
  payloads.tables.set(tableOf("assessments"), [row("Math", assessment("Math"))]);
  payloads.tables.set(
    tableOf("results"),
    Array.from({ length: 8 }, (_, at) => row(`r${at}`, result(`r${at}`))),
  );
  const ports: DeliverPorts = {
    sources,
    connectors,
    models,
    control,
    payloadsOf: () => payloads,
    openTarget: async () => ({
      ...target,
      post: async (resource, text) => {
        clock.advance(1000);
        return target.post(resource, text);
      },
    }),
    deliverTopic: topic,
    clock,
    log,
    workMs: 450_000,
    leaseMs,
    journalPauseMs: 0,
  };
  const watch: WatchPorts = { sources, models, control, deliverTopic: topic, clock, log, graceMs };
  let messages = 0;
  return {
    clock,
    control,
    target,
    topic,
    log,
    ports,
    mark: () => control.json(runMarkName(id)) as RunMark,
    async handle(message: object, more: Partial<DeliverPorts> = {}): Promise<Delivered> {
      messages += 1;
      const origin = { messageId: `m${messages}`, publishedAt: clock.now() };
      return deliver(deliverMessageSchema.parse(message), origin, { ...ports, ...more });
    },
    /** A sweep of the reconciler, so long after what came before. @returns what it published */
    async sweep(afterMs = graceMs): Promise<object[]> {
      clock.advance(afterMs);
      const before = topic.messages.length;
      const asked = await continueDeliveries(watch);
      expect(topic.messages).toHaveLength(before + asked);
      return topic.messages.slice(before);
    },
    said: () => log.lines.map(({ message }) => message).filter((text) => Object.values<string>(texts).includes(text)),
    /** Each model of the pipeline was built. */
    build(names = models.map(({ name }) => name)): void {
      const built_at = clock.now().toISOString();
      const table = { version: "v", build_id: "b", built_at, row_count: 1, layout: "table" };
      for (const name of names) {
        control.put(stateName(name), {
          ...{ v: 1, version: "v", status: "built", built_at, build_id: "b", started_at: built_at, row_count: 1 },
          ...{ definition: "d", inputs: {}, table },
        });
      }
    },
  };
}

const short = { workMs: 3000 };

describe("a delivery that stopped in the middle", () => {
  test("is continued as its lost message would have, and then no more", async () => {
    const made = world();
    expect(await made.handle({ delivery: id, retry: ["failed"] }, short)).toEqual({ kind: "continued" });
    const [lost] = made.topic.messages;
    const [published] = await made.sweep();
    expect(published).toEqual(lost);
    expect(made.said()).toEqual([texts.continued]);
    expect(await made.handle(published ?? {})).toMatchObject({ kind: "finished", result: { outcome: "ok" } });
    expect(made.target.sent).toHaveLength(9);
    expect(await made.sweep()).toEqual([]);
  });

  test("is continued once its lease has ended, when it died at work", async () => {
    const made = world();
    const dying = { openTarget: async () => Promise.reject(new Error("killed")) };
    await expect(made.handle({ delivery: id }, dying)).rejects.toThrow("killed");
    expect(await made.sweep(graceMs - 1)).toEqual([]);
    made.control.put(leaseName(id), { owner: "m1", expires_at: new Date(Date.now() + 1e12).toISOString() });
    expect(await made.sweep()).toEqual([]);
    await made.control.delete(leaseName(id));
    expect(await made.sweep()).toMatchObject([{ delivery: id, run_id: made.mark().run_id, hop: 1 }]);
  });

  test("suffers no harm from a message that was on its way after all", async () => {
    const made = world();
    await made.handle({ delivery: id }, short);
    const [late] = made.topic.messages;
    const [published] = await made.sweep();
    // The one begins while the other is at work, and once more after it.
    let meanwhile: Delivered | undefined;
    const openTarget: DeliverPorts["openTarget"] = async (...given) => {
      meanwhile ??= await made.handle(late ?? {});
      return made.ports.openTarget(...given);
    };
    expect(await made.handle(published ?? {}, { openTarget })).toMatchObject({ kind: "finished" });
    expect(meanwhile).toEqual({ kind: "busy" });
    await made.handle(late ?? {});
    await made.handle(made.topic.messages.at(-1) ?? {});
    expect(made.target.sent).toHaveLength(9);
    expect(await made.sweep()).toEqual([]);
  });

  test("is asked for eight times, then said to be overdue, and asked for again when it has moved", async () => {
    const made = world();
    await made.handle({ delivery: id }, short);
    for (let sweep = 0; sweep < 8; sweep += 1) expect(await made.sweep()).toHaveLength(1);
    expect(await made.sweep()).toEqual([]);
    expect(await made.sweep()).toEqual([]);
    expect(made.said()).toEqual([...Array(8).fill(texts.continued), texts.overdue, texts.overdue]);
    expect(made.log.lines.at(-1)?.fields).toEqual({ source_id: id, run_id: made.mark().run_id, hours: 2.5 });
    // It begins and dies: that is no move.
    const dying = { openTarget: async () => Promise.reject(new Error("killed")) };
    await expect(made.handle(made.topic.messages.at(-1) ?? {}, dying)).rejects.toThrow("killed");
    expect(await made.sweep()).toEqual([]);
    await made.handle(made.topic.messages.at(-1) ?? {}, short);
    expect(await made.sweep()).toHaveLength(1);
  });

  test("for good, by a mistake that no second message mends, is not asked for", async () => {
    const made = world();
    const openTarget = async () => Promise.reject(new PermanentError("no such namespace"));
    await expect(made.handle({ delivery: id }, { openTarget })).rejects.toThrow(PermanentError);
    expect(await made.sweep()).toEqual([]);
  });

  test("and whose mark nobody can read is asked for anew", async () => {
    const made = world();
    made.build();
    made.control.put(runMarkName(id), "not a mark");
    expect(await made.sweep()).toEqual([{ v: 1, delivery: id }]);
  });
});

describe("a delivery that was not begun", () => {
  test("though its models were built is asked for until it looks at them, and no more", async () => {
    const made = world();
    made.build();
    const [published] = await made.sweep();
    expect(published).toEqual({ v: 1, delivery: id });
    expect(made.said()).toEqual([texts.again]);
    await made.handle(published ?? {});
    expect(await made.sweep()).toEqual([]);
    made.build([tableOf("results")]);
    expect(await made.sweep(graceMs - 1)).toEqual([]);
    expect(await made.sweep(1)).toHaveLength(1);
  });

  test("is not asked for while one of its models has never been built", async () => {
    const made = world();
    made.build(models.slice(1).map(({ name }) => name));
    expect(await made.sweep()).toEqual([]);
  });

  test("is asked for when the message of one that found the lease taken came to nothing", async () => {
    const made = world();
    await made.handle({ delivery: id });
    made.control.put(requestMarkerName(id), { v: 1, requested_at: made.clock.now().toISOString() });
    const [published] = await made.sweep();
    expect(published).toEqual({ v: 1, delivery: id });
    await made.handle(published ?? {});
    expect(await made.sweep()).toEqual([]);
  });

  test("is asked for eight times, and then said to be overdue", async () => {
    const made = world();
    made.build();
    for (let sweep = 0; sweep < 9; sweep += 1) await made.sweep();
    expect(made.said()).toEqual([...Array(8).fill(texts.again), texts.overdue]);
    expect(made.log.lines.at(-1)?.fields).toMatchObject({ source_id: id, hours: 2.3 });
  });
});

test("a continuation is published when the lease is free, for one that finds it taken leaves it to the holder", async () => {
  const made = world();
  const held: boolean[] = [];
  const publish = async (message: object): Promise<string> => {
    held.push(made.control.objects.has(leaseName(id)));
    return made.topic.publish(message);
  };
  await made.handle({ delivery: id }, { ...short, deliverTopic: { publish } });
  expect(held).toEqual([false]);
});
