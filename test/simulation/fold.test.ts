import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { typeOfField } from "../../shared/refresh/column-type.ts";
import { currentViewSelect } from "../../shared/warehouse/current-view.ts";
import { rawFields, runsTable } from "../../shared/warehouse/tables.ts";
import { foldLog, type RawRow } from "../fakes/fold.ts";
import { type Column, parseType } from "../models/harness/type.ts";
import type { CellRow } from "../models/harness/value.ts";
import { openTestWarehouse, type TestWarehouse } from "../models/harness/warehouse.ts";
import { Luck } from "./luck.ts";

const columnsOf = (fields: typeof rawFields): readonly Column[] =>
  fields.map((field) => ({ name: field.name, type: parseType(typeOfField(field)) }));

const key = [["$.id"], ["$.old", "$.new"]];
const place = { source_id: "d1", school_year: 2011 };

let warehouse: TestWarehouse;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
});

afterAll(() => warehouse.close());

const moment = (luck: Luck): string => `2026-11-0${1 + luck.below(4)} 00:00:${10 + luck.below(10)}`;

function randomRow(luck: Luck, index: number): RawRow {
  const op = luck.one(["upsert", "upsert", "upsert", "delete", "key_change"] as const);
  return {
    ...place,
    record_id: `r${luck.below(6)}`,
    op,
    change_version: luck.chance(0.2) ? null : luck.below(10),
    run_id: `run${luck.below(4)}`,
    run_started_at: `2026-11-0${1 + luck.below(4)} 00:00:00`,
    extracted_at: moment(luck),
    row_hash: String(index),
    data: {
      id: luck.one(["a", "A ", "b", "c", 7]),
      [luck.one(["new", "old", "none"])]: "x",
      ...luck.one([{ term: "fall" }, { term: "spring" }, {}]),
    },
  };
}

function randomRuns(luck: Luck): Record<string, string | number>[] {
  return Array.from({ length: luck.below(4) }, (_, index) => ({
    ...place,
    run_id: `run${index}`,
    connector: "edfi",
    endpoint: "students",
    mode: luck.one(["full", "full", "delta"]),
    status: luck.one(["succeeded", "succeeded", "failed"]),
    run_started_at: `2026-11-0${1 + luck.below(4)} 00:00:00`,
    finished_at: "2026-11-05 00:00:00",
    loaded_at: "2026-11-05 00:00:00",
  }));
}

const cells = (row: object): CellRow =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null ? null : typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );

test("the fold of the simulation is that of the current views", async () => {
  const luck = new Luck(1);
  let live = 0;
  for (let log = 0; log < 90; log += 1) {
    const rows = Array.from({ length: 5 + luck.below(30) }, (_, index) => randomRow(luck, index));
    const runs = randomRuns(luck);
    const oldestDay = luck.chance(0.3) ? "2026-11-02" : undefined;
    await warehouse.fill("raw_edfi.students", columnsOf(rawFields), rows.map(cells));
    await warehouse.fill("ops.runs", columnsOf(runsTable.fields), runs.map(cells));
    const replaces = log % 3 === 0 ? "$.term" : undefined;
    const place = { connector: "edfi", endpoint: "students" };
    const view = await warehouse.run(currentViewSelect({ ...place, key, replaces, oldestDay }));
    const folded = foldLog({ rows, runs, key, replaces, oldestDay });
    const named = (row: { readonly record_id?: unknown; readonly row_hash?: unknown }): string =>
      `${row.record_id} ${row.row_hash}`;
    expect({ log, rows: folded.map(named).sort() }).toEqual({ log, rows: view.map(named).sort() });
    live += folded.length;
  }
  expect(live).toBeGreaterThan(100);
}, 60_000);

describe("a record that got another key", () => {
  const keyed = { connector: "edfi", endpoint: "students", keyMayChange: true } as const;
  const key = [["$.periodReference.schoolYear"], ["$.enrolmentReference.schoolYear"], ["$.day"]];
  const dayOf = (day: string) => ({ periodReference: { schoolYear: 1 }, enrolmentReference: { schoolYear: 2 }, day });

  /** A row of the log: an upsert on a day, a delete, or a change from one day to another. */
  function logRow(record_id: string, op: RawRow["op"], change_version: number, day: string): CellRow {
    const newKeyValues = { periodSchoolYear: 1, schoolYear: 2, day };
    return cells({
      ...place,
      ...{ record_id, op, change_version, run_id: "r", run_started_at: "2026-11-01 00:00:00" },
      ...{ extracted_at: "2026-11-01 00:00:00", row_hash: `${record_id}${change_version}` },
      data: op === "key_change" ? { newKeyValues } : dayOf(day),
    });
  }

  test.each([
    ["and was deleted and created anew under it is the new one only", [logRow("y", "upsert", 9, "new")], ["y new"]],
    ["stays, though its row was not read since", [], ["x old"]],
    ["goes before a row that had the key until then", [logRow("y", "upsert", 4, "new")], ["x old"]],
    ["and was read since has the key it was read with", [logRow("x", "upsert", 5, "new")], ["x new"]],
    [
      "and another since goes by the last",
      [logRow("x", "key_change", 7, "newer"), logRow("y", "upsert", 9, "new"), logRow("z", "upsert", 9, "newer")],
      ["y new", "z newer"],
    ],
    ["and was deleted is gone", [logRow("x", "delete", 8, "new")], []],
    ["under which nothing else lives beside others", [logRow("y", "upsert", 9, "other")], ["x old", "y other"]],
  ])("%s", async (_, rows, expected) => {
    const log = [logRow("x", "upsert", 3, "old"), logRow("x", "key_change", 5, "new"), ...rows];
    await warehouse.fill("raw_edfi.students", columnsOf(rawFields), log);
    await warehouse.fill("ops.runs", columnsOf(runsTable.fields), []);
    const view = await warehouse.run(
      `select record_id, json_value(data, '$.day') as day from (${currentViewSelect({ ...keyed, key })})`,
    );
    expect(view.map(({ record_id, day }) => `${record_id} ${day}`).sort()).toEqual(expected);
  });
});
