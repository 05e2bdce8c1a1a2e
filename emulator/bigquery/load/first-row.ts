import { open } from "node:fs/promises";
import { constants, gunzipSync } from "node:zlib";
import type { SourceFile } from "./source-file.ts";

/** How much of a file is looked at, as it is stored. */
const headBytes = 16 * 1024;
const textBytesMax = 4 * 1024 * 1024;

/**
 * The keys of the first row of a load, in its order. It serves speed alone.
 * @returns undefined where there is no telling: an empty file, a first row that is long or no object
 */
export async function keysOfFirstRow(files: readonly SourceFile[]): Promise<string[] | undefined> {
  const [first] = files;
  if (first === undefined) return undefined;
  const file = await open(first.path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return keysOf(textOf(buffer.subarray(0, bytesRead), first.isGzip));
  } catch {
    // What is wrong with the file is found, and said, when it is loaded.
    return undefined;
  } finally {
    await file.close();
  }
}

function textOf(head: Buffer, isGzip: boolean): string {
  // The head ends in the middle of the stream, which must be no error.
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: textBytesMax };
  return (isGzip ? gunzipSync(head, options) : head).toString("utf8");
}

function keysOf(text: string): string[] | undefined {
  const row: unknown = JSON.parse(text.split("\n", 1)[0] ?? "");
  return typeof row === "object" && row !== null ? Object.keys(row) : undefined;
}
