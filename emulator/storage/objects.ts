import * as z from "zod";
import { sendMedia } from "./downloads.ts";
import { invalid, objectNotFound, StorageError } from "./errors.ts";
import { list, readListRequest } from "./listing.ts";
import { edit, editableSchema, objectResource, type StoredObject } from "./object.ts";
import { checkPreconditions, readPreconditions, wholeNumber } from "./preconditions.ts";
import { readJson, type StorageRequest, sendJson, sendNothing } from "./request.ts";
import type { ObjectStore } from "./store.ts";

const copySchema = editableSchema.extend({ storageClass: z.string().nullish() });
/** A number or its text; Python's client writes null where it has none. */
const generationSchema = z.preprocess((value) => value ?? undefined, z.coerce.number().optional());
const composeSchema = z.object({
  sourceObjects: z.array(
    z.object({
      name: z.string(),
      generation: generationSchema,
      objectPreconditions: z.object({ ifGenerationMatch: generationSchema }).nullish(),
    }),
  ),
  destination: editableSchema.optional(),
});

/** How often a read looks for an object that is replaced under its eyes. */
const looksMax = 20;

/** The objects of the JSON API, without uploads. */
export class Objects {
  readonly #store: ObjectStore;
  readonly #serverUrl: () => string;

  constructor(store: ObjectStore, serverUrl: () => string) {
    this.#store = store;
    this.#serverUrl = serverUrl;
  }

  list(request: StorageRequest, bucket: string): void {
    // Deleted objects are not kept, so there are none to list.
    const names = request.query.get("softDeleted")?.toLowerCase() === "true" ? [] : this.#store.catalog.names(bucket);
    const listing = list(names, readListRequest(request.query));
    const items = listing.names.map((name) => this.#resource(this.#store.find(bucket, name)));
    sendJson(request, {
      kind: "storage#objects",
      ...(items.length === 0 ? {} : { items }),
      ...(listing.prefixes.length === 0 ? {} : { prefixes: listing.prefixes }),
      ...(listing.nextPageToken === undefined ? {} : { nextPageToken: listing.nextPageToken }),
    });
  }

  /** One object by its own address. @returns false for a method that there is not. */
  async handle(request: StorageRequest, bucket: string, name: string): Promise<boolean> {
    const { query, method } = request;
    const target = { bucket, name, conditions: readPreconditions(query), generation: wholeNumber(query, "generation") };
    if (method === "GET" || method === "HEAD") {
      if (query.get("alt") === "media") await this.sendMedia(request, bucket, name);
      else {
        const object = this.#readable(request, bucket, name);
        sendJson(request, this.#resource(object), { etag: String(this.#resource(object).etag) });
      }
    } else if (method === "DELETE") {
      await this.#store.remove(target);
      sendNothing(request);
    } else if (method === "PATCH" || method === "PUT") {
      const edits = parse(editableSchema, await readJson(request.body));
      const object = await this.#store.change(target, (before) => edit(method === "PUT" ? {} : before, edits));
      sendJson(request, this.#resource(object));
    } else return false;
    return true;
  }

  /** The object's bytes, also for the XML API's address. */
  async sendMedia(request: StorageRequest, bucket: string, name: string): Promise<void> {
    for (let look = 0; look < looksMax; look += 1) {
      const object = this.#readable(request, bucket, name);
      const file = await this.#store.open(object);
      if (file !== undefined) return sendMedia(request, object, file);
    }
    throw objectNotFound(bucket, name);
  }

  /** `copyTo` answers with the object, `rewriteTo` with its progress, which is always the end. */
  async copy(
    request: StorageRequest,
    from: { bucket: string; name: string },
    to: { bucket: string; name: string },
    isRewrite: boolean,
  ) {
    const { query, body } = request;
    const source = this.#store.find(from.bucket, from.name, wholeNumber(query, "sourceGeneration"));
    checkPreconditions(source, readPreconditions(query, "Source"));
    const { storageClass, ...edits } = parse(copySchema, await readJson(body));
    const target = { ...to, conditions: readPreconditions(query) };
    const object = await this.#store.copy(source, target, edits, storageClass ?? undefined);
    const resource = this.#resource(object);
    const size = String(object.size);
    if (!isRewrite) sendJson(request, resource);
    else
      sendJson(request, {
        kind: "storage#rewriteResponse",
        totalBytesRewritten: size,
        objectSize: size,
        done: true,
        resource,
      });
  }

  async compose(request: StorageRequest, bucket: string, name: string): Promise<void> {
    const { sourceObjects, destination } = parse(composeSchema, await readJson(request.body));
    const sources = sourceObjects.map((source) => {
      const object = this.#store.find(bucket, source.name, source.generation);
      const match = source.objectPreconditions?.ifGenerationMatch;
      checkPreconditions(object, match === undefined ? {} : { generationMatch: match });
      return object;
    });
    const target = { bucket, name, conditions: readPreconditions(request.query) };
    this.#store.precheck(target);
    sendJson(request, this.#resource(await this.#store.compose(sources, target, destination ?? {})));
  }

  #readable({ query, message }: StorageRequest, bucket: string, name: string): StoredObject {
    const object = this.#store.find(bucket, name, wholeNumber(query, "generation"));
    checkPreconditions(object, readPreconditions(query));
    const etag = String(this.#resource(object).etag);
    const { "if-none-match": unwanted, "if-match": wanted } = message.headers;
    if (unwanted?.includes(etag)) throw new StorageError(304, "notModified", "Not Modified");
    if (wanted !== undefined && wanted !== "*" && !wanted.includes(etag)) {
      throw new StorageError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
    }
    return object;
  }

  #resource(object: StoredObject): Record<string, unknown> {
    return objectResource(object, this.#serverUrl());
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalid(`Invalid request body: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
