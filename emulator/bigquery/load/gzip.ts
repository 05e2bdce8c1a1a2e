import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { BigQueryError } from "../wire/errors.ts";
import type { SourceFile } from "./source-file.ts";

const chunkSize = 1024 * 1024;

/**
 * Checking means to decompress a second time, which would cost a large load a fifth of its speed. A large file that was
 * cut off shows anyway: its last row is no JSON, unless the cut is by chance just where a row ends.
 */
const checkedBytesMax = 256 * 1024;

/**
 * Checks that compressed files (but for large ones) are whole: to the end, and with the right checksum. DuckDB takes one
 * that was cut off for a short one.
 * @throws BigQueryError (invalid) that names the file
 */
export async function verifyGzip(files: readonly SourceFile[]): Promise<void> {
  for (const file of files) {
    if (!file.isGzip || file.bytes > checkedBytesMax) continue;
    try {
      await pipeline(createReadStream(file.path, { highWaterMark: chunkSize }), createGunzip({ chunkSize }), drain);
    } catch (error) {
      throw gzipError(error, file.uri) ?? error;
    }
  }
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _chunk of chunks);
}

/** @returns what is wrong with a compressed file, or undefined when the error is not about that */
export function gzipError(error: unknown, uri: string): BigQueryError | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (!code.startsWith("Z_")) return undefined;
  const message = `Error while reading data, error message: Failed to decompress gzip file (${code}) File: ${uri}`;
  return new BigQueryError(400, "invalid", message, { location: uri });
}
