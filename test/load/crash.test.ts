import { describe, expect, test } from "@jest/globals";
import { objectNames } from "../../shared/control/place.ts";
import { type Watermark, watermarkSchema } from "../../shared/control/watermark.ts";
import { RetryableError } from "../../shared/errors.ts";
import { failingAt, heldAt, type Interruption, killedAt, type Moment } from "../fakes/interrupted.ts";
import { type Landed, type LoadWorld, land, loadRun, loadWorld, many, place } from "./world.ts";

const moments: readonly Moment[] = ["before", "after"];

/** What must not depend on what happened on the way. */
function state(world: LoadWorld): object {
  const { loaded_at: _, ...watermark } = world.watermark() ?? ({} as Watermark);
  const raw = (world.warehouse.raw.get("raw_edfi.students") ?? []).map((row) => `${row.run_id} ${row.record_id}`);
  const runs = world.warehouse.runs.map((run) => `${run.run_id} ${run.status}`);
  const isMarked = world.buckets.control.objects.has(objectNames.inFlight(place));
  return { watermark, raw: raw.sort(), runs: runs.sort(), students: world.students(), isMarked };
}

/** The change versions of every watermark that is ever written, in the order of their generations. */
function watchWatermark(world: LoadWorld): () => number[] {
  const written: { generation: number; version: number }[] = [];
  const { control } = world.buckets;
  const write = control.write.bind(control);
  control.write = async (name, body, ifGeneration) => {
    const generation = await write(name, body, ifGeneration);
    if (name === objectNames.watermark(place)) {
      const watermark = watermarkSchema.parse(JSON.parse(body));
      written.push({ generation: Number(generation), version: Number(watermark.change_version) });
    }
    return generation;
  };
  return () => written.sort((a, b) => a.generation - b.generation).map(({ version }) => version);
}

/** The last look that refresh was asked for came when all was done. */
async function wasToldAfter(world: LoadWorld, run: Landed): Promise<boolean> {
  const before = world.refreshes.length;
  await loadRun(world, run);
  return before > 0 && world.refreshes.length === before + 1;
}

describe.each([
  ["a first full run", [], { runId: "r9", hour: 9, mode: "full", rows: many(6), parts: 2 }],
  [
    "a delta",
    [{ runId: "r1", hour: 1, mode: "full", rows: many(6) }],
    { runId: "r9", hour: 9, mode: "delta", to: "120", rows: { s1: "Changed", s2: null, s7: "New" } },
  ],
  [
    "a full run that is set aside",
    [{ runId: "r1", hour: 1, mode: "full", rows: many(30) }],
    { runId: "r9", hour: 9, mode: "full", to: "120", rows: many(1) },
  ],
  [
    "a failed run",
    [{ runId: "r1", hour: 1, mode: "full", rows: many(6) }],
    { runId: "r9", hour: 9, mode: "delta", to: null, more: { outcome: "failed", error: "because", rows: 0 } },
  ],
] as const)("the load of %s", (_, earlier, input) => {
  async function prepared(): Promise<{ world: LoadWorld; run: Landed }> {
    const world = loadWorld();
    for (const before of earlier) await loadRun(world, await land(world, before));
    const run = await land(world, input);
    return { world, run };
  }

  async function undisturbed(): Promise<{ operations: readonly string[]; state: object }> {
    const { world, run } = await prepared();
    world.buckets.interrupt(() => undefined);
    await loadRun(world, run);
    return { operations: [...world.buckets.operations], state: state(world) };
  }

  async function interrupted(interruption: Interruption): Promise<{ world: LoadWorld; run: Landed }> {
    const { world, run } = await prepared();
    world.buckets.interrupt(interruption);
    await loadRun(world, run).catch(() => undefined);
    world.buckets.interrupt(undefined);
    await loadRun(world, run);
    return { world, run };
  }

  test("E51 killed at any moment, and delivered again, ends as if it had not been", async () => {
    const right = await undisturbed();
    expect(right.operations.length).toBeGreaterThan(5);
    for (const [operation, what] of right.operations.entries()) {
      for (const moment of moments) {
        const { world, run } = await interrupted(killedAt(moment, operation));
        const at = `${moment} ${what}`;
        expect({ at, ...state(world) }).toEqual({ at, ...right.state });
        expect({ at, told: await wasToldAfter(world, run) }).toEqual({ at, told: true });
      }
    }
  });

  test("of which any one step fails, before it happened or after, ends the same too", async () => {
    const right = await undisturbed();
    for (const [operation, what] of right.operations.entries()) {
      for (const moment of moments) {
        const { world } = await interrupted(failingAt(moment, operation, new RetryableError("503")));
        const at = `${moment} ${what}`;
        expect({ at, ...state(world) }).toEqual({ at, ...right.state });
      }
    }
  });

  test("E52 delivered twice at the same time, with one held at any moment, ends the same", async () => {
    const right = await undisturbed();
    for (const [operation, what] of right.operations.entries()) {
      const { world, run } = await prepared();
      const { interruption, reached, door } = heldAt("after", operation);
      world.buckets.interrupt(interruption);
      const first = loadRun(world, run);
      await reached.passed;
      world.buckets.interrupt(undefined);
      await loadRun(world, run);
      door.open();
      await first;
      expect({ what, ...state(world) }).toEqual({ what, ...right.state });
    }
  });
});

