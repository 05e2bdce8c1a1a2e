import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeAll } from "./durable-file.ts";
import { decodeLine, encodeLine, readLines, writeLines } from "./journal-lines.ts";

/** What a server needs to keep its state in a journal. */
export interface JournalOptions<Entry> {
  readonly file: string;
  /** Turns a line's JSON back into an entry; throws when it is not one. */
  readonly parse: (value: unknown) => Entry;
  /** What JSON holds of an entry; the entry itself by default. */
  readonly write?: (entry: Entry) => unknown;
  /** Puts one entry of an earlier life into memory. */
  readonly replay: (entry: Entry) => void;
  /** The entries that rebuild the present state from nothing, in order. Called when the journal is written anew. */
  readonly snapshot: () => Iterable<Entry>;
  /** The journal is never written anew below this size. */
  readonly compactAboveBytes?: number;
}

interface Waiting<Entry> {
  readonly line: Buffer;
  readonly entry: Entry;
  readonly durable: boolean;
  readonly apply: (entry: Entry) => void;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const batchBytesMax = 8 * 1024 * 1024;
const defaultCompactAboveBytes = 16 * 1024 * 1024;
const growthBeforeCompaction = 4;

/**
 * An append-only file of checked JSON lines: the memory of a server that may be killed at any instant.
 *
 * An entry takes effect in memory only after its line is in the file (and on the disk, when it is durable), so nothing is ever seen that a
 * restart would not find. Entries that arrive together share one write and one flush. A line that was cut off by a kill is dropped at the next
 * start; nobody was told that it had been kept. When the file has grown well beyond the state it describes, it is written anew beside itself
 * and renamed into place.
 */
export class Journal<Entry> {
  readonly #options: JournalOptions<Entry>;
  #handle: FileHandle;
  #size: number;
  #compactAt: number;
  #waiting: Waiting<Entry>[] = [];
  #draining: Promise<void> | undefined;
  #broken: Error | undefined;
  #closed = false;

  private constructor(options: JournalOptions<Entry>, handle: FileHandle, size: number) {
    this.#options = options;
    this.#handle = handle;
    this.#size = size;
    this.#compactAt = Math.max(options.compactAboveBytes ?? defaultCompactAboveBytes, size);
  }

  /** Reads the journal (creating it when there is none), replays it, and opens it for appending. */
  static async open<Entry>(options: JournalOptions<Entry>): Promise<Journal<Entry>> {
    await mkdir(dirname(options.file), { recursive: true });
    await rm(`${options.file}.next`, { force: true });
    const handle = await open(options.file, "a+");
    await handle.close();
    const size = await replayLines(options);
    const writable = await open(options.file, "r+");
    await writable.truncate(size);
    await syncFolder(dirname(options.file));
    return new Journal(options, writable, size);
  }

  /**
   * Appends an entry. `apply` runs, synchronously and in order, once the line is in the file.
   * @param durable false: the line survives the end of the process but perhaps not a power cut. For facts that may be learnt again.
   * @throws the file system's error (a full disk, say); the entry then has not happened, now or after a restart.
   */
  append(entry: Entry, apply: (entry: Entry) => void, durable = true): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("The journal is closed."));
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: encodeLine(this.#toJson(entry)), entry, durable, apply, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Writes what is waiting, then lets go of the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#draining;
    await this.#handle.close();
  }

  *#jsonOf(entries: Iterable<Entry>): Generator<unknown> {
    for (const entry of entries) yield this.#toJson(entry);
  }

  #toJson(entry: Entry): unknown {
    return this.#options.write?.(entry) ?? entry;
  }

  async #drain(): Promise<void> {
    // A turn of the event loop lets entries of the same moment share the flush.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      await this.#writeAndApply(this.#takeBatch());
      if (this.#size > this.#compactAt) await this.#compact();
    }
    // In the same step as the look at what is waiting, so that no entry comes in between and waits for nobody.
    this.#draining = undefined;
  }

  async #writeAndApply(batch: readonly Waiting<Entry>[]): Promise<void> {
    try {
      if (this.#broken !== undefined) throw this.#broken;
      await this.#write(batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { apply, entry, resolve, reject } of batch) {
      try {
        apply(entry);
        resolve();
      } catch (error) {
        reject(error);
      }
    }
  }

  #takeBatch(): Waiting<Entry>[] {
    let bytes = 0;
    const upTo = this.#waiting.findIndex(({ line }, index) => {
      bytes += line.length;
      return index > 0 && bytes > batchBytesMax;
    });
    return this.#waiting.splice(0, upTo === -1 ? this.#waiting.length : upTo);
  }

  async #write(batch: readonly Waiting<Entry>[]): Promise<void> {
    const bytes = Buffer.concat(batch.map(({ line }) => line));
    try {
      await writeAll(this.#handle, bytes, this.#size);
      if (batch.some(({ durable }) => durable)) await this.#handle.datasync();
      this.#size += bytes.length;
    } catch (error) {
      await this.#takeBack(error);
      throw error;
    }
  }

  /** Removes what a failed write may have left, so that a rejected entry does not come back to life at the next start. */
  async #takeBack(cause: unknown): Promise<void> {
    try {
      await this.#handle.truncate(this.#size);
    } catch (error) {
      const message = `The journal ${this.#options.file} could be neither written nor repaired; restart to go on.`;
      this.#broken = new Error(message, { cause: new AggregateError([cause, error]) });
    }
  }

  /** Only saves space: when it fails the old journal is whole and stays in use, and the next attempt comes when it has doubled. */
  async #compact(): Promise<void> {
    const next = `${this.#options.file}.next`;
    this.#compactAt = this.#size * 2;
    const handle = await open(next, "w").catch(() => undefined);
    if (handle === undefined) return;
    try {
      const size = await writeLines(handle, this.#jsonOf(this.#options.snapshot()));
      await handle.datasync();
      await rename(next, this.#options.file);
      const old = this.#handle;
      this.#handle = handle;
      this.#size = size;
      this.#compactAt = Math.max(
        this.#options.compactAboveBytes ?? defaultCompactAboveBytes,
        size * growthBeforeCompaction,
      );
      await old.close();
      await syncFolder(dirname(this.#options.file));
    } catch (error) {
      if (this.#handle === handle)
        this.#broken = new Error("The journal could not be kept after a rename.", { cause: error });
      else await handle.close().then(() => rm(next, { force: true }));
    }
  }
}

/** Replays the good lines and returns where they end. Only the end of the file may be bad: that is where a kill cuts. */
async function replayLines<Entry>({ file, parse, replay }: JournalOptions<Entry>): Promise<number> {
  let goodBytes = 0;
  let badAt: number | undefined;
  for await (const { line, offset } of readLines(file)) {
    const value = decodeLine(line);
    if (value === undefined) badAt ??= offset;
    else if (badAt !== undefined)
      throw new Error(`The journal ${file} is damaged at byte ${badAt}: good lines follow a bad one.`);
    else {
      replay(parse(value.json));
      goodBytes = offset + line.length + 1;
    }
  }
  return goodBytes;
}
