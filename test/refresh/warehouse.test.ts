import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { PassThroughClient } from "google-auth-library";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { PermanentError } from "../../shared/errors.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { ColumnTags, Field, Warehouse } from "../../shared/ports/warehouse.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { type RefreshSummary, refresh } from "../../shared/refresh/refresh.ts";
import { fakeLog } from "../fakes/log.ts";

// The statements as they are, run by the emulator through Google's own client.

const projectId = "demo";
const currentColumns =
  "source_id string, school_year int64, record_id string, change_version int64, run_id string, " +
  "extracted_at timestamp, row_hash string, data json";

const files = [
  {
    path: "ref/grade_levels.sql",
    text: `/* model
description: Grade levels in order.
key: [code]
columns:
  code: {type: STRING, description: "The district's \\"code\\""}
  rank: {type: INT64}
*/
select entry.code, entry.rank
from unnest([struct('KG' as code, 0 as rank), struct('01' as code, 1 as rank)]) as entry
`,
  },
  {
    path: "staging/edfi/stg_edfi__students.sql",
    text: `/* model
description: Students, typed.
key: [source_id, school_year, student_id]
partition: school_year range 2000 2050
cluster: [source_id, student_id]
columns:
  source_id: {type: STRING, description: The source.}
  school_year: {type: INT64}
  student_id: {type: STRING, description: Their number., pii: true}
  grade: {type: STRING}
  gpa: {type: NUMERIC}
  birth_date: {type: DATE}
  tags: {type: ARRAY<STRING>}
  extracted_at: {type: TIMESTAMP}
  data: {type: JSON}
tests:
  - not_null: [birth_date]
  - relationship: {column: grade, to: ref.grade_levels, to_column: code, min_match: 0.6, severity: warn}
  - accepted_values: {column: tags, values: [gt, ell]}
  - accepted_values: {column: grade, values: [KG, "01", "02"], severity: warn}
  - range: {column: gpa, min: 0, max: 4.5}
  - range: {column: birth_date, min: 1990-01-01}
  - expression: {name: is_known, sql: "grade is null or grade in (select code from ref.grade_levels) -- or new", severity: warn}
*/
with records as (
    select * from current_edfi.students
)

select
    source_id,
    school_year,
    json_value(data, '$.studentUniqueId') as student_id,
    json_value(data, '$.grade') as grade,
    safe_cast(json_value(data, '$.gpa') as numeric) as gpa,
    safe_cast(json_value(data, '$.birthDate') as date) as birth_date,
    json_value_array(data, '$.tags') as tags,
    extracted_at,
    data
from records
`,
  },
  {
    path: "marts/core/dim_student.sql",
    text: `/* model
description: Students with their grade's rank.
key: [student_id]
partition: extracted_at by day
columns:
  student_id: {type: STRING}
  rank: {type: INT64}
  extracted_at: {type: TIMESTAMP}
*/
select s.student_id, g.rank, s.extracted_at
from staging.stg_edfi__students as s
left join ref.grade_levels as g on s.grade = g.code
`,
  },
  {
    path: "marts/core/wide_student.sql",
    text: `/* model
description: Students by rank, as a view.
materialize: view
key: [rank]
columns:
  rank: {type: INT64, description: Rank of the grade}
  student_count: {type: INT64}
*/
select rank, count(*) as student_count
from marts.dim_student
where rank is not null
group by rank
`,
  },
];

const models = catalogueOf(files);
let emulator: Emulator;
let folder: string;
let control: ObjectStore;
let warehouse: Warehouse & ColumnTags;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-refresh-"));
  emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
  const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
  await buckets.ensureBucket("control");
  control = buckets.bucket("control");
  warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
  await warehouse.ensureDataset("current_edfi");
  await warehouse.query(`create table current_edfi.students (${currentColumns})`);
});

afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

