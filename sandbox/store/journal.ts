import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { parseLossless } from "../json/lossless.ts";
import { type Change, changeSchema } from "./changes.ts";

/** A change as it was made: with its id chosen, and when. */
export interface JournalEntry {
  readonly at: number;
  readonly change: Change;
}

const entrySchema = z.strictObject({ at: z.number(), change: changeSchema });

/** The changes made so far, kept in a file of JSON lines so that the next start can make them again. */
export interface Journal {
  read(): JournalEntry[];
  append(entry: JournalEntry): void;
  clear(): void;
}

/** A journal in a file; without a path, one that keeps nothing. */
export function journal(path: string | undefined): Journal {
  if (path === undefined) {
    return { read: () => [], append: () => undefined, clear: () => undefined };
  }
  mkdirSync(dirname(path), { recursive: true });
  const read = () => {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) {
      // Killed while it wrote a line: that change was never answered.
      truncateSync(path, Buffer.byteLength(whole));
    }
    return whole.split("\n").flatMap((line, index) => (line === "" ? [] : [parseEntry(line, `${path}:${index + 1}`)]));
  };
  return {
    read,
    append: (entry) => appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 }),
    clear: () => writeFileSync(path, "", { mode: 0o600 }),
  };
}

function parseEntry(line: string, place: string): JournalEntry {
  const parsed = entrySchema.safeParse(parseLossless(line));
  if (!parsed.success) {
    throw new Error(`${place} is not a change of this sandbox: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}
