import type { Readable } from "node:stream";

export interface StoredObject {
  readonly name: string;
  readonly generation: string;
  readonly sizeBytes: number;
  readonly updatedAt: Date;
}

/** One bucket. Names have no leading slash. Generations are opaque strings; "0" means "the object does not exist yet". */
export interface ObjectStore {
  /** The bucket as a `gs://name` prefix, for load jobs. */
  readonly uri: string;
  /** The whole object, or undefined when there is none. For small control objects and manifests. */
  read(name: string): Promise<{ readonly body: string; readonly generation: string } | undefined>;
  /** Writes the whole object if its generation is still `ifGeneration`; returns the new one. @throws ConflictError */
  write(name: string, body: string, ifGeneration: string): Promise<string>;
  /** Streams a new object (create-only). `stored` resolves when it is durable. @throws ConflictError if it exists */
  writeStream(name: string, content: Readable, contentType: string): Promise<StoredObject>;
  /** Objects below a prefix, in name order, fetched page by page. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Metadata, or undefined when there is none. */
  stat(name: string): Promise<StoredObject | undefined>;
  /** Deletes; an object already gone, or changed since `ifGeneration`, is left and false is returned. */
  delete(name: string, ifGeneration?: string): Promise<boolean>;
}

/** A bucket whose objects can be read as they come: parts are larger than memory should hold. */
export interface StreamedStore extends ObjectStore {
  /** The bytes of an object as they are stored. @throws PermanentError when there is none */
  readBytes(name: string): AsyncIterable<Uint8Array>;
}
