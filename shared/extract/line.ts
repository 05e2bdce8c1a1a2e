import { hash } from "node:crypto";
import { firstTextAt, parseKeepingNumbers } from "../connector/json-value.ts";
import type { Op } from "../connector/walk.ts";
import { PermanentError } from "../errors.ts";

/** What every line of a run has in common. */
export interface LineContext {
  readonly sourceId: string;
  readonly schoolYear: number;
  readonly runId: string;
  readonly runStartedAt: string;
}

/** How a record of one walk becomes a line. */
export interface LineRules {
  readonly op: Op;
  /** Where the record has its id; undefined when the API gives none and the natural key stands in. */
  readonly idPaths: readonly string[] | undefined;
  readonly keyPaths: readonly (readonly string[])[];
  /** Upserts: the end of the window, the same for all. Changes: each record has its own. */
  readonly changeVersion: string | null | { readonly at: readonly string[] };
  /** Where a run holds a part of the records only: what tells which part a record belongs to. */
  readonly partPath?: string | undefined;
}

/** Records by the part that they belong to. */
export type Held = Readonly<Record<string, number>>;

/** Parts that one run may hold: they are counted in its checkpoint. */
const partsMax = 1000;

/** Adds the records of a page to those that were counted before. @throws PermanentError when there are too many parts */
export function heldTogether(before: Held = {}, page: ReadonlyMap<string, number>): Held {
  const held = { ...before };
  for (const [part, count] of page) held[part] = (held[part] ?? 0) + count;
  if (Object.keys(held).length <= partsMax) return held;
  throw new PermanentError(
    `A run holds more than ${partsMax} parts. Check the endpoint's \`replaces\` in the connector file: it names something like a term, of which a run has few.`,
  );
}

/** A UUID however it is written; the ids of other APIs may differ by a dash or a capital alone. */
const uuid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function normalId(id: string): string {
  return uuid.test(id) ? id.replaceAll("-", "").toLowerCase() : id;
}

/** The id when it stands first in the record, as an ODS sends it: found without parsing the record. */
function leadingId(record: Buffer, prefix: Buffer): string | undefined {
  for (let index = 0; index < prefix.length; index += 1) if (record[index] !== prefix[index]) return undefined;
  const id = record.toString("latin1", prefix.length, record.indexOf(0x22, prefix.length));
  if (/^[0-9a-z]+$/.test(id)) return id;
  return /^[0-9A-Za-z-]+$/.test(id) ? normalId(id) : undefined;
}

const lineEnd = Buffer.from("}\n");

/** Lines are gathered in one buffer that is used again and again: what every page allocates anew, the collector takes its time to give back. */
class LineBuffer {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** Adds a line: what all lines begin with, the fields of this one, its record, the end. */
  add(head: Buffer, fields: string, record: Buffer): void {
    const room = this.#length + head.length + 3 * fields.length + record.length + lineEnd.length;
    if (room > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes.subarray(0, this.#length)], 2 * room);
    this.#addBytes(head);
    this.#length += this.#bytes.write(fields, this.#length);
    this.#addBytes(record);
    this.#addBytes(lineEnd);
  }

  #addBytes(bytes: Buffer): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Text of a JSON string that is known to need no escaping beyond JSON.stringify's. */
const text = JSON.stringify;

/** Makes the lines of a page. They are good until the next page's are made. */
export interface MakeLines {
  (records: readonly Buffer[], extractedAt: string): Buffer;
  /** The records of the last page by part; empty where there are no parts. */
  readonly parts: ReadonlyMap<string, number>;
}

/** Makes lines of part files (docs/contracts.md) from records, each of them on one line, byte-exact in `data`. */
export function lineMaker(context: LineContext, rules: LineRules): MakeLines {
  const { op, idPaths, keyPaths, changeVersion, partPath } = rules;
  const isSameVersion = changeVersion === null || typeof changeVersion === "string";
  const idPath = idPaths?.length === 1 ? /^\$\.([\w-]+)$/.exec(idPaths[0] ?? "")?.[1] : undefined;
  const idPrefix =
    idPath !== undefined && isSameVersion && partPath === undefined ? Buffer.from(`{"${idPath}":"`) : undefined;
  const head = Buffer.from(
    `{"source_id":${text(context.sourceId)},"school_year":${context.schoolYear},"op":"${op}","run_id":${text(context.runId)},"run_started_at":${text(context.runStartedAt)},"record_id":`,
  );
  const lines = new LineBuffer();

  const identify = (parsed: unknown): string => {
    const id = idPaths ? firstTextAt(parsed, idPaths) : undefined;
    if (id !== undefined) return normalId(id);
    const parts = keyPaths.map((paths) => firstTextAt(parsed, paths) ?? "");
    if (parts.every((part) => part === "")) {
      throw new PermanentError(
        "A record has neither an id nor a natural key. Check `records.id` and the endpoint's `key` in the connector file.",
      );
    }
    return hash("sha256", parts.join("\u001f")).slice(0, 32);
  };

  const versionOf = (parsed: unknown): string | null => {
    if (isSameVersion) return changeVersion;
    const version = firstTextAt(parsed, changeVersion.at);
    if (version !== undefined && /^\d+$/.test(version)) return version;
    throw new PermanentError(
      "A record of a feed of changes has no change version. Check `change_version` in the connector file.",
    );
  };

  const parts = new Map<string, number>();

  const make = (records: readonly Buffer[], extractedAt: string): Buffer => {
    lines.clear();
    parts.clear();
    for (const record of records) {
      const fast = idPrefix && leadingId(record, idPrefix);
      const parsed = fast === undefined ? parseKeepingNumbers(record.toString("utf8")) : undefined;
      const id = text(fast ?? identify(parsed));
      if (partPath !== undefined) {
        const part = firstTextAt(parsed, [partPath]) ?? "";
        parts.set(part, (parts.get(part) ?? 0) + 1);
      }
      const digest = hash("sha256", record);
      const fields = `${id},"change_version":${versionOf(parsed)},"extracted_at":"${extractedAt}","row_hash":"${digest}","data":`;
      lines.add(head, fields, record);
    }
    return lines.content;
  };
  return Object.assign(make, { parts });
}
