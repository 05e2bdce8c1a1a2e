import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { judge, type TestResult, testQuery, type VolumeBaseline } from "../../shared/refresh/model-tests.ts";

// What the tests of models find, as one query that the emulator runs.

let emulator: Emulator;
let warehouse: Warehouse;
const folder = mkdtempSync(join(tmpdir(), "rollcall-tests-"));

beforeAll(async () => {
  emulator = await startEmulator({ folder, projectId: "demo", memoryLimit: "256MB" });
  warehouse = openWarehouse({
    projectId: "demo",
    location: "US",
    clock: systemClock,
    endpoint: emulator.bigqueryUrl,
  });
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

const columns =
  "{id: {type: STRING}, school_year: {type: INT64}, begun: {type: DATE}, ended: {type: DATE}, days: {type: INT64}}";

/** Tests a model of these rows. */
async function tested(tests: string, rows: string, baseline?: VolumeBaseline): Promise<Record<string, TestResult>> {
  const text = `/* model\ndescription: D\nkey: [id]\ncolumns: ${columns}\ntests:\n${tests}\n*/\nselect * from unnest([${rows}])\n`;
  const parsed = catalogueOf([{ path: "marts/m.sql", text }]);
  const [model] = parsed;
  if (!model) throw new Error("no model");
  const models = new Map(parsed.map((one) => [one.name, one]));
  const [row = {}] = await warehouse.query(testQuery(model, models, `(\n${model.sql}\n)`));
  const { results } = judge(model, models, row, baseline);
  return Object.fromEntries(results.map((result) => [result.testId, result]));
}

const span = (id: string, year: number, begun: string, ended: string | null, days = 1) =>
  `struct('${id}' as id, ${year} as school_year, date '${begun}' as begun, ${ended === null ? "cast(null as date)" : `date '${ended}'`} as ended, ${days} as days)`;

const overlap = "  - no_overlap: {by: [school_year], from: begun, to: ended}";

test.each([
  ["one after the other", 0, [span("a", 1, "2025-01-01", "2025-01-31"), span("b", 1, "2025-02-01", null)]],
  ["with one day in common", 1, [span("a", 1, "2025-01-01", "2025-02-01"), span("b", 1, "2025-02-01", null)]],
  ["behind one that is open", 1, [span("a", 1, "2025-01-01", null), span("b", 1, "2025-06-01", "2025-06-02")]],
  [
    "two within a long one",
    2,
    [
      span("a", 1, "2025-01-01", "2025-12-31"),
      span("b", 1, "2025-03-01", "2025-03-02"),
      span("c", 1, "2025-05-01", "2025-05-02"),
    ],
  ],
  ["that are the same", 1, [span("a", 1, "2025-01-01", "2025-01-31"), span("b", 1, "2025-01-01", "2025-01-31")]],
  ["of another group", 0, [span("a", 1, "2025-01-01", null), span("b", 2, "2025-01-01", null)]],
])("spans %s: %i overlap", async (_what, failingRows, rows) => {
  const found = await tested(overlap, rows.join(", "));
  expect(found["no_overlap.school_year.begun"]).toMatchObject({
    failingRows,
    status: failingRows === 0 ? "passed" : "failed",
  });
});

test("a total that is not the other one fails, and of two that are nothing neither is more", async () => {
  const rows = [span("a", 1, "2025-01-01", null, 3), span("b", 1, "2025-01-01", null, 4)].join(", ");
  const total = (to: string, severity = "error") =>
    `  - equal_total: {name: days, sql: sum(days), to: "${to}", severity: ${severity}}`;
  expect((await tested(total("select 7"), rows))["equal_total.days"]?.status).toBe("passed");
  expect((await tested(total("select numeric '7'"), rows))["equal_total.days"]?.status).toBe("passed");
  expect((await tested(total("select 8", "warn"), rows))["equal_total.days"]).toMatchObject({
    status: "failed",
    severity: "warn",
    failingRows: 1,
  });
  expect(
    (await tested(total("select sum(x) from unnest([1]) as x where x > 1"), rows))["equal_total.days"],
  ).toMatchObject({
    status: "failed",
  });
});

test("a year that is gone stops a build although the whole has hardly shrunk, but for a small one", async () => {
  const rows = Array.from({ length: 12 }, (_, index) => span(`r${index}`, 2025, "2025-01-01", null)).join(", ");
  const before = (years: Record<string, number>) => ({ rowCount: 13, years });
  const overlapping = overlap.replace("}", ", severity: warn}");
  expect(await tested(overlapping, rows, before({ 2024: 99, 2025: 12 }))).toMatchObject({
    volume: { status: "passed" },
    volume_by_year: { status: "passed" },
  });
  expect(await tested(overlapping, rows, before({ 2024: 100, 2025: 12 }))).toMatchObject({
    volume: { status: "passed" },
    volume_by_year: { status: "failed", severity: "error", failingRows: 100 },
  });
  expect(await tested(overlapping, rows, before({ 2025: 100 }))).toMatchObject({
    volume_by_year: { status: "failed", failingRows: 88 },
  });
  expect(Object.keys(await tested("  - volume: {min_share: 0}", rows, before({ 2024: 100 })))).toEqual([
    "unique_key",
    "not_null.id",
  ]);
});

test.each([
  ["no_overlap: {by: [nobody], from: begun, to: ended}", "tests.0.no_overlap.by.0: columns has no nobody"],
  ["no_overlap: {by: [id], from: begun, to: days}", "tests.0.no_overlap.to: days is INT64, not DATE"],
  [
    "equal_total: {name: days, sql: sum(days), to: select count(*) from marts.nothing}",
    "reads marts.nothing, which is neither",
  ],
])("%s is refused: %s", async (line, problem) => {
  await expect(tested(`  - ${line}`, span("a", 1, "2025-01-01", null))).rejects.toThrow(problem);
});
