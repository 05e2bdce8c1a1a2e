import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { subscribed } from "../../cli/local/subscribed.ts";
import { type PubSubServer, startPubSub } from "../../emulator/pubsub/server.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { scratchFolder } from "../scratch-folder.ts";

const folder = scratchFolder("subscribed");
let server: PubSubServer;
let topics: Topics;

beforeAll(async () => {
  server = await startPubSub({ folder, projectId: "demo" });
  topics = openTopics({ projectId: "demo", emulatorHost: server.host });
});

afterAll(async () => {
  await topics.close();
  await server.close();
});

test("what is published before a function has subscribed waits for it and is not lost", async () => {
  let isPublished = false;
  const published = subscribed(topics)
    .topic("extract")
    .publish({ n: 1 })
    .then(() => {
      isPublished = true;
    });
  await setTimeout(150);
  await topics.createTopic("extract");
  await setTimeout(250);
  expect(isPublished).toBe(false);
  await topics.ensurePullSubscription("extract", "extract");
  await published;
  expect((await topics.peek("extract", 10)).map(({ text }) => JSON.parse(text))).toEqual([{ n: 1 }]);
});

test("a topic that nobody subscribes to is an error, and nothing is published to it", async () => {
  await topics.createTopic("load");
  await expect(subscribed(topics, 200).topic("load").publish({ n: 2 })).rejects.toThrow(/Nobody has subscribed/);
  await topics.ensurePullSubscription("load", "load");
  expect(await topics.peek("load", 10)).toEqual([]);
});
