import { beforeAll, expect, test } from "@jest/globals";
import { type Result, resultsSample } from "../../sandbox/nwea/results.ts";
import { startWorld } from "../deliver/world.ts";
import type { CellRow } from "../models/harness/value.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
import { delivered, standing } from "./engine.ts";
import { partnerRows } from "./nwea-partner-rows.ts";
import { givenExports } from "./nwea-rows.ts";
import { type Built, buildPipeline, type Document } from "./payloads.ts";
import { partOfGrandBend } from "./target.ts";

const sample = resultsSample().results;
/** What only the export tells. */
const onlyExported = /^(AchievementQuintile|PercentCorrect|Goal\d(Adjective)|.*Growth.*|Projected.*)$/;
const common = sample.map(
  (result): Result =>
    Object.fromEntries(
      Object.entries(result).filter(([name]) => name === "GrowthMeasureYN" || !onlyExported.test(name)),
    ),
);
const [first, ...others] = sample;

let built: Built;

/**
 * Sources: the sample by the export, by the partner API, and by the export as far as the partner API tells it; and one delivery of two
 * sources: an export that lacks a result, and the partner API.
 */
beforeAll(async () => {
  const exports = new Map([
    ["map", { standard: 5, results: sample }],
    ["plain", { standard: 5, results: common }],
    ["part", { standard: 5, results: others }],
  ]);
  const given = givenExports(exports);
  const deliveries = (given.get("ref.deliveries") ?? []).map((row) => ({ ...row, result_ids: "computed" }));
  given.set("ref.deliveries", [...deliveries, { ...deliveries[0], source_id: "named", result_ids: "told" }]);
  const add = (relation: string, rows: readonly CellRow[]) =>
    given.set(relation, [...(given.get(relation) ?? []), ...rows]);
  const like = deliveries[0] ?? {};
  add("ref.deliveries", [
    { ...like, source_id: "partner" },
    { ...like, source_id: "beside", sent_as: "part" },
  ]);
  for (const source of ["partner", "beside", "named"]) {
    for (const [relation, rows] of await partnerRows(source, sample)) add(relation, rows);
  }
  const warehouse = await openTestWarehouse();
  built = await buildPipeline("nwea_edfi", given, warehouse).finally(() => warehouse.close());
});

/** The documents of a source by the keys that deliveries remember them under. */
function documents(source: string, resource: string): Map<string, Document> {
  const [table] = [...built.tables(source)].filter(([name]) => name === `delivery.nwea_edfi__${resource}`);
  return new Map(
    (table?.[1] ?? []).map((row) => [String(row.record_key), JSON.parse(String(row.payload)) as Document]),
  );
}

const sentOf = (source: string): unknown[] =>
  [...built.tables(source)].map(([name, rows]) => [name, rows.map((row) => [row.record_key, row.payload]).sort()]);

test("P29 P34 the partner API's results have the identifiers of the export's, and goals the codes", () => {
  for (const resource of ["assessments", "objective_assessments", "student_assessments"]) {
    const exported = documents("map", resource);
    expect([...documents("partner", resource).keys()].sort()).toEqual([...exported.keys()].sort());
    expect(exported.size).toBe({ assessments: 3, objective_assessments: 7, student_assessments: 7 }[resource]);
  }
});

test("P34 results keep the ids that their source tells, unless computed ones are asked for", () => {
  const told = [...documents("named", "student_assessments").values()];
  const ids = told.map((document) => String(document.studentAssessmentIdentifier));
  expect(new Set(ids).size).toBe(7);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test("what both tell is one payload, to the letter", () => {
  expect(sentOf("partner")).toEqual(sentOf("plain"));
  expect(sentOf("partner")).not.toEqual(sentOf("map"));
});

test("of one delivery from both, the export's result is sent where there is one, and else the partner API's", () => {
  const [exported, together] = [documents("map", "student_assessments"), documents("part", "student_assessments")];
  const partner = documents("partner", "student_assessments");
  const differing = [...exported].filter(
    ([key, document]) => JSON.stringify(together.get(key)) !== JSON.stringify(document),
  );
  expect(together.size).toBe(7);
  expect(differing).toHaveLength(1);
  const [[key = ""] = []] = differing;
  expect(together.get(key)).toEqual(partner.get(key));
  expect(exported.get(key)).toMatchObject({ administrationDate: "2021-09-16T13:54:50Z" });
  expect(first?.TestStartTime).toBe("08:54:50");
  // What the export tells, too, is not missing.
  expect(built.rows("delivery.nwea_edfi__unmatched")).toEqual([]);
});

test("P3 a district that changes from the export to the partner API sends nothing twice", async () => {
  await using world = await startWorld({ data: partOfGrandBend, dataStandard: 5 });
  const pipeline = "pipeline: nwea_edfi";
  await delivered(world, pipeline, built.tables("plain"));
  const sent = world.writes().length;
  await delivered(world, pipeline, built.tables("partner"));
  expect(world.writes()).toHaveLength(sent);
  // What only the export tells comes to the records that are there; nothing is there twice.
  await delivered(world, pipeline, built.tables("map"));
  expect(standing(world)).toMatchObject({ "studentAssessments updated": 7, "objectiveAssessments updated": 7 });
  expect(await world.found("/ed-fi/studentAssessments", {})).toHaveLength(7);
});
