import { type KeyPaths, keyText, keyValues } from "../edfi/natural-keys.ts";
import { type JsonObject, parseRecord } from "../json/lossless.ts";
import { type BaseRows, normalId, type Versions } from "./base-rows.ts";
import type { Overlay } from "./overlay.ts";
import type { Run, Selection } from "./selection.ts";

/** A resource with its rows at hand. It stays usable as long as it is held, whatever the cache lets go of. */
export interface OpenResource {
  readonly name: string;
  readonly rows: BaseRows;
  readonly overlay: Overlay;
  /** The natural key's paths; undefined for a resource whose key nobody knows. */
  readonly key: KeyPaths | undefined;
}

/** A live row as the API shows it. */
export interface Row {
  readonly ordinal: number;
  readonly id: string;
  readonly text: string;
}

const keyIndexes = new WeakMap<BaseRows, Map<string, number>>();

/** The row at a place, or undefined when it was deleted. */
export function rowAt({ rows, overlay }: OpenResource, ordinal: number): Row | undefined {
  const touched = overlay.touched(ordinal);
  if (touched === "deleted") {
    return undefined;
  }
  return touched
    ? { ordinal, id: touched.id, text: touched.text }
    : { ordinal, id: rows.id(ordinal), text: rows.text(ordinal) };
}

/** The change version of a live row. */
export function versionAt({ overlay }: OpenResource, versions: Versions, ordinal: number): bigint {
  const touched = overlay.touched(ordinal);
  return touched !== undefined && touched !== "deleted" ? touched.version : versions.at(ordinal);
}

/** The live row with an id, in any writing of it. */
export function rowById(resource: OpenResource, id: string): Row | undefined {
  const wanted = normalId(id);
  const ordinal = resource.overlay.ordinalOfId(wanted) ?? resource.rows.ordinalOf(wanted);
  return ordinal === undefined ? undefined : rowAt(resource, ordinal);
}

/** The live row with a natural key, given as `keyText` makes it. */
export function rowByKey(resource: OpenResource, wanted: string): Row | undefined {
  const changed = resource.overlay.ordinalOfKey(wanted);
  if (changed !== undefined) {
    return rowAt(resource, changed);
  }
  const ordinal = keyIndex(resource).get(wanted);
  // A touched row under another key is in the overlay's own index; here it would be found by the key it no longer has.
  return ordinal === undefined || resource.overlay.touched(ordinal) !== undefined
    ? undefined
    : rowAt(resource, ordinal);
}

/** The natural key of a record; its id stands in for a key that is unknown or incomplete. */
export function identityOf(
  resource: OpenResource,
  record: JsonObject,
): { values: JsonObject; text: string | undefined } {
  const values = resource.key && keyValues(record, resource.key);
  return values ? { values, text: keyText(values) } : { values: { id: record.id ?? null }, text: undefined };
}

/** The exact text of the selected rows, separated by commas; `hole` stands for a row that is gone since they were selected. */
export function pageText(resource: OpenResource, runs: readonly Run[], hole = ""): Buffer {
  const parts: Buffer[] = [];
  for (const { from, to } of runs) {
    let start = from;
    for (const ordinal of touchedBetween(resource.overlay, from, to)) {
      parts.push(resource.rows.joined(start, Math.min(ordinal, resource.rows.count)));
      parts.push(Buffer.from(rowAt(resource, ordinal)?.text ?? hole));
      start = ordinal + 1;
    }
    parts.push(resource.rows.joined(start, Math.min(to, resource.rows.count)));
  }
  return joinByComma(parts.filter((part) => part.length > 0));
}

/** All live rows of a selection, one after the other. */
export function* rowsOf(resource: OpenResource, selection: Selection): Iterable<Row> {
  for (const { from, to } of selection.runs) {
    for (let ordinal = from; ordinal < to; ordinal += 1) {
      const row = rowAt(resource, ordinal);
      if (row !== undefined) {
        yield row;
      }
    }
  }
}

/** The touched ordinals in a range, in order. */
export function touchedBetween(overlay: Overlay, from: number, to: number): number[] {
  const ordinals = overlay.touchedOrdinals();
  let low = 0;
  let high = ordinals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordinals[middle] ?? 0) < from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const result: number[] = [];
  for (let index = low; index < ordinals.length && (ordinals[index] ?? to) < to; index += 1) {
    result.push(ordinals[index] ?? 0);
  }
  return result;
}

function joinByComma(parts: readonly Buffer[]): Buffer {
  if (parts.length === 1 && parts[0] !== undefined) {
    return parts[0];
  }
  const comma = Buffer.from(",");
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part])));
}

// Built when a change or a deletion first asks by key, and dropped with the rows.
function keyIndex({ rows, key }: OpenResource): Map<string, number> {
  let index = keyIndexes.get(rows);
  if (index === undefined) {
    index = new Map();
    for (let ordinal = 0; key !== undefined && ordinal < rows.count; ordinal += 1) {
      const values = keyValues(parseRecord(rows.text(ordinal)), key);
      if (values !== undefined) {
        index.set(keyText(values), ordinal);
      }
    }
    keyIndexes.set(rows, index);
  }
  return index;
}
