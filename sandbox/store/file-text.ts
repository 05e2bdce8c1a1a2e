import { randomUUID } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

/** The bytes of a file, unpacked, of which any part can be read at once. */
export interface FileText {
  readonly bytes: number;
  /** The part from `start` up to `end`. Do not write into it: it may be shared. */
  slice(start: number, end: number): Buffer;
  /** What it costs to keep, in bytes of memory. */
  readonly memory: number;
  release(): void;
}

/** Unpacked files up to this size are kept in memory; larger ones in a temporary file. */
const memoryBytesMax = 32 * 1024 * 1024;

/**
 * Opens a `.jsonl` file where it lies, or unpacks a `.jsonl.gz`: into memory when it is small, else into a temporary file that has no name
 * any more. `onChunk` sees the bytes as they pass, so that they are indexed in the same pass.
 */
export async function openText(path: string, onChunk: (chunk: Buffer) => void): Promise<FileText> {
  return path.endsWith(".gz") ? await unpack(path, onChunk) : await openPlain(path, onChunk);
}

async function openPlain(path: string, onChunk: (chunk: Buffer) => void): Promise<FileText> {
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    onChunk(chunk);
  }
  return inFile(openSync(path, "r"), bytes);
}

async function unpack(path: string, onChunk: (chunk: Buffer) => void): Promise<FileText> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let file: number | undefined;
  await pipeline(
    createReadStream(path),
    createGunzip({ chunkSize: 1 << 20 }),
    async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) {
        bytes += chunk.length;
        onChunk(chunk);
        chunks.push(chunk);
        if (file !== undefined || bytes > memoryBytesMax) {
          file ??= openUnnamed();
          writeAll(file, chunks);
          chunks = [];
        }
      }
    },
  );
  return file === undefined ? inMemory(Buffer.concat(chunks)) : inFile(file, bytes);
}

function inMemory(buffer: Buffer): FileText {
  return {
    bytes: buffer.length,
    memory: buffer.length,
    slice: (start, end) => buffer.subarray(start, end),
    release: () => undefined,
  };
}

function inFile(file: number, bytes: number): FileText {
  let open = true;
  const read = (start: number, end: number) => {
    const buffer = Buffer.allocUnsafe(end - start);
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSync(file, buffer, filled, buffer.length - filled, start + filled);
      if (count === 0) {
        throw new Error("The data file became shorter while it was served.");
      }
      filled += count;
    }
    return buffer;
  };
  const release = () => {
    if (open) {
      open = false;
      closeSync(file);
    }
  };
  return { bytes, memory: 0, slice: read, release };
}

// Unlinked at once: whatever ends this process, nothing stays behind.
function openUnnamed(): number {
  const path = join(tmpdir(), `sandbox-${randomUUID()}`);
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return file;
}

function writeAll(file: number, chunks: readonly Buffer[]): void {
  for (const chunk of chunks) {
    let written = 0;
    while (written < chunk.length) {
      written += writeSync(file, chunk, written);
    }
  }
}
