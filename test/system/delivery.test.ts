import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { doubleDeliveries, type InProcess, startInProcess } from "./in-process.ts";
import { comparedDatasets, contents } from "./tables.ts";
import "./patience.ts";

const endpoints = ["students", "schools", "sessions", "student_school_associations"];

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let app: InProcess | undefined;

beforeAll(async () => {
  jest.spyOn(console, "error").mockImplementation(() => undefined);
  sandbox = await startSandbox();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

afterAll(async () => {
  await sandbox.close();
  jest.restoreAllMocks();
});

describe("the functions", () => {
  test("leave nothing half when landing is full, and the whole once there is room", async () => {
    app = await startInProcess(sandbox.url, sandbox);
    const { host } = app;
    host.emulator.storage.setQuota(120_000);
    const full = await app.run(endpoints);
    expect(full.failures.length).toBeGreaterThan(0);
    expect(full.failures.map(({ error }) => error).join()).toMatch(/bucket is full.*Free some space/);
    const [row] = await host.warehouse.query("select count(*) as n from raw_edfi.students");
    expect([0, 960]).toContain(row?.n);
    host.emulator.storage.setQuota(undefined);

    expect((await app.run(endpoints)).failures).toEqual([]);
    expect(await host.warehouse.query("select count(*) as n from current_edfi.students")).toEqual([{ n: 960 }]);
  });

  test("make the same tables when every message is delivered twice", async () => {
    app = await startInProcess(sandbox.url, sandbox);
    const { host } = app;
    const once = await app.run(endpoints);
    expect(once.failures).toEqual([]);
    const expected = await contents(host.warehouse, comparedDatasets);
    expect(expected["current_edfi.students"]).toMatch(/^960 /);

    for (const atOnce of [false, true]) {
      const stop = await doubleDeliveries(host, ["extract", "load", "refresh"], atOnce);
      const twice = await app.run(endpoints, "full");
      expect(twice.failures).toEqual([]);
      await stop();
      expect(await contents(host.warehouse, comparedDatasets)).toEqual(expected);
      const runs = await host.warehouse.query(
        "select endpoint, count(*) as n, count(distinct run_id) as runs from ops.runs group by endpoint",
      );
      expect(runs.every(({ n, runs: distinct }) => n === distinct)).toBe(true);
    }
    const raw = await host.warehouse.query(
      "select run_id, count(*) as n, count(distinct record_id) as records from raw_edfi.students group by run_id order by run_id",
    );
    expect(raw.every(({ n, records }) => n === records)).toBe(true);
  });
});