describe("the loads of two runs", () => {
  const first = { runId: "r1", hour: 1, mode: "full", to: "100", rows: many(6) } as const;
  const older = {
    runId: "r2",
    hour: 2,
    mode: "delta",
    to: "110",
    rows: { s1: "Older", s2: null, s8: "Eight" },
  } as const;
  const newer = { runId: "r3", hour: 3, mode: "delta", to: "120", rows: { s1: "Newer", s9: "Nine" } } as const;
  const right = {
    students: { s1: "Newer", s3: "First", s4: "First", s5: "First", s6: "First", s8: "Eight", s9: "Nine" },
    watermark: { change_version: "120", run_id: "r3", full_run_id: "r1", row_count: 7 },
  };

  test("in any order give the same rows, and a watermark that never moves back", async () => {
    for (const order of [
      [older, newer],
      [newer, older],
    ]) {
      const world = loadWorld();
      await loadRun(world, await land(world, first));
      const written = watchWatermark(world);
      const landed: Landed[] = [];
      for (const input of order) landed.push(await land(world, input));
      for (const run of landed) await loadRun(world, run);
      expect(world.students()).toEqual(right.students);
      expect(world.watermark()).toMatchObject(right.watermark);
      const versions = written();
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
    }
  });

  test("held against each other at any moment end with a fingerprint that knows the rows of both", async () => {
    const alone = loadWorld();
    for (const input of [first, older, newer]) await loadRun(alone, await land(alone, input));
    const fingerprint = alone.watermark()?.fingerprint;
    for (const [held, through] of [
      [older, newer],
      [newer, older],
    ] as const) {
      for (let operation = 0; ; operation += 1) {
        const world = loadWorld();
        await loadRun(world, await land(world, first));
        const written = watchWatermark(world);
        const [one, other] = [await land(world, held), await land(world, through)];
        const { interruption, reached, door } = heldAt("after", operation);
        world.buckets.interrupt(interruption);
        const loading = loadRun(world, one);
        const isReached = await Promise.race([reached.passed.then(() => true), loading.then(() => false)]);
        if (!isReached) break;
        world.buckets.interrupt(undefined);
        await loadRun(world, other);
        door.open();
        await loading;
        const at = { held: held.runId, operation };
        expect({ ...at, students: world.students() }).toEqual({ ...at, students: right.students });
        expect({ ...at, ...world.watermark() }).toMatchObject({ ...at, ...right.watermark, fingerprint });
        const versions = written();
        expect({ ...at, versions }).toEqual({ ...at, versions: [...versions].sort((a, b) => a - b) });
      }
    }
  });

  test("of which the older one is a full run begin the current rows at that full run, and keep the newer delta", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, first));
    const full = await land(world, { runId: "r2", hour: 2, mode: "full", to: "110", rows: many(5, "Again") });
    await loadRun(world, await land(world, newer));
    await loadRun(world, full);
    expect(world.students()).toEqual({ ...many(5, "Again"), s1: "Newer", s9: "Nine" });
    expect(world.watermark()).toMatchObject({ change_version: "120", run_id: "r3", full_run_id: "r2", row_count: 6 });
  });

  test("of which one cannot be loaded leave the watermark where its rows end", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, first));
    const run = await land(world, older);
    const [part] = run.manifest.parts;
    await world.ports.landing.delete(part?.name ?? "");
    await expect(loadRun(world, run)).rejects.toThrow(/part of the run is gone/);
    expect(world.watermark()).toMatchObject({ change_version: "100", run_id: "r1" });
  });
});

test("a restored source moves the watermark back, because a full run says so", async () => {
  const world = loadWorld();
  await loadRun(world, await land(world, { runId: "r1", hour: 1, to: "500", rows: many(6) }));
  await loadRun(world, await land(world, { runId: "r2", hour: 2, to: "80", rows: many(5) }));
  expect(world.watermark()).toMatchObject({ change_version: "80", full_run_id: "r2", row_count: 5 });
});

test("the mark of another run of the endpoint that began later stays", async () => {
  const world = loadWorld();
  const run = await land(world, { runId: "r1", hour: 1, rows: many(2) });
  world.buckets.control.put(objectNames.inFlight(place), {
    v: 1,
    connector: "edfi",
    run_id: "r2",
    attempts: 1,
    since: "2026-11-21T02:00:00.000Z",
    expires_at: "2999-01-01T00:00:00.000Z",
  });
  await loadRun(world, run);
  expect(world.buckets.control.objects.has(objectNames.inFlight(place))).toBe(true);
});

test("a mark that nobody can read does not stand in the way of a load", async () => {
  const world = loadWorld();
  const run = await land(world, { runId: "r1", hour: 1, rows: many(2) });
  world.buckets.control.put(objectNames.inFlight(place), "{");
  expect(await loadRun(world, run)).toMatchObject({ status: "succeeded" });
  expect(world.buckets.control.objects.has(objectNames.inFlight(place))).toBe(false);
});
