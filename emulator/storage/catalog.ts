import { Journal } from "../journal.ts";
import { bucketNotFound, StorageError } from "./errors.ts";
import { compareNames } from "./names.ts";
import type { StoredObject } from "./object.ts";
import { type Bucket, type Entry, entrySchema, type PendingEvent, type Session } from "./records.ts";

interface Shelf {
  bucket: Bucket;
  readonly objects: Map<string, StoredObject>;
  /** The names of the objects in listing order. */
  readonly names: string[];
}

const finishedSessionsMax = 10_000;

/** What exists: buckets, objects, unfinished uploads, unsent notifications. In memory, and in a journal that outlives the process. */
export class Catalog {
  readonly #shelves = new Map<string, Shelf>();
  readonly sessions = new Map<string, Session>();
  readonly finishedSessions = new Map<string, StoredObject>();
  readonly events = new Map<string, PendingEvent>();
  readonly #arriving = new Map<string, number>();
  readonly #closing = new Set<string>();
  #generation = 0;
  #journal: Journal<Entry> | undefined;

  static async open(file: string): Promise<Catalog> {
    const catalog = new Catalog();
    catalog.#journal = await Journal.open({
      file,
      parse: (value) => entrySchema.parse(value),
      replay: (entry) => catalog.#apply(entry),
      snapshot: () => catalog.#snapshot(),
    });
    return catalog;
  }

  /** Records a fact. It is true, and visible, when the promise resolves. */
  record(entry: Entry, durable = true): Promise<void> {
    if (this.#journal === undefined) throw new Error("The catalog is not open.");
    return this.#journal.append(entry, (applied) => this.#apply(applied), durable);
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  /** A generation above all before it, also those of earlier lives. Like Google's, it is the time in microseconds. */
  nextGeneration(): number {
    this.#generation = Math.max(this.#generation + 1, Date.now() * 1000);
    return this.#generation;
  }

  buckets(): Bucket[] {
    return [...this.#shelves.values()].map(({ bucket }) => bucket).sort((a, b) => compareNames(a.name, b.name));
  }

  /** Deletes an empty bucket. @throws StorageError 404, or 409 when objects are in it or on their way into it. */
  async removeBucket(name: string): Promise<void> {
    const { names } = this.#shelf(name);
    if (names.length > 0 || this.#arriving.has(name)) {
      throw new StorageError(409, "conflict", "The bucket you tried to delete is not empty.");
    }
    this.#closing.add(name);
    try {
      await this.record({ op: "bucket-gone", name });
    } finally {
      this.#closing.delete(name);
    }
  }

  /** Keeps a bucket from being deleted while the task puts an object into it. @throws StorageError 404 */
  async whileOpen<T>(name: string, task: () => Promise<T>): Promise<T> {
    if (this.#closing.has(name)) throw bucketNotFound();
    this.#arriving.set(name, (this.#arriving.get(name) ?? 0) + 1);
    try {
      return await task();
    } finally {
      const left = (this.#arriving.get(name) ?? 1) - 1;
      if (left > 0) this.#arriving.set(name, left);
      else this.#arriving.delete(name);
    }
  }

  hasBucket(name: string): boolean {
    return this.#shelves.has(name);
  }

  /** @throws StorageError 404 */
  bucket(name: string): Bucket {
    return this.#shelf(name).bucket;
  }

  object(bucket: string, name: string): StoredObject | undefined {
    return this.#shelf(bucket).objects.get(name);
  }

  /** The names of a bucket's objects, in listing order. Not to be changed, and not to be kept across an await. */
  names(bucket: string): readonly string[] {
    return this.#shelf(bucket).names;
  }

  *objects(): Generator<StoredObject> {
    for (const { objects } of this.#shelves.values()) yield* objects.values();
  }

  #shelf(name: string): Shelf {
    const shelf = this.#shelves.get(name);
    if (shelf === undefined) throw bucketNotFound();
    return shelf;
  }

  #apply(entry: Entry): void {
    switch (entry.op) {
      case "bucket": {
        const shelf = this.#shelves.get(entry.bucket.name);
        if (shelf === undefined)
          this.#shelves.set(entry.bucket.name, { bucket: entry.bucket, objects: new Map(), names: [] });
        else shelf.bucket = entry.bucket;
        return;
      }
      case "bucket-gone":
        this.#shelves.delete(entry.name);
        return;
      case "object":
        this.#applyObject(entry.object);
        for (const event of entry.events) this.events.set(event.id, event);
        if (entry.session !== undefined) this.#finishSession(entry.session, entry.object);
        return;
      case "object-gone":
        this.#applyObjectGone(entry.bucket, entry.name);
        for (const event of entry.events) this.events.set(event.id, event);
        return;
      case "session":
        this.sessions.set(entry.session.id, entry.session);
        return;
      case "session-done":
        this.#finishSession(entry.id, entry.object);
        return;
      case "session-gone":
        this.sessions.delete(entry.id);
        return;
      case "event":
        this.events.set(entry.event.id, entry.event);
        return;
      case "event-sent":
        this.events.delete(entry.id);
        return;
      case "generation":
        this.#generation = Math.max(this.#generation, entry.generation);
        return;
    }
  }

  #applyObject(object: StoredObject): void {
    const shelf = this.#shelf(object.bucket);
    if (!shelf.objects.has(object.name)) shelf.names.splice(lowerBound(shelf.names, object.name), 0, object.name);
    shelf.objects.set(object.name, object);
    this.#generation = Math.max(this.#generation, object.generation);
  }

  #applyObjectGone(bucket: string, name: string): void {
    const shelf = this.#shelf(bucket);
    if (shelf.objects.delete(name)) shelf.names.splice(lowerBound(shelf.names, name), 1);
  }

  #finishSession(id: string, object: StoredObject): void {
    this.sessions.delete(id);
    this.finishedSessions.set(id, object);
    const oldest = this.finishedSessions.keys().next().value;
    if (this.finishedSessions.size > finishedSessionsMax && oldest !== undefined) this.finishedSessions.delete(oldest);
  }

  *#snapshot(): Generator<Entry> {
    yield { op: "generation", generation: this.#generation };
    for (const { bucket } of this.#shelves.values()) yield { op: "bucket", bucket };
    for (const object of this.objects()) yield { op: "object", object, events: [] };
    for (const session of this.sessions.values()) yield { op: "session", session };
    for (const [id, object] of this.finishedSessions) yield { op: "session-done", id, object };
    for (const event of this.events.values()) yield { op: "event", event };
  }
}

/** The first position whose name is not before the given one. */
export function lowerBound(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(names[middle] ?? "", name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
