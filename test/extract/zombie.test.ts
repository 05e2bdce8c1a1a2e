import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { HttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { ConflictError, RetryableError } from "../../shared/errors.ts";
import { type ExtractSummary, extract } from "../../shared/extract/extract.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import { gate, heldAt, type InterruptedBuckets, interruptedBuckets, type Moment } from "../fakes/interrupted.ts";
import { deliver, district, idsOf, message, onlyManifest, origin, studentIds, worldOf } from "./district.ts";

const count = 24;
const leaseMs = 600_000;
const asked = message("students", { mode: "full" });
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await district(count, { maxPageSize: 10, smallPartitions: true, tokenLimit: null });
});

afterAll(() => sandbox.close());

interface World extends ExtractWorld {
  readonly buckets: InterruptedBuckets;
  readonly clock: FakeClock;
}

function world(attemptsMax = 5): World {
  const clock = fakeClock();
  const buckets = interruptedBuckets(clock);
  const overrides = { clock, leaseMs, partBytes: 2_000, attemptsMax };
  return { ...worldOf(sandbox, { page_size: 10, concurrency: 2 }, overrides, buckets), buckets, clock };
}

type Settled = PromiseSettledResult<ExtractSummary>;

function outcomeOf(settled: Settled): string {
  if (settled.status === "fulfilled") return settled.value.status;
  return settled.reason instanceof ConflictError ? "conflict" : String(settled.reason);
}

/**
 * Holds the first attempt at one moment until its lease has expired and a second attempt has come to its end, then lets it go on.
 * @returns how the first attempt ended; undefined when it never came to that moment
 */
async function endOfHeld(made: World, moment: Moment, operation: number): Promise<string | undefined> {
  const { interruption, reached, door } = heldAt(moment, operation);
  made.buckets.interrupt(interruption);
  const first = extract(asked, origin, made.ports);
  const ended = first.then(
    () => false,
    () => false,
  );
  if (!(await Promise.race([reached.passed.then(() => true), ended]))) return undefined;
  made.buckets.interrupt(undefined);
  made.clock.advance(leaseMs);
  // In another instance: what this one waits for in memory is not there.
  await deliver({ ...made, ports: { ...made.ports, tokens: new TokenCache() } }, asked);
  const before = JSON.stringify([...made.landing.objects].filter(([name]) => name.startsWith("manifests/")));
  door.open();
  const [settled] = (await Promise.allSettled([first])) as [Settled];
  const after = JSON.stringify([...made.landing.objects].filter(([name]) => name.startsWith("manifests/")));
  expect(after).toBe(before);
  return outcomeOf(settled);
}

describe("an attempt that was thought dead, and goes on after its successor has ended the run", () => {
  test("E53 changes nothing, wherever it was held", async () => {
    const undisturbed = world();
    await extract(asked, origin, undisturbed.ports);
    const { operations } = undisturbed.buckets;
    const ends = new Map<string, number>();
    for (let operation = 0; operation < operations.length; operation += 1) {
      const made = world();
      const after = operations[operation];
      const end = (await endOfHeld(made, "after", operation)) ?? "not reached";
      ends.set(end, (ends.get(end) ?? 0) + 1);
      expect({ after, ids: idsOf(made) }).toEqual({ after, ids: studentIds(count) });
      // Whatever it left behind keeps nobody from the next run.
      await extract(asked, { ...origin, messageId: "2" }, made.ports);
      expect({ after, manifests: made.manifests().length }).toEqual({ after, manifests: 2 });
    }
    // Nothing but these: no other error, and nothing that was not reached.
    expect([...ends.keys()].filter((end) => !["conflict", "already done", "complete"].includes(end))).toEqual([]);
    expect(ends.get("conflict")).toBeGreaterThan(5);
  });
});

/** A run whose first attempt is held at a page, taken over by a second one that is held at its own. */
async function takenOver(attemptsMax: number, page: number) {
  const made = world(attemptsMax);
  const { http } = made.ports;
  const doors = { first: gate(), second: gate() };
  const reached = { first: gate(), second: gate() };
  let isFailing = false;
  const holding = (who: "first" | "second"): HttpClient => {
    let pages = 0;
    return async (request) => {
      if (request.parameters?.pageToken !== undefined) pages += 1;
      if (pages >= page) {
        reached[who].open();
        await doors[who].passed;
        if (who === "first" && isFailing) throw new RetryableError("The source could not be reached");
      }
      return http(request);
    };
  };
  const first = extract(asked, origin, { ...made.ports, http: holding("first") });
  const firstEnd = Promise.allSettled([first]);
  await reached.first.passed;
  made.clock.advance(leaseMs);
  const second = extract(asked, origin, { ...made.ports, http: holding("second") });
  const secondEnd = Promise.allSettled([second]);
  await reached.second.passed;
  return {
    made,
    doors,
    fail: () => {
      isFailing = true;
    },
    firstEnd: async () => outcomeOf(((await firstEnd) as [Settled])[0]),
    secondEnd: async () => outcomeOf(((await secondEnd) as [Settled])[0]),
  };
}

