import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { JsonObject } from "../../sandbox/json/lossless.ts";
import { roster } from "../../sandbox/nwea/export.ts";
import { madeUpResult, type Result, resultBid, resultsSample } from "../../sandbox/nwea/results.ts";
import { textOf } from "../../sandbox/records/ids.ts";
import { readLines } from "../../sandbox/records/lines.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";
import { openTestWarehouse, type TestWarehouse } from "../models/harness/warehouse.ts";
import { openApi } from "./open-api.ts";
import { type Built, buildPipeline, type Payloads } from "./payloads.ts";
import { postAll, targets, writable } from "./target.ts";

const documents = new Map([
  [3, "3.3"],
  [4, "4.0"],
  [5, "5.0"],
  [6, "6.0"],
]);
/** The first of Grand Bend's students: those of the sample are among them. */
const students = readLines("edfi/grandbend/students.jsonl.gz").slice(0, 20);
const sample = resultsSample().results;

/** Made-up results of one student in four subjects and three terms, with all that an export can tell of growth and goals. */
const madeUp = Array.from({ length: 12 }, (_, turn): Result => {
  const windows = ["FallToFall", "FallToWinter", "FallToSpring", "WinterToWinter", "WinterToSpring", "SpringToSpring"];
  const growth = windows.flatMap((window): [string, string][] => [
    [`${window}ProjectedGrowth`, "4"],
    [`${window}ObservedGrowth`, "-2"],
    [`${window}ObservedGrowthSE`, "4.50"],
    [`${window}MetProjectedGrowth`, "No*"],
    [`${window}ConditionalGrowthIndex`, "-1.25"],
    [`${window}ConditionalGrowthPercentile`, "11"],
    [`${window}GrowthQuintile`, "Low"],
    [`Typical${window}Growth`, "5"],
  ]);
  const goals = Array.from({ length: 8 }, (_goal, index): [string, string][] => [
    [`Goal${index + 1}Name`, `A goal with quite a long name, which is cut in its code, number ${index % 7}`],
    [`Goal${index + 1}RitScore`, String(200 + index)],
    [`Goal${index + 1}StdErr`, "6.10"],
    [`Goal${index + 1}Range`, "195-207"],
    [`Goal${index + 1}Adjective`, "HiAvg"],
  ]);
  const measures = { LexileScore: "BR120L", LexileMin: "BR220L", LexileMax: "BR20L", QuantileScore: "480Q" };
  const result = madeUpResult(960 * turn + 5);
  return { id: resultBid(result), ...result, ...Object.fromEntries([...growth, ...goals.flat()]), ...measures };
});

const rowOf = ({ id = "", ...columns }: Result): CellRow => {
  const data = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== ""));
  return { source_id: "map", school_year: "0", record_id: id, data: jsonText(data) };
};

/** What the models read: an export, the students of the target, and what the sources file says. */
function given(results: readonly Result[], dataStandard: number): Map<string, readonly CellRow[]> {
  const delivery = {
    pipeline: "nwea_edfi",
    source_id: "map",
    target_id: "grand-bend",
    target_school_years: ["2011"],
    time_zone: "America/Chicago",
    data_standard: String(dataStandard),
    into_school_year: "2011",
  };
  return new Map([
    ["ref.deliveries", [delivery]],
    ["current_nwea.assessment_results", results.map(rowOf)],
    ["current_nwea.students_by_school", roster(results).map(rowOf)],
    ["marts.dim_student", students.map(studentRow)],
    ["marts.dim_school", []],
  ]);
}

function studentRow({ studentUniqueId }: JsonObject): CellRow {
  const id = textOf(studentUniqueId);
  return { source_id: "grand-bend", school_year: "2011", student_key: id, student_unique_id: id };
}

let warehouse: TestWarehouse;
const built = new Map<number, Built>();

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  for (const standard of documents.keys()) {
    built.set(standard, await buildPipeline("nwea_edfi", given([...sample, ...madeUp], standard), warehouse));
  }
});
afterAll(() => warehouse.close());

const of = (standard: number): Built => {
  const found = built.get(standard);
  if (!found) throw new Error(`data standard ${standard} was not built`);
  return found;
};
const isDescriptor = ({ resource }: Payloads): boolean => resource.endsWith("Descriptors");

test.each([...documents])(
  "P36 P38 payloads for data standard %i are as its OpenAPI document says",
  (standard, version) => {
    const published = openApi(version);
    const problems = of(standard)
      .payloads.filter((one) => !isDescriptor(one))
      .flatMap(({ resource, documents: all }) => all.flatMap((document) => published.problems(resource, document)));
    expect(problems).toEqual([]);
  },
);

