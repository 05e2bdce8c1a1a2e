import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { push } from "../../../emulator/pubsub/push.ts";
import { bodyOf, pubsubFixture, startEndpoint, subscriptionName, textOf, topicName } from "./fixture.ts";

const quick = { minimumBackoff: { seconds: 0, nanos: 20_000_000 }, maximumBackoff: { seconds: 0, nanos: 80_000_000 } };

test("a push subscription posts the wrapped message, without headers of a CloudEvent", async () => {
  await using endpoint = await startEndpoint();
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url } });
  const messageId = await topic.publishMessage({ data: Buffer.from("hello"), attributes: { a: "b" } });
  await fixture.server.whenIdle();
  const [received] = endpoint.received;
  if (received === undefined) throw new Error("nothing received");
  const { message, ...rest } = bodyOf(received);
  expect(rest).toEqual({ subscription: subscriptionName("work-push") });
  expect(message).toEqual({
    data: Buffer.from("hello").toString("base64"),
    attributes: { a: "b" },
    messageId,
    message_id: messageId,
    publishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    publish_time: message.publishTime,
  });
  expect(received.headers["content-type"]).toBe("application/json");
  expect(Object.keys(received.headers).filter((name) => name.startsWith("ce-"))).toEqual([]);
});

test("with the attribute x-rollcall-delivery=eventarc the same body comes as a CloudEvent", async () => {
  await using endpoint = await startEndpoint();
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  const pushConfig = { pushEndpoint: endpoint.url, attributes: { "x-rollcall-delivery": "eventarc" } };
  await topic.createSubscription("work-push", { pushConfig });
  const messageId = await topic.publishMessage({ data: Buffer.from("hello") });
  await fixture.server.whenIdle();
  expect(endpoint.received[0]?.headers).toMatchObject({
    "content-type": "application/json",
    "ce-id": messageId,
    "ce-source": `//pubsub.googleapis.com/${topicName("work")}`,
    "ce-specversion": "1.0",
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    "ce-time": expect.stringMatching(/Z$/),
  });
  expect(endpoint.received.map(textOf)).toEqual(["hello"]);
});

test("without a wrapper the data itself is posted, described in headers if that is asked for", async () => {
  await using endpoint = await startEndpoint();
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  const pushEndpoint = endpoint.url;
  await topic.createSubscription("bare", { pushConfig: { pushEndpoint, noWrapper: { writeMetadata: false } } });
  const messageId = await topic.publishMessage({ data: Buffer.from("raw"), attributes: { kind: "page" } });
  await fixture.server.whenIdle();
  await fixture.client.subscription("bare").modifyPushConfig({ pushEndpoint, noWrapper: { writeMetadata: true } });
  await topic.publishMessage({ data: Buffer.from("raw"), attributes: { kind: "page" } });
  await fixture.server.whenIdle();
  expect(endpoint.received.map(({ body }) => body)).toEqual(["raw", "raw"]);
  expect(endpoint.received[0]?.headers).not.toHaveProperty("kind");
  expect(endpoint.received[1]?.headers).toMatchObject({
    kind: "page",
    "x-goog-pubsub-subscription-name": subscriptionName("bare"),
    "x-goog-pubsub-message-id": expect.not.stringMatching(messageId),
  });
});

