import * as z from "zod";
import type { PromisedChecksums } from "./checksum.ts";
import { promisedByHeaders } from "./checksum.ts";
import { invalid, notEmulated } from "./errors.ts";
import { readRelatedParts } from "./multipart.ts";
import { type Editable, editableSchema, objectResource } from "./object.ts";
import { readPreconditions } from "./preconditions.ts";
import { parseJson, type StorageRequest, sendJson } from "./request.ts";
import type { ObjectStore, Target } from "./store.ts";

/** The object resource a caller sends along with an upload. */
const documentSchema = editableSchema.extend({
  name: z.string().optional(),
  storageClass: z.string().optional(),
  crc32c: z.string().optional(),
  md5Hash: z.string().optional(),
});
export type UploadDocument = z.infer<typeof documentSchema>;

/** What an upload asks for, besides its bytes. */
export interface UploadPlan {
  readonly target: Target;
  readonly fields: Editable;
  readonly promised: PromisedChecksums;
  readonly storageClass?: string | undefined;
}

/** @throws StorageError 400 */
export function parseUploadDocument(value: unknown): UploadDocument {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) throw invalid(`Invalid object resource: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Joins what the query, the headers and the document say. @throws StorageError 400, 501 */
export function planUpload(
  request: StorageRequest,
  bucket: string,
  document: UploadDocument,
  contentType?: string,
): UploadPlan {
  const { query, message } = request;
  if (message.headers["x-goog-encryption-algorithm"] !== undefined)
    throw notEmulated("customer-supplied encryption keys");
  const { name, storageClass, crc32c, md5Hash, ...fields } = document;
  const encoding = query.get("contentEncoding");
  return {
    target: { bucket, name: query.get("name") ?? name ?? "", conditions: readPreconditions(query) },
    fields: {
      ...(contentType === undefined ? {} : { contentType }),
      ...(encoding === null ? {} : { contentEncoding: encoding }),
      ...fields,
    },
    promised: {
      ...promisedByHeaders(message.headers),
      ...(crc32c === undefined ? {} : { crc32c }),
      ...(md5Hash === undefined ? {} : { md5Hash }),
    },
    storageClass,
  };
}

/** `uploadType=media`: the body is the object. */
export async function uploadMedia(
  store: ObjectStore,
  request: StorageRequest,
  bucket: string,
  serverUrl: string,
): Promise<void> {
  const plan = planUpload(request, bucket, {}, request.message.headers["content-type"]);
  await receive(store, request, plan, request.body, serverUrl);
}

/** `uploadType=multipart`: the object's document, then its bytes. */
export async function uploadMultipart(
  store: ObjectStore,
  request: StorageRequest,
  bucket: string,
  serverUrl: string,
): Promise<void> {
  const { first, secondHeaders, second } = await readRelatedParts(
    request.message.headers["content-type"] ?? "",
    request.body,
  );
  const plan = planUpload(request, bucket, parseUploadDocument(parseJson(first)), secondHeaders.get("content-type"));
  if (secondHeaders.get("content-transfer-encoding") === "base64") throw notEmulated("base64 parts in uploads");
  await receive(store, request, plan, second, serverUrl);
}

async function receive(
  store: ObjectStore,
  request: StorageRequest,
  plan: UploadPlan,
  body: AsyncIterable<Buffer>,
  serverUrl: string,
): Promise<void> {
  store.precheck(plan.target);
  const incoming = store.files.incoming();
  try {
    for await (const chunk of body) await incoming.write(chunk);
    const object = await store.insert(plan.target, incoming, plan);
    sendJson(request, objectResource(object, serverUrl));
  } catch (error) {
    await incoming.discard();
    throw error;
  }
}
