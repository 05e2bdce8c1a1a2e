import { describe, expect, test } from "@jest/globals";
import { billOf, totalOf } from "../../cli/cost/bill.ts";
import { type Measured, type MeasuredPlace, measure } from "../../cli/cost/measure.ts";
import { operationsOf, type Plan, secondsOf } from "../../cli/cost/operations.ts";
import { priced, readPrices } from "../../cli/cost/prices.ts";
import { objectNames } from "../../shared/control/place.ts";
import type { Row } from "../../shared/ports/warehouse.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const measured: Measured = {
  students: 1000,
  liveRows: 100_000,
  runs: 120,
  paces: undefined,
  bytesPerRow: 120,
  requestsPerRow: 0.003,
  partsPerRun: 1,
  deltaShare: undefined,
  models: 140,
  rebuildBytes: 700e6,
};
const plan: Plan = { endpoints: 76, schedulerJobs: 153, secrets: 1, modelInputs: 480, scale: 1 };
const prices = readPrices();

function usdOf(change: Partial<Plan>, month = 1, item = /./): number {
  const lines = billOf(operationsOf(measured, { ...plan, ...change }, month), prices);
  return totalOf(lines.filter((line) => item.test(line.item)));
}

describe("a month's bill", () => {
  test("has a price, a date and a source for each item", () => {
    expect(Object.keys(prices.prices).sort()).toEqual([...priced].sort());
    expect(prices.as_of).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  test("counts what is above the free amount, and nothing below it", () => {
    const operations = operationsOf(measured, plan, 1);
    const of = (amount: number) => totalOf(billOf({ ...operations, scanned_tib: amount }, prices));
    expect(of(0.9)).toBe(of(0.1));
    expect(of(3) - of(1)).toBeCloseTo(2 * 6.25);
    expect(usdOf({}, 1, /schedules/)).toBeCloseTo(15);
  });

  test("grows with the students where rows do, and with the months where things are kept", () => {
    expect(usdOf({ scale: 100 }, 1, /schedules|secrets|images/)).toBe(usdOf({}, 1, /schedules|secrets|images/));
    expect(usdOf({ scale: 100 }, 1, /queries/)).toBeGreaterThan(usdOf({ scale: 10 }, 1, /queries/));
    expect(usdOf({ scale: 100 }, 12, /storage|landing/)).toBeGreaterThan(usdOf({ scale: 100 }, 1, /storage|landing/));
    expect(usdOf({ scale: 100 }, 12, /queries|functions/)).toBe(usdOf({ scale: 100 }, 1, /queries|functions/));
  });

  test("takes the times of the cloud where there are some", () => {
    const paces = { extract: { fixedSeconds: 60, secondsPerRow: 0 }, load: { fixedSeconds: 25, secondsPerRow: 0 } };
    const { extract, load } = secondsOf({ ...measured, paces }, plan);
    expect(extract / load).toBeCloseTo(60 / 25);
    expect(extract).toBeGreaterThan(secondsOf(measured, plan).extract);
  });
});

describe("what is measured", () => {
  const group = (
    mode: string,
    is_small: boolean,
    run_count: number,
    row_total: number,
    extract_seconds: number,
  ): Row => ({
    mode,
    is_small,
    run_count,
    row_total,
    extract_seconds,
    load_seconds: run_count,
  });

  function connection(groups: Row[], project?: string): MeasuredPlace {
    const control = fakeObjectStore();
    const landing = fakeObjectStore();
    const mark = (endpoint: string, row_count: number) => {
      const at = "2026-11-21T03:00:00.000Z";
      const place = { source: "d1", endpoint, schoolYear: 2026 };
      control.put(objectNames.watermark(place), {
        v: 1,
        source_id: "d1",
        connector: "edfi",
        endpoint,
        school_year: 2026,
        change_version: "9",
        run_id: "r1",
        run_started_at: at,
        mode: "full",
        loaded_at: at,
        full_run_id: "r1",
        full_run_started_at: at,
        row_count,
        fingerprint: "f",
      });
    };
    mark("students", 1000);
    mark("grades", 3000);
    landing.put(objectNames.manifest({ source: "d1", endpoint: "grades", schoolYear: 2026 }, "r1"), {
      v: 1,
      outcome: "complete",
      source_id: "d1",
      connector: "edfi",
      endpoint: "grades",
      school_year: 2026,
      run_id: "r1",
      mode: "full",
      reason: "asked",
      window: { from: null, to: "9" },
      rows: 3000,
      deletes: 0,
      key_changes: 0,
      nulls: 0,
      pages: 7,
      parts: [{ name: "p", generation: "1", size_bytes: 300_000, rows: 3000 }],
      api_total_count: 3000,
      deletes_unavailable: false,
      accept_shrink: false,
      error: null,
      run_started_at: "2026-11-21T03:00:00.000Z",
      finished_at: "2026-11-21T03:00:05.000Z",
    });
    const warehouse = {
      listTables: async () => ["runs", "builds"],
      query: async (sql: string) => (sql.includes("ops.builds") ? [{ models: 2, bytes: 5_000_000 }] : groups),
    };
    return { control, landing, warehouse, ...(project ? { project } : {}) };
  }

  const since = new Date(0);

  test("tells what each run takes from what each row adds, and counts requests and bytes by the manifests", async () => {
    const groups = [group("full", true, 10, 100, 20), group("full", false, 2, 10_000, 104)];
    const found = await measure(connection(groups, "district-prod"), since);
    expect(found.paces?.extract).toEqual({ fixedSeconds: 2, secondsPerRow: 0.01 });
    expect(found).toMatchObject({
      students: 1000,
      liveRows: 4000,
      runs: 12,
      bytesPerRow: 100,
      models: 2,
      rebuildBytes: 5e6,
    });
    expect(found.requestsPerRow).toBeCloseTo(7 / 3000);
    expect(found.deltaShare).toBeUndefined();
  });

  test("takes the share of changed rows from delta runs that brought some, and no times from one machine", async () => {
    const groups = [group("full", false, 2, 4000, 4), group("delta", true, 20, 400, 4)];
    const found = await measure(connection(groups), since);
    // 20 rows a run, of 2000 live rows an endpoint.
    expect(found.deltaShare).toBeCloseTo(0.01);
    expect(found.paces).toBeUndefined();
  });

  test("is nothing before anything was loaded", async () => {
    await expect(measure(connection([]), since)).rejects.toThrow(/Nothing was loaded.*--days/);
  });
});