test("P36 the payloads of one data standard are not those of another", () => {
  const published = openApi("5.0");
  const problems = of(3).payloads.flatMap(({ resource, documents: all }) =>
    resource === "/ed-fi/studentAssessments" ? all.flatMap((one) => published.problems(resource, one)) : [],
  );
  expect(new Set(problems.map((text) => text.replaceAll(/\[\d+\]/g, "[]")))).toEqual(
    new Set([
      "$.performanceLevels[].performanceLevelMet is not known",
      "$.studentObjectiveAssessments[].performanceLevels[].performanceLevelMet is not known",
    ]),
  );
});

test.each(targets)(
  "P32 P36 the sample's results are taken by %s with data standard %i, definitions first",
  async (profile, standard) => {
    const { payloads } = await buildPipeline("nwea_edfi", given(sample, standard), warehouse);
    await using api = await writable(profile, standard);
    const first = await postAll(api, payloads);
    expect(first.refusals).toEqual([]);
    expect(first.counts).toEqual({
      ...(standard === 3 ? {} : { "assessmentPeriodDescriptors 201": 1 }),
      "assessmentReportingMethodDescriptors 201": 17,
      "performanceLevelDescriptors 201": 4,
      "assessments 201": 3,
      "objectiveAssessments 201": 7,
      "studentAssessments 201": 7,
    });
    const again = await postAll(api, payloads);
    expect(Object.keys(again.counts).filter((name) => !name.endsWith(" 200"))).toEqual([]);
  },
);

test("P33 four subjects in three terms, with six growth windows and eight goals, are taken", async () => {
  const { payloads } = await buildPipeline("nwea_edfi", given(madeUp, 5), warehouse);
  await using api = await writable("ods-7.3", 5);
  const { counts, refusals } = await postAll(api, payloads);
  expect(refusals).toEqual([]);
  // Seven of the eight goals have names of their own.
  expect(counts).toMatchObject({ "assessments 201": 4, "objectiveAssessments 201": 28, "studentAssessments 201": 12 });
  const { json: assessments } = await api.data("assessments?namespace=uri://www.nwea.org/map/Assessment");
  const subjects = (assessments as { assessmentIdentifier: string; academicSubjects: unknown[] }[]).map(
    ({ assessmentIdentifier, academicSubjects }) => [assessmentIdentifier, academicSubjects],
  );
  const subject = (name: string) => [
    { academicSubjectDescriptor: `uri://ed-fi.org/AcademicSubjectDescriptor#${name}` },
  ];
  expect(Object.fromEntries(subjects)).toEqual({
    MAP_Growth_Mathematics: subject("Mathematics"),
    MAP_Growth_Reading: subject("Reading"),
    MAP_Growth_Language_Usage: subject("English Language Arts"),
    MAP_Growth_Science: subject("Science"),
  });
  const { json: results } = await api.data("studentAssessments?assessmentIdentifier=MAP_Growth_Reading");
  const [one] = results as { scoreResults: unknown[]; performanceLevels: unknown[] }[];
  // 11 of the test, 4 of Lexile and Quantile, 6 for each of six windows; the quintile and 2 for each window.
  expect([one?.scoreResults.length, one?.performanceLevels.length]).toEqual([51, 13]);
});

test("P29 a score that NWEA corrects updates the record that is there", async () => {
  const [first, ...others] = sample;
  const corrected = [{ ...first, TestRITScore: "212" }, ...others];
  const before = await buildPipeline("nwea_edfi", given(sample, 5), warehouse);
  const after = await buildPipeline("nwea_edfi", given(corrected, 5), warehouse);
  const texts = (found: Built) =>
    new Set(found.payloads.flatMap((one) => one.documents.map((document) => JSON.stringify([one.resource, document]))));
  const old = texts(before);
  const changed = [...texts(after)]
    .filter((text) => !old.has(text))
    .map((text) => JSON.parse(text) as [string, unknown]);
  expect(changed.map(([resource]) => resource)).toEqual(["/ed-fi/studentAssessments"]);
  await using api = await writable("ods-7.3", 5, { whole: true });
  await postAll(api, before.payloads);
  const { counts } = await postAll(api, after.payloads);
  expect(counts).toMatchObject({ "studentAssessments 200": 7 });
  expect(
    (await api.data("studentAssessments?namespace=uri://www.nwea.org/map/Assessment&totalCount=true")).headers.get(
      "total-count",
    ),
  ).toBe("7");
});

test("P27 the sample's students are all found, by the id of the state", () => {
  const rows = of(5).rows("delivery.nwea_edfi__match");
  expect(rows).toMatchObject([
    { results: "19", sent_results: "19", students: "6", matched_students: "6", match_rate: 1 },
  ]);
  expect(of(5).rows("delivery.nwea_edfi__unmatched")).toEqual([]);
});
