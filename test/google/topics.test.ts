import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type PubSubServer, startPubSub } from "../../emulator/pubsub/server.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import type { ReceivedMessage } from "../../shared/messages/dead-letter.ts";

let server: PubSubServer;
let topics: Topics;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-topics-"));
  server = await startPubSub({ folder, projectId: "demo" });
  topics = openTopics({ projectId: "demo", emulatorHost: server.host });
  await topics.createTopic("letters");
  await topics.ensurePullSubscription("letters", "letters");
});

beforeEach(() => topics.consume("letters", async () => true));

afterAll(async () => {
  await topics.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function present(): Promise<unknown[]> {
  return (await topics.peek("letters", 100)).map(({ text }) => JSON.parse(text)).sort();
}

async function publish(...numbers: readonly number[]): Promise<void> {
  for (const n of numbers) await topics.topic("letters").publish([n]);
}

const numberOf = ({ text }: ReceivedMessage): unknown => JSON.parse(text)[0];

describe("consuming a pull subscription", () => {
  test("takes away what is handled, and leaves the rest there", async () => {
    await publish(1, 2, 3);
    await topics.consume("letters", async (message) => numberOf(message) !== 2);
    expect(await present()).toEqual([[2]]);
  });

  test("leaves what was not handled when the handling fails, and takes away what was", async () => {
    await publish(1, 2, 3);
    const handled: unknown[] = [];
    const consumed = topics.consume("letters", async (message) => {
      if (handled.length === 1) throw new Error("died");
      handled.push(numberOf(message));
      return true;
    });
    await expect(consumed).rejects.toThrow("died");
    expect(handled).toHaveLength(1);
    expect(await present()).toEqual([[1], [2], [3]].filter(([n]) => n !== handled[0]));
  });

  test("does not see what the handling itself brings about", async () => {
    await publish(1);
    const seen: unknown[] = [];
    await topics.consume("letters", async (message) => {
      seen.push(numberOf(message));
      await publish(2);
      return true;
    });
    expect(seen).toEqual([1]);
    expect(await present()).toEqual([[2]]);
  });
});

describe("a look at a subscription with patience, as Google's Pub/Sub needs it", () => {
  test("waits for a first message, gives each once, and ends when none comes", async () => {
    await using patient = Object.assign(openTopics({ projectId: "demo", emulatorHost: server.host, patienceMs: 400 }), {
      [Symbol.asyncDispose]: () => patient.close(),
    });
    const startedAt = Date.now();
    expect(await patient.peek("letters", 10)).toEqual([]);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(350);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    const looking = patient.peek("letters", 10);
    await publish(1, 2);
    const seen = await looking;
    expect(seen.map(numberOf).sort()).toEqual([1, 2]);
    expect(await present()).toEqual([[1], [2]]);
  });
});
