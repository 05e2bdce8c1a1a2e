import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { crc32c } from "@node-rs/crc32";
import { writeAll } from "./durable-file.ts";

const flushBytes = 8 * 1024 * 1024;

/** A line of a journal: the checksum of its JSON, the JSON, a line feed. */
export function encodeLine(entry: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(entry));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.from("\n")]);
}

function checksum(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(8, "0");
}

/** Writes the values as the lines of a new file. @returns its size. */
export async function writeLines(handle: FileHandle, values: Iterable<unknown>): Promise<number> {
  let size = 0;
  let lines: Buffer[] = [];
  let bytes = 0;
  const flush = async () => {
    await writeAll(handle, Buffer.concat(lines), size);
    size += bytes;
    lines = [];
    bytes = 0;
  };
  for (const value of values) {
    const line = encodeLine(value);
    lines.push(line);
    bytes += line.length;
    if (bytes > flushBytes) await flush();
  }
  await flush();
  return size;
}

/** The lines that end in a line feed, as bytes: text readers also split at characters that JSON may hold. */
export async function* readLines(file: string): AsyncGenerator<{ line: Buffer; offset: number }> {
  let rest: Buffer[] = [];
  let offset = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      yield { line, offset };
      offset += line.length + 1;
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
  }
}

/** @returns undefined for a line whose checksum is not that of its JSON. */
export function decodeLine(line: Buffer): { json: unknown } | undefined {
  const json = line.subarray(9);
  if (line[8] !== 32 || line.toString("latin1", 0, 8) !== checksum(json)) return undefined;
  return { json: JSON.parse(json.toString()) };
}
