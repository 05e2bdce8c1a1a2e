import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../error-code.ts";
import type { Catalog } from "./catalog.ts";
import { checkPromise, type PromisedChecksums } from "./checksum.ts";
import type { DataFiles, IncomingFile } from "./data-files.ts";
import { invalid, objectNotFound, StorageError } from "./errors.ts";
import { Locks } from "./locks.ts";
import { checkObjectName } from "./names.ts";
import { eventsFor } from "./notifications.ts";
import { type Editable, edit, type Fields, type StoredObject } from "./object.ts";
import { checkPreconditions, type Preconditions } from "./preconditions.ts";
import type { Bucket, Entry, PendingEvent } from "./records.ts";

/** Where a new object goes and on what conditions. */
export interface Target {
  readonly bucket: string;
  readonly name: string;
  readonly conditions: Preconditions;
}

interface NewContent {
  readonly file: (generation: number) => Promise<string>;
  readonly size: number;
  readonly crc32c: string;
  readonly md5Hash?: string | undefined;
  readonly fields: Fields;
  readonly storageClass?: string | undefined;
  readonly componentCount?: number;
  readonly session?: string | undefined;
}

export interface ObjectStoreOptions {
  readonly catalog: Catalog;
  readonly files: DataFiles;
  readonly serverUrl: () => string;
  /** Called when notifications wait. Without it, none are made. */
  readonly onEvents?: () => void;
}

const composeSourcesMax = 32;

/** The operations on objects. Each is atomic: others see all of it or nothing, also after a kill. */
export class ObjectStore {
  readonly catalog: Catalog;
  readonly files: DataFiles;
  readonly finalized = new EventEmitter<{ object: [StoredObject] }>();
  readonly #locks = new Locks();
  readonly #options: ObjectStoreOptions;

  constructor(options: ObjectStoreOptions) {
    this.catalog = options.catalog;
    this.files = options.files;
    this.#options = options;
    this.finalized.setMaxListeners(0);
  }

  /** @throws StorageError 404 when there is no such bucket or object, or the generation is not the present one. */
  find(bucket: string, name: string, generation?: number): StoredObject {
    const object = this.catalog.object(bucket, name);
    if (object === undefined || (generation !== undefined && generation !== object.generation))
      throw objectNotFound(bucket, name);
    return object;
  }

  /** Opens an object's file; undefined when the object has been replaced or deleted since it was found. */
  async open({ file }: StoredObject): Promise<FileHandle | undefined> {
    try {
      return await open(this.files.path(file));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Checks what can be checked before the first byte is read, so that a hopeless upload ends early. */
  precheck({ bucket, name, conditions }: Target): void {
    checkObjectName(name);
    checkPreconditions(this.catalog.object(bucket, name), conditions);
  }

  /**
   * Makes an upload an object.
   * @throws StorageError 412 when a condition does not hold, 400 when the bytes are not the promised ones. The upload is left as it is.
   */
  async insert(
    target: Target,
    incoming: IncomingFile,
    upload: {
      fields: Editable;
      promised: PromisedChecksums;
      storageClass?: string | undefined;
      session?: string | undefined;
    },
  ): Promise<StoredObject> {
    await incoming.settle();
    const checksums = await incoming.checksums();
    checkPromise(upload.promised, checksums);
    return this.#create(target, {
      file: (generation) => this.files.commit(incoming, target.bucket, target.name, generation),
      size: incoming.size,
      ...checksums,
      fields: edit({ contentType: "application/octet-stream" }, upload.fields),
      storageClass: upload.storageClass,
      session: upload.session,
    });
  }