describe("acknowledgement", () => {
  test.each([102, 200, 201, 202, 204])("the status %d acknowledges", async (status) => {
    await using endpoint = await startEndpoint(() => status);
    await using fixture = await pubsubFixture();
    const [topic] = await fixture.client.createTopic("work");
    await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url }, retryPolicy: quick });
    await topic.publishMessage({ data: Buffer.from("x") });
    await fixture.server.whenIdle();
    expect(endpoint.received).toHaveLength(1);
  });

  test.each([203, 206, 301, 400, 404, 429, 500, 503])(
    "the status %d does not, and the message comes again",
    async (status) => {
      await using endpoint = await startEndpoint((_, count) => (count < 3 ? status : 200));
      await using fixture = await pubsubFixture();
      const [topic] = await fixture.client.createTopic("work");
      await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url }, retryPolicy: quick });
      await topic.publishMessage({ data: Buffer.from("x") });
      expect(fixture.server.outstanding()).toBe(1);
      await fixture.server.whenIdle();
      expect(endpoint.received).toHaveLength(3);
      expect(new Set(endpoint.received.map((received) => bodyOf(received).message.messageId)).size).toBe(1);
    },
  );

  test("an endpoint that is not there yet gets the message when it is", async () => {
    const probe = await startEndpoint();
    const { port, url } = probe;
    await probe[Symbol.asyncDispose]();
    await using fixture = await pubsubFixture();
    const reasons: string[] = [];
    fixture.server.onDelivery(({ acknowledged, reason }) => reasons.push(`${acknowledged} ${reason}`));
    const [topic] = await fixture.client.createTopic("work");
    await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: url }, retryPolicy: quick });
    await topic.publishMessage({ data: Buffer.from("x") });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await using endpoint = await startEndpoint(undefined, port);
    await fixture.server.whenIdle();
    expect(endpoint.received).toHaveLength(1);
    expect(reasons[0]).toMatch(/^false .*ECONNREFUSED/);
    expect(reasons.at(-1)).toBe("true HTTP 204");
  });

  test("an answer after the ack deadline is none", async () => {
    await using endpoint = await startEndpoint(() => new Promise((resolve) => setTimeout(resolve, 600, 200)));
    const agent = new Agent();
    // Shorter than a subscription may have it, so that the test need not last.
    const subscription = { name: "s", topic: "t", ackDeadlineSeconds: 0.2, pushConfig: { pushEndpoint: endpoint.url } };
    const message = { id: "1", data: Buffer.from("x"), attributes: {}, orderingKey: "", publishedAt: 0 };
    const delivery = { message, attempt: 1, state: "out" } as const;
    const outcome = await push(subscription, { ...delivery }, agent, new AbortController().signal);
    expect(outcome).toEqual({ acknowledged: false, reason: "ack deadline exceeded" });
    agent.destroy();
  });
});

test("pauses between attempts grow from the minimum to the maximum", async () => {
  await using endpoint = await startEndpoint((_, count) => (count < 6 ? 500 : 200));
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  const retryPolicy = { minimumBackoff: { nanos: 100_000_000 }, maximumBackoff: { nanos: 350_000_000 } };
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url }, retryPolicy });
  await topic.publishMessage({ data: Buffer.from("x") });
  await fixture.server.whenIdle();
  const times = endpoint.received.map(({ at }) => at);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  // Without the maximum the last pause would be 1600 ms.
  expect(pauses[4]).toBeLessThan(1500);
  for (const [index, minimum] of [100, 200, 350, 350, 350].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(minimum - 2);
  }
});

test("only messages that pass the filter are delivered, and every subscription gets its own copy", async () => {
  await using all = await startEndpoint();
  await using pages = await startEndpoint();
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("all", { pushConfig: { pushEndpoint: all.url } });
  await topic.createSubscription("pages", {
    pushConfig: { pushEndpoint: pages.url },
    filter: 'attributes.kind = "page"',
  });
  await topic.publishMessage({ data: Buffer.from("1"), attributes: { kind: "page" } });
  await topic.publishMessage({ data: Buffer.from("2"), attributes: { kind: "other" } });
  await topic.publishMessage({ attributes: { kind: "page" } });
  await fixture.server.whenIdle();
  expect(all.received.map(textOf).sort()).toEqual(["", "1", "2"]);
  expect(pages.received.map(textOf).sort()).toEqual(["", "1"]);
  expect(all.received.filter((received) => bodyOf(received).message.data === undefined)).toHaveLength(1);
});

test.each([
  ["outstandingMax", { outstandingMax: 3 }, {}],
  ["the push attribute x-rollcall-max-outstanding", {}, { "x-rollcall-max-outstanding": "3" }],
])("%s limits how many requests are under way", async (_, options, attributes) => {
  let underWay = 0;
  let most = 0;
  await using endpoint = await startEndpoint(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay -= 1;
    return 200;
  });
  await using fixture = await pubsubFixture(options);
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url, attributes } });
  await Promise.all(
    Array.from({ length: 20 }, (_item, index) => topic.publishMessage({ data: Buffer.from(String(index)) })),
  );
  await fixture.server.whenIdle();
  expect(endpoint.received).toHaveLength(20);
  expect(most).toBe(3);
});

