import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { announce } from "../../shared/control/in-flight.ts";
import { objectNames, type Place } from "../../shared/control/place.ts";
import { extract } from "../../shared/extract/extract.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { type RefreshSummary, refresh } from "../../shared/refresh/refresh.ts";
import { modelStates } from "../../shared/refresh/status.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { district, message, worldOf } from "../extract/district.ts";
import { connectors } from "../fakes/extract-world.ts";
import { fakeLog } from "../fakes/log.ts";
import { students } from "../sandbox/client.ts";

// The verbs over Google's own clients and the emulator, from an API to a mart.

const projectId = "demo";
const models = catalogueOf([
  {
    path: "marts/dim_student.sql",
    text: `/* model
description: Students.
key: [student_id]
columns:
  student_id: {type: STRING, description: The id.}
  first_name: {type: STRING, description: The name.}
tests:
  - not_null: [first_name]
*/
select json_value(data.studentUniqueId) as student_id, json_value(data.firstName) as first_name
from current_edfi.students
`,
  },
  {
    path: "marts/wide_school.sql",
    text: `/* model
description: Schools with how many students there are.
key: [school_id]
columns:
  school_id: {type: STRING, description: The id.}
  students: {type: INT64, description: How many there are.}
*/
select json_value(schools.data.schoolId) as school_id, (select count(*) from marts.dim_student) as students
from current_edfi.schools as schools
`,
  },
]);

let emulator: Emulator;
let folder: string;
let landing: ObjectStore;
let control: ObjectStore;
let warehouse: Warehouse;
let sandbox: Sandbox | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-conformance-"));
  emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
  const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
  await buckets.ensureBucket("landing");
  await buckets.ensureBucket("control");
  landing = buckets.bucket("landing");
  control = buckets.bucket("control");
  warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
  const relations = [...connectors.values()].flatMap((connector) =>
    ["students", "schools"].map((endpoint) => ({ connector, endpoint })),
  );
  await ensureWarehouse(warehouse, relations, ["marts"]);
});

afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const placeOf = (endpoint: string): Place => ({ source: "d1", endpoint, schoolYear: 2011 });
let messages = 0;

/** Extracts an endpoint and loads what came. @returns its row in the ledger */
async function bring(
  served: Sandbox,
  endpoint: string,
  mode: "full" | "delta" = "delta",
): Promise<Record<string, unknown> | undefined> {
  messages += 1;
  const from = { messageId: String(messages), publishedAt: new Date() };
  const { ports } = worldOf(served, {}, { landing, control });
  const { runId = "" } = await extract(message(endpoint, { mode }), from, ports);
  const refreshTopic = { publish: async () => "1" };
  const loading = { ...ports, warehouse, refreshTopic };
  await load({ name: objectNames.manifest(placeOf(endpoint), runId) }, loading);
  const [row] = await warehouse.query(
    "select mode, status, row_count, delete_count, api_total_count from ops.runs where run_id = @runId",
    { params: { runId } },
  );
  return row;
}

const ports = () => ({ control, warehouse, models, clock: systemClock, log: fakeLog(), timeZone: "UTC" });
const look = (): Promise<RefreshSummary> => refresh({ reason: "test" }, ports());

async function standing(): Promise<Record<string, string>> {
  return Object.fromEntries((await modelStates(ports())).map(({ model, state }) => [model, state]));
}

const schools = [{ id: "a".repeat(32), schoolId: 1 }];

