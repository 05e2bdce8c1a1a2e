import { beforeAll, expect, test } from "@jest/globals";
import { formsSample } from "../../sandbox/forms/sample.ts";
import type { JsonObject } from "../../sandbox/json/lossless.ts";
import { textOf } from "../../sandbox/records/ids.ts";
import { readLines } from "../../sandbox/records/lines.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
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
/** The first of Grand Bend's students, among whom those of the sample are. */
const associations = readLines("edfi/grandbend/studentEducationOrganizationAssociations.jsonl.gz").slice(0, 20);

/** Records as the current views have them: those that were read below a form say so. */
function rowsOf(records: readonly JsonObject[]): CellRow[] {
  return records.map(({ id, formId, ...members }) => {
    const own = members.responseId === undefined ? { formId, ...members } : { _parents: { form: formId }, ...members };
    const data = members.name === undefined ? own : { id, ...members };
    return { source_id: "forms", school_year: "0", record_id: textOf(id), data: jsonText(data) };
  });
}

function mailRow(record: JsonObject): CellRow {
  const { studentUniqueId } = record.studentReference as JsonObject;
  const mails = jsonText(record.electronicMails);
  const student_unique_id = textOf(studentUniqueId);
  return { source_id: "grand-bend", school_year: "2011", student_unique_id, electronic_mails: mails };
}

let built: Built;

beforeAll(async () => {
  const delivery = {
    ...{ pipeline: "forms_surveys", source_id: "forms", target_id: "grand-bend", target_school_years: ["2011"] },
    ...{ time_zone: "America/Chicago", data_standard: "5" },
  };
  const given = new Map<string, readonly CellRow[]>([
    ["ref.deliveries", [delivery]],
    ["current_forms.files", rowsOf(sample.files)],
    ["current_forms.forms", rowsOf(sample.forms)],
    ["current_forms.responses", rowsOf(sample.responses)],
    ["staging.stg_edfi__student_education_organization_associations", associations.map(mailRow)],
    ["staging.stg_edfi__student_directories", []],
    ["staging.stg_edfi__staffs", []],
    ["staging.stg_edfi__staff_directories", []],
  ]);
  const warehouse = await openTestWarehouse();
  built = await buildPipeline("forms_surveys", given, warehouse).finally(() => warehouse.close());
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