async function load(fingerprint: string, students: readonly (readonly [string, string, string])[]): Promise<void> {
  await warehouse.query("truncate table current_edfi.students");
  for (const [id, grade, gpa] of students) {
    const data = JSON.stringify({ studentUniqueId: id, grade, gpa, birthDate: "2015-03-04", tags: ["gt"] });
    await warehouse.query(
      "insert into current_edfi.students values ('d1', 2026, @id, 1, 'r', timestamp '2026-11-20 10:00:00+00', 'h', parse_json(@data))",
      { params: { id, data } },
    );
  }
  const name = "watermarks/d1/students/2026.json";
  const watermark = {
    v: 1,
    source_id: "d1",
    connector: "edfi",
    endpoint: "students",
    school_year: 2026,
    change_version: "1",
    run_id: "r",
    run_started_at: "2026-11-20T10:00:00Z",
    mode: "full",
    loaded_at: "2026-11-20T10:00:00Z",
    full_run_id: "r",
    full_run_started_at: "2026-11-20T10:00:00Z",
    row_count: students.length,
    fingerprint,
  };
  await control.write(name, JSON.stringify(watermark), (await control.stat(name))?.generation ?? "0");
}

function look(force?: readonly string[]): Promise<RefreshSummary> {
  const ports = { control, warehouse, models, clock: systemClock, log: fakeLog(), timeZone: "UTC" };
  return refresh({ reason: "test", force }, ports);
}

async function state(model: string): Promise<Record<string, unknown>> {
  return JSON.parse((await control.read(`models/${model}.json`))?.body ?? "null") as Record<string, unknown>;
}

test("builds empty tables from empty endpoints", async () => {
  const summary = await look();
  expect(summary.failed).toEqual([]);
  expect(summary.built).toHaveLength(4);
});

test("builds and tests typed rows, and leaves nothing beside them", async () => {
  await load("one", [
    ["s1", "KG", "3.25"],
    ["s2", "01", "4.0"],
    ["s3", "09", "2"],
  ]);
  const summary = await look();
  expect({ ...summary, built: [...summary.built].sort() }).toMatchObject({
    built: ["marts.dim_student", "marts.wide_student", "staging.stg_edfi__students"],
    fresh: ["ref.grade_levels"],
    failed: [],
  });
  expect(await warehouse.query("select rank, student_count from marts.wide_student order by rank")).toEqual([
    { rank: 0, student_count: 1 },
    { rank: 1, student_count: 1 },
  ]);
  expect(await warehouse.listTables("staging")).toEqual(["stg_edfi__students"]);
  expect((await warehouse.listTables("marts")).sort()).toEqual(["dim_student", "wide_student"]);
  const failed = await warehouse.query(
    "select test_id, severity, failing_rows from ops.test_results where status = 'failed' order by test_id",
  );
  expect(failed).toEqual([
    { test_id: "accepted_values.grade", severity: "warn", failing_rows: 1 },
    { test_id: "expression.is_known", severity: "warn", failing_rows: 1 },
  ]);
  const [build] = await warehouse.query(
    "select status, row_count, failed_tests, seconds >= 0 as took, error from ops.builds where model = 'staging.stg_edfi__students' order by started_at desc limit 1",
  );
  expect(build).toEqual({ status: "succeeded", row_count: 3, failed_tests: 2, took: true, error: null });
});

test("describes a view where people look", async () => {
  const client = new BigQuery({ projectId, apiEndpoint: emulator.bigqueryUrl, authClient: new PassThroughClient() });
  const [view] = await client.dataset("marts").table("wide_student").getMetadata();
  expect(view).toMatchObject({
    type: "VIEW",
    description: "Students by rank, as a view.",
    schema: { fields: [{ name: "rank", description: "Rank of the grade" }, { name: "student_count" }] },
  });
});

