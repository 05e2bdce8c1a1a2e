import type { JsonObject } from "../json/lossless.ts";
import { normalId } from "./base-rows.ts";

/** A row that was changed or added since the data set was opened. */
export interface ChangedRow {
  readonly id: string;
  readonly text: string;
  readonly version: bigint;
  /** The natural key as one text; undefined when the resource has none. */
  readonly keyText: string | undefined;
}

export interface Tombstone {
  readonly id: string;
  readonly version: bigint;
  readonly keyValues: JsonObject;
  readonly keyText: string | undefined;
}

export interface KeyChange {
  readonly id: string;
  readonly version: bigint;
  readonly oldKeyValues: JsonObject;
  readonly newKeyValues: JsonObject;
}

/** What has happened to a resource: it lies over the data set's rows and is all that a change costs in memory. */
export interface Overlay {
  /** Counts the changes; whatever was worked out before another number is out of date. */
  revision(): number;
  /** How many rows were added after the data set's own. */
  added(): number;
  /** The state of a row that was touched: `deleted`, its new state, or undefined for an untouched one. */
  touched(ordinal: number): ChangedRow | "deleted" | undefined;
  /** The ordinals of all touched rows, in order. */
  touchedOrdinals(): readonly number[];
  ordinalOfId(id: string): number | undefined;
  ordinalOfKey(keyText: string): number | undefined;
  put(ordinal: number, row: ChangedRow): void;
  add(baseCount: number, row: ChangedRow): number;
  remove(ordinal: number, tombstone: Tombstone): void;
  recordKeyChange(change: KeyChange): void;
  /** The same state for itself: what happens to one leaves the other as it is. */
  copy(): Overlay;
  readonly tombstones: readonly Tombstone[];
  readonly keyChanges: readonly KeyChange[];
}

/** All that an overlay remembers. */
interface State {
  readonly rows: ReadonlyMap<number, ChangedRow | "deleted">;
  readonly byId: ReadonlyMap<string, number>;
  readonly byKey: ReadonlyMap<string, number>;
  readonly tombstones: readonly Tombstone[];
  readonly keyChanges: readonly KeyChange[];
  readonly added: number;
}

/** An overlay that nothing has happened in yet. */
export function emptyOverlay(): Overlay {
  return overlayFrom({
    rows: new Map(),
    byId: new Map(),
    byKey: new Map(),
    tombstones: [],
    keyChanges: [],
    added: 0,
  });
}

function overlayFrom(state: State): Overlay {
  const rows = new Map(state.rows);
  const byId = new Map(state.byId);
  const byKey = new Map(state.byKey);
  const tombstones = [...state.tombstones];
  const keyChanges = [...state.keyChanges];
  let order: number[] | undefined;
  let revision = 0;
  let added = state.added;

  const forget = (ordinal: number) => {
    const old = rows.get(ordinal);
    if (old !== undefined && old !== "deleted") {
      byId.delete(normalId(old.id));
      if (old.keyText !== undefined && byKey.get(old.keyText) === ordinal) {
        byKey.delete(old.keyText);
      }
    }
  };
  const set = (ordinal: number, row: ChangedRow | "deleted") => {
    forget(ordinal);
    order = rows.has(ordinal) ? order : undefined;
    rows.set(ordinal, row);
    revision += 1;
  };
  const put = (ordinal: number, row: ChangedRow) => {
    set(ordinal, row);
    byId.set(normalId(row.id), ordinal);
    if (row.keyText !== undefined) {
      byKey.set(row.keyText, ordinal);
    }
  };

  return {
    revision: () => revision,
    added: () => added,
    touched: (ordinal) => rows.get(ordinal),
    touchedOrdinals: () => {
      order ??= [...rows.keys()].sort((one, other) => one - other);
      return order;
    },
    ordinalOfId: (id) => byId.get(id),
    ordinalOfKey: (keyText) => byKey.get(keyText),
    put,
    add: (baseCount, row) => {
      const ordinal = baseCount + added;
      added += 1;
      put(ordinal, row);
      return ordinal;
    },
    remove: (ordinal, tombstone) => {
      set(ordinal, "deleted");
      tombstones.push(tombstone);
    },
    recordKeyChange: (change) => {
      keyChanges.push(change);
      revision += 1;
    },
    copy: () => overlayFrom({ rows, byId, byKey, tombstones, keyChanges, added }),
    tombstones,
    keyChanges,
  };
}
