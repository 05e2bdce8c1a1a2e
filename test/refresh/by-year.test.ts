import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { isByYear } from "../../shared/refresh/by-year.ts";
import { catalogueOf, readCatalogue } from "../../shared/refresh/catalogue.ts";
import { type RefreshSummary, refresh } from "../../shared/refresh/refresh.ts";
import { fakeLog } from "../fakes/log.ts";

const projectId = "demo";
const name = "staging.stg_edfi__students";
const columns = "source_id: {type: STRING}\n  school_year: {type: INT64}\n  student_id: {type: STRING}";

function modelOf(sql: string, header = "", path = "staging/edfi/stg_edfi__students") {
  const text = `/* model\ndescription: D\nkey: [student_id, school_year, source_id]\n${header}columns:\n  ${columns}\n*/\n${sql}\n`;
  const [model] = catalogueOf([{ path: `${path}.sql`, text }]);
  if (!model) throw new Error("there is no model");
  return model;
}

const id = "json_value(data, '$.studentUniqueId')";
const plain = `with records as (select * from current_edfi.students)
select source_id, school_year, ${id} as student_id from records`;

describe("a model is built by year", () => {
  test.each([
    ["its rows are typed one by one", plain],
    [
      "members of a record become rows",
      `select source_id, school_year, json_value(item) as student_id from current_edfi.students
cross join unnest(json_query_array(data, '$.ids')) as item`,
    ],
    [
      "a value is put together from a record's own members",
      `select source_id, school_year,
    (select string_agg(json_value(item)) from unnest(json_query_array(data, '$.ids')) as item) as student_id
from current_edfi.students where ${id} is distinct from 'x' and school_year in (2025, 2026)`,
    ],
  ])("when %s", (_, sql) => {
    expect(isByYear(modelOf(sql))).toBe(true);
  });

  test.each([
    ["it numbers rows", `${plain}\nqualify row_number() over (partition by student_id) = 1`],
    ["it groups", `select source_id, school_year, max(${id}) as student_id from current_edfi.students group by 1, 2`],
    ["it leaves out what is equal", plain.replace("select source_id", "select distinct source_id")],
    ["its school year is the record's", plain.replace("school_year,", "2026 as school_year,")],
    ["its source is another", plain.replace("source_id,", "lower(source_id) as source_id,")],
    ["it is joined to itself", `${plain} join records as other using (record_id)`],
    ["tables stand side by side", `${plain}, records as other`.replace("source_id", "records.source_id")],
    ["it asks whether others are there", `${plain} where exists (select 1 from records as r where r.record_id > 'a')`],
    ["it takes some", `${plain} limit 10`],
  ])("but not when %s", (_, sql) => {
    expect(isByYear(modelOf(sql))).toBe(false);
  });

  test("but not when it is a view, a mart, or reads the day", () => {
    expect(isByYear(modelOf(plain, "materialize: view\n"))).toBe(false);
    expect(isByYear(modelOf(plain, "", "marts/core/dim_student"))).toBe(false);
    expect(isByYear(modelOf(`${plain} where current_date() > date '2020-01-01'`))).toBe(false);
  });
});

test("the staging models of Ed-Fi are all built by year", () => {
  const models = readCatalogue(join(import.meta.dirname, "..", "..", "sql"));
  const staging = models.filter((model) => model.name.startsWith("staging.stg_edfi__"));
  expect(staging.length).toBeGreaterThan(70);
  expect(staging.filter((model) => !isByYear(model)).map((model) => model.name)).toEqual([]);
});

