import type { FormsSample } from "../../sandbox/forms/sample.ts";
import type { JsonObject } from "../../sandbox/json/lossless.ts";
import { textOf } from "../../sandbox/records/ids.ts";
import { readLines } from "../../sandbox/records/lines.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";

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

/** What the models read: forms and responses, the addresses of the target's students, and what the sources file says. */
export function givenForms({ files, forms, responses }: FormsSample): Map<string, readonly CellRow[]> {
  const delivery = {
    ...{ pipeline: "forms_surveys", source_id: "forms", target_id: "grand-bend", target_school_years: ["2011"] },
    ...{ time_zone: "America/Chicago", data_standard: "5" },
  };
  return new Map<string, readonly CellRow[]>([
    ["ref.deliveries", [delivery]],
    ["current_forms.files", rowsOf(files)],
    ["current_forms.forms", rowsOf(forms)],
    ["current_forms.responses", rowsOf(responses)],
    ["staging.stg_edfi__student_education_organization_associations", associations.map(mailRow)],
    ["staging.stg_edfi__student_directories", []],
    ["staging.stg_edfi__staffs", []],
    ["staging.stg_edfi__staff_directories", []],
  ]);
}
