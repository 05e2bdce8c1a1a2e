import type { Readable } from "node:stream";
import { ConflictError, PermanentError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { StoredObject, StreamedStore } from "../../shared/ports/object-store.ts";
import { fakeClock } from "./clock.ts";

export type StoreCall = "read" | "write" | "writeStream" | "list" | "stat" | "delete";

export interface FakeObjectStore extends StreamedStore {
  /** What is stored, by name; for assertions. */
  readonly objects: ReadonlyMap<string, { readonly body: string; readonly generation: string }>;
  /** Puts an object as some other writer would, under this generation or the next one. */
  put(name: string, value: unknown, generation?: string): void;
  /** The value of a JSON object. */
  json(name: string): unknown;
}

export interface FakeStoreOptions {
  readonly uri?: string;
  readonly clock?: Clock;
  /** Called around each operation, and may throw or wait: before it took effect, and after. */
  readonly before?: (call: StoreCall, name: string) => void | Promise<void>;
  readonly after?: (call: StoreCall, name: string) => void | Promise<void>;
}

interface Entry {
  readonly body: string;
  readonly generation: string;
  readonly updatedAt: Date;
}

/** A bucket in memory, with the generations and preconditions of Cloud Storage. */
export function fakeObjectStore(options: FakeStoreOptions = {}): FakeObjectStore {
  const entries = new Map<string, Entry>();
  const clock = options.clock ?? fakeClock();
  let generations = 1_700_000_000_000_000;

  function set(name: string, body: string, given?: string): string {
    generations += 1;
    const generation = given ?? String(generations);
    entries.set(name, { body, generation, updatedAt: clock.now() });
    return generation;
  }

  function describe(name: string, entry: Entry): StoredObject {
    const { body, generation, updatedAt } = entry;
    return { name, generation, sizeBytes: Buffer.byteLength(body), updatedAt };
  }

  async function around<T>(call: StoreCall, name: string, effect: () => T): Promise<T> {
    await options.before?.(call, name);
    const result = effect();
    await options.after?.(call, name);
    return result;
  }

  return {
    uri: options.uri ?? "gs://fake",
    objects: entries,
    put: (name, value, generation) =>
      set(name, typeof value === "string" ? value : `${JSON.stringify(value)}\n`, generation),
    json: (name) => JSON.parse(entries.get(name)?.body ?? "null"),
    read: (name) =>
      around("read", name, () => {
        const entry = entries.get(name);
        return entry && { body: entry.body, generation: entry.generation };
      }),
    async *readBytes(name) {
      const body = await around("read", name, () => entries.get(name)?.body);
      if (body === undefined) throw new PermanentError("There is no such object", { object: name });
      yield Buffer.from(body, "latin1");
    },
    write: (name, body, ifGeneration) =>
      around("write", name, () => {
        if ((entries.get(name)?.generation ?? "0") !== ifGeneration) {
          throw new ConflictError("The object has changed", { object: name });
        }
        return set(name, body);
      }),
    async writeStream(name: string, content: Readable) {
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(Buffer.from(chunk as Uint8Array));
      return around("writeStream", name, () => {
        if (entries.has(name)) throw new ConflictError("The object exists", { object: name });
        // latin1 keeps every byte of a compressed part.
        set(name, Buffer.concat(chunks).toString("latin1"));
        return describe(name, entries.get(name) as Entry);
      });
    },
    async *list(prefix) {
      const names = await around("list", prefix, () =>
        [...entries.keys()].filter((name) => name.startsWith(prefix)).sort(),
      );
      for (const name of names) {
        const entry = entries.get(name);
        if (entry) yield describe(name, entry);
      }
    },
    stat: (name) =>
      around("stat", name, () => {
        const entry = entries.get(name);
        return entry && describe(name, entry);
      }),
    delete: (name, ifGeneration) =>
      around("delete", name, () => {
        const entry = entries.get(name);
        if (!entry || (ifGeneration !== undefined && entry.generation !== ifGeneration)) return false;
        return entries.delete(name);
      }),
  };
}
