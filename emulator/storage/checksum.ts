import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { crc32c } from "@node-rs/crc32";
import { StorageError } from "./errors.ts";

/** The checksums Cloud Storage keeps of an object, both in base64. */
export interface Checksums {
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** The checksums a caller says an object has, as far as it says. */
export interface PromisedChecksums {
  readonly crc32c?: string | undefined;
  readonly md5Hash?: string | undefined;
}

/** Takes the bytes of an object as they come. */
export class Digest {
  #crc = 0;
  readonly #md5 = createHash("md5");

  update(bytes: Uint8Array): void {
    this.#crc = crc32c(bytes, this.#crc);
    this.#md5.update(bytes);
  }

  finish(): Checksums {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc >>> 0);
    return { crc32c: crc.toString("base64"), md5Hash: this.#md5.copy().digest("base64") };
  }

  /** The digest of what a file holds already, for an upload that goes on after a restart. */
  static async ofFile(path: string): Promise<Digest> {
    const digest = new Digest();
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) digest.update(chunk);
    return digest;
  }
}

/** Checksums a caller promised, from the headers `x-goog-hash` and `content-md5`. */
export function promisedByHeaders(headers: NodeJS.Dict<string | string[]>): PromisedChecksums {
  const promised: { crc32c?: string; md5Hash?: string } = {};
  for (const pair of String(headers["x-goog-hash"] ?? "").split(",")) {
    const [kind, ...value] = pair.trim().split("=");
    if (kind === "crc32c") promised.crc32c = value.join("=");
    if (kind === "md5") promised.md5Hash = value.join("=");
  }
  const contentMd5 = headers["content-md5"];
  if (typeof contentMd5 === "string") promised.md5Hash = contentMd5;
  return promised;
}

/** @throws StorageError 400 when the bytes that came are not those the caller promised. */
export function checkPromise(promised: PromisedChecksums, actual: Checksums): void {
  for (const [kind, label] of [
    ["crc32c", "CRC32C"],
    ["md5Hash", "MD5 hash"],
  ] as const) {
    if (promised[kind] === undefined || promised[kind] === actual[kind]) continue;
    const message = `Provided ${label} "${promised[kind]}" doesn't match calculated ${label} "${actual[kind]}".`;
    throw new StorageError(400, "invalid", message);
  }
}
