import type { Luck } from "./luck.ts";

/** A row as it is committed. */
export interface SourceRow {
  /** Order among the rows; an updated row keeps its place. */
  readonly place: number;
  readonly id: string;
  readonly key: string;
  readonly text: string;
  readonly version: number;
}

export interface Tombstone {
  readonly id: string;
  readonly key: string;
  readonly version: number;
}

export interface KeyChange {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly version: number;
}

interface Collection {
  readonly rows: readonly SourceRow[];
  readonly tombstones: readonly Tombstone[];
  readonly keyChanges: readonly KeyChange[];
}

/** A transaction that has its change version, and whose rows nobody sees yet. */
interface Open {
  readonly version: number;
  readonly endpoint: string;
  /** Keys that other transactions must leave alone until this one is over. */
  readonly keys: readonly string[];
  commit(collection: Collection): Collection;
}

interface Backup {
  readonly newest: number;
  readonly collections: ReadonlyMap<string, Collection>;
}

type Kind = "insert" | "update" | "delete" | "recreate" | "change key";

const kinds: readonly Kind[] = ["insert", "insert", "update", "update", "update", "delete", "recreate", "change key"];

/**
 * A model of an Ed-Fi source: rows with ids, natural keys and change versions. A change version is drawn when a transaction begins, and its
 * rows are seen when it ends. No transaction stays open while so many others begin as the extractor's overlap allows for.
 */
export class Source {
  readonly #luck: Luck;
  readonly #overlap: number;
  readonly #onLateCommit: () => void;
  readonly #collections = new Map<string, Collection>();
  #open: Open[] = [];
  #newest = 0;
  #ids = 0;
  #backup: Backup | undefined;
  /** Shares of the rows that a source which is cut off still shows; all of them when it is well. */
  shown = 1;
  /** No transaction begins: the source was restored, and its versions must not pass those that were loaded before anybody has noticed. */
  isStill = false;

  /** @param onLateCommit is called right before rows are seen whose change version is older than others that were seen */
  constructor(luck: Luck, overlap: number, endpoints: readonly string[], onLateCommit: () => void) {
    this.#luck = luck;
    this.#onLateCommit = onLateCommit;
    this.#overlap = overlap;
    for (const endpoint of endpoints) {
      this.#collections.set(endpoint, { rows: [], tombstones: [], keyChanges: [] });
      const count = luck.one([0, 2, 5, 9, 13, 24]);
      for (let row = 0; row < count; row += 1) this.#transact(endpoint, "insert", false);
    }
  }

  get newest(): number {
    return this.#newest;
  }

  /** All that is committed, whether the source shows it now or not. */
  committed(endpoint: string): readonly SourceRow[] {
    return this.#collection(endpoint).rows;
  }

  /** What requests see. */
  visible(endpoint: string): Collection {
    const collection = this.#collection(endpoint);
    if (this.shown === 1) return collection;
    return { ...collection, rows: collection.rows.slice(0, Math.floor(collection.rows.length * this.shown)) };
  }

  /** Changes something. @returns what, for people, and how to end a transaction that stays open */
  change(mayStayOpen: boolean): { readonly what: string; readonly end?: () => void } {
    if (this.isStill) return { what: "nothing, because it was restored" };
    const endpoint = this.#luck.one([...this.#collections.keys()]);
    return this.#transact(endpoint, this.#luck.one(kinds), mayStayOpen);
  }

