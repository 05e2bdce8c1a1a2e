import type { Connector } from "../config/connector.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { createCurrentView } from "../warehouse/current-view.ts";

/**
 * Writes the current view of an endpoint anew after a full run, with the first day of extraction that any source and year still
 * needs: so partitions prune, and a night costs the same after years. A day that is too early is only slower, never wrong.
 */
export async function renewViewBoundary(warehouse: Warehouse, connector: Connector, endpoint: string): Promise<void> {
  const description = connector.endpoints[endpoint];
  // Where full runs hold parts, any of them may be the last one of its part.
  if (!description || description.replaces !== undefined) return;
  const [row] = await warehouse.query(
    `select
    cast(date(min(full_started_at)) as string) as oldest_day,
    countif(full_started_at is null) as without_full_run
from (
    select source_id, school_year, max(if(mode = 'full', run_started_at, null)) as full_started_at
    from ops.runs
    where connector = @connector and endpoint = @endpoint and status = 'succeeded'
    group by source_id, school_year
)`,
    { params: { connector: connector.connector, endpoint } },
  );
  const oldestDay =
    Number(row?.without_full_run ?? 1) === 0 && typeof row?.oldest_day === "string" ? row.oldest_day : undefined;
  const { key, key_may_change: keyMayChange } = description;
  await warehouse.query(createCurrentView({ connector: connector.connector, endpoint, key, keyMayChange, oldestDay }));
}
