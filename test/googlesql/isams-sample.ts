import { isamsSchool } from "../../sandbox/isams/school.ts";
import type { JsonObject } from "../../sandbox/json/lossless.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";

/** What the endpoints of iSAMS that models read are called in the sandbox. */
const resources: Readonly<Record<string, string>> = {
  students: "students",
  applicants: "applicants",
  alumni: "alumni",
  employees: "employees",
  school_terms: "terms",
  year_groups: "yearGroups",
  year_group_divisions: "divisions",
  billing_cycles: "billingCycles",
};

const sizes = { students: 40, applicants: 6, alumni: 6, employees: 40 };

function rowOf(data: JsonObject, index: number, extractedAt: string): CellRow {
  const { ncYear, ...division } = data;
  const isDivision = ncYear !== undefined && data.averageStartingAge === undefined;
  return {
    source_id: "school",
    school_year: "0",
    record_id: String(index),
    change_version: null,
    run_id: "sample",
    extracted_at: extractedAt,
    row_hash: String(index),
    data: jsonText(isDivision ? { _parents: { year_group: String(ncYear) }, ...division } : data),
  };
}

/** A small school as rows of current views. */
export function isamsSample(extractedAt: string): Map<string, readonly CellRow[]> {
  const school = isamsSchool(sizes);
  return new Map(
    Object.entries(resources).map(([endpoint, resource]) => [
      `current_isams.${endpoint}`,
      (school[resource]?.() ?? []).map((data, index) => rowOf(data, index, extractedAt)),
    ]),
  );
}
