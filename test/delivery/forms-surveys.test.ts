import { beforeAll, expect, test } from "@jest/globals";
import { formsSample } from "../../sandbox/forms/sample.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
import { givenForms } from "./forms-rows.ts";
import { openApi } from "./open-api.ts";
import { type Built, buildPipeline } from "./payloads.ts";
import { postAll, targets, writable } from "./target.ts";

const versions = [
  [3, "3.3"],
  [4, "4.0"],
  [5, "5.0"],
  [6, "6.0"],
] as const;
const sample = formsSample();
let built: Built;

beforeAll(async () => {
  const warehouse = await openTestWarehouse();
  built = await buildPipeline("forms_surveys", givenForms(sample), warehouse).finally(() => warehouse.close());
});

test.each(versions)("P36 P38 surveys are as the OpenAPI document of data standard %i says", (_standard, version) => {
  const published = openApi(version);
  const problems = built.payloads
    .filter(({ resource }) => !resource.endsWith("Descriptors"))
    .flatMap(({ resource, documents }) => documents.flatMap((document) => published.problems(resource, document)));
  expect(problems).toEqual([]);
});

const answers = sample.responses.reduce((count, response) => count + Object.keys(response.answers as object).length, 0);

test.each(targets)(
  "P32 surveys are taken by %s with data standard %i, in the order of its dependencies",
  async (profile, standard) => {
    await using api = await writable(profile, standard);
    const first = await postAll(api, built.payloads);
    expect(first.refusals).toEqual([]);
    expect(first.counts).toEqual({
      "questionFormDescriptors 201": 2,
      "surveys 201": 3,
      // Nine and two rows of a grid in the first form, two in the second.
      "surveyQuestions 201": 13,
      "surveyResponses 201": 17,
      "surveyQuestionResponses 201": answers,
    });
    const again = await postAll(api, built.payloads);
    expect(Object.keys(again.counts).filter((name) => !name.endsWith(" 200"))).toEqual([]);
  },
);

test("P27 twelve students are found by their addresses, and one that is nobody's is told without it", () => {
  const rows = built.rows("delivery.forms_surveys__responses");
  expect(rows.filter(({ student_unique_id }) => student_unique_id !== null)).toHaveLength(12);
  const unmatched = built.rows("delivery.forms_surveys__unmatched");
  expect(unmatched.map(({ reason }) => reason)).toEqual([
    "sent without a person: nobody in the target has the address",
  ]);
  expect(JSON.stringify(unmatched)).not.toContain("@");
});

test("every record is in the namespace of the delivery, so no other survey can be deleted", () => {
  const namespaces = built.payloads.flatMap(({ documents }) =>
    documents.flatMap((document) =>
      [...JSON.stringify(document).matchAll(/"namespace":"([^"]*)"/g)].map(([, uri]) => uri),
    ),
  );
  expect(new Set(namespaces)).toEqual(
    new Set(["uri://forms.google.com", "uri://forms.google.com/QuestionFormDescriptor"]),
  );
  const withoutOne = built.payloads.flatMap(({ documents }) =>
    documents.filter((document) => !JSON.stringify(document).includes('"namespace":"uri://forms.google.com')),
  );
  expect(withoutOne).toEqual([]);
});