describe("a refresh", () => {
  let emulator: Emulator;
  let folder: string;
  let control: ObjectStore;
  let warehouse: Warehouse;
  let buckets: ReturnType<typeof openStorage>;
  let number = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-by-year-"));
    emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
    buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
    warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
    await warehouse.ensureDataset("current_edfi");
    await warehouse.query(
      "create table current_edfi.students (source_id string, school_year int64, record_id string, data json)",
    );
  });

  afterAll(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    number += 1;
    await buckets.ensureBucket(`control-${number}`);
    control = buckets.bucket(`control-${number}`);
    await warehouse.query("truncate table current_edfi.students");
    await warehouse.query(`drop table if exists ${name}`);
    await load(2024, "a", ["s1"]);
    await load(2025, "a", ["s1", "s2"]);
    await load(2026, "a", ["s1", "s3"]);
    expect(await look()).toMatchObject({ built: [name], failed: [] });
  });

  const watermarkName = (year: number): string => `watermarks/d1/students/${year}.json`;

  async function load(year: number, fingerprint: string, students: readonly string[]): Promise<void> {
    await warehouse.query(`delete from current_edfi.students where school_year = ${year}`);
    for (const student of students) {
      const data = JSON.stringify({ studentUniqueId: student });
      await warehouse.query(`insert into current_edfi.students values ('d1', ${year}, @student, parse_json(@data))`, {
        params: { student, data },
      });
    }
    const at = "2026-11-20T10:00:00Z";
    const watermark = {
      ...{ v: 1, source_id: "d1", connector: "edfi", endpoint: "students", school_year: year, fingerprint },
      ...{ change_version: "1", run_id: "r", run_started_at: at, mode: "full", loaded_at: at },
      ...{ full_run_id: "r", full_run_started_at: at, row_count: students.length },
    };
    const there = await control.stat(watermarkName(year));
    await control.write(watermarkName(year), JSON.stringify(watermark), there?.generation ?? "0");
  }

  function look(force?: readonly string[], model = modelOf(plain)): Promise<RefreshSummary> {
    const ports = { control, warehouse, models: [model], clock: systemClock, log: fakeLog(), timeZone: "UTC" };
    return refresh({ reason: "test", force }, ports);
  }

  /** What only a build of all rows would take away. */
  const mark = () =>
    warehouse.query(`update ${name} set student_id = 'kept' where student_id = 's1' and school_year = 2024`);

  async function rows(): Promise<string[]> {
    const found = await warehouse.query(`select school_year, student_id from ${name} order by 1, 2`);
    return found.map(({ school_year: year, student_id: student }) => `${year} ${student}`);
  }

  test("makes rows of the years anew that changed, and leaves those of the others", async () => {
    await mark();
    await load(2026, "b", ["s3", "s4"]);
    const dryRun = jest.spyOn(warehouse, "dryRun");
    expect(await look()).toMatchObject({ built: [name], failed: [] });
    expect(await rows()).toEqual(["2024 kept", "2025 s1", "2025 s2", "2026 s3", "2026 s4"]);
    // What is counted beforehand is what is read.
    expect(dryRun.mock.lastCall?.[0]).toContain("union all");
    dryRun.mockRestore();
    await load(2025, "b", ["s6", "s7"]);
    await load(2026, "c", ["s5"]);
    expect(await look()).toMatchObject({ built: [name], failed: [] });
    expect(await rows()).toEqual(["2024 kept", "2025 s6", "2025 s7", "2026 s5"]);
  });

  test("drops the rows of a year whose watermark is gone, and takes a new year's in", async () => {
    await mark();
    await control.delete(watermarkName(2025));
    await warehouse.query("delete from current_edfi.students where school_year = 2025");
    await load(2027, "a", ["s9"]);
    await look();
    expect(await rows()).toEqual(["2024 kept", "2026 s1", "2026 s3", "2027 s9"]);
  });

  test.each([
    ["a person asks for it", () => look([name])],
    ["its text changed", () => look(undefined, modelOf(`${plain} where true`))],
  ])("makes all rows anew when %s", async (_, build) => {
    await mark();
    await load(2026, "b", ["s3"]);
    expect(await build()).toMatchObject({ built: [name] });
    expect(await rows()).toEqual(["2024 s1", "2025 s1", "2025 s2", "2026 s3"]);
  });

  test("makes all rows anew after a build of which nobody knows whether its table is in place", async () => {
    await mark();
    const object = await control.read(`models/${name}.json`);
    const state = JSON.parse(object?.body ?? "");
    const attempt = { version: "other", build_id: "20260101T000000Z-0badcafe", started_at: "2026-01-01T00:00:00Z" };
    await control.write(`models/${name}.json`, JSON.stringify({ ...state, attempt }), object?.generation ?? "0");
    await load(2026, "b", ["s3"]);
    await look();
    expect(await rows()).toEqual(["2024 s1", "2025 s1", "2025 s2", "2026 s3"]);
  });

  test("makes all rows anew when somebody has dropped the table", async () => {
    await warehouse.query(`drop table ${name}`);
    await load(2026, "b", ["s3"]);
    expect(await look()).toMatchObject({ built: [name], failed: [] });
    expect(await rows()).toEqual(["2024 s1", "2025 s1", "2025 s2", "2026 s3"]);
  });
});