describe("personal columns", () => {
  const tag = "projects/demo/locations/us/taxonomies/1/policyTags/2";
  const client = () =>
    new BigQuery({ projectId, apiEndpoint: emulator.bigqueryUrl, authClient: new PassThroughClient() });
  const fieldsOf = async (name: string): Promise<readonly Field[]> => {
    const [dataset = "", table = ""] = name.split(".");
    const [metadata] = await client().dataset(dataset).table(table).getMetadata();
    return metadata.schema.fields;
  };
  const rebuild = (markPersonal: (table: string, columns: readonly string[]) => Promise<void>) =>
    refresh(
      { reason: "test", select: ["stg_edfi__students"], force: true },
      { control, warehouse, models, clock: systemClock, log: fakeLog(), timeZone: "UTC", markPersonal },
    );

  test("are marked before anybody finds them under the model's name, and lose nothing else that is said of them", async () => {
    const marked: string[] = [];
    const before = await fieldsOf("staging.stg_edfi__students");
    const { built } = await rebuild(async (table, columns) => {
      expect(columns).toEqual(["student_id"]);
      // Until the new table is in its place, the old one, which has no mark, is what people see.
      const isFirst = marked.push(table) === 1;
      const now = await fieldsOf("staging.stg_edfi__students");
      if (isFirst) expect(now).toEqual(before);
      else expect(now.find(({ name }) => name === "student_id")).toMatchObject({ policyTags: { names: [tag] } });
      await warehouse.tagColumns(table, columns, tag);
    });
    expect(built).toEqual(["staging.stg_edfi__students"]);
    expect(marked).toEqual([
      expect.stringMatching(/^staging\.stg_edfi__students__next_/),
      "staging.stg_edfi__students",
    ]);
    expect(await fieldsOf("staging.stg_edfi__students")).toEqual(
      before.map((field) => (field.name === "student_id" ? { ...field, policyTags: { names: [tag] } } : field)),
    );
  });

  test("that are records have the tag at their leaves, where alone BigQuery takes it", async () => {
    await warehouse.query(
      "create table staging.answers as select 's1' as student_id, [struct('x' as word, struct(1 as number) as part)] as answers",
    );
    await warehouse.tagColumns("staging.answers", ["answers"], tag);
    const fields = await fieldsOf("staging.answers");
    await warehouse.query("drop table staging.answers");
    const policyTags = { names: [tag] };
    expect(fields).toMatchObject([
      { name: "student_id" },
      {
        name: "answers",
        type: "RECORD",
        fields: [
          { name: "word", policyTags },
          { name: "part", fields: [{ name: "number", policyTags }] },
        ],
      },
    ]);
    expect(fields.map((field) => Object.hasOwn(field, "policyTags"))).toEqual([false, false]);
  });

  test("keep a model from being built when they cannot be marked", async () => {
    const refused = async () => {
      throw new PermanentError("Access Denied");
    };
    const { failed } = await rebuild(refused);
    expect(failed).toEqual(["staging.stg_edfi__students"]);
    const { built } = await rebuild((table, columns) => warehouse.tagColumns(table, columns, tag));
    expect(built).toEqual(["staging.stg_edfi__students"]);
  });
});

test("keeps the old rows when the new ones fail, and stops what reads them", async () => {
  await load("two", [
    ["s1", "KG", "3.25"],
    ["s1", "01", "40"],
  ]);
  const summary = await look();
  expect(summary).toMatchObject({
    built: [],
    failed: ["staging.stg_edfi__students"],
    skipped: ["marts.dim_student", "marts.wide_student"],
  });
  expect(await state("staging.stg_edfi__students")).toMatchObject({
    status: "failed",
    error: "Tests failed: unique_key (1 rows), range.gpa (1 rows).",
    row_count: 3,
  });
  expect(await warehouse.query("select count(*) as n from staging.stg_edfi__students")).toEqual([{ n: 3 }]);
  expect(await warehouse.listTables("staging")).toEqual(["stg_edfi__students"]);
});

test("goes on once the source is right again", async () => {
  await load("three", [
    ["s1", "KG", "3.25"],
    ["s2", "01", "4"],
  ]);
  const summary = await look();
  expect(summary.failed).toEqual([]);
  expect(await warehouse.query("select student_id from marts.dim_student order by student_id")).toEqual([
    { student_id: "s1" },
    { student_id: "s2" },
  ]);
});

test("records SQL that the warehouse refuses, with its reason and without values", async () => {
  const broken = catalogueOf([
    {
      path: "marts/broken.sql",
      text: "/* model\ndescription: D\nkey: [id]\ncolumns: {id: {type: DATE}}\n*/\nselect cast('Ana Smith' || source_id as date) as id\nfrom current_edfi.students\n",
    },
  ]);
  const ports = { control, warehouse, clock: systemClock, log: fakeLog(), timeZone: "UTC" };
  const summary = await refresh({ reason: "test" }, { ...ports, models: broken });
  expect(summary.failed).toEqual(["marts.broken"]);
  const { error } = await state("marts.broken");
  expect(error).not.toMatch(/Ana|Smith/);
  expect(String(error).length).toBeGreaterThan(10);
});
