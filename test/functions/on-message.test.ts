import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { onMessage } from "../../functions/on-message.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { setLogSink } from "../../shared/log.ts";
import type { MessageOrigin } from "../../shared/messages/extract.ts";
import { keptTopic } from "../fakes/extract-world.ts";

const handled: { message: unknown; origin: MessageOrigin }[] = [];
const logged: string[] = [];
const deadLetters = keptTopic();
let failure: Error | undefined;
let server: Server;
let url: string;

beforeAll(async () => {
  // The functions framework prints the stack of every error that asks for another delivery.
  jest.spyOn(console, "error").mockImplementation(() => undefined);
  setLogSink((_severity, message, fields) => logged.push(JSON.stringify({ message, ...fields })));
  onMessage({
    name: "under-test",
    schema: z.strictObject({ v: z.literal(1).default(1), student: z.string() }),
    deadLetters,
    handle: async (message, origin) => {
      handled.push({ message, origin });
      if (failure) throw failure;
    },
  });
  server = getTestServer("under-test");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/projects/p/topics/extract`;
});

afterAll(async () => {
  jest.restoreAllMocks();
  setLogSink(undefined);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  handled.length = 0;
  logged.length = 0;
  deadLetters.messages.length = 0;
  failure = undefined;
});

function body(data: string): string {
  const message = {
    data: Buffer.from(data).toString("base64"),
    attributes: {},
    messageId: "m1",
    publishTime: "2026-11-21T03:00:00Z",
  };
  return JSON.stringify({ subscription: "projects/p/subscriptions/s", message });
}

function post(content: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: content });
}

const eventarc = {
  "ce-id": "m1",
  "ce-source": "//pubsub.googleapis.com/projects/p/topics/extract",
  "ce-specversion": "1.0",
  "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
  "ce-time": "2026-11-21T03:00:00Z",
};

describe("a function that takes messages", () => {
  test.each([
    ["a push subscription", {}],
    ["Eventarc", eventarc],
  ])("takes a message as %s posts it", async (_, headers) => {
    expect((await post(body('{"student":"s"}'), headers)).status).toBe(204);
    expect(handled).toEqual([
      { message: { v: 1, student: "s" }, origin: { messageId: "m1", publishedAt: new Date("2026-11-21T03:00:00Z") } },
    ]);
  });

  test("takes an object as Eventarc posts it for Cloud Storage", async () => {
    const headers = {
      ...eventarc,
      "ce-type": "google.cloud.storage.object.v1.finalized",
      "ce-source": "//storage.googleapis.com/b",
    };
    expect((await post('{"student":"s"}', headers)).status).toBe(204);
    expect(handled).toMatchObject([{ message: { student: "s" } }]);
  });

  test("asks for another delivery when the failure may pass", async () => {
    failure = new RetryableError("the source is down");
    expect((await post(body('{"student":"s"}'))).status).toBe(500);
    expect(deadLetters.messages).toEqual([]);
  });

  test("asks for another delivery when it has a bug", async () => {
    failure = new TypeError("undefined is not a function");
    expect((await post(body('{"student":"s"}'))).status).toBe(500);
  });

  test("sets a message aside that can never succeed, with the reason, and acknowledges it", async () => {
    failure = new PermanentError("there is no such endpoint", { endpoint: "pupils" });
    expect((await post(body('{"student":"s"}'))).status).toBe(204);
    expect(deadLetters.messages).toEqual([
      { v: 1, function: "under-test", reason: "there is no such endpoint", message: '{"student":"s"}' },
    ]);
  });

  test.each([
    ["is not JSON", "students please", /not JSON/],
    ["has only attributes", "", /not JSON/],
    ["has a field too many", '{"student":"s","mood":"x"}', /mood/],
    ["lacks a field", "{}", /student/],
    ["has a field of another type", '{"student":604821}', /student/],
    ["is of a version to come", '{"v":2,"student":"604821"}', /^The message is not what this function takes. v: /],
  ])("sets a message aside that %s, without logging what it holds", async (_, text, reason) => {
    expect((await post(body(text))).status).toBe(204);
    expect(handled).toEqual([]);
    expect(deadLetters.messages).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    expect(logged.join()).not.toContain("604821");
  });

  test("sets a message aside that is too large for a dead letter, with its beginning", async () => {
    // As large as Pub/Sub takes one; the letter around it would be larger than that.
    const text = "x".repeat(7_000_000);
    expect((await post(body(text))).status).toBe(204);
    const [letter] = deadLetters.messages as { message: string; reason: string }[];
    expect(letter?.message).toBe("x".repeat(100_000));
    expect(letter?.reason).toMatch(/Of its 7000000 characters the first 100000 are kept/);
  });
});
