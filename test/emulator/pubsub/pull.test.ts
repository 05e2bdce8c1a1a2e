import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "@google-cloud/pubsub";
import { describe, expect, test } from "@jest/globals";
import { type Fixture, pubsubFixture, subscriptionName, until } from "./fixture.ts";

const subscription = subscriptionName("sub");

async function withSubscription(options: object = {}): Promise<Fixture> {
  const fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("sub", options);
  return fixture;
}

async function pull(fixture: Fixture, maxMessages: number) {
  const [{ receivedMessages }] = await fixture.subscriber.pull({ subscription, maxMessages, returnImmediately: true });
  return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
    ackId: ackId ?? "",
    text: Buffer.from(message?.data ?? "").toString(),
    message,
    deliveryAttempt,
  }));
}

const publish = async ({ client }: Fixture, ...texts: string[]) => {
  for (const text of texts) await client.topic("work").publishMessage({ data: Buffer.from(text) });
};

describe("pull", () => {
  test("lends messages, which are gone when they are acknowledged", async () => {
    await using fixture = await withSubscription();
    await publish(fixture, "1", "2", "3");
    const first = await pull(fixture, 2);
    expect(first.map(({ text }) => text)).toEqual(["1", "2"]);
    expect(first[0]?.deliveryAttempt).toBe(0);
    expect(first[0]?.message).toMatchObject({ messageId: expect.stringMatching(/^\d+$/), orderingKey: "" });
    const second = await pull(fixture, 10);
    expect(second.map(({ text }) => text)).toEqual(["3"]);
    expect(await pull(fixture, 10)).toEqual([]);
    await fixture.subscriber.acknowledge({ subscription, ackIds: [...first, ...second].map(({ ackId }) => ackId) });
    await using restarted = await fixture.restart();
    expect(await pull(restarted, 10)).toEqual([]);
  });

  test("a message comes again when its deadline has passed, and its old ack id settles nothing then", async () => {
    await using fixture = await withSubscription({ ackDeadlineSeconds: 10 });
    await publish(fixture, "x");
    const [first] = await pull(fixture, 1);
    await fixture.subscriber.modifyAckDeadline({ subscription, ackIds: [first?.ackId ?? ""], ackDeadlineSeconds: 1 });
    await sleep(1200);
    const [second] = await pull(fixture, 1);
    expect(second?.text).toBe("x");
    await fixture.subscriber.acknowledge({ subscription, ackIds: [first?.ackId ?? ""] });
    await fixture.subscriber.modifyAckDeadline({ subscription, ackIds: [second?.ackId ?? ""], ackDeadlineSeconds: 0 });
    expect((await pull(fixture, 1)).map(({ text }) => text)).toEqual(["x"]);
  });

  test("a message given back waits for the backoff of the retry policy", async () => {
    await using fixture = await withSubscription({ retryPolicy: { minimumBackoff: { seconds: 2 } } });
    await publish(fixture, "x");
    const [first] = await pull(fixture, 1);
    await fixture.subscriber.modifyAckDeadline({ subscription, ackIds: [first?.ackId ?? ""], ackDeadlineSeconds: 0 });
    expect(await pull(fixture, 1)).toEqual([]);
    await until(async () => (await pull(fixture, 1)).length === 1);
  });

  test("pulled messages do not count as outstanding", async () => {
    await using fixture = await withSubscription();
    await publish(fixture, "x");
    expect(fixture.server.outstanding()).toBe(0);
    await fixture.server.whenIdle();
  });

  test("messages of a key are lent in order, and a returned one brings the later ones back", async () => {
    await using fixture = await withSubscription({ enableMessageOrdering: true });
    const topic = fixture.client.topic("work", { messageOrdering: true });
    for (const text of ["1", "2", "3", "4"]) await topic.publishMessage({ data: Buffer.from(text), orderingKey: "k" });
    const first = await pull(fixture, 3);
    expect(first.map(({ text }) => text)).toEqual(["1", "2", "3"]);
    await fixture.subscriber.acknowledge({ subscription, ackIds: [first[0]?.ackId ?? ""] });
    await fixture.subscriber.modifyAckDeadline({
      subscription,
      ackIds: [first[1]?.ackId ?? ""],
      ackDeadlineSeconds: 0,
    });
    expect((await pull(fixture, 10)).map(({ text }) => text)).toEqual(["2", "3", "4"]);
  });
});

describe("streaming pull by the real client", () => {
  test("delivers everything, and what is acknowledged does not come again", async () => {
    await using fixture = await withSubscription();
    const texts = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(texts.slice(0, 150).map((text) => publish(fixture, text)));
    const heard: string[] = [];
    const stream = fixture.client.subscription("sub", { flowControl: { maxMessages: 20 } });
    stream.on("error", (error) => heard.push(String(error)));
    stream.on("message", (message: Message) => {
      heard.push(message.data.toString());
      message.ack();
    });
    await Promise.all(texts.slice(150).map((text) => publish(fixture, text)));
    await until(() => heard.length >= 300);
    await stream.close();
    expect(heard.sort()).toEqual([...texts].sort());
    await sleep(50);
    expect(await pull(fixture, 10)).toEqual([]);
  });

  test("the end of a subscription ends its streams", async () => {
    await using fixture = await withSubscription();
    const stream = fixture.client.subscription("sub");
    const failed = new Promise<{ code?: number }>((resolve) => stream.on("error", resolve));
    stream.on("message", () => undefined);
    await sleep(200);
    await fixture.client.subscription("sub").delete();
    expect((await failed).code).toBe(5);
    await stream.close();
  });
});
