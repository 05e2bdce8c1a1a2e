import { randomUUID } from "node:crypto";
import { promisedByHeaders } from "./checksum.ts";
import type { IncomingFile } from "./data-files.ts";
import { invalid, StorageError, toStorageError } from "./errors.ts";
import { Locks } from "./locks.ts";
import { objectResource, type StoredObject } from "./object.ts";
import type { Session } from "./records.ts";
import { readJson, type StorageRequest, sendJson, sendNothing } from "./request.ts";
import type { ObjectStore } from "./store.ts";
import { parseUploadDocument, planUpload } from "./uploads.ts";

const sessionLifeMs = 7 * 24 * 3600 * 1000;

/** What a Content-Range header of an upload says. `from` is absent in a status query; `total` while the size is unknown. */
interface UploadRange {
  readonly from?: number;
  readonly total?: number;
  /** The body ends the upload: its size is known, or it is sent in one go to an open end. */
  readonly isLast: boolean;
}

/** Resumable uploads (https://cloud.google.com/storage/docs/performing-resumable-uploads). They go on after a restart. */
export class ResumableUploads {
  readonly #store: ObjectStore;
  readonly #serverUrl: () => string;
  readonly #incoming = new Map<string, IncomingFile>();
  readonly #locks = new Locks();

  constructor(store: ObjectStore, serverUrl: () => string) {
    this.#store = store;
    this.#serverUrl = serverUrl;
  }

  /** Takes up the sessions of an earlier life; those older than a week are over. */
  async restore(): Promise<void> {
    const { catalog, files } = this.#store;
    for (const { id, startedAt } of [...catalog.sessions.values()]) {
      if (Date.parse(startedAt) + sessionLifeMs > Date.now()) this.#incoming.set(id, await files.resume(id));
      else await catalog.record({ op: "session-gone", id });
    }
  }

  /** Opens a session and answers with its address. */
  async start(request: StorageRequest, bucket: string): Promise<void> {
    const { query, message } = request;
    const type = message.headers["x-upload-content-type"];
    const document = parseUploadDocument(await readJson(request.body));
    const { target, fields, promised, storageClass } = planUpload(
      request,
      bucket,
      document,
      typeof type === "string" ? type : undefined,
    );
    this.#store.precheck(target);
    const declared = message.headers["x-upload-content-length"];
    const session: Session = {
      id: randomUUID(),
      bucket,
      name: target.name,
      startedAt: new Date().toISOString(),
      ...(typeof declared === "string" && /^\d{1,15}$/.test(declared) ? { declaredSize: Number(declared) } : {}),
      fields,
      promised,
      ...(storageClass === undefined ? {} : { storageClass }),
      conditions: { ...target.conditions },
    };
    await this.#store.catalog.record({ op: "session", session });
    this.#incoming.set(session.id, this.#store.files.incoming(session.id));
    const address = new URLSearchParams(query);
    address.set("upload_id", session.id);
    const location = `${this.#serverUrl()}/upload/storage/v1/b/${bucket}/o?${address}`;
    sendNothing(request, 200, { location, "x-guploader-uploadid": session.id });
  }

  /** Takes bytes, or answers how many there are. Requests of one session are handled one after another. */
  async proceed(request: StorageRequest, id: string): Promise<void> {
    await this.#locks.run(id, async () => {
      const finished = this.#store.catalog.finishedSessions.get(id);
      if (finished !== undefined) return this.#sendFinished(request, finished);
      const session = this.#store.catalog.sessions.get(id);
      const incoming = this.#incoming.get(id);
      if (session === undefined || incoming === undefined)
        throw new StorageError(404, "notFound", "No such upload session.");
      const range = parseUploadRange(request.message.headers["content-range"]);
      if (range.from !== undefined) await this.#take(session, incoming, request, range.from);
      if (range.total !== undefined && incoming.size > range.total)
        throw invalid("More bytes came than the upload was said to have.");
      const isComplete = range.isLast && (range.total === undefined || range.total === incoming.size);
      if (isComplete) return this.#finish(session, incoming, request);
      sendNothing(request, 308, {
        ...(incoming.size === 0 ? {} : { range: `bytes=0-${incoming.size - 1}` }),
        "x-guploader-uploadid": id,
      });
    });
  }

  /** Ends a session and forgets its bytes. The odd status is Cloud Storage's own. */
  async cancel(request: StorageRequest, id: string): Promise<void> {
    await this.#locks.run(id, async () => {
      if (!this.#store.catalog.sessions.has(id)) throw new StorageError(404, "notFound", "No such upload session.");
      await this.#drop(id);
      sendNothing(request, 499);
    });
  }

  async #take(session: Session, incoming: IncomingFile, { body }: StorageRequest, from: number): Promise<void> {
    if (from > incoming.size) {
      const offsets = `the upload offset is ${from} byte(s), which exceeds already uploaded size of ${incoming.size} byte(s)`;
      throw invalid(`Invalid request. According to the Content-Range header, ${offsets}.`);
    }
    let skip = incoming.size - from;
    try {
      for await (const chunk of body) {
        const news = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - news.length;
        if (news.length > 0) await incoming.write(news);
      }
    } catch (error) {
      // A caller that went away finds its bytes again when it asks; a full disk ends the upload, so that its bytes do not keep the disk full.
      if (toStorageError(error).status === 507) await this.#drop(session.id);
      throw error;
    } finally {
      if (this.#incoming.has(session.id)) await incoming.settle();
    }
  }

  async #finish(session: Session, incoming: IncomingFile, request: StorageRequest): Promise<void> {
    if (session.declaredSize !== undefined && session.declaredSize !== incoming.size) {
      throw invalid(`The upload was declared with ${session.declaredSize} bytes and ended with ${incoming.size}.`);
    }
    const target = { bucket: session.bucket, name: session.name, conditions: session.conditions };
    const promised = { ...session.promised, ...promisedByHeaders(request.message.headers) };
    const { id, fields, storageClass } = session;
    const object = await this.#store.insert(target, incoming, { fields, promised, storageClass, session: id });
    this.#incoming.delete(id);
    this.#sendFinished(request, object);
  }

  #sendFinished(request: StorageRequest, object: StoredObject): void {
    sendJson(request, objectResource(object, this.#serverUrl()));
  }

  async #drop(id: string): Promise<void> {
    const incoming = this.#incoming.get(id);
    this.#incoming.delete(id);
    await incoming?.discard();
    await this.#store.catalog.record({ op: "session-gone", id });
  }
}

/** @throws StorageError 400 */
export function parseUploadRange(header: string | undefined): UploadRange {
  if (header === undefined) return { from: 0, isLast: true };
  const match = /^bytes\s+(?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header.trim());
  if (match === null) throw invalid(`Failed to parse Content-Range header: '${header}'`);
  const [, from, to, size] = match;
  const total = size === "*" ? {} : { total: Number(size) };
  if (from === undefined) return { ...total, isLast: size !== "*" };
  return { from: Number(from), ...total, isLast: size !== "*" || to === "*" };
}