test("a thousand messages are each delivered once", async () => {
  await using endpoint = await startEndpoint();
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url } });
  const sent = Array.from({ length: 1000 }, (_, index) => String(index));
  await Promise.all(sent.map((text) => topic.publishMessage({ data: Buffer.from(text) })));
  await fixture.server.whenIdle();
  expect(endpoint.received.map(textOf).sort()).toEqual([...sent].sort());
});

test("a kept connection that the endpoint closes is no failed attempt", async () => {
  const seen = new Set<unknown>();
  const attempts: (number | undefined)[] = [];
  const server = createServer((request, response) => {
    if (seen.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    seen.add(request.socket);
    request.resume().on("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await using fixture = await pubsubFixture({ outstandingMax: 1 });
  fixture.server.onDelivery(({ attempt, acknowledged }) => attempts.push(acknowledged ? attempt : undefined));
  const [topic] = await fixture.client.createTopic("work");
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint }, retryPolicy: quick });
  for (let count = 0; count < 5; count += 1) {
    await topic.publishMessage({ data: Buffer.from("x") });
    await fixture.server.whenIdle();
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(attempts).toEqual([1, 1, 1, 1, 1]);
});

test("a new endpoint gets what the old one did not take", async () => {
  await using refusing = await startEndpoint(() => 500);
  await using taking = await startEndpoint();
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: refusing.url }, retryPolicy: quick });
  await topic.publishMessage({ data: Buffer.from("x") });
  await refusing.count(2);
  await fixture.client.subscription("work-push").modifyPushConfig({ pushEndpoint: taking.url });
  await fixture.server.whenIdle();
  expect(taking.received.map(textOf)).toEqual(["x"]);
});

test("deleting a subscription ends its deliveries, and nothing is outstanding any more", async () => {
  await using endpoint = await startEndpoint(() => 500);
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url }, retryPolicy: quick });
  await topic.publishMessage({ data: Buffer.from("x") });
  await endpoint.count(2);
  const idle = fixture.server.whenIdle();
  await fixture.client.subscription("work-push").delete();
  await idle;
  const { length } = endpoint.received;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(endpoint.received.length).toBeLessThanOrEqual(length + 1);
});

test("waiting for idleness ends with an error when the server is closed", async () => {
  await using endpoint = await startEndpoint(() => 500);
  await using fixture = await pubsubFixture();
  const [topic] = await fixture.client.createTopic("work");
  await topic.createSubscription("work-push", { pushConfig: { pushEndpoint: endpoint.url } });
  await topic.publishMessage({ data: Buffer.from("x") });
  const idle = fixture.server.whenIdle();
  const outcome = idle.then(
    () => "idle",
    () => "closed",
  );
  await using _second = await fixture.restart({ holdPushesMs: Number.POSITIVE_INFINITY });
  expect(await outcome).toBe("closed");
});

describe("ordering", () => {
  test("messages of a key come one after another, each after the one before was acknowledged", async () => {
    const underWay = new Set<string>();
    let overlaps = 0;
    await using endpoint = await startEndpoint(async (received, count) => {
      const key = bodyOf(received).message.orderingKey ?? "";
      if (underWay.has(key)) overlaps += 1;
      underWay.add(key);
      await new Promise((resolve) => setTimeout(resolve, 2));
      underWay.delete(key);
      return count % 4 === 0 ? 500 : 200;
    });
    await using fixture = await pubsubFixture();
    const [topic] = await fixture.client.createTopic("work");
    const options = { pushConfig: { pushEndpoint: endpoint.url }, enableMessageOrdering: true, retryPolicy: quick };
    await topic.createSubscription("work-push", options);
    const ordered = fixture.client.topic("work", { messageOrdering: true });
    const sent = Array.from({ length: 30 }, (_, index) => ({
      data: Buffer.from(String(index)),
      orderingKey: `k${index % 3}`,
    }));
    await Promise.all(sent.map((message) => ordered.publishMessage(message)));
    await fixture.server.whenIdle();
    expect(overlaps).toBe(0);
    for (const key of ["k0", "k1", "k2"]) {
      const texts = endpoint.received.filter((received) => bodyOf(received).message.orderingKey === key).map(textOf);
      // A repetition comes right after the attempt that failed, and never after a later message.
      expect([...new Set(texts)]).toEqual(
        sent.filter(({ orderingKey }) => orderingKey === key).map(({ data }) => data.toString()),
      );
      expect(texts.map(Number)).toEqual(texts.map(Number).sort((a, b) => a - b));
    }
  });
});
