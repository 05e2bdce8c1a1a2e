import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import * as z from "zod";
import { type Cell, type CellRow, jsonText } from "../models/harness/value.ts";
import { isamsSample } from "./isams-sample.ts";
import { canvasRows, formsRows, nweaRows } from "./lms-samples.ts";

const root = join(import.meta.dirname, "..", "..");
const studentCount = 20;
/** Endpoints that name no student are taken whole up to here. */
const rowsAtMost = 1000;
const seenAt = "2011-03-01 06:00:00";

const connectorSchema = z.object({ endpoints: z.record(z.string(), z.object({ path: z.string() })) });
const recordSchema = z.looseObject({ id: z.string() });

/** The sample data's records of some students and of everything that names no student, as rows of current views and of the ledger. */
export interface Sample {
  readonly rows: ReadonlyMap<string, readonly CellRow[]>;
  readonly students: number;
}

/** Reads the Ed-Fi sample that the sandbox serves. @throws Error when it is not there */
export function readSample(): Sample {
  const { endpoints } = connectorSchema.parse(parse(readFileSync(join(root, "connectors", "edfi.yaml"), "utf8")));
  const students = chooseStudents();
  const rows = new Map<string, readonly CellRow[]>();
  for (const [endpoint, { path }] of Object.entries(endpoints)) {
    rows.set(`current_edfi.${endpoint}`, about(readLines(path), students).map(currentRow));
  }
  rows.set(
    "ops.runs",
    [...rows].map(([relation, found]) => ledgerRow(relation.split(".")[1] ?? "", found.length)),
  );
  for (const [relation, found] of [
    ...isamsSample(seenAt),
    ...canvasRows(seenAt),
    ...nweaRows(seenAt),
    ...formsRows(seenAt),
  ]) {
    rows.set(relation, found);
  }
  rows.set("ref.deliveries", deliveryRows());
  return { rows, students: students.size };
}

/** What a sources file says of deliveries, for each that there is a sample of. */
function deliveryRows(): CellRow[] {
  const common = { target_id: "grandbend", target_school_years: ["2011"], time_zone: "America/Chicago" };
  const nwea = { into_school_year: "2011", summer_term: "ended", min_match_rate: "0.01" };
  return [
    { pipeline: "nwea_edfi", source_id: "map", data_standard: "5", ...common, ...nwea },
    { pipeline: "forms_surveys", source_id: "forms", data_standard: "5", ...common },
    { pipeline: "canvas_lmsx", source_id: "lms", data_standard: "3", ...common },
    { pipeline: "canvas_gradebook", source_id: "lms", data_standard: "5", ...common },
  ];
}

/** The records of a path, over all folders of the sample (a calendar lies beside the ODS, which has none). */
function readLines(path: string): string[] {
  const folder = join(root, "sandbox", "data", "edfi");
  const files = readdirSync(folder).map((part) => join(folder, part, `${path.split("/").pop()}.jsonl.gz`));
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => {
      return gunzipSync(readFileSync(file)).toString("utf8").split("\n").filter(Boolean);
    });
}

/** Students spread evenly over the file, so that schools and grades differ. */
function chooseStudents(): Set<string> {
  const ids = readLines("ed-fi/students").map((line) => namedStudents(line)[0] ?? "");
  const step = Math.max(1, Math.floor(ids.length / studentCount));
  return new Set(ids.filter((_id, i) => i % step === 0).slice(0, studentCount));
}

function namedStudents(line: string): string[] {
  return [...line.matchAll(/"studentUniqueId":"([^"]*)"/g)].map((match) => match[1] ?? "");
}

/** The lines that name one of the students, and the first of those that name no student. */
function about(lines: readonly string[], students: ReadonlySet<string>): string[] {
  let others = 0;
  return lines.filter((line) => {
    const named = namedStudents(line);
    if (named.length > 0) return named.some((id) => students.has(id));
    others += 1;
    return others <= rowsAtMost;
  });
}

function currentRow(line: string, index: number): CellRow {
  const data: unknown = JSON.parse(line);
  const row: Record<string, Cell> = {
    source_id: "grandbend",
    school_year: "2011",
    record_id: recordSchema.parse(data).id,
    change_version: String(1000 + index),
    run_id: "sample",
    extracted_at: seenAt,
    row_hash: String(index),
    data: jsonText(data),
  };
  return row;
}

function ledgerRow(endpoint: string, count: number): CellRow {
  return {
    run_id: `sample-${endpoint}`,
    source_id: "grandbend",
    connector: "edfi",
    endpoint,
    school_year: "2011",
    mode: "full",
    status: "succeeded",
    row_count: String(count),
    delete_count: "0",
    api_total_count: String(count),
    run_started_at: seenAt,
    finished_at: seenAt,
    loaded_at: seenAt,
  };
}
