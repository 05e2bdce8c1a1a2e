import { setTimeout as sleep } from "node:timers/promises";
import { type Message, PubSub, type protos, v1 } from "@google-cloud/pubsub";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { bodyOf, codeOf, startEndpoint, textOf, until } from "../emulator/pubsub/fixture.ts";

/** A Pub/Sub to hold the contract against. */
export interface PubSubUnderTest {
  readonly projectId: string;
  /** host:port of an emulator; Google's own, with the caller's credentials, when left out. */
  readonly host?: string;
  close(): Promise<void>;
}

const notFound = 5;
const invalid = 3;
const alreadyExists = 6;

/** What a Pub/Sub cannot be tried on; the tests of it are skipped by name, and never count as passed. */
export interface Untried {
  /** Why a message cannot be set aside here. */
  readonly deadLetters?: string;
  /** Why nothing can be posted to this machine. */
  readonly pushing?: string;
  /** Why a filter cannot be tried. */
  readonly filters?: string;
}

/** What Rollcall relies on in Pub/Sub, and what the emulator of this project must do as Google's does. Every test has topics of its own. */
export function pubsubContract(open: () => Promise<PubSubUnderTest>, untried: Untried = {}): void {
  const unless = (reason: string | undefined, name: string, run: () => Promise<void>): void => {
    if (reason === undefined) test(name, run);
    else test.skip(`${name} (skipped: ${reason})`, () => undefined);
  };

  let service: PubSubUnderTest;
  let client: PubSub;
  let subscriber: v1.SubscriberClient;
  let publisher: v1.PublisherClient;
  let work = "";
  let isLocal = true;
  const run = Date.now().toString(36);
  let count = 0;

  beforeAll(async () => {
    service = await open();
    const { projectId, host } = service;
    isLocal = host !== undefined;
    client = new PubSub({
      projectId,
      ...(host ? { apiEndpoint: host, emulatorMode: true, universeDomain: "googleapis.com" } : {}),
    });
    type Options = ConstructorParameters<typeof v1.SubscriberClient>[0];
    const config = (await client.getClientConfig()) as Options;
    subscriber = new v1.SubscriberClient(config);
    publisher = new v1.PublisherClient(config);
  }, 60_000);

  afterEach(async () => {
    for (const [list, prefix] of [
      [(await client.getSubscriptions())[0], "subscriptions/"],
      [(await client.getTopics())[0], "topics/"],
    ] as const) {
      for (const each of list) if (each.name.includes(`${prefix}contract-${run}-`)) await each.delete();
    }
  });

  afterAll(async () => {
    await Promise.all([subscriber.close(), publisher.close(), client.close()]);
    await service.close();
  });

  /** A topic of this test. */
  async function newTopic() {
    count += 1;
    work = `contract-${run}-${count}`;
    return (await client.createTopic(work))[0];
  }

  async function withSubscription(options: object = {}) {
    const topic = await newTopic();
    await topic.createSubscription(work, options);
    return topic;
  }

  const path = (name = work) => `projects/${service.projectId}/subscriptions/${name}`;

  /** Waits for a message. */
  async function pull(maxMessages: number, name = work) {
    const [answer] = await subscriber.pull({ subscription: path(name), maxMessages }, { timeout: 20_000 });
    return lentBy(answer);
  }

  /** Takes one if there is one. */
  async function pullNow(name = work) {
    const [answer] = await subscriber.pull({ subscription: path(name), maxMessages: 1, returnImmediately: true });
    return lentBy(answer);
  }

  function lentBy({ receivedMessages }: protos.google.pubsub.v1.IPullResponse) {
    return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
      ackId: ackId ?? "",
      text: Buffer.from(message?.data ?? "").toString(),
      message,
      deliveryAttempt,
    }));
  }

  const giveBack = (ackIds: string[], ackDeadlineSeconds = 0, name = work) =>
    subscriber.modifyAckDeadline({ subscription: path(name), ackIds, ackDeadlineSeconds });

  describe("topics and subscriptions", () => {
    test("are created once, and what is not there is said to be missing", async () => {
      const topic = await withSubscription({ ackDeadlineSeconds: 33 });
      expect(await codeOf(client.createTopic(work))).toBe(alreadyExists);
      expect(await codeOf(topic.createSubscription(work))).toBe(alreadyExists);
      expect(await codeOf(client.topic(`${work}-none`).createSubscription(`${work}-sub`))).toBe(notFound);
      expect(await codeOf(client.topic(`${work}-none`).publishMessage({ data: Buffer.from("x") }))).toBe(notFound);
      expect((await client.subscription(work).getMetadata())[0]).toMatchObject({ ackDeadlineSeconds: 33 });
      await client.subscription(work).delete();
      expect(await codeOf(client.subscription(work).delete())).toBe(notFound);
    });

    test("refuse a message without content", async () => {
      const topic = await newTopic();
      expect(await codeOf(publisher.publish({ topic: topic.name, messages: [{ data: "" }] }))).toBe(invalid);
    });
  });

  describe("pulling", () => {
    test("lends messages, which are gone when they are acknowledged", async () => {
      const topic = await withSubscription();
      for (const text of ["1", "2", "3"])
        await topic.publishMessage({ data: Buffer.from(text), attributes: { a: "b" } });
      const lent: Awaited<ReturnType<typeof pull>> = [];
      while (lent.length < 3) lent.push(...(await pull(10)));
      expect(lent.map(({ text }) => text).sort()).toEqual(["1", "2", "3"]);
      expect(lent[0]?.message).toMatchObject({ messageId: expect.stringMatching(/^\d+$/), attributes: { a: "b" } });
      await subscriber.acknowledge({ subscription: path(), ackIds: lent.map(({ ackId }) => ackId) });
      expect(await pullNow()).toEqual([]);
    });

    test("waits for a message unless asked not to", async () => {
      const topic = await withSubscription();
      const waiting = pull(1);
      await sleep(100);
      await topic.publishMessage({ data: Buffer.from("late") });
      expect((await waiting).map(({ text }) => text)).toEqual(["late"]);
    });

    test("brings a message that was given back again, at once, and one whose deadline has passed", async () => {
      const topic = await withSubscription({ ackDeadlineSeconds: 10 });
      await topic.publishMessage({ data: Buffer.from("x") });
      await giveBack((await pull(1)).map(({ ackId }) => ackId));
      const [second] = await pull(1);
      expect(second?.text).toBe("x");
      await giveBack([second?.ackId ?? ""], isLocal ? 1 : 10);
      const [third] = await pull(1);
      expect(third?.message?.messageId).toBe(second?.message?.messageId);
    });

    unless(untried.deadLetters, "counts deliveries, and sets a message aside after five, with its story", async () => {
      const topic = await newTopic();
      const letters = `${work}-letters`;
      const [deadLetters] = await client.createTopic(letters);
      await deadLetters.createSubscription(letters);
      const deadLetterPolicy = { deadLetterTopic: deadLetters.name, maxDeliveryAttempts: 5 };
      await topic.createSubscription(work, { deadLetterPolicy });
      await topic.publishMessage({ data: Buffer.from("bad"), attributes: { kind: "page" } });
      const attempts: unknown[] = [];
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const [lent] = await pull(1);
        attempts.push(lent?.deliveryAttempt);
        await giveBack([lent?.ackId ?? ""]);
      }
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
      // Google's emulator looks at what is to be set aside when it is asked for the next message.
      let letter: Awaited<ReturnType<typeof pull>>[number] | undefined;
      await until(async () => {
        expect(await pullNow(work)).toEqual([]);
        [letter] = await pullNow(letters);
        return letter !== undefined;
      }, 60_000);
      expect(letter?.text).toBe("bad");
      expect(letter?.message?.attributes).toMatchObject({
        kind: "page",
        CloudPubSubDeadLetterSourceDeliveryCount: "5",
        CloudPubSubDeadLetterSourceSubscription: work,
        CloudPubSubDeadLetterSourceSubscriptionProject: service.projectId,
      });
    });

    test("lends the messages of a key in order", async () => {
      await withSubscription({ enableMessageOrdering: true });
      const topic = client.topic(work, { messageOrdering: true });
      const texts = ["1", "2", "3", "4"];
      for (const text of texts) await topic.publishMessage({ data: Buffer.from(text), orderingKey: "k" });
      const heard: string[] = [];
      while (heard.length < texts.length) {
        const lent = await pull(10);
        heard.push(...lent.map(({ text }) => text));
        await subscriber.acknowledge({ subscription: path(), ackIds: lent.map(({ ackId }) => ackId) });
      }
      expect(heard).toEqual(texts);
    });
  });

  describe("the client's stream", () => {
    test("delivers everything, and a message that is refused comes again", async () => {
      const topic = await withSubscription();
      const texts = Array.from({ length: 60 }, (_, index) => String(index));
      await Promise.all(texts.map((text) => topic.publishMessage({ data: Buffer.from(text) })));
      const heard = new Map<string, number>();
      const stream = client.subscription(work, { flowControl: { maxMessages: 20 } });
      stream.on("error", (error) => heard.set(String(error), 1));
      stream.on("message", (message: Message) => {
        const text = message.data.toString();
        const before = heard.get(text) ?? 0;
        heard.set(text, before + 1);
        if (text === "7" && before === 0) message.nack();
        else message.ack();
      });
      await until(() => heard.size >= texts.length && (heard.get("7") ?? 0) >= 2);
      await stream.close();
      expect([...heard.keys()].sort()).toEqual([...texts].sort());
    });
  });

  describe("pushing", () => {
    unless(untried.pushing, "posts the wrapped message to an address, and again when that fails", async () => {
      await using endpoint = await startEndpoint((_, calls) => (calls < 2 ? 500 : 204));
      const topic = await newTopic();
      const retryPolicy = { minimumBackoff: { nanos: 100_000_000 }, maximumBackoff: { nanos: 200_000_000 } };
      await topic.createSubscription(work, { pushConfig: { pushEndpoint: endpoint.url }, retryPolicy });
      const messageId = await topic.publishMessage({ data: Buffer.from("hello"), attributes: { a: "b" } });
      await endpoint.count(2);
      expect(new Set(endpoint.received.map(textOf))).toEqual(new Set(["hello"]));
      const [received] = endpoint.received;
      if (!received) throw new Error("nothing was received");
      expect(bodyOf(received)).toMatchObject({
        subscription: path(),
        message: {
          attributes: { a: "b" },
          messageId,
          message_id: messageId,
          publishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        },
      });
      expect(received.headers["content-type"]).toMatch(/^application\/json/);
    });

    unless(untried.filters, "delivers to each subscription its own copy of what passes its filter", async () => {
      await using all = await startEndpoint();
      await using pages = await startEndpoint();
      const topic = await newTopic();
      await topic.createSubscription(`${work}-all`, { pushConfig: { pushEndpoint: all.url } });
      const filter = 'hasPrefix(attributes.objectId, "manifests/")';
      await topic.createSubscription(`${work}-pages`, { pushConfig: { pushEndpoint: pages.url }, filter });
      await topic.publishMessage({ data: Buffer.from("1"), attributes: { objectId: "parts/1" } });
      await topic.publishMessage({ data: Buffer.from("2"), attributes: { objectId: "manifests/2" } });
      await all.count(2);
      await pages.count(1);
      expect(all.received.map(textOf).sort()).toEqual(["1", "2"]);
      expect(pages.received.map(textOf)).toEqual(["2"]);
    });
  });
}
