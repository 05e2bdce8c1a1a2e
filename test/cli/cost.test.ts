import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { billOf, totalOf } from "../../cli/cost/bill.ts";
import { type Measured, type MeasuredPlace, measure } from "../../cli/cost/measure.ts";
import { measureDeliveries } from "../../cli/cost/measure-deliveries.ts";
import { deliveredOf, operationsOf, type Plan, secondsOf } from "../../cli/cost/operations.ts";
import { priced, readPrices } from "../../cli/cost/prices.ts";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { objectNames } from "../../shared/control/place.ts";
import { ensureLedger } from "../../shared/deliver/ledger.ts";
import { resultName } from "../../shared/deliver/result.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";
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
  deliveries: undefined,
};
const plan: Plan = { endpoints: 76, schedulerJobs: 153, secrets: 1, modelInputs: 480, deliveries: [], scale: 1 };
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
    const { extract, load } = secondsOf({ ...measured, paces }, plan, 1);
    expect(extract / load).toBeCloseTo(60 / 25);
    expect(extract).toBeGreaterThan(secondsOf(measured, plan, 1).extract);
  });
});

describe("deliveries", () => {
  const delivered: Measured = {
    ...measured,
    deliveries: {
      runs: 3,
      sent: 11_000,
      payloads: 10_000,
      changedShare: 0.05,
      secondsPerRecord: undefined,
      entriesPerRecord: undefined,
      payloadBytes: 5e6,
      bytesPerLedgerRow: 400,
    },
  };
  const sending: Plan = { ...plan, deliveries: [{ models: 6, resources: 4, lanes: 8 }] };

  test("that have never run cost nothing that can be told", () => {
    expect(operationsOf(measured, sending, 1)).toEqual(operationsOf(measured, plan, 1));
  });

  test("send all payloads in the first month, and what changes in every one", () => {
    const [first, later] = [deliveredOf(delivered, sending, 1), deliveredOf(delivered, sending, 12)];
    // 26.1 nights, in each of which a twentieth changes.
    expect(later.records).toBeCloseTo(10_000 * 0.05 * 26.1);
    expect(first.records - later.records).toBeCloseTo(10_000);
    expect(deliveredOf({ ...delivered, students: 1000 }, { ...sending, scale: 7 }, 12).records).toBeCloseTo(
      7 * later.records,
    );
    expect(later.ledgerRows).toBeCloseTo(10_000 + 12 * later.records);
    expect(later.ledgerRowsOld).toBeCloseTo(10_000 + 9 * later.records);
  });

  test("are counted in functions, messages, queries, objects and storage, each above what there is without them", () => {
    const [without, having] = [operationsOf(measured, sending, 12), operationsOf(delivered, sending, 12)];
    const more = priced.filter((item) => having[item] > without[item]);
    expect(more.sort()).toEqual([
      "class_a",
      "class_b",
      "gib_seconds",
      "logging_gib",
      "pubsub_gib",
      "requests",
      "scanned_tib",
      "vcpu_seconds",
      "warehouse_gib",
      "warehouse_old_gib",
    ]);
    // Twice a night: of four resources, seven tables at 10 MB each, and the payloads and the ledger three times.
    const { looks, bytesRead, ledgerRows } = deliveredOf(delivered, sending, 12);
    expect(looks).toBeCloseTo(2 * 26.1);
    expect(bytesRead).toBeGreaterThan(looks * (4 * 7 * 10 * 1024 ** 2 + 3 * 5e6 + 3 * 400 * ledgerRows));
  });

  test("take the times of the cloud where there are some, else those of the assumed requests side by side", () => {
    const { deliveries } = delivered;
    if (!deliveries) throw new Error("nothing was delivered");
    const timed = { ...delivered, deliveries: { ...deliveries, secondsPerRecord: 1, entriesPerRecord: 0.5 } };
    const [assumed, found] = [deliveredOf(delivered, sending, 12), deliveredOf(timed, sending, 12)];
    expect(found.seconds - assumed.seconds).toBeCloseTo(found.records * (1 - 0.2 / 8));
    expect(found.journalEntries).toBeCloseTo(found.records / 2);
    expect(assumed.journalEntries).toBeCloseTo(10 * assumed.records * (0.2 / 8));
  });

  describe("in a warehouse", () => {
    const since = new Date("2026-11-01T00:00:00Z");
    let folder: string;
    let emulator: Emulator;
    let warehouse: Warehouse;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rollcall-cost-"));
      emulator = await startEmulator({ folder, projectId: "demo" });
      const { bigqueryUrl: endpoint } = emulator;
      warehouse = openWarehouse({ projectId: "demo", location: "US", endpoint, clock: systemClock });
      await ensureLedger(warehouse);
      await warehouse.ensureDataset("delivery");
      await warehouse.query(
        "create table delivery.map__results (source_id string, school_year int64, record_key string, payload json)",
      );
      // A run that sends four records in two entries of the journal, one that sends one of them again, and an older one.
      const row = (run: string, second: number, sequence: number, status: number | null = 201) =>
        `('map-results', '${run}', ${status}, timestamp '2026-11-2${run} 03:00:0${second}+00', ${sequence})`;
      const rows = [
        ...[row("1", 0, 700_000), row("1", 1, 700_001), row("1", 2, 800_000), row("1", 4, 800_001)],
        ...[row("2", 0, 900_000), row("2", 0, 900_001, null)],
        `('map-results', '0', 201, timestamp '2026-10-01 03:00:00+00', 0)`,
      ];
      await warehouse.query(
        `insert into ops.deliveries (delivery, run_id, http_status, attempted_at, sequence) values ${rows.join(", ")}`,
      );
    }, 30_000);

    afterAll(async () => {
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    });

    function place(project?: string) {
      const control = fakeObjectStore();
      const resources = [{ resource: "/ed-fi/results", payloads: 4, delivered: 4, outcomes: {}, reasons: {} }];
      const result = { v: 1, delivery: "map-results", run_id: "2", outcome: "ok", resources, unmatched: [], notes: [] };
      control.put(resultName("map-results"), { ...result, finished_at: "2026-11-22T03:00:00.000Z" });
      return { control, warehouse, ...(project === undefined ? {} : { project }) };
    }

    test("are measured by their ledger and results, with the times of the cloud", async () => {
      const found = await measureDeliveries(place("district-prod"), ["delivery.map__results", "delivery.none"], since);
      expect(found).toMatchObject({ runs: 2, sent: 5, payloads: 4, changedShare: 0.25 });
      expect(found?.secondsPerRecord).toBeCloseTo(4 / 5);
      expect(found?.entriesPerRecord).toBeCloseTo(3 / 5);
      expect(found?.bytesPerLedgerRow).toBeGreaterThan(0);
    });

    test("have no times on one machine, and are nothing where none has run", async () => {
      expect((await measureDeliveries(place(), [], since))?.secondsPerRecord).toBeUndefined();
      expect(await measureDeliveries(place(), [], new Date("2027-01-01T00:00:00Z"))).toBeUndefined();
    });
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
      dryRun: async () => ({ fields: [], bytes: 0 }),
    };
    return { control, landing, warehouse, ...(project ? { project } : {}) };
  }

  const since = new Date(0);

  test("tells what each run takes from what each row adds, and counts requests and bytes by the manifests", async () => {
    const groups = [group("full", true, 10, 100, 20), group("full", false, 2, 10_000, 104)];
    const found = await measure(connection(groups, "district-prod"), [], since);
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
    const found = await measure(connection(groups), [], since);
    // 20 rows a run, of 2000 live rows an endpoint.
    expect(found.deltaShare).toBeCloseTo(0.01);
    expect(found.paces).toBeUndefined();
  });

  test("is nothing before anything was loaded", async () => {
    await expect(measure(connection([]), [], since)).rejects.toThrow(/Nothing was loaded.*--days/);
  });
});
