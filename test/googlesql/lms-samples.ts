import { canvasSample } from "../../sandbox/canvas/data.ts";
import { formsSample } from "../../sandbox/forms/sample.ts";
import type { JsonObject } from "../../sandbox/json/lossless.ts";
import { roster } from "../../sandbox/nwea/export.ts";
import { type Result, resultsSample } from "../../sandbox/nwea/results.ts";
import { idText, textOf } from "../../sandbox/records/ids.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";

/** Two courses with all that belongs to them are enough to see whether two engines agree. */
const enough = [0, 1];
const belonging = ["sections", "enrollments", "assignments", "submissions"];

function rowOf(source: string, data: JsonObject, id: string, extractedAt: string): CellRow {
  return {
    source_id: source,
    school_year: "0",
    record_id: id,
    change_version: null,
    run_id: "sample",
    extracted_at: extractedAt,
    row_hash: id,
    data: jsonText(data),
  };
}

/** Some courses of Canvas, by their places in the sample, with all that belongs to them, as rows of current views. */
export function canvasRows(extractedAt: string, places: readonly number[] = enough): Map<string, readonly CellRow[]> {
  const sample = canvasSample();
  const chosen = (sample.courses?.() ?? []).filter((_course, place) => places.includes(place));
  const ids = new Set(chosen.map(idText));
  const records: Record<string, readonly JsonObject[]> = { terms: sample.terms?.() ?? [], courses: chosen };
  for (const resource of belonging) {
    const own = (sample[resource]?.() ?? []).filter(({ course_id }) => ids.has(textOf(course_id)));
    records[resource] = own.map((record) => ({ _parents: { course: textOf(record.course_id) }, ...record }));
  }
  const users = new Set((records.enrollments ?? []).map(({ user_id }) => textOf(user_id)));
  records.users = (sample.users?.() ?? []).filter((user) => users.has(idText(user)));
  return new Map(
    Object.entries(records).map(([endpoint, rows]) => [
      `current_canvas.${endpoint}`,
      rows.map((record) => rowOf("lms", record, idText(record), extractedAt)),
    ]),
  );
}

/** The results of NWEA's sample, those of a term before them, and their rosters, as rows of current views. */
export function nweaRows(extractedAt: string): Map<string, readonly CellRow[]> {
  const { results } = resultsSample();
  const earlier = results.map((result) => ({ ...result, id: `${result.id}-before`, TermName: "Fall 2020-2021" }));
  const all = [...results, ...earlier];
  const rowsOf = (lines: readonly Result[]): CellRow[] =>
    lines.map(({ id = "", ...columns }) => {
      const filled = Object.entries(columns).filter(([, value]) => value !== "");
      return rowOf("map", Object.fromEntries(filled), id, extractedAt);
    });
  return new Map([
    ["current_nwea.assessment_results", rowsOf(all)],
    ["current_nwea.students_by_school", rowsOf(roster(all))],
  ]);
}

/** Google Forms: forms, the files that they are, and responses, as rows of current views. */
export function formsRows(extractedAt: string): Map<string, readonly CellRow[]> {
  const { files, forms, responses } = formsSample();
  const rowsOf = (records: readonly JsonObject[], dataOf: (record: JsonObject) => JsonObject): CellRow[] =>
    records.map((record) => rowOf("forms", dataOf(record), idText(record), extractedAt));
  return new Map([
    ["current_forms.files", rowsOf(files, (file) => file)],
    ["current_forms.forms", rowsOf(forms, (form) => form)],
    [
      "current_forms.responses",
      rowsOf(responses, ({ formId, ...own }) => ({ _parents: { form: textOf(formId) }, ...own })),
    ],
  ]);
}
