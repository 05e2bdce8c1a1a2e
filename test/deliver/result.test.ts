import { expect, test } from "@jest/globals";
import { dryRun } from "../../shared/deliver/dry-run.ts";
import { resultName } from "../../shared/deliver/result.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { assessment, method, models, result, row, startWorld, type World } from "./world.ts";

const unmatchedModel = catalogueOf([
  {
    path: "delivery/map/map__unmatched.sql",
    text: "/* model\ndescription: What has no match.\nkey: [record_key]\ncolumns: {record_key: {type: STRING}}\n*/\nselect 'x' as record_key",
  },
]);

function results(world: World, keys: readonly string[]): void {
  world.set("methods", [row("RIT", method("RIT"))]);
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set(
    "results",
    keys.map((key) => row(key, result(key))),
  );
}

test("P27 rows without a match are counted with their reasons, and too many of them are said", async () => {
  await using world = await startWorld({
    delivery: ["unmatched_max_share: 0.3"],
    ports: { models: [...models, ...unmatchedModel] },
  });
  results(world, ["r1", "r2", "r3"]);
  world.payloads.unmatchedRows.push({
    resource: "studentAssessments",
    reason: "no student with this state id",
    count: 1,
  });
  expect(await world.run()).toMatchObject({
    result: { outcome: "ok", unmatched: [{ reason: "no student with this state id", count: 1 }] },
  });
  world.payloads.unmatchedRows.push({
    resource: "/ed-fi/studentAssessments",
    reason: "two students with this state id",
    count: 2,
  });
  expect(await world.run()).toMatchObject({
    result: { outcome: "partial", notes: ["3 of 6 rows for /ed-fi/studentAssessments have no match (more than 0.3)"] },
  });
});

test("P37 a dry run counts what would be created, changed and left, and sends nothing", async () => {
  await using world = await startWorld();
  results(world, ["r1", "r2", "r3"]);
  await world.run();
  world.sandbox.clearRequests();
  world.set("results", [
    row("r1", result("r1")),
    row("r2", result("r2", { serialNumber: "2" })),
    row("r4", result("r4")),
    row("r5", result("r5", { serialNumbr: "2" })),
    row("r6", result("r6", { whenAssessedGradeLevelDescriptor: "uri://ed-fi.org/AcademicSubjectDescriptor#Alchemy" })),
  ]);
  const ledger = world.payloads.ledger.length;
  const plan = await dryRun("map-results", world.ports);
  expect(plan.find(({ resource }) => resource === "/ed-fi/studentAssessments")).toEqual({
    resource: "/ed-fi/studentAssessments",
    create: 1,
    update: 1,
    skip: 1,
    reject: 2,
    delete: 1,
    reasons: new Map([
      ["$.serialNumbr is not known to the target, which would ignore it", 1],
      [
        "$.whenAssessedGradeLevelDescriptor names a descriptor that the target does not have: uri://ed-fi.org/AcademicSubjectDescriptor#Alchemy",
        1,
      ],
    ]),
  });
  expect(plan.find(({ resource }) => resource === "/ed-fi/assessments")).toMatchObject({
    create: 0,
    update: 0,
    skip: 1,
  });
  expect(world.writes()).toEqual([]);
  expect(world.payloads.ledger).toHaveLength(ledger);
});

test("P39 the result says of each resource how it stands, what came of the run and why", async () => {
  await using world = await startWorld();
  results(world, ["r1", "r2", "r3"]);
  world.sandbox.addFaults({
    match: { method: "POST", resource: "studentAssessments", nth: 2 },
    respond: { status: 400, body: { message: "Ida Berg is wrong." } },
  });
  await world.run();
  const written = world.control.json(resultName("map-results"));
  expect(written).toMatchObject({
    v: 1,
    delivery: "map-results",
    outcome: "partial",
    resources: [
      {
        resource: "/ed-fi/assessmentReportingMethodDescriptors",
        payloads: 1,
        delivered: 1,
        outcomes: { created: 1 },
        reasons: {},
      },
      { resource: "/ed-fi/assessments", payloads: 1, delivered: 1, outcomes: { created: 1 } },
      { resource: "/ed-fi/objectiveAssessments", payloads: 0, delivered: 0, outcomes: {} },
      {
        resource: "/ed-fi/studentAssessments",
        payloads: 3,
        delivered: 2,
        outcomes: { created: 2, rejected: 1 },
        reasons: { rejected: expect.any(String) },
      },
    ],
  });
  // What the target quotes of a record stays in the ledger.
  expect(JSON.stringify(written)).not.toContain("Berg");
  expect(JSON.stringify(world.log.lines)).not.toContain("Berg");
});

test.each([
  ["ok", undefined],
  ["partial", 1],
  ["failed", undefined],
])("P39 a run that is %s says so", async (outcome, nth) => {
  await using world = await startWorld();
  results(world, ["r1", "r2"]);
  if (outcome === "failed") world.sandbox.setClaims({ claims: { "*": { create: false, update: false } } });
  if (nth !== undefined)
    world.sandbox.addFaults({
      match: { method: "POST", resource: "studentAssessments", nth },
      respond: { status: 400, body: {} },
    });
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome } });
});

test("a resource or a school year that the target does not have is said, and the rest is sent", async () => {
  await using world = await startWorld({ ports: { models: [...models, ...withSurveys()] } });
  results(world, ["r1"]);
  world.payloads.tables.set("delivery.map__surveys", [row("s", { surveyIdentifier: "s" })]);
  world.payloads.tables.set("delivery.map__student_assessments", [
    row("r1", result("r1")),
    { ...row("old", result("old")), schoolYear: 2019 },
  ]);
  expect(await world.run()).toMatchObject({
    result: { outcome: "partial", notes: ["the target has no school year 2019", "the target has no /ed-fi/surveys"] },
  });
  expect(world.standing()).toMatchObject({ "studentAssessments r1": "created" });
});

function withSurveys() {
  const columns =
    "{source_id: {type: STRING}, school_year: {type: INT64}, record_key: {type: STRING}, payload: {type: JSON}}";
  const header = `description: S\ndeliver: {pipeline: map, resource: /ed-fi/surveys}\nkey: [source_id, school_year, record_key]\ncolumns: ${columns}`;
  return catalogueOf([
    { path: "delivery/map/map__surveys.sql", text: `/* model\n${header}\n*/\nselect 'x' as source_id` },
  ]);
}
