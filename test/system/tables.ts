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
      const row = dataset.startsWith("current_")
        ? "concat(source_id, cast(school_year as string), record_id, row_hash)"
        : "to_json_string(t)";
      const [content] = await warehouse.query(
        `select count(*) as row_count, bit_xor(cast(concat('0x', substr(to_hex(md5(${row})), 1, 15)) as int64)) as content from ${dataset}.${table} as t`,
      );
      found[`${dataset}.${table}`] = `${content?.row_count} ${content?.content}`;
    }
  }
  return found;
}

export const comparedDatasets = ["current_edfi", "ref", "staging", "marts"] as const;

/** Rows of a query in a state folder. */
export function queryHome(home: string, sql: string): Promise<Row[]> {
  return withWarehouse(home, (warehouse) => warehouse.query(sql));
}