  /** Copies an object, with edits. @throws StorageError 404, 412 */
  copy(source: StoredObject, target: Target, edits: Editable, storageClass?: string): Promise<StoredObject> {
    const { bucket, name } = target;
    return this.#create(target, {
      file: (generation) =>
        whileThere(source, this.files.duplicate(source.file, source.size, bucket, name, generation)),
      size: source.size,
      crc32c: source.crc32c,
      md5Hash: source.md5Hash,
      fields: edit(source.fields, edits),
      storageClass: storageClass ?? source.storageClass,
    });
  }

  /** Joins objects of one bucket. The result has no MD5, as in Cloud Storage. @throws StorageError 400, 404, 412 */
  async compose(sources: readonly StoredObject[], target: Target, fields: Editable): Promise<StoredObject> {
    if (sources.length === 0 || sources.length > composeSourcesMax) {
      throw invalid(`The number of source components must be between 1 and ${composeSourcesMax}.`);
    }
    const incoming = this.files.incoming();
    try {
      for (const source of sources) await whileThere(source, this.#append(source, incoming));
      await incoming.settle();
      return await this.#create(target, {
        file: (generation) => this.files.commit(incoming, target.bucket, target.name, generation),
        size: incoming.size,
        crc32c: (await incoming.checksums()).crc32c,
        fields: edit({ contentType: sources[0]?.fields.contentType ?? "application/octet-stream" }, fields),
        componentCount: sources.reduce((count, { componentCount }) => count + (componentCount ?? 1), 0),
      });
    } catch (error) {
      await incoming.discard();
      throw error;
    }
  }

  async #append({ file }: StoredObject, incoming: IncomingFile): Promise<void> {
    const content = createReadStream(this.files.path(file)) as AsyncIterable<Buffer>;
    for await (const chunk of content) await incoming.write(chunk);
  }

  /** Changes an object's metadata. @throws StorageError 404, 412, 304 */
  change(
    target: Target & { generation?: number | undefined },
    change: (before: Fields) => Fields,
  ): Promise<StoredObject> {
    return this.#exclusive(target, async () => {
      const before = this.find(target.bucket, target.name, target.generation);
      checkPreconditions(before, target.conditions);
      const updated = new Date().toISOString();
      const object = { ...before, fields: change(before.fields), metageneration: before.metageneration + 1, updated };
      const events = this.#events(this.catalog.bucket(target.bucket), "OBJECT_METADATA_UPDATE", object);
      await this.#record({ op: "object", object, events });
      return object;
    });
  }

  /** @throws StorageError 404, 412, 304; 403 when a hold protects the object. */
  remove(target: Target & { generation?: number | undefined }): Promise<void> {
    return this.#exclusive(target, async () => {
      const { bucket, name } = target;
      const object = this.find(bucket, name, target.generation);
      checkPreconditions(object, target.conditions);
      refuseHeld(object);
      const events = this.#events(this.catalog.bucket(bucket), "OBJECT_DELETE", object);
      await this.#record({ op: "object-gone", bucket, name, events });
      await this.files.remove(object.file, object.size);
    });
  }

  #create(target: Target, content: NewContent): Promise<StoredObject> {
    const { bucket, name, conditions } = target;
    checkObjectName(name);
    return this.#exclusive(target, async () => {
      const owner = this.catalog.bucket(bucket);
      const before = this.catalog.object(bucket, name);
      checkPreconditions(before, conditions);
      if (before !== undefined) refuseHeld(before);
      const generation = this.catalog.nextGeneration();
      const file = await content.file(generation);
      const now = new Date().toISOString();
      const object: StoredObject = {
        bucket,
        name,
        generation,
        metageneration: 1,
        file,
        size: content.size,
        crc32c: content.crc32c,
        ...(content.md5Hash === undefined ? {} : { md5Hash: content.md5Hash }),
        storageClass: content.storageClass ?? "STANDARD",
        ...(content.componentCount === undefined ? {} : { componentCount: content.componentCount }),
        timeCreated: now,
        updated: now,
        fields: content.fields,
      };
      await this.#recordCreation(owner, object, before, content.session);
      if (before !== undefined) await this.files.remove(before.file, before.size);
      this.finalized.emit("object", object);
      return object;
    });
  }

  async #recordCreation(
    owner: Bucket,
    object: StoredObject,
    before: StoredObject | undefined,
    session?: string,
  ): Promise<void> {
    const overwrote = before === undefined ? {} : { overwroteGeneration: String(before.generation) };
    const overwritten = { overwrittenByGeneration: String(object.generation) };
    const events = [
      ...this.#events(owner, "OBJECT_FINALIZE", object, overwrote),
      ...(before === undefined ? [] : this.#events(owner, "OBJECT_DELETE", before, overwritten)),
    ];
    try {
      await this.#record({ op: "object", object, events, ...(session === undefined ? {} : { session }) });
    } catch (error) {
      await this.files.remove(object.file, object.size);
      throw error;
    }
  }

  #events(bucket: Bucket, type: Parameters<typeof eventsFor>[1], object: StoredObject, more = {}): PendingEvent[] {
    const { onEvents, serverUrl } = this.#options;
    return onEvents === undefined ? [] : eventsFor(bucket, type, object, serverUrl(), more);
  }

  async #record(entry: Entry): Promise<void> {
    await this.catalog.record(entry);
    this.#options.onEvents?.();
  }

  #exclusive<T>({ bucket, name }: { bucket: string; name: string }, task: () => Promise<T>): Promise<T> {
    return this.catalog.whileOpen(bucket, () => this.#locks.run(`${bucket}/${name}`, task));
  }
}

function refuseHeld({ fields, bucket, name }: StoredObject): void {
  if (fields.temporaryHold !== true && fields.eventBasedHold !== true) return;
  throw new StorageError(
    403,
    "forbidden",
    `Object '${bucket}/${name}' is under active hold and cannot be deleted or replaced.`,
  );
}

/** An object may be deleted between the look at it and the look into it: then it is not found, as if it had been deleted before. */
async function whileThere<T>({ bucket, name }: StoredObject, task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw objectNotFound(bucket, name);
    throw error;
  }
}
