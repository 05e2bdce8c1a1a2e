import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { NotificationTransport } from "../../../emulator/storage/notifications.ts";
import { simple, statusOf, storageFixture } from "./fixture.ts";

interface Published {
  readonly topic: string;
  readonly attributes: Record<string, string>;
  readonly data: string;
}

/** A Pub/Sub that remembers, and fails as often as it is told. */
function rememberingTransport(topics = ["projects/p/topics/load"]) {
  const published: Published[] = [];
  const state = { failures: 0, topics };
  const transport: NotificationTransport = {
    hasTopic: (topic) => state.topics.includes(topic),
    publish: async (topic, { data, attributes }) => {
      if (state.failures > 0) {
        state.failures -= 1;
        throw new Error("unavailable");
      }
      published.push({ topic, attributes, data: data.toString() });
    },
  };
  return { transport, published, state };
}

test("a finalized object is published with Cloud Storage's attributes and its resource", async () => {
  const { transport, published } = rememberingTransport();
  await using fixture = await storageFixture({ transport });
  await fixture.bucket.createNotification("projects/p/topics/load", {
    eventTypes: ["OBJECT_FINALIZE"],
    objectNamePrefix: "manifests/",
    customAttributes: { kind: "manifest" },
  });
  await fixture.bucket.file("parts/1").save("x", simple());
  await fixture.bucket.file("manifests/a.json").save("{}", { ...simple(), metadata: { metadata: { run: "r1" } } });
  await fixture.server.whenIdle();
  expect(published).toHaveLength(1);
  const [metadata] = await fixture.bucket.file("manifests/a.json").getMetadata();
  expect(published[0]).toMatchObject({
    topic: "projects/p/topics/load",
    attributes: {
      bucketId: "landing",
      objectId: "manifests/a.json",
      objectGeneration: String(metadata.generation),
      eventType: "OBJECT_FINALIZE",
      eventTime: metadata.updated,
      payloadFormat: "JSON_API_V1",
      notificationConfig: "projects/_/buckets/landing/notificationConfigs/1",
      kind: "manifest",
    },
  });
  expect(JSON.parse(published[0]?.data ?? "")).toEqual(metadata);
});

test("replacing tells the generation it replaced; deleting and editing are events of their own", async () => {
  const { transport, published } = rememberingTransport();
  await using fixture = await storageFixture({ transport });
  await fixture.bucket.createNotification("load".replace(/^/, "projects/p/topics/"));
  const file = fixture.bucket.file("f");
  await file.save("1", simple());
  const [{ generation: first }] = await file.getMetadata();
  await file.save("2", simple());
  const [{ generation: second }] = await file.getMetadata();
  await file.setMetadata({ metadata: { a: "b" } });
  await file.delete();
  await fixture.server.whenIdle();
  const events = published.map(({ attributes }) => [attributes.eventType, attributes.objectGeneration]);
  expect(events.sort()).toEqual(
    [
      ["OBJECT_FINALIZE", first],
      ["OBJECT_FINALIZE", second],
      ["OBJECT_DELETE", first],
      ["OBJECT_METADATA_UPDATE", second],
      ["OBJECT_DELETE", second],
    ].sort(),
  );
  const replaced = published.find(({ attributes }) => attributes.overwroteGeneration !== undefined);
  expect(replaced?.attributes).toMatchObject({ objectGeneration: second, overwroteGeneration: first });
});

test("a failed upload publishes nothing", async () => {
  const { transport, published } = rememberingTransport();
  await using fixture = await storageFixture({ transport });
  await fixture.bucket.createNotification("projects/p/topics/load");
  const refused = fixture.bucket.file("f").save("x", { ...simple(), preconditionOpts: { ifGenerationMatch: 5 } });
  expect(await statusOf(refused)).toBe(412);
  expect(fixture.server.outstanding()).toBe(0);
  expect(published).toHaveLength(0);
});

test("an event that Pub/Sub does not take is sent again, also after a restart", async () => {
  const { transport, published, state } = rememberingTransport();
  await using first = await storageFixture({ transport });
  await first.bucket.createNotification("projects/p/topics/load");
  state.failures = 2;
  await first.bucket.file("a").save("x", simple());
  await first.server.whenIdle();
  expect(published.map(({ attributes }) => attributes.objectId)).toEqual(["a"]);
  state.failures = 1_000_000;
  await first.bucket.file("b").save("x", simple());
  await sleep(50);
  expect(first.server.outstanding()).toBe(1);
  await using second = await first.restart();
  expect(second.server.outstanding()).toBe(1);
  state.failures = 0;
  await second.server.whenIdle();
  expect(published.map(({ attributes }) => attributes.objectId)).toEqual(["a", "b"]);
});

test("configurations are listed, read, deleted and kept over a restart; a topic must exist", async () => {
  const { transport, published, state } = rememberingTransport();
  await using first = await storageFixture({ transport });
  const [created] = await first.bucket.createNotification("projects/p/topics/load", {
    eventTypes: ["OBJECT_FINALIZE"],
  });
  expect(await statusOf(first.bucket.createNotification("projects/p/topics/none"))).toBe(404);
  expect((await first.bucket.getNotifications())[0].map(({ id }) => id)).toEqual([created.id]);
  await using second = await first.restart();
  const [metadata] = await second.bucket.notification(String(created.id)).getMetadata();
  expect(metadata).toMatchObject({
    topic: "//pubsub.googleapis.com/projects/p/topics/load",
    event_types: ["OBJECT_FINALIZE"],
  });
  await second.bucket.file("a").save("x", simple());
  await second.server.whenIdle();
  expect(published).toHaveLength(1);
  state.topics = [];
  await second.bucket.file("b").save("x", simple());
  await second.server.whenIdle();
  expect(published).toHaveLength(1);
  await second.bucket.notification(String(created.id)).delete();
  expect((await second.bucket.getNotifications())[0]).toHaveLength(0);
});

test("listeners in the process hear of every new object", async () => {
  await using fixture = await storageFixture();
  const heard: string[] = [];
  const stop = fixture.server.onFinalize(({ name, size }) => heard.push(`${name} ${size}`));
  await fixture.bucket.file("a").save("xyz", simple());
  stop();
  await fixture.bucket.file("b").save("x", simple());
  expect(heard).toEqual(["a 3"]);
});
