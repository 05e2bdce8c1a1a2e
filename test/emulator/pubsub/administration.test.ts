import { describe, expect, test } from "@jest/globals";
import { codeOf, pubsubFixture, startEndpoint, subscriptionName, topicName } from "./fixture.ts";

const invalid = 3;
const notFound = 5;
const alreadyExists = 6;
const unimplemented = 12;

test("topics and subscriptions are created once, listed, read, changed and deleted", async () => {
  await using fixture = await pubsubFixture();
  const { client } = fixture;
  const [topic] = await client.createTopic("work");
  await client.createTopic("other");
  expect(await codeOf(client.createTopic("work"))).toBe(alreadyExists);
  await topic.createSubscription("work-pull", { labels: { a: "b" } });
  expect(await codeOf(topic.createSubscription("work-pull"))).toBe(alreadyExists);
  expect(await codeOf(client.topic("none").createSubscription("sub-none"))).toBe(notFound);
  expect((await client.getTopics())[0].map(({ name }) => name)).toEqual([topicName("work"), topicName("other")]);
  expect((await client.getSubscriptions())[0].map(({ name }) => name)).toEqual([subscriptionName("work-pull")]);
  expect((await topic.getSubscriptions())[0].map(({ name }) => name)).toEqual([subscriptionName("work-pull")]);
  await topic.setMetadata({ labels: { team: "data" } });
  expect((await topic.getMetadata())[0]).toMatchObject({ name: topicName("work"), labels: { team: "data" } });
  const subscription = client.subscription("work-pull");
  await subscription.setMetadata({ ackDeadlineSeconds: 33, retryPolicy: { minimumBackoff: { seconds: 5 } } });
  expect((await subscription.getMetadata())[0]).toMatchObject({
    ackDeadlineSeconds: 33,
    labels: { a: "b" },
    retryPolicy: { minimumBackoff: { seconds: "5" }, maximumBackoff: { seconds: "600" } },
    state: "ACTIVE",
  });
  expect((await subscription.exists())[0]).toBe(true);
  await subscription.delete();
  expect((await subscription.exists())[0]).toBe(false);
  expect(await codeOf(subscription.delete())).toBe(notFound);
  await topic.delete();
  expect((await topic.exists())[0]).toBe(false);
});

test("a subscription outlives its topic, with the messages it holds", async () => {
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-pull");
  await topic.publishMessage({ data: Buffer.from("kept") });
  await topic.delete();
  const [metadata] = await fixture.client.subscription("work-pull").getMetadata();
  expect(metadata.topic).toBe("_deleted-topic_");
  const [{ receivedMessages }] = await fixture.subscriber.pull({
    subscription: subscriptionName("work-pull"),
    maxMessages: 1,
  });
  expect(receivedMessages).toHaveLength(1);
  await fixture.client.createTopic("work");
  expect((await fixture.client.subscription("work-pull").getMetadata())[0].topic).toBe("_deleted-topic_");
});

test("everything is there after a restart", async () => {
  await using first = await pubsubFixture();
  const [topic] = await first.client.createTopic("work");
  await topic.createSubscription("work-pull", { filter: "attributes:a", enableMessageOrdering: true });
  const before = (await first.client.subscription("work-pull").getMetadata())[0];
  await using second = await first.restart();
  expect((await second.client.subscription("work-pull").getMetadata())[0]).toEqual(before);
  expect((await second.client.getTopics())[0].map(({ name }) => name)).toEqual([topicName("work")]);
});

