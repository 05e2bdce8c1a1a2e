import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseSources } from "../../shared/config/sources.ts";
import { objectNames } from "../../shared/control/place.ts";
import { reportFreshness } from "../../shared/reconcile/freshness.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { connectors, keptLog } from "../fakes/extract-world.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";
import { readModels, relationColumns } from "../models/harness/model.ts";
import { openTestWarehouse, type TestWarehouse } from "../models/harness/warehouse.ts";

const catalogue = readCatalogue("sql");
const models = readModels("sql");
const hourMs = 3_600_000;
let warehouse: TestWarehouse;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
});

afterAll(() => warehouse.close());

const sourcesOf = (district: string) =>
  parseSources(
    `time_zone: UTC
sources:
  - { id: district, connector: edfi, url: "http://127.0.0.1/{school_year}", secret: a, school_years: [2009, 2010]${district} }
  - { id: school, connector: isams, url: "http://127.0.0.1", secret: b, stale_after_hours: 30.5, full_run_days: 3 }`,
    "sources.yaml",
    connectors,
  );

const filledOf = (district: string) => {
  const found = deployedModels(catalogue, sourcesOf(district)).find(({ name }) => name === "ref.freshness");
  if (!found) throw new Error("there is no ref.freshness");
  return found;
};

/** An endpoint that was loaded so long before the end of 2010-03-04. */
const loaded = (source: string, endpoint: string, year: number, hours: number) => ({ source, endpoint, year, hours });

const end = Date.parse("2010-03-05T00:00:00Z");
const loads = [
  loaded("district", "students", 2010, 54),
  loaded("district", "grades", 2010, 54.1),
  loaded("district", "grades", 2009, 60),
  loaded("district", "grades", 2008, 900),
  loaded("district", "student_school_associations", 2010, 99),
  loaded("district", "surveys", 2010, 900),
  loaded("school", "students", 0, 30),
  loaded("school", "houses", 0, 31),
  loaded("elsewhere", "students", 0, 900),
];

/** What the view says is stale, over a ledger of these loads. */
async function staleInMarts(district: string): Promise<string[]> {
  const model = models.get("marts.dq_freshness");
  if (!model) throw new Error("there is no dq_freshness");
  for (const input of model.inputs) await warehouse.fill(input, relationColumns(input, models), []);
  await warehouse.fill("ref.parameters", relationColumns("ref.parameters", models), [
    { source_id: "*", timezone: "UTC", as_of_date: "2010-03-04" },
  ]);
  await warehouse.build("ref.freshness", relationColumns("ref.freshness", models), filledOf(district).sql);
  const runs = loads.map(({ source, endpoint, year, hours }) => ({
    ...{ run_id: "r1", source_id: source, connector: "any", endpoint, school_year: String(year) },
    ...{ mode: "full", status: "succeeded" },
    run_started_at: "2010-03-04 00:00:00",
    loaded_at: new Date(end - hours * hourMs).toISOString().slice(0, 19).replace("T", " "),
  }));
  await warehouse.fill("ops.runs", relationColumns("ops.runs", models), runs);
  const rows = await warehouse.select(model.sql, model.columns);
  const stale = rows.filter(({ is_stale }) => is_stale === true);
  return stale.map((row) => `${row.source_id}/${row.endpoint}/${row.school_year}`).sort();
}

/** How many the reconciler says are stale, over watermarks of these loads. */
async function staleInReconciler(district: string): Promise<number> {
  let at = end;
  const control = fakeObjectStore({ clock: { now: () => new Date(at), sleep: async () => undefined } });
  for (const { source, endpoint, year, hours } of loads) {
    at = end - hours * hourMs;
    control.put(objectNames.watermark({ source, endpoint, schoolYear: year }), {});
  }
  return reportFreshness({ sources: sourcesOf(district), connectors, control, log: keptLog() }, end);
}

test.each([
  ["", ["grades/2009", "grades/2010", "student_school_associations/2010", "surveys/2010"]],
  [", exclude: [surveys], stale_after_hours: 55", ["grades/2009", "student_school_associations/2010"]],
  [", endpoints: [students, studentSchoolAssociations]", ["student_school_associations/2010"]],
])("the marts and the reconciler call the same endpoints stale (district%s)", async (district, expected) => {
  const stale = [...expected.map((place) => `district/${place}`), "school/houses/0"];
  expect(await staleInMarts(district)).toEqual(stale);
  expect(await staleInReconciler(district)).toBe(stale.length);
});

test("what the sources file says of a source makes ref.freshness another model when it changes", () => {
  expect(filledOf("").definition).toBe(filledOf("").definition);
  expect(filledOf(", full_run_days: 11").definition).not.toBe(filledOf("").definition);
});
