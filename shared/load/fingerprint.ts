import type { Place } from "../control/place.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { currentDataset } from "../warehouse/tables.ts";

/** What the current rows of a place are, in two numbers: equal content, equal fingerprint, however it came. */
export interface Content {
  readonly rowCount: number;
  readonly fingerprint: string;
}

/**
 * Reads the content of a place. Row hashes are combined by XOR, which does not care about order; natural keys are unique
 * in a current view, so no two rows cancel each other out.
 */
export async function readContent(warehouse: Warehouse, connector: string, place: Place): Promise<Content> {
  const [row] = await warehouse.query(
    `select
    count(*) as row_count,
    coalesce(cast(bit_xor(cast(concat('0x', substr(row_hash, 1, 15)) as int64)) as string), '0') as head,
    coalesce(cast(bit_xor(cast(concat('0x', substr(row_hash, 16, 15)) as int64)) as string), '0') as tail
from ${currentDataset(connector)}.${place.endpoint}
where source_id = @source_id and school_year = @school_year`,
    { params: { source_id: place.source, school_year: place.schoolYear } },
  );
  const rowCount = Number(row?.row_count ?? 0);
  return { rowCount, fingerprint: `${rowCount}-${String(row?.head ?? 0)}-${String(row?.tail ?? 0)}` };
}

/** Live rows of each part, where a run replaces only the parts that it holds. @param replaces JSON path of what tells the part */
export async function readParts(
  warehouse: Warehouse,
  connector: string,
  place: Place,
  replaces: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await warehouse.query(
    `select coalesce(json_value(data, '${replaces}'), '') as part, count(*) as row_count
from ${currentDataset(connector)}.${place.endpoint}
where source_id = @source_id and school_year = @school_year
group by part`,
    { params: { source_id: place.source, school_year: place.schoolYear } },
  );
  return new Map(rows.map(({ part, row_count }) => [String(part), Number(row_count)]));
}
