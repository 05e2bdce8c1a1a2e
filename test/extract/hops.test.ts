import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Sandbox, SandboxOptions } from "../../sandbox/sandbox.ts";
import type { Source } from "../../shared/config/sources.ts";
import { checkpointSchema } from "../../shared/extract/checkpoint.ts";
import { type ExtractSummary, extract } from "../../shared/extract/extract.ts";
import { type ExtractMessage, extractMessageSchema } from "../../shared/messages/extract.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import { type InterruptedBuckets, interruptedBuckets, killedAt } from "../fakes/interrupted.ts";
import { deliver, district, idsOf, message, onlyManifest, origin, studentIds, watermark, worldOf } from "./district.ts";

const leaseMs = 600_000;
const checkpoints = "checkpoints/d1/students/2011/";

let extra: Sandbox | undefined;

afterEach(async () => {
  await extra?.close();
  extra = undefined;
});

interface World extends ExtractWorld {
  readonly clock: FakeClock;
  readonly buckets: InterruptedBuckets;
}

/** A world in which each look at the clock takes a second, and a delivery may work for so many of them. */
function slowWorld(sandbox: Sandbox, workMs: number, settings: Partial<Source> = {}): World {
  const clock = fakeClock();
  const now = (): Date => {
    clock.advance(1_000);
    return clock.now();
  };
  const buckets = interruptedBuckets(clock);
  const overrides = { clock: { ...clock, now }, workMs, leaseMs, partBytes: 2_000, attemptsMax: 5 };
  const made = worldOf(sandbox, { page_size: 5, concurrency: 3, ...settings }, overrides, buckets);
  // Full runs take no notice of it.
  buckets.control.put("watermarks/d1/students/2011.json", watermark("students", "100"));
  return { ...made, clock, buckets };
}

/** What the run's one checkpoint says now, and how large it is. */
function checkpointOf(made: World): { pages: number; bytes: number; parts: number } {
  const [name = ""] = [...made.control.objects.keys()].filter((key) => key.startsWith(checkpoints));
  const { walks, parts } = checkpointSchema.parse(made.control.json(name));
  const bytes = made.control.objects.get(name)?.body.length ?? 0;
  return { pages: walks.reduce((sum, walk) => sum + walk.pages, 0), bytes, parts: parts.length };
}

function lastMessage(made: World): ExtractMessage {
  return extractMessageSchema.parse(made.topic.messages.at(-1));
}

/** Delivers each continuation until the run ends. @returns what the checkpoint was after each hop */
async function hopAlong(made: World, asked: ExtractMessage): Promise<ReturnType<typeof checkpointOf>[]> {
  const hops: ReturnType<typeof checkpointOf>[] = [];
  let next = asked;
  while ((await extract(next, origin, made.ports)).status === "continued") {
    hops.push(checkpointOf(made));
    if (hops.length > 1_000) throw new Error("it never gets to its end");
    next = lastMessage(made);
  }
  return hops;
}

