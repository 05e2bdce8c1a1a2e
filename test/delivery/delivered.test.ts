import { expect, test } from "@jest/globals";
import { type FormsSample, formsSample } from "../../sandbox/forms/sample.ts";
import { startWorld } from "../deliver/world.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
import { delivered, standing } from "./engine.ts";
import { givenForms } from "./forms-rows.ts";
import { givenSample } from "./nwea-rows.ts";
import { type Built, buildPipeline } from "./payloads.ts";
import { partOfGrandBend } from "./target.ts";

async function build(pipeline: string, given: Parameters<typeof buildPipeline>[1]): Promise<Built> {
  const warehouse = await openTestWarehouse();
  return await buildPipeline(pipeline, given, warehouse).finally(() => warehouse.close());
}

test("P3 P32 the engine delivers the results of NWEA's sample, and nothing the second time", async () => {
  const built = await build("nwea_edfi", givenSample());
  await using world = await startWorld({ data: partOfGrandBend, dataStandard: 5 });
  const pipeline = "pipeline: nwea_edfi";
  await delivered(world, pipeline, built.tables("map"));
  expect(standing(world)).toEqual({
    "assessmentPeriodDescriptors created": 1,
    "assessmentReportingMethodDescriptors created": 17,
    "performanceLevelDescriptors created": 4,
    "assessments created": 3,
    "objectiveAssessments created": 7,
    "studentAssessments created": 7,
  });
  const sent = world.writes().length;
  await delivered(world, pipeline, built.tables("map"));
  expect(world.writes()).toHaveLength(sent);
});

test("P30 P31 a response that vanished from Google Forms is deleted, and no survey of others is touched", async () => {
  const { files, forms, responses } = formsSample();
  const [gone, ...left] = responses;
  const before: FormsSample = { files, forms, responses };
  const after: FormsSample = { files, forms, responses: left };
  const answers = Object.keys((gone?.answers ?? {}) as object).length;
  const others = { namespace: "uri://other.example", surveyIdentifier: "s1", surveyTitle: "Of others" };
  await using world = await startWorld({ data: partOfGrandBend, dataStandard: 5 });
  const record = { ...others, schoolYearTypeReference: { schoolYear: 2011 } };
  await world.sandbox.apply({ op: "insert", resource: "surveys", record });
  const options = `pipeline: forms_surveys, namespaces: ["uri://forms.google.com"], deletes: { max: 50, max_share: 0.5 }`;
  await delivered(world, options, (await build("forms_surveys", givenForms(before))).tables("forms"));
  expect(standing(world)).toMatchObject({ "surveys created": 3, "surveyResponses created": 17 });
  await delivered(world, options, (await build("forms_surveys", givenForms(after))).tables("forms"));
  expect(standing(world)).toMatchObject({
    "surveys created": 3,
    "surveyResponses created": 16,
    "surveyResponses deleted": 1,
    "surveyQuestionResponses deleted": answers,
  });
  expect(await world.found("/ed-fi/surveys", {})).toHaveLength(4);
});
