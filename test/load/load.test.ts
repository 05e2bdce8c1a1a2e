import { describe, expect, test } from "@jest/globals";
import { objectNames } from "../../shared/control/place.ts";
import { PermanentError } from "../../shared/errors.ts";
import { load } from "../../shared/load/load.ts";
import { land, loadRun, loadWorld, many, place } from "./world.ts";

const mark = objectNames.inFlight(place);

describe("load", () => {
  test("E59 brings a run into raw, the ledger, the view and the watermark, and has refresh look", async () => {
    const world = loadWorld();
    const run = await land(world, { runId: "r1", hour: 1, rows: many(7), parts: 3 });
    expect(await loadRun(world, run)).toEqual({ status: "succeeded", rows: 7 });
    expect(world.warehouse.raw.get("raw_edfi.students")).toHaveLength(7);
    expect(world.warehouse.runs).toMatchObject([
      {
        run_id: "r1",
        source_id: "d1",
        connector: "edfi",
        endpoint: "students",
        school_year: 2011,
        mode: "full",
        status: "succeeded",
        change_version_min: "",
        change_version_max: "100",
        row_count: 7,
        delete_count: 0,
        api_total_count: "7",
        error: null,
      },
    ]);
    expect(world.watermark()).toMatchObject({
      change_version: "100",
      run_id: "r1",
      mode: "full",
      full_run_id: "r1",
      full_run_started_at: "2026-11-21T01:00:00.000Z",
      row_count: 7,
    });
    expect(world.warehouse.views.get("current_edfi.students")).toContain("timestamp '2026-11-21 00:00:00+00'");
    expect(world.buckets.control.objects.has(mark)).toBe(false);
    expect(world.refreshes).toEqual([{ v: 1, reason: "d1/students/2011 succeeded" }]);
  });

  test("keeps change versions beyond 2^53 exact, and none where there are none", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, { runId: "r1", hour: 1, to: "9007199254740993", rows: many(1) }));
    expect(world.watermark()?.change_version).toBe("9007199254740993");
    await loadRun(world, await land(world, { runId: "r2", hour: 2, to: null, rows: many(1) }));
    expect(world.watermark()?.change_version).toBeNull();
  });

  test("says since when the change version stands still, so that late commits can be waited for", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, { runId: "r1", hour: 1, to: "100", rows: many(1) }));
    await loadRun(world, await land(world, { runId: "r2", mode: "delta", hour: 2, to: "100", rows: many(1) }));
    expect(world.watermark()).toMatchObject({ since: "2026-11-21T01:00:00.000Z", run_id: "r2" });
    await loadRun(world, await land(world, { runId: "r3", mode: "delta", hour: 3, to: "101", rows: many(1) }));
    expect(world.watermark()).toMatchObject({ since: "2026-11-21T03:00:00.000Z", run_id: "r3" });
  });

  test("settles a run without rows", async () => {
    const world = loadWorld();
    const run = await land(world, { runId: "r1", hour: 1 });
    expect(await loadRun(world, run)).toEqual({ status: "succeeded", rows: 0 });
    expect(world.warehouse.jobs).toEqual([]);
    expect(world.watermark()).toMatchObject({ row_count: 0, change_version: "100" });
  });

  test("tells by the fingerprint whether the content changed, not by the run", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, { runId: "r1", hour: 1, rows: many(5) }));
    const before = world.watermark()?.fingerprint;
    await loadRun(world, await land(world, { runId: "r2", hour: 2, rows: many(5) }));
    expect(world.watermark()?.fingerprint).toBe(before);
    await loadRun(world, await land(world, { runId: "r3", hour: 3, rows: { ...many(5), s3: "Other" } }));
    expect(world.watermark()?.fingerprint).not.toBe(before);
  });

  test.each(["failed", "forbidden", "unsupported"] as const)(
    "settles a run that ended as %s: in the ledger with its reason, and nothing else moves",
    async (outcome) => {
      const world = loadWorld();
      await loadRun(world, await land(world, { runId: "r1", hour: 1, rows: many(5) }));
      const before = world.watermark();
      const more = { outcome, error: "because", rows: 0, parts: [] };
      const run = await land(world, { runId: "r2", hour: 2, to: null, more });
      expect(await loadRun(world, run)).toEqual({ status: outcome, rows: 0 });
      expect(world.warehouse.runs[1]).toMatchObject({ run_id: "r2", status: outcome, error: "because" });
      expect(world.watermark()).toEqual(before);
      expect(world.buckets.control.objects.has(mark)).toBe(false);
      expect(world.refreshes).toHaveLength(2);
      expect(world.log.lines.at(-1)?.fields).toMatchObject({ status: outcome });
      // Delivered again it says the same.
      expect(await loadRun(world, run)).toEqual({ status: outcome, rows: 0 });
      expect(world.warehouse.runs).toHaveLength(2);
    },
  );

  test("does nothing for a manifest that is gone", async () => {
    const world = loadWorld();
    expect(await load({ name: "manifests/d1/students/2011/none.json" }, world.ports)).toEqual({
      status: "gone",
      rows: 0,
    });
    expect(world.warehouse.runs).toEqual([]);
    expect(world.refreshes).toEqual([]);
  });

  test.each([
    ["is not JSON", "{", /not JSON/],
    ["is not a manifest", '{"v":1}', /not what this version writes/],
    ["is of another version", '{"v":2}', /not what this version writes/],
  ])("refuses for good what %s", async (_, text, pattern) => {
    const world = loadWorld();
    world.buckets.landing.put("manifests/d1/students/2011/r1.json", text);
    const loading = load({ name: "manifests/d1/students/2011/r1.json" }, world.ports);
    await expect(loading).rejects.toThrow(pattern);
    await expect(loading).rejects.toBeInstanceOf(PermanentError);
  });

  test.each([
    ["the connector", { connector: "nobodys" }, /no connector "nobodys"/],
    ["the endpoint", { endpoint: "pupils" }, /"pupils" has left connectors\/edfi.yaml/],
  ])("refuses for good a run when %s is no longer known", async (_, more, pattern) => {
    const world = loadWorld();
    const run = await land(world, { runId: "r1", hour: 1, rows: many(1), more });
    await expect(loadRun(world, run)).rejects.toThrow(pattern);
    expect(world.warehouse.jobs).toEqual([]);
    expect(world.warehouse.runs).toEqual([]);
  });
});

