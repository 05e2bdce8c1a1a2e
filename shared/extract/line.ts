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
}

const newlines = /[\n\r]/;

/** A JSON string cannot hold a raw line break, so each one stands between tokens and may become a space. */
function onOneLine(record: Buffer): Buffer {
  if (!record.includes(0x0a) && !record.includes(0x0d)) return record;
  return Buffer.from(record.toString("utf8").replaceAll(new RegExp(newlines, "g"), " "), "utf8");
}

function normalId(id: string): string {
  return id.replaceAll("-", "").toLowerCase();
}

/** The id when it stands first in the record, as an ODS sends it: found without parsing the record. */
function leadingId(record: Buffer, prefix: Buffer): string | undefined {
  if (record.compare(prefix, 0, prefix.length, 0, prefix.length) !== 0) return undefined;
  const end = record.indexOf(0x22, prefix.length);
  const id = record.toString("latin1", prefix.length, end);
  return /^[0-9A-Za-z-]+$/.test(id) ? normalId(id) : undefined;
}

/** Text of a JSON string that is known to need no escaping beyond JSON.stringify's. */
const text = JSON.stringify;

/** Makes lines of part files (docs/contracts.md) from records, byte-exact in `data`. */
export function lineMaker(context: LineContext, rules: LineRules): (record: Buffer, extractedAt: string) => Buffer[] {
  const { op, idPaths, keyPaths, changeVersion } = rules;
  const idPath = idPaths?.length === 1 ? /^\$\.([\w-]+)$/.exec(idPaths[0] ?? "")?.[1] : undefined;
  const idPrefix = idPath ? Buffer.from(`{"${idPath}":"`) : undefined;
  const head = `{"source_id":${text(context.sourceId)},"school_year":${context.schoolYear},"op":"${op}",`;
  const run = `"run_id":${text(context.runId)},"run_started_at":${text(context.runStartedAt)},`;
  const tail = Buffer.from("}\n");

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
    if (changeVersion === null || typeof changeVersion === "string") return changeVersion;
    const version = firstTextAt(parsed, changeVersion.at);
    if (version !== undefined && /^\d+$/.test(version)) return version;
    throw new PermanentError(
      "A record of a feed of changes has no change version. Check `change_version` in the connector file.",
    );
  };

  return (raw, extractedAt) => {
    const record = onOneLine(raw);
    const fast =
      idPrefix && (changeVersion === null || typeof changeVersion === "string")
        ? leadingId(record, idPrefix)
        : undefined;
    const parsed = fast === undefined ? parseKeepingNumbers(record.toString("utf8")) : undefined;
    const id = fast ?? identify(parsed);
    const version = versionOf(parsed);
    const digest = hash("sha256", record);
    const fields = `"record_id":${text(id)},"change_version":${version},"extracted_at":"${extractedAt}","row_hash":"${digest}","data":`;
    return [Buffer.from(head + run + fields), record, tail];
  };
}