/** What of a run must not depend on how often it was handed over. */
function contentOf(made: World): object {
  const { outcome, mode, reason, window, rows, deletes, nulls, api_total_count, error } = onlyManifest(made);
  const lines = made
    .texts(onlyManifest(made))
    .map((line) => line.replace(/"(?:run_started_at|extracted_at)":"[^"]*",/g, ""))
    .sort();
  return { outcome, mode, reason, window, rows, deletes, nulls, api_total_count, error, lines };
}

const kinds: readonly { what: string; options: SandboxOptions; mode: "full" | "delta" }[] = [
  { what: "in partitions", options: {}, mode: "full" },
  { what: "in partitions, of changes", options: {}, mode: "delta" },
  { what: "by offset from the end", options: { profile: "ods-5.3" }, mode: "full" },
  { what: "by offset from the end, of changes", options: { profile: "ods-5.3" }, mode: "delta" },
];

describe.each(kinds)("an endpoint read $what, a page or so at each delivery", ({ options, mode }) => {
  const count = 200;
  const asked = message("students", { mode });
  let sandbox: Sandbox;
  let undisturbed: World;

  beforeAll(async () => {
    sandbox = await district(count, { maxPageSize: 5, smallPartitions: true, tokenLimit: null, ...options });
    const deletes = Array.from({ length: 12 }, (_, index) => ({
      op: "delete" as const,
      resource: "students",
      id: String(index * 7 + 1).padStart(32, "0"),
    }));
    await sandbox.apply(deletes);
    undisturbed = slowWorld(sandbox, 3_600_000);
    expect(await hopAlong(undisturbed, asked)).toEqual([]);
    expect(onlyManifest(undisturbed)).toMatchObject({ mode, rows: 188, deletes: mode === "full" ? 0 : 12 });
  });

  afterAll(() => sandbox.close());

  test("E57 has the content of one that is read in one go, and its checkpoint grows by its parts alone", async () => {
    const made = slowWorld(sandbox, 4_000);
    const hops = await hopAlong(made, asked);
    expect(hops.length).toBeGreaterThan(10);
    expect(contentOf(made)).toEqual(contentOf(undisturbed));
    for (const [index, { pages }] of hops.entries()) expect(pages).toBeGreaterThan(hops[index - 1]?.pages ?? 0);
    const first = hops[0];
    const last = hops.at(-1);
    if (!first || !last) throw new Error("it was not handed over");
    expect((last.bytes - first.bytes) / (last.parts - first.parts)).toBeLessThan(200);
  });

  test("E57 E51 goes on when it is killed once in every hop, each time a little later", async () => {
    const made = slowWorld(sandbox, 4_000);
    let next = asked;
    let summary: ExtractSummary | undefined;
    for (let kill = 3; summary === undefined || summary.status === "continued"; kill += 1) {
      if (kill > 500) throw new Error("it never gets to its end");
      made.buckets.interrupt(killedAt("after", kill % 23));
      await extract(next, origin, made.ports).catch(() => undefined);
      made.buckets.interrupt(undefined);
      // The platform delivers the message again, when the lease of the dead has expired.
      made.clock.advance(leaseMs);
      summary = await extract(next, origin, made.ports);
      if (summary.status === "continued") next = lastMessage(made);
    }
    expect(contentOf(made)).toEqual(contentOf(undisturbed));
  });
});

test("a run may be handed over as often as it takes while it reads something each time", async () => {
  extra = await district(230, { maxPageSize: 1, smallPartitions: true, tokenLimit: null });
  const made = slowWorld(extra, 1_500, { page_size: 1, concurrency: 1 });
  const hops = await hopAlong(made, message("students", { mode: "full" }));
  expect(hops.length).toBeGreaterThan(200);
  expect(idsOf(made)).toEqual(studentIds(230));
});

test("a run that is handed over again and again without reading a page ends, and says what to do", async () => {
  extra = await district(20, { maxPageSize: 5 });
  // The time is up before the first page is asked for.
  const made = slowWorld(extra, 1);
  const hops = await hopAlong(made, message("students", { mode: "full" }));
  expect(hops.map(({ pages }) => pages)).toEqual([0, 0, 0, 0]);
  const { outcome, error, parts } = onlyManifest(made);
  expect({ outcome, parts }).toEqual({ outcome: "failed", parts: [] });
  expect(error).toMatch(/continued without reading a page, 5 times.*Raise WORK_SECONDS, or lower page_size/);
});

test("deliveries without a page do not count any more once one was read", async () => {
  extra = await district(20, { maxPageSize: 5 });
  const made = slowWorld(extra, 1);
  let next = message("students", { mode: "full" });
  for (let round = 0; round < 3; round += 1) {
    for (const workMs of [1, 1, 1, 4_000]) {
      const summary = await extract(next, origin, { ...made.ports, workMs });
      if (summary.status !== "continued") break;
      next = lastMessage(made);
    }
  }
  expect(await deliver({ ...made, ports: { ...made.ports, workMs: 600_000 } }, next)).toMatchObject({ rows: 20 });
});

test("a source that gives its pages again and again is told from a long one", async () => {
  extra = await district(20, { maxPageSize: 5, smallPartitions: true });
  const made = slowWorld(extra, 4_000);
  const first = await extract(message("students", { mode: "full" }), origin, made.ports);
  expect(first.status).toBe("continued");
  const [name = ""] = [...made.control.objects.keys()].filter((key) => key.startsWith(checkpoints));
  const state = checkpointSchema.parse(made.control.json(name));
  const walks = state.walks.map((walk) => ({ ...walk, pages: walk.position ? 1_000_000 : walk.pages }));
  made.control.put(name, { ...state, walks });
  expect(await extract(lastMessage(made), origin, made.ports)).toMatchObject({ status: "failed" });
  expect(onlyManifest(made).error).toMatch(/gave 1000000 pages of one walk, \d+ records, and no end.*Ask its host/);
});