describe("parts that are not what the manifest lists", () => {
  test.each([
    ["gone", (objects: Map<string, unknown>, name: string) => objects.delete(name), /A part of the run is gone/],
    [
      "replaced by another object",
      (objects: Map<string, { generation: string }>, name: string) => {
        const part = objects.get(name);
        if (part) objects.set(name, { ...part, generation: "1" });
      },
      /not the one its manifest lists/,
    ],
    [
      "of another size",
      (objects: Map<string, { body: string }>, name: string) => {
        const part = objects.get(name);
        if (part) objects.set(name, { ...part, body: `${part.body}x` });
      },
      /not the one its manifest lists/,
    ],
  ])("E54 are not loaded, not even in part: %s", async (_, spoil, pattern) => {
    const world = loadWorld();
    const run = await land(world, { runId: "r1", hour: 1, rows: many(6), parts: 3 });
    const [, part] = run.manifest.parts;
    spoil(world.buckets.landing.objects as Map<string, never>, part?.name ?? "");
    const loading = loadRun(world, run);
    await expect(loading).rejects.toThrow(pattern);
    await expect(loading).rejects.toThrow(/rollcall publish d1 students --mode full/);
    await expect(loading).rejects.toBeInstanceOf(PermanentError);
    expect(world.warehouse.raw.size).toBe(0);
    expect(world.warehouse.runs).toEqual([]);
    expect(world.watermark()).toBeUndefined();
  });

  test("are told when the job brings another number of rows", async () => {
    const world = loadWorld();
    const run = await land(world, { runId: "r1", hour: 1, rows: many(6) });
    const wrong = run.manifest.parts.map((part) => ({ ...part, rows: 7 }));
    world.buckets.landing.put(run.name, { ...run.manifest, parts: wrong });
    await expect(loadRun(world, run)).rejects.toThrow(/brought 6 rows where the manifest lists 7/);
    expect(world.watermark()).toBeUndefined();
  });
});

describe("E58 a full run that shrank", () => {
  test("is set aside, and everything stays as it was", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, { runId: "r1", hour: 1, rows: many(40) }));
    const before = world.watermark();
    const run = await land(world, { runId: "r2", hour: 2, rows: many(3) });
    expect(await loadRun(world, run)).toEqual({ status: "quarantined", rows: 0 });
    expect(world.watermark()).toEqual(before);
    expect(Object.keys(world.students())).toHaveLength(40);
    expect(world.warehouse.jobs).toHaveLength(1);
    expect(world.warehouse.runs[1]).toMatchObject({
      status: "quarantined",
      error: expect.stringMatching(/3 rows.*40/),
    });
    expect(world.buckets.control.objects.has(mark)).toBe(false);
    expect(await loadRun(world, run)).toEqual({ status: "quarantined", rows: 0 });
  });

  test("is loaded when a person has accepted it", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, { runId: "r1", hour: 1, rows: many(40) }));
    const more = { accept_shrink: true };
    const run = await land(world, { runId: "r2", hour: 2, rows: many(3), more });
    expect(await loadRun(world, run)).toEqual({ status: "succeeded", rows: 3 });
    expect(world.watermark()).toMatchObject({ row_count: 3, full_run_id: "r2" });
  });

  test("stays decided as it was, whatever was loaded until it is delivered again", async () => {
    const world = loadWorld();
    await loadRun(world, await land(world, { runId: "r1", hour: 1, rows: many(40) }));
    const run = await land(world, { runId: "r2", hour: 2, rows: many(3) });
    await loadRun(world, run);
    const more = { accept_shrink: true };
    await loadRun(world, await land(world, { runId: "r3", hour: 3, rows: many(2), more }));
    // By now the guard would let it pass.
    expect(await loadRun(world, run)).toEqual({ status: "quarantined", rows: 0 });
    expect(world.students()).toEqual(many(2));
    expect(world.warehouse.runs.map((row) => row.status)).toEqual(["succeeded", "quarantined", "succeeded"]);
  });
});
