import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Bucket, type FileMetadata, Storage } from "@google-cloud/storage";
import type { AuthClient } from "google-auth-library";
import { ConflictError, PermanentError, RetryableError } from "../errors.ts";
import type { StoredObject, StreamedStore } from "../ports/object-store.ts";

// The client hangs eleven listeners onto a stream of its own for each object that is larger than a buffer, and Node warns from eleven on.
EventEmitter.defaultMaxListeners = Math.max(EventEmitter.defaultMaxListeners, 20);

interface ApiFailure {
  readonly code?: number | string;
  readonly status?: number;
}

/** The client gives a number as `code` on simple requests and as `status` on uploads; a network failure has a text code. */
function statusOf(error: unknown): number | undefined {
  const { code, status } = error as ApiFailure;
  const number = Number(code ?? status);
  return Number.isInteger(number) ? number : Number.isInteger(status) ? status : undefined;
}

function translate(cause: unknown, action: string, uri: string, object: string): Error {
  const status = statusOf(cause);
  const details = { object: `${uri}/${object}`, status };
  if (status === 412) return new ConflictError(`${action}: the object has changed meanwhile`, details);
  if (status === 507) {
    return new PermanentError(`${action}: the bucket is full. Free some space and run it again.`, details, { cause });
  }
  if (status === 401 || status === 403) {
    return new PermanentError(
      `${action}: not permitted. Check the roles of this function's service account on ${uri}.`,
      details,
    );
  }
  if (status === 404) return new PermanentError(`${action}: there is no such bucket or object`, details);
  if (status === 400) return new PermanentError(`${action}: Cloud Storage refused the request`, details, { cause });
  return new RetryableError(`${action}: Cloud Storage did not answer as it should`, details, { cause });
}

function described(metadata: FileMetadata): StoredObject {
  return {
    name: String(metadata.name),
    generation: String(metadata.generation),
    sizeBytes: Number(metadata.size ?? 0),
    updatedAt: new Date(String(metadata.updated ?? metadata.timeCreated ?? 0)),
  };
}

class Bucketful implements StreamedStore {
  readonly uri: string;
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.uri = `gs://${bucket.name}`;
  }

  async read(name: string): Promise<{ body: string; generation: string } | undefined> {
    // The answer that carries the body names its generation, so that both belong together, in one request.
    let generation: string | undefined;
    const stream = this.#bucket
      .file(name)
      .createReadStream()
      .on("response", (answer: { headers: IncomingHttpHeaders }) => {
        generation = String(answer.headers["x-goog-generation"]);
      });
    try {
      const body = await text(stream);
      if (generation) return { body, generation };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw translate(error, "Reading an object", this.uri, name);
    }
    throw new RetryableError("Cloud Storage did not say which generation it gave", { object: `${this.uri}/${name}` });
  }

  async *readBytes(name: string): AsyncIterable<Uint8Array> {
    try {
      yield* this.#bucket.file(name).createReadStream({ decompress: false }) as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw translate(error, "Reading an object", this.uri, name);
    }
  }

  async write(name: string, body: string, ifGeneration: string): Promise<string> {
    const file = this.#bucket.file(name);
    try {
      await file.save(body, {
        resumable: false,
        contentType: "application/json",
        preconditionOpts: { ifGenerationMatch: Number(ifGeneration) },
      });
      return String(file.metadata.generation);
    } catch (error) {
      if (statusOf(error) !== 412) throw translate(error, "Writing an object", this.uri, name);
      return this.#ownSuccess(name, body, ifGeneration, error);
    }
  }

  /** A conditional write that the client repeated can fail on its own first success: then the object holds just what was written. */
  async #ownSuccess(name: string, body: string, ifGeneration: string, cause: unknown): Promise<string> {
    const present = await this.read(name);
    if (present && present.generation !== ifGeneration && present.body === body) return present.generation;
    throw translate(cause, "Writing an object", this.uri, name);
  }

  async writeStream(name: string, content: Readable, contentType: string): Promise<StoredObject> {
    const file = this.#bucket.file(name);
    const upload = file.createWriteStream({
      resumable: false,
      contentType,
      // Checked against what arrived. The client works CRC32C out in JavaScript, which takes four times as long as OpenSSL's MD5.
      validation: "md5",
      preconditionOpts: { ifGenerationMatch: 0 },
    });
    try {
      await pipeline(content, upload);
      return described(file.metadata);
    } catch (error) {
      throw translate(error, "Writing a part", this.uri, name);
    }
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    try {
      for await (const file of this.#bucket.getFilesStream({ prefix, autoPaginate: true })) {
        yield described((file as { metadata: FileMetadata }).metadata);
      }
    } catch (error) {
      throw translate(error, "Listing objects", this.uri, prefix);
    }
  }

  async stat(name: string): Promise<StoredObject | undefined> {
    try {
      const [metadata] = await this.#bucket.file(name).getMetadata();
      return described(metadata);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw translate(error, "Looking at an object", this.uri, name);
    }
  }

  async delete(name: string, ifGeneration?: string): Promise<boolean> {
    try {
      await this.#bucket
        .file(name)
        .delete(ifGeneration === undefined ? {} : { ifGenerationMatch: Number(ifGeneration) });
      return true;
    } catch (error) {
      const status = statusOf(error);
      if (status === 404 || status === 412) return false;
      throw translate(error, "Deleting an object", this.uri, name);
    }
  }
}

export interface StorageOptions {
  readonly projectId: string;
  /** Address of the emulator; Google's own when left out. */
  readonly endpoint?: string | undefined;
  /** Whose credentials; those that the library finds when left out. */
  readonly credentials?: AuthClient | undefined;
}

/** Buckets of one project. */
export interface Buckets {
  bucket(name: string): StreamedStore;
  /** Creates a bucket; one that exists is left as it is. */
  ensureBucket(name: string): Promise<void>;
  /** Has each new object below a prefix announced on a topic, once. */
  ensureNotification(bucket: string, topicPath: string, prefix: string): Promise<void>;
}

/** Opens Cloud Storage. The one importer of @google-cloud/storage. */
export function openStorage(options: StorageOptions): Buckets {
  const storage = new Storage({
    projectId: options.projectId,
    ...(options.endpoint ? { apiEndpoint: options.endpoint } : {}),
    ...(options.credentials ? { authClient: options.credentials } : {}),
  });
  return {
    bucket: (name) => new Bucketful(storage.bucket(name)),
    ensureBucket: async (name) => {
      try {
        await storage.createBucket(name);
      } catch (error) {
        if (statusOf(error) !== 409) throw translate(error, "Creating a bucket", `gs://${name}`, "");
      }
    },
    ensureNotification: async (name, topicPath, prefix) => {
      const bucket = storage.bucket(name);
      const [present] = await bucket.getNotifications();
      const isThere = present.some(({ metadata }) => metadata?.object_name_prefix === prefix);
      if (isThere) return;
      await bucket.createNotification(topicPath, {
        eventTypes: ["OBJECT_FINALIZE"],
        objectNamePrefix: prefix,
        payloadFormat: "JSON_API_V1",
      });
    },
  };
}
