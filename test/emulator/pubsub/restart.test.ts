import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { startPubSub } from "../../../emulator/pubsub/server.ts";
import { startChild } from "../child.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { bodyOf, openClient, pubsubFixture, startEndpoint, textOf, topicName, until } from "./fixture.ts";

const quick = { minimumBackoff: { nanos: 20_000_000 }, maximumBackoff: { nanos: 40_000_000 } };

describe("after a restart", () => {
  test("what was not acknowledged is delivered again, and attempts go on counting", async () => {
    let answer = 500;
    await using endpoint = await startEndpoint(() => answer);
    await using first = await pubsubFixture();
    const [topic] = await first.client.createTopic("work");
    await first.client.createTopic("dead-letter");
    const deadLetterPolicy = { deadLetterTopic: topicName("dead-letter"), maxDeliveryAttempts: 100 };
    await topic.createSubscription("work-push", {
      pushConfig: { pushEndpoint: endpoint.url },
      retryPolicy: quick,
      deadLetterPolicy,
    });
    await topic.publishMessage({ data: Buffer.from("x"), attributes: { k: "ü" } });
    await endpoint.count(4);
    await using second = await first.restart();
    const before = endpoint.received.length;
    await endpoint.count(before + 2);
    answer = 200;
    await second.server.whenIdle();
    const attempts = endpoint.received.map((received) => bodyOf(received).deliveryAttempt ?? 0);
    expect(attempts).toEqual([...attempts].sort((a, b) => a - b));
    expect(new Set(attempts).size).toBe(attempts.length);
    expect(endpoint.received.map((received) => bodyOf(received).message.attributes)).toEqual(
      attempts.map(() => ({ k: "ü" })),
    );
  });

  test("endpoints of the life before can be left alone until they are set again", async () => {
    await using old = await startEndpoint(() => 500);
    await using present = await startEndpoint();
    await using first = await pubsubFixture();
    const [topic] = await first.client.createTopic("work");
    await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: old.url }, retryPolicy: quick });
    await topic.publishMessage({ data: Buffer.from("x") });
    await old.count(1);
    await using second = await first.restart({ holdPushesMs: Number.POSITIVE_INFINITY });
    const { length } = old.received;
    await sleep(150);
    expect(old.received).toHaveLength(length);
    expect(second.server.outstanding()).toBe(1);
    await second.client.subscription("work-push").modifyPushConfig({ pushEndpoint: present.url });
    await second.server.whenIdle();
    expect(present.received.map(textOf)).toEqual(["x"]);
  });

  test("they are taken up again by themselves when the time for that has passed", async () => {
    await using endpoint = await startEndpoint((_, count) => (count === 1 ? 500 : 200));
    await using first = await pubsubFixture();
    const [topic] = await first.client.createTopic("work");
    await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url } });
    await topic.publishMessage({ data: Buffer.from("x") });
    await endpoint.count(1);
    await using second = await first.restart({ holdPushesMs: 100 });
    await second.server.whenIdle();
    expect(endpoint.received).toHaveLength(2);
  });
});

test("a server killed at any instant has lost no message whose publisher got an answer", async () => {
  await using folder = await temporaryFolder();
  await using endpoint = await startEndpoint();
  const published: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const child = startChild("pubsub/publisher-child.ts", folder.path, endpoint.url, String(round));
    await child.line(/^ready/);
    // By what it has published rather than by time, so that a busy machine kills it in the middle too.
    await until(() => child.lines.length > 10 + round * 15);
    await sleep(round * 3);
    await child.kill();
    published.push(...child.lines.flatMap((line) => (line.startsWith("published ") ? [line.slice(10)] : [])));
  }
  const server = await startPubSub({ folder: folder.path, projectId: "test-project" });
  await server.whenIdle();
  const delivered = new Set(endpoint.received.map(textOf));
  expect(published.length).toBeGreaterThan(50);
  expect(published.filter((text) => !delivered.has(text))).toEqual([]);

  // The pull subscription took part in every round and nobody acknowledged anything.
  const client = openClient(server.host);
  const held = new Set<string>();
  const stream = client.subscription("work-pull");
  stream.on("message", (message: { data: Buffer; ack(): void }) => {
    held.add(message.data.toString());
    message.ack();
  });
  await until(() => published.every((text) => held.has(text)));
  await stream.close();
  await client.close();
  await server.close();
});
