import { beforeAll, expect, test } from "@jest/globals";
import { madeUpResult, type Result, resultBid, resultsSample } from "../../sandbox/nwea/results.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
import { givenExports } from "./nwea-rows.ts";
import { openApi } from "./open-api.ts";
import { type Built, buildPipeline, type Payloads } from "./payloads.ts";
import { postAll, targets, writable } from "./target.ts";

const documents = new Map([
  [3, "3.3"],
  [4, "4.0"],
  [5, "5.0"],
  [6, "6.0"],
]);
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
  const projections = { ProjectedProficiencyStudy1: "STAAR", ProjectedProficiencyLevel1: "Meets" };
  const result = madeUpResult(960 * turn + 5);
  return {
    id: resultBid(result),
    ...result,
    ...Object.fromEntries([...growth, ...goals.flat()]),
    ...measures,
    ...projections,
  };
});

/** One source for each export: the sample and the made-up results for each data standard, and what some tests want for themselves. */
const [first, ...others] = sample;
const exports = new Map<string, { readonly standard: number; readonly results: readonly Result[] }>([
  ...[...documents.keys()].flatMap((standard): [string, { standard: number; results: readonly Result[] }][] => [
    [`sample-${standard}`, { standard, results: sample }],
    [`made-up-${standard}`, { standard, results: madeUp }],
  ]),
  ["corrected-5", { standard: 5, results: [{ ...first, TestRITScore: "212" }, ...others] }],
]);

let built: Built;

beforeAll(async () => {
  const warehouse = await openTestWarehouse();
  built = await buildPipeline("nwea_edfi", givenExports(exports), warehouse).finally(() => warehouse.close());
});

const isDescriptor = ({ resource }: Payloads): boolean => resource.endsWith("Descriptors");

test.each([...documents])(
  "P36 P38 payloads for data standard %i are as its OpenAPI document says",
  (standard, version) => {
    const published = openApi(version);
    const problems = [...built.payloadsOf(`sample-${standard}`), ...built.payloadsOf(`made-up-${standard}`)]
      .filter((one) => !isDescriptor(one))
      .flatMap(({ resource, documents: all }) => all.flatMap((document) => published.problems(resource, document)));
    expect(problems).toEqual([]);
  },
);

test("P36 the payloads of one data standard are not those of another", () => {
  const published = openApi("5.0");
  const problems = built
    .payloadsOf("made-up-3")
    .flatMap(({ resource, documents: all }) =>
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
    const payloads = built.payloadsOf(`sample-${standard}`);
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
  const payloads = built.payloadsOf("made-up-5");
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
  // 11 of the test, 4 of Lexile and Quantile, 6 for each of six windows; the quintile, 2 for each window, a projection.
  expect([one?.scoreResults.length, one?.performanceLevels.length]).toEqual([51, 14]);
});

test("P29 a score that NWEA corrects updates the record that is there", async () => {
  const before = built.payloadsOf("sample-5");
  const after = built.payloadsOf("corrected-5");
  const texts = (payloads: readonly Payloads[]) =>
    payloads.flatMap((one) => one.documents.map((document) => `${one.resource} ${JSON.stringify(document)}`));
  const old = new Set(texts(before));
  const changed = texts(after).filter((text) => !old.has(text));
  expect(changed.map((text) => text.split(" ")[0])).toEqual(["/ed-fi/studentAssessments"]);
  await using api = await writable("ods-7.3", 5, { whole: true });
  await postAll(api, before);
  const { counts } = await postAll(api, after);
  expect(counts).toMatchObject({ "studentAssessments 200": 7 });
  const query = "namespace=uri://www.nwea.org/map/Assessment&totalCount=true";
  expect((await api.data(`studentAssessments?${query}`)).headers.get("total-count")).toBe("7");
});

test("P27 the sample's students are all found, by the id of the state", () => {
  const rows = built.rows("delivery.nwea_edfi__match").filter(({ source_id }) => source_id === "sample-5");
  expect(rows).toMatchObject([
    { results: "7", sent_results: "7", students: "6", matched_students: "6", match_rate: 1 },
  ]);
  expect(built.rows("delivery.nwea_edfi__unmatched")).toEqual([]);
});
