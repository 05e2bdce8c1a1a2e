import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { renewViewBoundary } from "../../shared/load/view-boundary.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { type PrunePorts, pruneRaw } from "../../shared/reconcile/prune.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectors, keptLog } from "../fakes/extract-world.ts";
import { Interruptions, Killed, killedAt } from "../fakes/interrupted.ts";
import { type FakeObjectStore, fakeObjectStore } from "../fakes/object-store.ts";

// The fold, the boundary of a view and the pruning, by the statements as they are.

let emulator: Emulator;
let folder: string;
let warehouse: Warehouse;
let control: FakeObjectStore;
let histories = 0;

const edfi = connectors.get("edfi");
if (!edfi) throw new Error("no connector edfi");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-prune-"));
  emulator = await startEmulator({ folder, projectId: "demo", memoryLimit: "512MB" });
  warehouse = openWarehouse({
    projectId: "demo",
    location: "US",
    clock: systemClock,
    endpoint: emulator.bigqueryUrl,
  });
  await ensureWarehouse(
    warehouse,
    ["students", "schools"].map((endpoint) => ({ connector: edfi, endpoint })),
  );
});

afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  for (const table of ["ops.runs", "raw_edfi.students", "raw_edfi.schools"])
    await warehouse.query(`truncate table ${table}`);
  control = fakeObjectStore();
  histories += 1;
});

/** A run that brought one row for each id, on a day. */
async function run(day: string, year: number, mode: "full" | "delta", ids: readonly string[], endpoint = "students") {
  const runId = `${day}-${year}-${mode}`;
  await warehouse.query(
    `insert into ops.runs (run_id, source_id, connector, endpoint, school_year, mode, status, row_count, delete_count, run_started_at, finished_at, loaded_at)
values ('${runId}', 'd1', 'edfi', '${endpoint}', ${year}, '${mode}', 'succeeded', 1, 0, timestamp '${day} 04:00:00+00', timestamp '${day} 04:10:00+00', timestamp '${day} 04:20:00+00')`,
  );
  for (const id of ids) {
    await warehouse.query(
      `insert into raw_edfi.${endpoint} (source_id, school_year, record_id, op, change_version, run_id, run_started_at, extracted_at, row_hash, data)
values ('d1', ${year}, '${id}', 'upsert', 1, '${runId}', timestamp '${day} 04:00:00+00', timestamp '${day} 04:05:00+00', '${id}', parse_json('{"studentUniqueId":"${id}"}'))`,
    );
  }
}

function ports(now: string, rawRetentionDays: number | undefined, more: Partial<PrunePorts> = {}): PrunePorts {
  const clock = fakeClock(now);
  return {
    connectors,
    control,
    warehouse: { ...warehouse, query: withIds(histories) },
    clock,
    log: keptLog(),
    rawRetentionDays,
    ...more,
  };
}

async function daysOf(endpoint = "students"): Promise<unknown[]> {
  const rows = await warehouse.query(
    `select distinct cast(date(extracted_at) as string) as day from raw_edfi.${endpoint} order by day`,
  );
  return rows.map(({ day }) => day);
}

async function current(): Promise<unknown[]> {
  const rows = await warehouse.query("select school_year, record_id from current_edfi.students order by 1, 2");
  return rows.map(({ school_year: year, record_id: id }) => `${String(year)} ${String(id)}`);
}

/** Two years: 2025 was read last in June and is frozen, 2026 is read every week. */
async function history(): Promise<void> {
  await run("2025-05-03", 2025, "full", ["a"]);
  await run("2025-06-07", 2025, "full", ["a", "b"]);
  await run("2025-06-09", 2025, "delta", ["c"]);
  await run("2025-09-06", 2026, "full", ["d"]);
  await run("2025-09-13", 2026, "full", ["d", "e"]);
}

