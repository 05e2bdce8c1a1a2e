import type { JsonObject } from "../../sandbox/json/lossless.ts";
import { roster } from "../../sandbox/nwea/export.ts";
import { type Result, resultsSample } from "../../sandbox/nwea/results.ts";
import { textOf } from "../../sandbox/records/ids.ts";
import { readLines } from "../../sandbox/records/lines.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";

/** The results of one source, and the data standard of its target. */
export interface Export {
  readonly standard: number;
  readonly results: readonly Result[];
}

/** The first of Grand Bend's students: those of the sample are among them. */
const students = readLines("edfi/grandbend/students.jsonl.gz").slice(0, 20);
function rowsOf(source: string, results: readonly Result[]): CellRow[] {
  return results.map(({ id = "", ...columns }) => {
    const data = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== ""));
    return { source_id: source, school_year: "0", record_id: id, data: jsonText(data) };
  });
}

function studentRow({ studentUniqueId }: JsonObject): CellRow {
  const id = textOf(studentUniqueId);
  return { source_id: "grand-bend", school_year: "2011", student_key: id, student_unique_id: id };
}

/** What the models read: exports, the students of the target, and what the sources file says. */
export function givenExports(exports: ReadonlyMap<string, Export>): Map<string, readonly CellRow[]> {
  const target = { target_id: "grand-bend", target_school_years: ["2011"], into_school_year: "2011" };
  const deliveries = [...exports].map(([source_id, { standard }]) => {
    return {
      pipeline: "nwea_edfi",
      source_id,
      time_zone: "America/Chicago",
      data_standard: String(standard),
      ...target,
    };
  });
  const all = (lines: (results: readonly Result[]) => readonly Result[]) =>
    [...exports].flatMap(([source, { results }]) => rowsOf(source, lines(results)));
  return new Map<string, readonly CellRow[]>([
    ["ref.deliveries", deliveries],
    ["current_nwea.assessment_results", all((results) => results)],
    ["current_nwea.students_by_school", all(roster)],
    ["marts.dim_student", students.map(studentRow)],
    ["marts.dim_school", []],
  ]);
}

/** The sample as the export of the source `map`, for a target of data standard 5. */
export function givenSample(): Map<string, readonly CellRow[]> {
  return givenExports(new Map([["map", { standard: 5, results: resultsSample().results }]]));
}