describe("what Pub/Sub refuses", () => {
  test.each(["ab", "1abc", "goog-topic", "has space", "x".repeat(256), "a/b"])("the topic id %s", async (id) => {
    await using fixture = await pubsubFixture();
    expect(await codeOf(fixture.publisher.createTopic({ name: topicName(id) }))).toBe(invalid);
  });

  test.each([
    ["an ack deadline below 10 s", { ackDeadlineSeconds: 5 }],
    ["an ack deadline above 600 s", { ackDeadlineSeconds: 601 }],
    [
      "fewer than 5 delivery attempts",
      { deadLetterPolicy: { deadLetterTopic: topicName("work"), maxDeliveryAttempts: 4 } },
    ],
    [
      "more than 100 delivery attempts",
      { deadLetterPolicy: { deadLetterTopic: topicName("work"), maxDeliveryAttempts: 101 } },
    ],
    ["a backoff above 600 s", { retryPolicy: { maximumBackoff: { seconds: 601 } } }],
    [
      "a minimum above the maximum",
      { retryPolicy: { minimumBackoff: { seconds: 9 }, maximumBackoff: { seconds: 3 } } },
    ],
    ["a filter that is none", { filter: "kind = page" }],
    ["a retention below ten minutes", { messageRetentionDuration: { seconds: 60 } }],
    ["a push endpoint off this machine", { pushConfig: { pushEndpoint: "http://example.com/" } }],
    ["a push endpoint that only looks local", { pushConfig: { pushEndpoint: "http://127.0.0.1.example.com/" } }],
    ["a push endpoint that is no URL", { pushConfig: { pushEndpoint: "nonsense" } }],
  ])("%s", async (_, options) => {
    await using fixture = await pubsubFixture();
    await fixture.client.createTopic("work");
    const request = { name: subscriptionName("sub"), topic: topicName("work"), ...options };
    expect(await codeOf(fixture.subscriber.createSubscription(request))).toBe(invalid);
  });

  test("a dead letter topic that does not exist", async () => {
    await using fixture = await pubsubFixture();
    const [topic] = await fixture.client.createTopic("work");
    const deadLetterPolicy = { deadLetterTopic: topicName("none"), maxDeliveryAttempts: 5 };
    expect(await codeOf(topic.createSubscription("sub", { deadLetterPolicy }))).toBe(notFound);
  });

  test("a change of the filter, which is fixed for good", async () => {
    await using fixture = await pubsubFixture();
    const [topic] = await fixture.client.createTopic("work");
    await topic.createSubscription("sub", { filter: "attributes:a" });
    expect(await codeOf(fixture.client.subscription("sub").setMetadata({ filter: "attributes:b" }))).toBe(invalid);
  });

  test.each([
    ["an empty message", { data: "" }],
    ["an attribute without a key", { attributes: { "": "x" } }],
    ["an attribute key of more than 256 bytes", { attributes: { ["k".repeat(257)]: "x" } }],
    ["an attribute value of more than 1024 bytes", { attributes: { k: "x".repeat(1025) } }],
    ["an attribute that begins with goog", { attributes: { google: "x" } }],
    [
      "more than 100 attributes",
      { attributes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, ""])) },
    ],
    ["an ordering key of more than 1024 bytes", { data: "eA==", orderingKey: "x".repeat(1025) }],
    ["more than 10 MB", { data: Buffer.alloc(10_000_001) }],
  ])("%s", async (_, message) => {
    await using fixture = await pubsubFixture();
    await fixture.client.createTopic("work");
    expect(await codeOf(fixture.publisher.publish({ topic: topicName("work"), messages: [message] }))).toBe(invalid);
  });

  test("no message at all, or more than a thousand", async () => {
    await using fixture = await pubsubFixture();
    await fixture.client.createTopic("work");
    const publish = (count: number) =>
      fixture.publisher.publish({
        topic: topicName("work"),
        messages: Array.from({ length: count }, () => ({ data: "eA==" })),
      });
    expect(await codeOf(publish(0))).toBe(invalid);
    expect(await codeOf(publish(1001))).toBe(invalid);
    expect(await codeOf(publish(1000))).toBeUndefined();
  });

  test("a message to a topic that does not exist", async () => {
    await using fixture = await pubsubFixture();
    expect(await codeOf(fixture.client.topic("none").publishMessage({ data: Buffer.from("x") }))).toBe(notFound);
  });

  test("a pull from a push subscription", async () => {
    await using endpoint = await startEndpoint();
    await using fixture = await pubsubFixture();
    const [topic] = await fixture.client.createTopic("work");
    await topic.createSubscription("sub", { pushConfig: { pushEndpoint: endpoint.url } });
    expect(await codeOf(fixture.subscriber.pull({ subscription: subscriptionName("sub"), maxMessages: 1 }))).toBe(9);
  });

  test("seeking, which the emulator does not offer and says so", async () => {
    await using fixture = await pubsubFixture();
    await fixture.client.createTopic("work");
    const seek = fixture.subscriber.seek({ subscription: subscriptionName("sub"), time: { seconds: 1 } });
    expect(await codeOf(seek)).toBe(unimplemented);
    await expect(seek).rejects.toThrow("does not offer seek");
  });
});
