import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { ErrorProto } from "../wire/errors.ts";
import { BigQueryError } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { gzipError } from "./gzip.ts";
import { JsonSyntaxError } from "./json-cursor.ts";
import type { RowOptions } from "./row-rewriter.ts";
import { RowError, rewriteRow } from "./row-rewriter.ts";
import type { SourceFile } from "./source-file.ts";

/** BigQuery's own limit for a row. */
export const rowBytesMax = 100 * 1024 * 1024;
/** Written out in pieces of about this size. */
const pieceLength = 256 * 1024;

export interface RewriteOptions extends RowOptions {
  readonly maxBadRecords: number;
}

/** What has been rewritten so far, over all files of a load. */
export interface Tally {
  rows: number;
  badRows: number;
  /** The longest row as written, by which DuckDB's reader must size its buffers. */
  rowLengthMax: number;
}

/**
 * Rewrites a file row by row (row-rewriter.ts) into one that DuckDB reads without loss. This is the slow and exact way
 * of a load: it takes any order of keys and any schema, and knows which row is at fault.
 * @param work.check throws when the job has been cancelled; called now and then
 * @throws BigQueryError (invalid) with file and row, when more rows are bad than allowed
 */
export async function rewriteNdjson(
  source: SourceFile,
  target: string,
  work: { fields: readonly Field[]; options: RewriteOptions; tally: Tally; check: () => void },
): Promise<void> {
  const input = createReadStream(source.path, { highWaterMark: 1024 * 1024 });
  const rewrite = (chunks: AsyncIterable<Buffer>) => rewrittenPieces(linesOf(chunks, source.uri), source, work);
  const output = createWriteStream(target, { flags: "a" });
  try {
    if (source.isGzip) await pipeline(input, createGunzip(), rewrite, output);
    else await pipeline(input, rewrite, output);
  } catch (error) {
    throw gzipError(error, source.uri) ?? error;
  }
}

interface Line {
  readonly text: string;
  readonly position: number;
}

async function* linesOf(chunks: AsyncIterable<Buffer>, uri: string): AsyncGenerator<Line> {
  let kept: Buffer[] = [];
  let keptLength = 0;
  let position = 0;
  const finish = (last: Buffer): Line => {
    const bytes = kept.length === 0 ? last : Buffer.concat([...kept, last]);
    const line = { text: bytes.toString("utf8"), position };
    position += bytes.length + 1;
    kept = [];
    keptLength = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(0x0a); to !== -1; to = chunk.indexOf(0x0a, from)) {
      yield finish(chunk.subarray(from, to));
      from = to + 1;
    }
    kept.push(chunk.subarray(from));
    keptLength += chunk.length - from;
    if (keptLength > rowBytesMax) throw unreadable(uri, `Row size is larger than: ${rowBytesMax}`);
  }
  if (keptLength > 0) yield finish(Buffer.alloc(0));
}

async function* rewrittenPieces(
  lines: AsyncIterable<Line>,
  source: SourceFile,
  { fields, options, tally, check }: Parameters<typeof rewriteNdjson>[2],
): AsyncGenerator<string> {
  let piece: string[] = [];
  let length = 0;
  let row = 0;
  for await (const { text, position } of lines) {
    const body = row === 0 && text.startsWith("\uFEFF") ? text.slice(1) : text;
    if (body.trim() === "") continue;
    row += 1;
    let written: string;
    try {
      written = rewriteRow(body, fields, options);
    } catch (error) {
      tally.badRows += 1;
      const proto = rowFault(error, { uri: source.uri, row, position });
      if (tally.badRows > options.maxBadRecords) throw tooManyBadRows(source.uri, tally, proto);
      continue;
    }
    tally.rows += 1;
    tally.rowLengthMax = Math.max(tally.rowLengthMax, Buffer.byteLength(written));
    piece.push(written, "\n");
    length += written.length;
    if (length < pieceLength) continue;
    check();
    yield piece.join("");
    piece = [];
    length = 0;
  }
  if (piece.length > 0) yield piece.join("");
}

function rowFault(error: unknown, at: { uri: string; row: number; position: number }): ErrorProto {
  const isBadRow = error instanceof RowError || error instanceof JsonSyntaxError;
  if (!isBadRow) throw error;
  const what =
    error instanceof JsonSyntaxError
      ? `JSON parsing error in row starting at position ${at.position}: ${error.message} (offset ${error.at}).`
      : `JSON parsing error in row starting at position ${at.position}: ${error.message}`;
  const message = `Error while reading data, error message: ${what} File: ${at.uri}; row ${at.row}`;
  return { reason: "invalid", location: at.uri, message };
}

function tooManyBadRows(uri: string, tally: Tally, last: ErrorProto): BigQueryError {
  const rows = tally.rows + tally.badRows;
  const message = `${last.message}. JSON table encountered too many errors, giving up. Rows: ${rows}; errors: ${tally.badRows}.`;
  return new BigQueryError(400, "invalid", message, { location: uri, causes: [last] });
}

function unreadable(uri: string, what: string): BigQueryError {
  return new BigQueryError(400, "invalid", `Error while reading data, error message: ${what} File: ${uri}`, {
    location: uri,
  });
}
