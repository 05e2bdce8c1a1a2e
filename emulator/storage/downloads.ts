import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { errorCode } from "../error-code.ts";
import { StorageError } from "./errors.ts";
import { etagOf, type StoredObject } from "./object.ts";
import type { StorageRequest } from "./request.ts";

/** The bytes from `start` to `end`, both inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Sends an object's bytes from its open file, and closes that: whole or a range, and unpacked when they are stored with
 * `Content-Encoding: gzip` and the caller does not accept that (https://cloud.google.com/storage/docs/transcoding).
 * @throws StorageError 416
 */
export async function sendMedia(request: StorageRequest, object: StoredObject, file: FileHandle): Promise<void> {
  const { message, response, method } = request;
  const isGzip = object.fields.contentEncoding === "gzip";
  const accepts = /\bgzip\b/.test(String(message.headers["accept-encoding"] ?? ""));
  const mustUnpack = isGzip && !accepts && !/no-transform/.test(object.fields.cacheControl ?? "");
  try {
    const range = mustUnpack ? undefined : parseRange(message.headers.range, object.size);
    const headers = { ...mediaHeaders(object), ...contentHeaders(object, mustUnpack, range) };
    response.writeHead(range === undefined ? 200 : 206, headers);
    if (method === "HEAD" || object.size === 0) {
      response.end();
      return;
    }
    const content = file.createReadStream({ ...(range ?? {}), autoClose: false, highWaterMark: 256 * 1024 });
    await sendStream(mustUnpack ? [content, createGunzip()] : [content], response);
  } finally {
    await file.close();
  }
}

async function sendStream(streams: Readable[], response: StorageRequest["response"]): Promise<void> {
  try {
    await pipeline([...streams, response]);
  } catch (error) {
    const code = errorCode(error);
    // A caller may stop reading whenever it has seen enough; that is no fault.
    if (code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

function mediaHeaders(object: StoredObject): Record<string, string | number> {
  const { fields } = object;
  const md5 = object.md5Hash === undefined ? "" : `,md5=${object.md5Hash}`;
  const custom = Object.entries(fields.metadata ?? {}).filter(([key, value]) => isHeader(key, value));
  return {
    "accept-ranges": "bytes",
    "content-type": fields.contentType ?? "application/octet-stream",
    "cache-control": fields.cacheControl ?? "private, max-age=0",
    ...(fields.contentDisposition === undefined ? {} : { "content-disposition": fields.contentDisposition }),
    ...(fields.contentLanguage === undefined ? {} : { "content-language": fields.contentLanguage }),
    etag: etagOf(object),
    "last-modified": new Date(object.updated).toUTCString(),
    "x-goog-generation": String(object.generation),
    "x-goog-metageneration": String(object.metageneration),
    "x-goog-hash": `crc32c=${object.crc32c}${md5}`,
    "x-goog-storage-class": object.storageClass,
    "x-goog-stored-content-encoding": fields.contentEncoding ?? "identity",
    "x-goog-stored-content-length": String(object.size),
    ...Object.fromEntries(custom.map(([key, value]) => [`x-goog-meta-${key}`, value])),
  };
}

function isHeader(key: string, value: string): boolean {
  return /^[A-Za-z0-9_.-]+$/.test(key) && /^[\x20-\x7e]*$/.test(value);
}

function contentHeaders(object: StoredObject, unpacked: boolean, range?: ByteRange): Record<string, string | number> {
  if (unpacked) return { warning: '214 UploadServer "gunzipped"', vary: "Accept-Encoding" };
  const encoding = object.fields.contentEncoding;
  return {
    ...(encoding === undefined ? {} : { "content-encoding": encoding, vary: "Accept-Encoding" }),
    "content-length": range === undefined ? object.size : range.end - range.start + 1,
    ...(range === undefined ? {} : { "content-range": `bytes ${range.start}-${range.end}/${object.size}` }),
  };
}

/**
 * One range of a Range header (RFC 9110 section 14.2). A header of another form, or of several ranges, is ignored, as the RFC allows.
 * @throws StorageError 416 when nothing of the object lies in it.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^\s*bytes=(\d*)-(\d*)\s*$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start >= size || end < start) {
    throw new StorageError(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
  }
  return { start, end };
}