test("E59 E60 counts are in the ledger, and a mart is built of inputs that are all there, or stays as it was", async () => {
  sandbox = await district({ "students.jsonl": students(12), "schools.jsonl": schools });
  expect(await bring(sandbox, "students")).toEqual({
    mode: "full",
    status: "succeeded",
    row_count: 12,
    delete_count: 0,
    api_total_count: 12,
  });
  // Schools are on their way: what reads them waits, what does not is built.
  await announce(control, placeOf("schools"), "edfi", systemClock);
  expect(await look()).toMatchObject({ built: ["marts.dim_student"], waiting: ["marts.wide_school"] });
  expect(await standing()).toEqual({ "marts.dim_student": "fresh", "marts.wide_school": "waiting" });
  expect(await bring(sandbox, "schools")).toMatchObject({ row_count: 1, api_total_count: 1 });
  expect(await look()).toMatchObject({ built: ["marts.wide_school"], waiting: [] });
  const rows = "select school_id, students from marts.wide_school";
  expect(await warehouse.query(rows)).toEqual([{ school_id: "1", students: 12 }]);

  await sandbox.apply([
    { op: "delete", resource: "students", key: { studentUniqueId: "s12" } },
    { op: "update", resource: "students", key: { studentUniqueId: "s1" }, set: { firstName: null } },
  ]);
  expect(await bring(sandbox, "students")).toEqual({
    mode: "delta",
    status: "succeeded",
    row_count: 11,
    delete_count: 1,
    api_total_count: 11,
  });
  // The input fails its test: both marts keep the rows they had, and say that they are not of today.
  expect(await look()).toMatchObject({ built: [], failed: ["marts.dim_student"], skipped: ["marts.wide_school"] });
  expect(await warehouse.query(rows)).toEqual([{ school_id: "1", students: 12 }]);
  expect(await warehouse.query("select count(*) as n from marts.dim_student")).toEqual([{ n: 12 }]);
  expect(await standing()).toEqual({ "marts.dim_student": "failed", "marts.wide_school": "stale" });

  await sandbox.apply({
    op: "update",
    resource: "students",
    key: { studentUniqueId: "s1" },
    set: { firstName: "Mara" },
  });
  await bring(sandbox, "students");
  expect(await look()).toMatchObject({ failed: [], skipped: [] });
  expect(await warehouse.query(rows)).toEqual([{ school_id: "1", students: 11 }]);
});

test("E59 a source that cannot count is in the ledger without a count", async () => {
  sandbox = await district(12);
  sandbox.addFaults({ match: { query: "totalCount" }, respond: { status: 504, html: true } });
  expect(await bring(sandbox, "students")).toMatchObject({ status: "succeeded", api_total_count: null });
});

test("E55 numbers, characters and long texts are in the warehouse as the source sent them", async () => {
  const long = "é😀\\n".repeat(650_000);
  const record = `{"id":"${"c".repeat(32)}","studentUniqueId":"exact","firstName":"Ω 学生 \\u00e9 \\"x\\"\\nnew line","big":9007199254740993,"exact":12.50,"long":"${long}"}`;
  sandbox = await district(12);
  await sandbox.apply({ op: "insert", resource: "students", record });
  await bring(sandbox, "students", "full");
  const [row] = await warehouse.query(
    `select json_value(data.firstName) as name, json_value(data.big) as big, json_value(data.exact) as exact,
        length(json_value(data.long)) as characters
    from current_edfi.students
    where json_value(data.studentUniqueId) = 'exact'`,
  );
  expect(row).toEqual({
    name: 'Ω 学生 é "x"\nnew line',
    big: "9007199254740993",
    // BigQuery's JSON keeps what a number is worth, and not its zeros; landing has the text.
    exact: "12.5",
    characters: 1_950_000,
  });
});

test("E58 a full run that lost most of its rows is set aside, and the rows stay", async () => {
  sandbox = await district(12);
  expect(await bring(sandbox, "students", "full")).toMatchObject({ status: "succeeded", row_count: 12 });
  await sandbox.apply(students(10).map(({ id }) => ({ op: "delete", resource: "students", id })));
  expect(await bring(sandbox, "students", "full")).toMatchObject({ status: "quarantined" });
  expect(await warehouse.query("select count(*) as n from current_edfi.students")).toEqual([{ n: 12 }]);
});