describe("days of raw that nothing needs", () => {
  test("are dropped, and a frozen year keeps what it was read as last", async () => {
    await history();
    await renewViewBoundary(warehouse, edfi, "students");
    const before = await current();
    expect(before).toEqual(["2025 a", "2025 b", "2025 c", "2026 d", "2026 e"]);
    expect(await pruneRaw(ports("2026-01-10T00:00:00Z", 90))).toBe(1);
    expect(await daysOf()).toEqual(["2025-06-07", "2025-06-09", "2025-09-06", "2025-09-13"]);
    expect(await current()).toEqual(before);
  });

  test("are kept for the retention, and for ever without one", async () => {
    await history();
    expect(await pruneRaw(ports("2025-09-14T00:00:00Z", undefined))).toBe(0);
    await pruneRaw(ports("2025-09-14T00:00:00Z", 200));
    expect(await daysOf()).toContain("2025-05-03");
    await pruneRaw(ports("2025-09-15T00:00:00Z", 14));
    expect(await daysOf()).not.toContain("2025-05-03");
  });

  test("are not known while a year never had a full run, nor of an endpoint that has left the connector files", async () => {
    await history();
    await run("2025-09-14", 2027, "delta", ["f"]);
    expect(await pruneRaw(ports("2026-01-10T00:00:00Z", 14))).toBe(0);
    const without = new Map([["edfi", { ...edfi, endpoints: {} }]]);
    await warehouse.query("delete from ops.runs where school_year = 2027");
    expect(await pruneRaw(ports("2026-01-11T00:00:00Z", 14, { connectors: without }))).toBe(0);
    expect(await daysOf()).toContain("2025-05-03");
  });

  test("are not known of an endpoint whose full runs hold parts", async () => {
    await history();
    const { students } = edfi.endpoints;
    if (!students) throw new Error("no students");
    const parts = new Map([["edfi", { ...edfi, endpoints: { students: { ...students, replaces: "$.term" } } }]]);
    expect(await pruneRaw(ports("2026-01-10T00:00:00Z", 14, { connectors: parts }))).toBe(0);
  });

  test("are looked for once a day, and only where there are new ones", async () => {
    await history();
    const asked: string[] = [];
    const counting: Warehouse = {
      ...warehouse,
      query: (sql, options) => {
        asked.push(sql.slice(0, 6));
        return warehouse.query(sql, withId(options, histories));
      },
    };
    const look = (now: string) => pruneRaw(ports(now, 14, { warehouse: counting }));
    expect(await look("2026-01-10T00:00:00Z")).toBe(1);
    expect(await look("2026-01-10T00:15:00Z")).toBe(0);
    expect(asked).toEqual(["select", "delete"]);
    expect(await look("2026-01-11T00:00:00Z")).toBe(0);
    expect(asked).toEqual(["select", "delete", "select"]);
  });

  test("are dropped by the next sweep when one dies at any moment", async () => {
    for (let operation = 0; operation < 4; operation += 1) {
      for (const table of ["ops.runs", "raw_edfi.students", "raw_edfi.schools"])
        await warehouse.query(`truncate table ${table}`);
      control = fakeObjectStore();
      histories += 1;
      await history();
      await run("2025-04-01", 2026, "full", ["x"], "schools");
      await run("2025-09-13", 2026, "full", ["x"], "schools");
      const interruptions = new Interruptions();
      interruptions.interrupt(killedAt("after", operation));
      const dying: Partial<PrunePorts> = {
        warehouse: {
          ...warehouse,
          query: (sql, options) =>
            interruptions.around("query", () => warehouse.query(sql, withId(options, histories))),
        },
        control: {
          ...control,
          write: (name, body, generation) => interruptions.around("write", () => control.write(name, body, generation)),
        },
      };
      await expect(pruneRaw(ports("2026-01-10T00:00:00Z", 14, dying))).rejects.toBeInstanceOf(Killed);
      await pruneRaw(ports("2026-01-10T00:15:00Z", 14));
      expect({ operation, days: await daysOf() }).toEqual({
        operation,
        days: ["2025-06-07", "2025-06-09", "2025-09-06", "2025-09-13"],
      });
      expect(await daysOf("schools")).toEqual(["2025-09-13"]);
      expect(control.json("pruned.json")).toMatchObject({
        day: "2026-01-10",
        before: { "edfi.students": "2025-06-07", "edfi.schools": "2025-09-13" },
      });
    }
  });
});

/** Each history of a test is another deployment, whose jobs have nothing to do with those of another. */
function withId(options: Parameters<Warehouse["query"]>[1], history: number): Parameters<Warehouse["query"]>[1] {
  return options?.jobId === undefined ? options : { ...options, jobId: `${options.jobId}_${history}` };
}

function withIds(history: number): Warehouse["query"] {
  return (sql, options) => warehouse.query(sql, withId(options, history));
}
