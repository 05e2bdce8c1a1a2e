import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import type { ExtractMessage } from "../../shared/messages/extract.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import {
  failingAt,
  type InterruptedBuckets,
  type Interruption,
  interruptedBuckets,
  killedAt,
  type Moment,
} from "../fakes/interrupted.ts";
import { deliver, district, idsOf, message, onlyManifest, origin, watermark, worldOf } from "./district.ts";

const count = 13;
const leaseMs = 600_000;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await district(count, { maxPageSize: 4, smallPartitions: true, tokenLimit: null });
  await sandbox.apply([
    { op: "delete", resource: "students", id: "1".padStart(32, "0") },
    { op: "update", resource: "students", id: "2".padStart(32, "0"), set: { firstName: "Changed" } },
  ]);
});

afterAll(() => sandbox.close());

interface World extends ExtractWorld {
  readonly buckets: InterruptedBuckets;
  readonly clock: FakeClock;
}

/** Small pages, small parts and two partitions, so that a run has many moments. */
function world(asked: ExtractMessage): World {
  const clock = fakeClock();
  const buckets = interruptedBuckets(clock);
  const overrides = { clock, leaseMs, partBytes: 1_000, attemptsMax: 5 };
  const made = worldOf(sandbox, { page_size: 4, concurrency: 2 }, overrides, buckets);
  if (asked.mode === "delta") buckets.control.put("watermarks/d1/students/2011.json", watermark("students", "20"));
  return { ...made, buckets, clock };
}

/** What of a run must not depend on what happened on the way. */
function result(made: World): object {
  const manifest = onlyManifest(made);
  const { outcome, mode, reason, window, rows, deletes, api_total_count, run_id, error } = manifest;
  const lines = made.lines(manifest).map((line) => `${line.op} ${line.record_id} ${line.change_version}`);
  return { outcome, mode, reason, window, rows, deletes, api_total_count, run_id, error, lines: lines.sort() };
}

/** What is left in control that keeps anybody waiting: all but watermarks, and leases that have expired. */
function leftovers(made: World): string[] {
  const isExpired = (name: string): boolean => {
    const { expires_at } = made.control.json(name) as { expires_at: string };
    return Date.parse(expires_at) <= made.clock.now().getTime();
  };
  return [...made.control.objects.keys()]
    .filter((name) => !/^(?:watermarks|rounds|tokens)\//.test(name) && !(name.startsWith("leases/") && isExpired(name)))
    .sort();
}

/** Delivers the message while something happens to it, then again as often as it takes. */
async function through(asked: ExtractMessage, interruption: Interruption, passes: number): Promise<World> {
  const made = world(asked);
  made.buckets.interrupt(interruption);
  await extract(asked, origin, made.ports).catch(() => undefined);
  made.buckets.interrupt(undefined);
  made.clock.advance(passes);
  await deliver(made, asked);
  return made;
}

describe.each(["full", "delta"] as const)("a %s run", (mode) => {
  const asked = message("students", { mode });

  test("E51 E57 that is killed after any of its operations ends as if it had not been", async () => {
    const undisturbed = world(asked);
    await extract(asked, origin, undisturbed.ports);
    const operations = undisturbed.buckets.operations.length;
    expect(operations).toBeGreaterThan(20);
    expect(idsOf(undisturbed)).toHaveLength(count - 1);
    for (let operation = 0; operation < operations; operation += 1) {
      // A killed process gives nothing back: the next delivery has to wait for the lease to expire.
      const made = await through(asked, killedAt("after", operation), leaseMs);
      const after = undisturbed.buckets.operations[operation];
      expect({ after, ...result(made) }).toEqual({ after, ...result(undisturbed) });
      expect({ after, left: leftovers(made) }).toEqual({ after, left: ["in-flight/d1/students/2011.json"] });
    }
  });

  test("of which any one operation fails goes on with the next delivery, without waiting for a lease", async () => {
    const undisturbed = world(asked);
    await extract(asked, origin, undisturbed.ports);
    const { operations } = undisturbed.buckets;
    for (let operation = 0; operation < operations.length; operation += 1) {
      const what = operations[operation] ?? "";
      for (const moment of ["before", "after"] satisfies Moment[]) {
        // Only a lease whose taking or giving back failed has to expire.
        const passes = what.includes("leases/") ? leaseMs : 0;
        const made = await through(asked, failingAt(moment, operation, new RetryableError("503")), passes);
        const at = `${moment} ${what}`;
        expect({ at, ...result(made) }).toEqual({ at, ...result(undisturbed) });
        expect({ at, left: leftovers(made) }).toEqual({ at, left: ["in-flight/d1/students/2011.json"] });
      }
    }
  });
});

test("E57 a run that is killed at every delivery, each time a little later, gets to its end", async () => {
  const asked = message("students", { mode: "full" });
  const undisturbed = world(asked);
  await extract(asked, origin, undisturbed.ports);
  const made = world(asked);
  for (let operation = 3; made.manifests().length === 0; operation += 1) {
    if (operation > 100) throw new Error("it never gets to its end");
    made.buckets.interrupt(killedAt("after", operation));
    await extract(asked, origin, made.ports).catch(() => undefined);
    made.buckets.interrupt(undefined);
    made.clock.advance(leaseMs);
  }
  await deliver(made, asked);
  expect(result(made)).toEqual(result(undisturbed));
});

test("a run whose every delivery is killed at the same place is given up in the end", async () => {
  const made = world(message("students"));
  for (let delivery = 0; made.manifests().length === 0; delivery += 1) {
    if (delivery > 50) throw new Error("it is never given up");
    const kill: Interruption = (_, __, what) => {
      if (what.includes("/run=")) throw new TypeError("out of memory");
    };
    made.buckets.interrupt(kill);
    await extract(message("students", { mode: "full" }), origin, made.ports).catch(() => undefined);
    made.clock.advance(leaseMs);
  }
  expect(onlyManifest(made)).toMatchObject({ outcome: "failed", parts: [] });
  expect(onlyManifest(made).error).not.toMatch(/out of memory/);
});

test("E52 a continuation that is delivered twice changes nothing", async () => {
  const asked = message("students", { mode: "full" });
  const undisturbed = world(asked);
  await extract(asked, origin, undisturbed.ports);
  const made = world(asked);
  const now = (): Date => {
    made.clock.advance(1);
    return made.clock.now();
  };
  const summary = await extract(asked, origin, { ...made.ports, workMs: 1, clock: { ...made.clock, now } });
  expect(summary.status).toBe("continued");
  expect(leftovers(made)).not.toContain("leases/extract/d1/students/2011.json");
  const continuation = made.topic.messages.at(-1) as ExtractMessage;
  await Promise.allSettled([extract(continuation, origin, made.ports), extract(continuation, origin, made.ports)]);
  await deliver(made, continuation);
  expect(await extract(continuation, origin, made.ports)).toMatchObject({ status: "already done" });
  expect(await extract(asked, origin, made.ports)).toMatchObject({ status: "already done" });
  expect(result(made)).toEqual(result(undisturbed));
});
