import type { KeyPaths } from "../edfi/natural-keys.ts";
import { canonical, isRawNumber, type JsonValue, parseRecord, valueAt } from "../json/lossless.ts";
import type { BaseRows } from "./base-rows.ts";
import { type OpenResource, rowAt } from "./open-resource.ts";

/** What a row is sorted by: its natural key's values in the order of their names, then its id. */
type SortKey = readonly (string | number)[];

const baseOrders = new WeakMap<BaseRows, Int32Array>();
const orders = new WeakMap<OpenResource["overlay"], { readonly revision: number; readonly order: Int32Array }>();

/**
 * The ordinals of all live rows in the order of their natural keys, as an ODS before 7.3 pages them. Text is compared by code point and not
 * by a database's collation. Rows that a generator makes count as in order already: sorting millions of them would mean making them all.
 */
export function keyOrder(resource: OpenResource): Int32Array {
  const { overlay } = resource;
  const revision = overlay.revision();
  const known = orders.get(overlay);
  if (known?.revision === revision) {
    return known.order;
  }
  const base = baseOrder(resource).filter((ordinal) => overlay.touched(ordinal) === undefined);
  const touched = overlay.touchedOrdinals().flatMap((ordinal) => {
    const row = rowAt(resource, ordinal);
    return row === undefined ? [] : [{ ordinal, key: sortKey(resource.key, row.text, row.id) }];
  });
  touched.sort((one, other) => compare(one.key, other.key));
  const order = merged(resource, base, touched);
  orders.set(overlay, { revision, order });
  return order;
}

function baseOrder({ rows, key }: OpenResource): Int32Array {
  let order = baseOrders.get(rows);
  if (order === undefined) {
    order = Int32Array.from({ length: rows.count }, (_, ordinal) => ordinal);
    if (!rows.isGenerated) {
      const keys = Array.from(order, (ordinal) => sortKey(key, rows.text(ordinal), rows.id(ordinal)));
      order.sort((one, other) => compare(keys[one] ?? [], keys[other] ?? []));
    }
    baseOrders.set(rows, order);
  }
  return order;
}

// Few rows are touched, so each finds its place by halving; a generated row is never looked at, and what is touched of them comes last.
function merged(
  { rows, key }: OpenResource,
  base: Int32Array,
  touched: readonly { readonly ordinal: number; readonly key: SortKey }[],
): Int32Array {
  const order = new Int32Array(base.length + touched.length);
  let from = 0;
  let filled = 0;
  for (const { ordinal, key: own } of touched) {
    let high = base.length;
    let low = rows.isGenerated ? high : from;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = base[middle] ?? 0;
      if (compare(sortKey(key, rows.text(other), rows.id(other)), own) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    order.set(base.subarray(from, low), filled);
    filled += low - from;
    order[filled] = ordinal;
    filled += 1;
    from = low;
  }
  order.set(base.subarray(from), filled);
  return order;
}

function sortKey(key: KeyPaths | undefined, text: string, id: string): SortKey {
  const record = parseRecord(text);
  const names = Object.keys(key ?? {}).sort();
  return [...names.map((name) => sortable(valueAt(record, key?.[name] ?? name))), id];
}

function sortable(value: JsonValue | undefined): string | number {
  if (typeof value === "number" || typeof value === "string") {
    return value;
  }
  return isRawNumber(value) ? Number(value.rawJSON) : canonical(value);
}

function compare(one: SortKey, other: SortKey): number {
  for (const [index, value] of one.entries()) {
    const against = other[index] ?? "";
    if (value !== against) {
      return value < against ? -1 : 1;
    }
  }
  return 0;
}
