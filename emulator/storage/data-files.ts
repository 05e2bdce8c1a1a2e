import { randomUUID } from "node:crypto";
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { syncFolder, writeAll } from "../durable-file.ts";
import { errorCode } from "../error-code.ts";
import { type Checksums, Digest } from "./checksum.ts";
import { diskFull } from "./errors.ts";
import { fileTail } from "./names.ts";

/** How many bytes objects and unfinished uploads may take together. Without a limit only the real disk can be full. */
export class Space {
  limit: number;
  used = 0;

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  /** @throws StorageError 507 when the bytes do not fit. */
  take(bytes: number): void {
    if (bytes > 0 && this.used + bytes > this.limit) throw diskFull();
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}

/** An upload on its way: a file nobody sees until it is committed. */
export class IncomingFile {
  readonly id: string;
  readonly path: string;
  size: number;
  readonly #space: Space;
  #handle: FileHandle | undefined;
  #digest: Digest | undefined;
  #isSettled = false;

  constructor(id: string, path: string, space: Space, size = 0) {
    this.id = id;
    this.path = path;
    this.size = size;
    this.#space = space;
    this.#digest = size === 0 ? new Digest() : undefined;
  }

  /** @throws StorageError 507, or the file system's error. What was written before stays. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#space.take(bytes.length);
    try {
      this.#handle ??= await open(this.path, this.size === 0 ? "w" : "r+");
      this.#digest ??= await Digest.ofFile(this.path);
      await writeAll(this.#handle, bytes, this.size);
    } catch (error) {
      this.#space.give(bytes.length);
      throw error;
    }
    this.#isSettled = false;
    this.#digest.update(bytes);
    this.size += bytes.length;
  }

  /** Flushes what came so far and closes the file. More may follow. */
  async settle(): Promise<void> {
    if (this.#isSettled) return;
    const handle = this.#handle ?? (await open(this.path, this.size === 0 ? "w" : "r+"));
    this.#handle = undefined;
    try {
      await handle.truncate(this.size);
      await handle.datasync();
      this.#isSettled = true;
    } finally {
      await handle.close();
    }
  }

  async checksums(): Promise<Checksums> {
    this.#digest ??= await Digest.ofFile(this.path);
    return this.#digest.finish();
  }

  /** The file has become an object: its bytes are no longer this upload's. */
  handOver(): void {
    this.size = 0;
  }

  /** Throws the file away. */
  async discard(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
    await rm(this.path, { force: true });
    this.#space.give(this.size);
    this.size = 0;
  }
}

/**
 * The files that hold objects: `<folder>/data/<bucket>/<date>/<generation>-<end of the name>`, and unfinished ones in `<folder>/uploads`.
 * A data file is never changed. Its name holds the generation, so names that differ only in case, or after replacing, cannot meet.
 */
export class DataFiles {
  readonly space: Space;
  readonly #data: string;
  readonly #uploads: string;

  constructor(folder: string, space: Space) {
    this.space = space;
    this.#data = join(folder, "data");
    this.#uploads = join(folder, "uploads");
  }

  async prepare(): Promise<void> {
    await mkdir(this.#data, { recursive: true });
    await mkdir(this.#uploads, { recursive: true });
  }

  /** @returns the path on the disk of a data file. */
  path(file: string): string {
    return join(this.#data, ...file.split(posix.sep));
  }

  incoming(id: string = randomUUID()): IncomingFile {
    return new IncomingFile(id, join(this.#uploads, id), this.space);
  }

  /** An upload of an earlier life, with as many bytes as reached the disk. */
  async resume(id: string): Promise<IncomingFile> {
    const path = join(this.#uploads, id);
    const size = await sizeOf(path);
    this.space.used += size;
    return new IncomingFile(id, path, this.space, size);
  }

  /** Moves a settled upload to its place. @returns the data file. */
  async commit(incoming: IncomingFile, bucket: string, name: string, generation: number): Promise<string> {
    const file = await this.#place(bucket, name, generation);
    await rename(incoming.path, this.path(file));
    incoming.handOver();
    await syncFolder(dirname(this.path(file)));
    return file;
  }

  /** Gives the bytes of a data file a second name; they never change, so a link is a copy wherever links are possible. */
  async duplicate(source: string, size: number, bucket: string, name: string, generation: number): Promise<string> {
    this.space.take(size);
    try {
      const file = await this.#place(bucket, name, generation);
      await link(this.path(source), this.path(file)).catch(() => copyFile(this.path(source), this.path(file)));
      await syncFolder(dirname(this.path(file)));
      return file;
    } catch (error) {
      this.space.give(size);
      throw error;
    }
  }

  /** Deletes a data file that no object names any more. */
  async remove(file: string, size: number): Promise<void> {
    this.space.give(size);
    // The object is gone already, whatever becomes of the file: one that cannot be deleted now goes with the sweep of the next start.
    await rm(this.path(file), { force: true }).catch(() => undefined);
  }

  async #place(bucket: string, name: string, generation: number): Promise<string> {
    const date = new Date(Math.floor(generation / 1000)).toISOString().slice(0, 10);
    const folder = posix.join(bucket, date);
    if ((await mkdir(this.path(folder), { recursive: true })) !== undefined) {
      await syncFolder(dirname(this.path(folder)));
      await syncFolder(this.#data);
    }
    return posix.join(folder, `${generation}-${fileTail(name)}`);
  }

  /** Removes what a kill left behind: data files no object names, uploads no session continues. */
  async sweep(isObject: (file: string) => boolean, isUpload: (id: string) => boolean): Promise<void> {
    for (const entry of await readdir(this.#data, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if (!isObject(relative(this.#data, path).split(sep).join(posix.sep))) await rm(path, { force: true });
    }
    for (const id of await readdir(this.#uploads))
      if (!isUpload(id)) await rm(join(this.#uploads, id), { force: true });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}
