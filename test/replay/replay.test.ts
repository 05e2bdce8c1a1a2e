import { describe, expect, test } from "@jest/globals";
import { objectNames } from "../../shared/control/place.ts";
import { PermanentError } from "../../shared/errors.ts";
import { type DeadLetter, readDeadLetter } from "../../shared/messages/dead-letter.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { manifestsOf, type ReplayPorts, replayDeadLetter, replayManifest } from "../../shared/replay/replay.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectors, keptTopic, sourcesFor } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const publishedAt = new Date("2026-11-21T04:00:00Z");

function letter(name: string, text: string): DeadLetter {
  return { messageId: "17", publishedAt, function: name, reason: "was wrong", text };
}

function world() {
  const topics = new Map<string, ReturnType<typeof keptTopic>>();
  const control = fakeObjectStore();
  const ports: ReplayPorts = {
    sources: sourcesFor("http://127.0.0.1:1"),
    connectors,
    control,
    clock: fakeClock(),
    topic: (name) => {
      const topic = topics.get(name) ?? keptTopic();
      topics.set(name, topic);
      return topic;
    },
  };
  return { ports, control, published: (name: string) => topics.get(name)?.messages ?? [] };
}

describe("a dead letter", () => {
  test("is read as a function wrote it", () => {
    const text = JSON.stringify({ v: 1, function: "extract", reason: "no such endpoint", message: '{"a":1}' });
    expect(readDeadLetter({ messageId: "17", publishedAt, text, attributes: { function: "extract" } })).toEqual({
      messageId: "17",
      publishedAt,
      function: "extract",
      reason: "no such endpoint",
      text: '{"a":1}',
    });
  });

  test("is read as Pub/Sub wrote it when it gave up", () => {
    const attributes = { CloudPubSubDeadLetterSourceSubscription: "load" };
    const read = readDeadLetter({ messageId: "17", publishedAt, text: '{"name":"manifests/a.json"}', attributes });
    expect(read).toMatchObject({ function: "load", text: '{"name":"manifests/a.json"}' });
    expect(read.reason).toMatch(/gave up/);
  });

  test.each(["not JSON", '{"function":"extract"}', "[]"])("that says %s is no reason to fail", (text) => {
    expect(readDeadLetter({ messageId: "17", publishedAt, text, attributes: {} })).toMatchObject({
      function: "",
      text,
    });
  });
});

describe("replaying a dead letter", () => {
  const students = '{"v":1,"source":"d1","endpoint":"students","school_year":2011,"mode":"full"}';

  test("publishes its message to the function's topic, and says that the endpoint is on its way", async () => {
    const { ports, published, control } = world();
    expect(await replayDeadLetter(letter("extract", students), ports)).toMatchObject({ function: "extract" });
    expect(published("extract")).toEqual([{ ...JSON.parse(students), run_id: expect.stringMatching(/-full-/) }]);
    expect(() => extractMessageSchema.parse(published("extract")[0])).not.toThrow();
    const place = { source: "d1", endpoint: "students", schoolYear: 2011 };
    expect(control.json(objectNames.inFlight(place))).toMatchObject({ connector: "edfi" });
  });

  test("twice asks for one run, because its acknowledgement may be lost", async () => {
    const { ports, published } = world();
    await replayDeadLetter(letter("extract", students), ports);
    await replayDeadLetter(letter("extract", students), ports);
    const [first, second] = published("extract");
    expect(second).toEqual(first);
    await replayDeadLetter({ ...letter("extract", students), messageId: "18" }, ports);
    expect(published("extract")[2]).not.toEqual(first);
  });

  test("goes on with the run that its message names", async () => {
    const { ports, published } = world();
    const continued = { ...JSON.parse(students), run_id: "r1", hop: 3 };
    await replayDeadLetter(letter("extract", JSON.stringify(continued)), ports);
    expect(published("extract")).toEqual([continued]);
  });

  test("leaves no mark of what is not configured", async () => {
    const { ports, published, control } = world();
    await replayDeadLetter(letter("extract", '{"source":"d1","endpoint":"pupils"}'), ports);
    expect(published("extract")).toHaveLength(1);
    expect([...control.objects.keys()]).toEqual([]);
  });

  test.each([
    ["load", '{"kind":"storage#object","name":"manifests/d1/students/2011/r1.json","size":"9"}'],
    ["refresh", '{"v":1,"reason":"asked","force":["marts.dim_student"]}'],
    ["reconcile", '{"v":1}'],
  ])("publishes a message of %s as it was", async (name, text) => {
    const { ports, published } = world();
    await replayDeadLetter(letter(name, text), ports);
    expect(published(name)).toEqual([JSON.parse(text)]);
  });

  test.each([
    ["is not JSON", "extract", "students please"],
    ["lacks a field", "extract", '{"source":"d1"}'],
    ["names no manifest", "load", '{"name":"elsewhere/x"}'],
    ["is for a function that there is not", "deliver", "{}"],
    ["is for nobody", "", "{}"],
  ])("publishes nothing that %s, and says how to be rid of it", async (_, name, text) => {
    const { ports, published } = world();
    const replayed = replayDeadLetter(letter(name, text), ports);
    await expect(replayed).rejects.toThrow(PermanentError);
    await expect(replayed).rejects.toThrow(/rollcall replay 17 --drop/);
    expect(published(name)).toEqual([]);
  });
});

describe("replaying a manifest", () => {
  test("publishes its load", async () => {
    const { ports, published } = world();
    await replayManifest("manifests/d1/students/2011/r1.json", ports);
    expect(published("load")).toEqual([{ name: "manifests/d1/students/2011/r1.json" }]);
  });

  test("finds the manifests of a run by its id", async () => {
    const landing = fakeObjectStore();
    for (const name of ["2011/r1", "2012/r1", "2011/r10", "2011/xr1"])
      landing.put(`manifests/d1/students/${name}.json`, {});
    const found = await manifestsOf("r1", landing);
    expect(found.map(({ schoolYear }) => schoolYear)).toEqual([2011, 2012]);
  });
});
