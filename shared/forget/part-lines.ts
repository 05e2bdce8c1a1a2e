import { Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { ConflictError, PermanentError } from "../errors.ts";
import type { StoredObject, StreamedStore } from "../ports/object-store.ts";

/** What of a part is about a student. */
export interface PartCount {
  readonly kept: number;
  readonly upserts: number;
  readonly deletes: number;
  readonly keyChanges: number;
}

const newline = 0x0a;

/** The lines of a gzipped part, one after the other; only a line is held in memory. */
async function* linesOf(landing: StreamedStore, name: string): AsyncGenerator<string> {
  const unpacked = Readable.from(landing.readBytes(name)).compose(createGunzip()) as AsyncIterable<Buffer>;
  let open: Buffer[] = [];
  for await (const piece of unpacked) {
    let from = 0;
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, from)) {
      open.push(piece.subarray(from, at));
      const line = Buffer.concat(open).toString("utf8");
      open = [];
      from = at + 1;
      if (line !== "") yield line;
    }
    open.push(piece.subarray(from));
  }
  const last = Buffer.concat(open).toString("utf8");
  if (last !== "") yield last;
}

function opOf(line: string): string {
  // The run's own columns stand before the record, so this finds the line's own.
  return /"op":"(\w+)"/.exec(line)?.[1] ?? "";
}

/** Counts the lines of a part that are about the student, and those that are not. */
export async function countPart(
  landing: StreamedStore,
  name: string,
  isAbout: (line: string) => boolean,
): Promise<PartCount> {
  const counts = { kept: 0, upserts: 0, deletes: 0, keyChanges: 0 };
  for await (const line of linesOf(landing, name)) {
    if (!isAbout(line)) counts.kept += 1;
    else if (opOf(line) === "delete") counts.deletes += 1;
    else if (opOf(line) === "key_change") counts.keyChanges += 1;
    else counts.upserts += 1;
  }
  return counts;
}

async function* otherLines(landing: StreamedStore, name: string, isAbout: (line: string) => boolean) {
  for await (const line of linesOf(landing, name)) {
    if (!isAbout(line)) yield `${line}\n`;
  }
}

/** Writes what of a part is not about the student into another, which an earlier attempt may have written already. */
export async function writeOthers(
  landing: StreamedStore,
  name: string,
  target: string,
  isAbout: (line: string) => boolean,
): Promise<StoredObject> {
  try {
    const content = Readable.from(otherLines(landing, name, isAbout)).compose(createGzip());
    return await landing.writeStream(target, content, "application/gzip");
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const present = await landing.stat(target);
    if (present) return present;
    throw new PermanentError("A part that was there a moment ago is gone", { object: target });
  }
}