describe("an attempt that was thought dead, while its successor is at work", () => {
  test("E53 cannot complete the run", async () => {
    const { made, doors, firstEnd, secondEnd } = await takenOver(5, 3);
    doors.first.open();
    expect(await firstEnd()).toBe("conflict");
    expect(made.manifests()).toEqual([]);
    doors.second.open();
    expect(await secondEnd()).toBe("complete");
    expect(idsOf(made)).toEqual(studentIds(count));
  });

  test("cannot give the run up, however often it has failed", async () => {
    const { made, doors, fail, firstEnd, secondEnd } = await takenOver(1, 1);
    fail();
    doors.first.open();
    expect(await firstEnd()).toBe("conflict");
    expect(made.manifests()).toEqual([]);
    doors.second.open();
    expect(await secondEnd()).toBe("complete");
    expect(onlyManifest(made)).toMatchObject({ outcome: "complete", error: null });
  });

  test("does not take the lease of its successor away", async () => {
    const { made, doors, firstEnd, secondEnd } = await takenOver(5, 3);
    doors.first.open();
    await firstEnd();
    expect(made.control.objects.has("leases/extract/d1/students/2011.json")).toBe(true);
    doors.second.open();
    await secondEnd();
    expect(made.control.objects.has("leases/extract/d1/students/2011.json")).toBe(false);
  });

  test("finds the ending that it had decided written down by its successor, who asks the source for nothing", async () => {
    const made = world();
    const decidedAt = made.clock.now().toISOString();
    const reached = gate();
    const door = gate();
    made.buckets.interrupt(async (moment, _, what) => {
      if (moment !== "before" || !what.startsWith("landing write manifests/")) return;
      reached.open();
      await door.passed;
    });
    const first = extract(asked, origin, made.ports);
    await reached.passed;
    made.buckets.interrupt(undefined);
    made.clock.advance(leaseMs);
    const requests = sandbox.requests.length;
    expect(await extract(asked, origin, made.ports)).toMatchObject({ status: "complete", rows: count });
    expect(sandbox.requests).toHaveLength(requests);
    const manifest = JSON.stringify(onlyManifest(made));
    expect(onlyManifest(made).finished_at).toBe(decidedAt);
    door.open();
    expect(await first).toMatchObject({ status: "complete", rows: count });
    expect(JSON.stringify(onlyManifest(made))).toBe(manifest);
    expect(idsOf(made)).toEqual(studentIds(count));
  });
});

describe("the lease", () => {
  test("E53 is renewed while a long extraction is at work, so that nobody takes it over", async () => {
    const made = world();
    const { http } = made.ports;
    const expiries: string[] = [];
    const slow: HttpClient = async (request) => {
      made.clock.advance(leaseMs / 8);
      const lease = made.control.json("leases/extract/d1/students/2011.json") as { expires_at: string } | null;
      if (lease) {
        expiries.push(lease.expires_at);
        expect(Date.parse(lease.expires_at)).toBeGreaterThan(made.clock.now().getTime());
      }
      return http(request);
    };
    const ports = { ...made.ports, http: slow, workMs: 100 * leaseMs };
    const [longer] = ports.sources.sources;
    expect(longer?.concurrency).toBe(2);
    expect(await extract(asked, origin, ports)).toMatchObject({ status: "complete" });
    expect(new Set(expiries).size).toBeGreaterThan(2);
  });

  test("E53 that was taken over stops its old holder at its next page", async () => {
    const made = world();
    const { http } = made.ports;
    let pages = 0;
    const slow: HttpClient = async (request) => {
      if (request.parameters?.pageToken !== undefined) pages += 1;
      if (pages === 1) {
        made.clock.advance(leaseMs);
        made.control.put("leases/extract/d1/students/2011.json", {
          owner: "other",
          nonce: "other",
          expires_at: "2999-01-01T00:00:00Z",
        });
      }
      return http(request);
    };
    const one = { ...made.ports, http: slow, workMs: 100 * leaseMs };
    await expect(extract(asked, origin, one)).rejects.toBeInstanceOf(ConflictError);
    expect(pages).toBeLessThanOrEqual(2);
    expect(made.control.json("leases/extract/d1/students/2011.json")).toMatchObject({ owner: "other" });
    expect(made.manifests()).toEqual([]);
  });
});
