import { createHash } from "node:crypto";
import { toJson } from "../../cli/output/rows.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";

/** Opens the warehouse of a state folder that no process has open. */
export async function withWarehouse<Result>(
  home: string,
  work: (warehouse: Warehouse) => Promise<Result>,
): Promise<Result> {
  const emulator = await startEmulator({ folder: home, projectId: "rollcall-local" });
  try {
    return await work(
      openWarehouse({
        projectId: "rollcall-local",
        location: "US",
        endpoint: emulator.bigqueryUrl,
        clock: systemClock,
      }),
    );
  } finally {
    await emulator.close();
  }
}

/** The content of every table of some datasets, in one number each: equal rows, equal number, in whatever order they lie. */
export async function contents(warehouse: Warehouse, datasets: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const dataset of datasets) {
    for (const table of await warehouse.listTables(dataset)) {
      // Freshness is about when, not about what.
      if (table.endsWith("__next") || table.startsWith("dq_freshness")) continue;
      // When a row came and by which run differs between two runs that bring the same rows.
      const columns = dataset.startsWith("current_") ? "source_id, school_year, record_id, row_hash" : "*";
      const rows = await warehouse.query(`select ${columns} from ${dataset}.${table}`);
      const hash = createHash("sha256");
      for (const text of rows.map((row) => toJson(row)).sort()) hash.update(text);
      found[`${dataset}.${table}`] = `${rows.length} ${hash.digest("hex")}`;
    }
  }
  return found;
}

export const comparedDatasets = ["current_edfi", "ref", "staging", "marts"] as const;

/** Rows of a query in a state folder. */
export function queryHome(home: string, sql: string): Promise<Row[]> {
  return withWarehouse(home, (warehouse) => warehouse.query(sql));
}
