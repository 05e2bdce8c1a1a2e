import { describe, expect, test } from "@jest/globals";
import type { HttpAnswer } from "../../shared/connector/http.ts";
import { defaultRetryPolicy, type RetryOptions, retryAfterMs, withRetries } from "../../shared/connector/retry.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { keptLog } from "../fakes/extract-world.ts";

const now = new Date("2026-11-21T00:00:00Z");

function answer(status: number, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: new Headers(headers), body: Buffer.alloc(0) };
}

function setting(answers: (HttpAnswer | Error)[], more: Partial<RetryOptions> = {}) {
  const waits: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  const send = async (): Promise<HttpAnswer> => {
    const next = answers.shift() ?? answer(200);
    if (next instanceof Error) throw next;
    return next;
  };
  return { waits, run: () => withRetries(send, { clock, log: keptLog(), path: "/x", random: () => 0.5, ...more }) };
}

describe("withRetries", () => {
  test.each([408, 425, 429, 500, 502, 503, 504])("asks again after status %i", async (status) => {
    const { waits, run } = setting([answer(status)]);
    expect((await run()).status).toBe(200);
    expect(waits).toHaveLength(1);
  });

  test.each([200, 400, 401, 403, 404, 409, 410])("takes status %i as the answer", async (status) => {
    const { waits, run } = setting([answer(status)]);
    expect((await run()).status).toBe(status);
    expect(waits).toEqual([]);
  });

  test("E45 waits as long as Retry-After says, in seconds or as a date, but not for ever", async () => {
    const { waits, run } = setting([
      answer(429, { "retry-after": "7" }),
      answer(503, { "retry-after": "Sat, 21 Nov 2026 00:00:30 GMT" }),
      answer(503, { "retry-after": "86400" }),
    ]);
    await run();
    expect(waits).toEqual([7_000, 30_000, 60_000]);
  });

  test("E46 backs off further each time, with jitter", async () => {
    const { waits, run } = setting([answer(500), answer(500), answer(500)]);
    await run();
    expect(waits).toEqual([250, 500, 1000]);
  });

  test("gives the message back when the attempts are used up", async () => {
    const { run } = setting(Array.from({ length: 10 }, () => answer(503)));
    await expect(run()).rejects.toThrow(RetryableError);
  });

  test("waits as long as an error says that it was told to", async () => {
    const { waits, run } = setting([new RetryableError("too many tokens", { wait_ms: 4_000 })]);
    await run();
    expect(waits).toEqual([4_000]);
  });

  test("gives up sooner where the policy says that patience does not help", async () => {
    const { waits, run } = setting([answer(503), answer(504)], {
      policy: { ...defaultRetryPolicy, attemptsFor: ({ details }) => (details.status === 504 ? 1 : undefined) },
    });
    await expect(run()).rejects.toMatchObject({ details: { status: 504 } });
    expect(waits).toHaveLength(1);
  });

  test("E46 begins no wait that ends after the time that is left", async () => {
    const { waits, run } = setting([answer(429, { "retry-after": "20" })], { until: now.getTime() + 19_000 });
    await expect(run()).rejects.toThrow("429");
    expect(waits).toEqual([]);
  });

  test("lets a permanent error through at once", async () => {
    const { waits, run } = setting([new PermanentError("no")]);
    await expect(run()).rejects.toThrow(PermanentError);
    expect(waits).toEqual([]);
  });
});

test("Retry-After that is neither seconds nor a date is left out", () => {
  expect(retryAfterMs(new Headers({ "retry-after": "soon" }), now)).toBeUndefined();
  expect(retryAfterMs(new Headers(), now)).toBeUndefined();
});