  /** Ends a transaction, if one is open: its rows come in between those that are being read. */
  endOne(): void {
    if (this.#open.length > 0) this.#end(this.#luck.one(this.#open));
  }

  /** Ends every transaction. */
  settle(): void {
    for (const open of [...this.#open]) this.#end(open);
  }

  backUp(): void {
    this.settle();
    this.#backup = { newest: this.#newest, collections: new Map(this.#collections) };
  }

  /** Goes back to the backup if there is one below a version. @returns whether it did */
  restore(below: number): boolean {
    if (!this.#backup || this.#backup.newest >= below) return false;
    this.#open = [];
    this.#newest = this.#backup.newest;
    for (const [endpoint, collection] of this.#backup.collections) this.#collections.set(endpoint, collection);
    this.isStill = true;
    return true;
  }

  #collection(endpoint: string): Collection {
    const collection = this.#collections.get(endpoint);
    if (!collection) throw new Error(`the source has no ${endpoint}`);
    return collection;
  }

  #transact(endpoint: string, kind: Kind, mayStayOpen: boolean): { what: string; end?: () => void } {
    const locked = new Set(this.#open.filter((open) => open.endpoint === endpoint).flatMap(({ keys }) => keys));
    const free = this.#collection(endpoint).rows.filter(({ key }) => !locked.has(key));
    const row = free.length > 0 ? this.#luck.one(free) : undefined;
    const open = row && kind !== "insert" ? this.#plan(endpoint, kind, row) : this.#insertion(endpoint, locked);
    this.#open.push(open);
    const what = `${row ? kind : "insert"} in ${endpoint} as version ${open.version}`;
    if (mayStayOpen && this.#luck.chance(0.4)) {
      return { what: `${what}, not yet committed`, end: () => this.#end(open) };
    }
    this.#end(open, false);
    return { what };
  }

  /** A change version. It ends what would otherwise stay open for longer than the overlap. */
  #version(): number {
    this.#newest += 1;
    for (const open of this.#open.filter(({ version }) => this.#newest - version >= this.#overlap)) this.#end(open);
    return this.#newest;
  }

  #end(open: Open, isLate = true): void {
    if (!this.#open.includes(open)) return;
    this.#open = this.#open.filter((other) => other !== open);
    if (isLate) this.#onLateCommit();
    this.#collections.set(open.endpoint, open.commit(this.#collection(open.endpoint)));
  }

  #newId(): string {
    this.#ids += 1;
    return `${"abcdef0123456789".repeat(2).slice(0, 26)}${String(this.#ids).padStart(6, "0")}`;
  }

  #unusedKey(endpoint: string, locked: ReadonlySet<string>): string {
    const { rows } = this.#collection(endpoint);
    const used = new Set([...locked, ...rows.map(({ key }) => key)]);
    for (;;) {
      // Few keys, so that they come back.
      const key = String(1 + this.#luck.below(60));
      if (!used.has(key)) return key;
    }
  }

  #insertion(endpoint: string, locked: ReadonlySet<string>): Open {
    const key = this.#unusedKey(endpoint, locked);
    const id = this.#newId();
    const version = this.#version();
    const row = { place: this.#ids, id, key, text: `v${version}`, version };
    return { version, endpoint, keys: [key], commit: (found) => ({ ...found, rows: inPlace([...found.rows, row]) }) };
  }

  #plan(endpoint: string, kind: Kind, row: SourceRow): Open {
    const { id, key } = row;
    const locked = new Set(this.#open.filter((open) => open.endpoint === endpoint).flatMap(({ keys }) => keys));
    const newKey = kind === "change key" ? this.#unusedKey(endpoint, locked) : key;
    const version = this.#version();
    const without = ({ rows }: Collection): SourceRow[] => rows.filter((other) => other.id !== id);
    const next = { ...row, key: newKey, text: `v${version}`, version };
    const base = { version, endpoint, keys: [key, newKey] };
    switch (kind) {
      case "delete":
        return {
          ...base,
          commit: (found) => ({
            ...found,
            rows: without(found),
            tombstones: [...found.tombstones, { id, key, version }],
          }),
        };
      case "recreate": {
        const heir = { ...next, id: this.#newId(), place: this.#ids, version: this.#version() };
        return {
          ...base,
          commit: (found) => ({
            ...found,
            rows: inPlace([...without(found), heir]),
            tombstones: [...found.tombstones, { id, key, version }],
          }),
        };
      }
      case "change key":
        return {
          ...base,
          commit: (found) => ({
            ...found,
            rows: inPlace([...without(found), next]),
            keyChanges: [...found.keyChanges, { id, from: key, to: newKey, version }],
          }),
        };
      default:
        return { ...base, commit: (found) => ({ ...found, rows: inPlace([...without(found), next]) }) };
    }
  }
}

function inPlace(rows: SourceRow[]): SourceRow[] {
  return rows.sort((a, b) => a.place - b.place);
}
