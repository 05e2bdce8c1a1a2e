import type { Log } from "../ports/log.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { groupCommit } from "./group-commit.ts";
import { type BuildRecord, recordBuilds } from "./ledger.ts";
import { reasonOf } from "./reason.ts";
import { dropRelation } from "./statements.ts";

/** What is left to do when a build's outcome is in the warehouse. */
export interface Closing {
  readonly record: BuildRecord;
  /** Tables beside the model that nobody needs any more. */
  readonly leftovers: readonly string[];
}

/** Keeps the text of a statement far from BigQuery's limit of a million characters. */
const groupSizeMax = 40;

/** Closes builds in groups, because a statement takes seconds in BigQuery however little it does. */
export function closeInGroups(warehouse: Warehouse, log: Log): (closing: Closing) => Promise<void> {
  return groupCommit(async (group) => {
    await recordBuilds(
      warehouse,
      group.map(({ record }) => record),
    );
    const leftovers = group.flatMap((closing) => closing.leftovers);
    if (leftovers.length > 0) await dropAll(warehouse, leftovers, log);
  }, groupSizeMax);
}

/** Drops tables in one script. One that stays costs little and is swept away later, so failing to drop it fails nothing. */
export async function dropAll(warehouse: Warehouse, tables: readonly string[], log: Log): Promise<void> {
  try {
    await warehouse.query(tables.map((table) => dropRelation("table", table)).join(";\n"));
  } catch (error) {
    log.warn("tables beside models could not be dropped", {
      count: tables.length,
      error: error instanceof Error ? reasonOf(error) : "unknown",
    });
  }
}
