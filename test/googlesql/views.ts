import { join } from "node:path";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { typeOfField } from "../../shared/refresh/column-type.ts";
import { currentViewSelect } from "../../shared/warehouse/current-view.ts";
import { rawFields } from "../../shared/warehouse/tables.ts";
import { differences } from "../models/harness/compare.ts";
import { relationColumns } from "../models/harness/model.ts";
import { type Column, parseType } from "../models/harness/type.ts";
import type { CellRow } from "../models/harness/value.ts";
import type { TestWarehouse } from "../models/harness/warehouse.ts";
import { columnProblems } from "./analyze.ts";
import type { GoogleSql } from "./client.ts";
import { type Draw, drawFrom } from "./expressions.ts";
import type { Check } from "./report.ts";

const none = new Map();
/** The columns of every raw table. */
export const rawColumns: readonly Column[] = rawFields.map((field) => ({
  name: field.name,
  type: parseType(typeOfField(field)),
}));
const runColumns = relationColumns("ops.runs", none);
const currentColumns = relationColumns("current_edfi.students", none);

/** The current view of every endpoint of every connector must analyze, and give the columns of the contract. */
export async function analyzeViews(googlesql: GoogleSql): Promise<Check> {
  const connectors = readConnectors(join(import.meta.dirname, "../../connectors"));
  const views = [...connectors.values()].flatMap(({ connector, endpoints }) =>
    Object.entries(endpoints).map(([endpoint, { key, key_may_change: keyMayChange, replaces }]) => ({
      connector,
      endpoint,
      key,
      keyMayChange,
      replaces,
      oldestDay: "2026-01-31",
    })),
  );
  const problems: string[] = [];
  for (const view of views) {
    const relations = [
      { name: `raw_${view.connector}.${view.endpoint}`, columns: rawColumns },
      { name: "ops.runs", columns: runColumns },
    ];
    const found = await googlesql.analyze(currentViewSelect(view), relations).then(
      (columns) => columnProblems(currentColumns, columns),
      (error: Error) => [error.message],
    );
    problems.push(...found.map((line) => `current_${view.connector}.${view.endpoint}: ${line}`));
  }
  const wrong = new Set(problems.map((line) => line.split(":")[0])).size;
  return { title: "Current views analyzed", summary: `${views.length - wrong}/${views.length}`, problems };
}

/** Random logs of a small endpoint, folded by the view in the evaluator and in the emulator. */
export async function foldLogs(googlesql: GoogleSql, warehouse: TestWarehouse, seed: number): Promise<Check> {
  const sql = currentViewSelect({ connector: "edfi", endpoint: "students", key: [["$.id"], ["$.old", "$.new"]] });
  const draw = drawFrom(seed);
  const problems: string[] = [];
  const logs = 40;
  let live = 0;
  for (let log = 0; log < logs; log += 1) {
    const rows = randomLog(draw);
    const runs = randomRuns(draw);
    await warehouse.fill("raw_edfi.students", rawColumns, rows);
    await warehouse.fill("ops.runs", runColumns, runs);
    const reference = await googlesql.evaluate(sql, [
      { name: "raw_edfi.students", columns: rawColumns, rows },
      { name: "ops.runs", columns: runColumns, rows: runs },
    ]);
    const emulated = await warehouse.select(sql, currentColumns);
    live += emulated.length;
    const found = differences({ columns: currentColumns, rows: reference.rows }, emulated);
    problems.push(...found.map((line) => `log ${log} of seed ${seed}: ${line}`));
  }
  return { title: "Logs folded to current rows", summary: `${logs} logs, ${live} live rows compared`, problems };
}

function oneOf<T>(draw: Draw, values: readonly [T, ...T[]]): T {
  return values[draw(values.length)] ?? values[0];
}

function randomLog(draw: Draw): CellRow[] {
  return Array.from({ length: 5 + draw(40) }, (_, i) => {
    const op = oneOf(draw, ["upsert", "upsert", "upsert", "delete", "key_change"]);
    const data = JSON.stringify({ id: oneOf(draw, ["a", "A ", "b", "c"]), [oneOf(draw, ["new", "old", "none"])]: "x" });
    return {
      source_id: oneOf(draw, ["d1", "d2"]),
      school_year: oneOf(draw, ["2011", "2012"]),
      record_id: `r${draw(6)}`,
      op,
      change_version: draw(5) === 0 ? null : String(draw(20)),
      run_id: `run${draw(4)}`,
      run_started_at: `2026-11-0${1 + draw(4)} 00:00:00`,
      extracted_at: `2026-11-0${1 + draw(4)} 00:00:${String(10 + draw(40))}`,
      row_hash: String(i),
      data: op === "upsert" ? data : null,
    };
  });
}

function randomRuns(draw: Draw): CellRow[] {
  return Array.from({ length: draw(5) }, (_, i) => ({
    run_id: `run${i}`,
    source_id: oneOf(draw, ["d1", "d2"]),
    connector: oneOf(draw, ["edfi", "edfi", "canvas"]),
    endpoint: oneOf(draw, ["students", "students", "schools"]),
    school_year: oneOf(draw, ["2011", "2012"]),
    mode: oneOf(draw, ["full", "full", "delta"]),
    status: oneOf(draw, ["succeeded", "succeeded", "failed"]),
    run_started_at: `2026-11-0${1 + draw(4)} 00:00:00`,
    finished_at: "2026-11-05 00:00:00",
    loaded_at: "2026-11-05 00:00:00",
  }));
}
