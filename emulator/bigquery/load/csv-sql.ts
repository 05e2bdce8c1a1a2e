import { identifier, literal, literals } from "../store/sql-text.ts";
import { notSupported } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { duckTypeOf } from "../wire/field.ts";
import type { LoadConfiguration } from "./load-configuration.ts";
import { rowBytesMax } from "./ndjson-rewriter.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Reads CSV as BigQuery does: every cell is text first. Without a null marker an empty cell is NULL, except in a STRING
 * column, where it is the empty string.
 */
export function csvSelect(files: readonly SourceFile[], fields: readonly Field[], load: LoadConfiguration): string {
  const nested = fields.find(({ type, mode }) => type === "RECORD" || mode === "REPEATED");
  if (nested !== undefined) throw notSupported(`a field of type RECORD or mode REPEATED in CSV (${nested.name})`);
  const reads = [true, false].flatMap((isGzip) => {
    const part = files.filter((file) => file.isGzip === isGzip);
    return part.length === 0 ? [] : [readCsv(part, fields, load, isGzip)];
  });
  return `SELECT ${fields.map((field) => cellOf(field, load)).join(", ")} FROM (${reads.join(" UNION ALL ")})`;
}

function readCsv(
  files: readonly SourceFile[],
  fields: readonly Field[],
  load: LoadConfiguration,
  isGzip: boolean,
): string {
  const columns = fields.map(({ name }) => `${identifier(name)}: 'VARCHAR'`).join(", ");
  const options = [
    "auto_detect = false",
    "header = false",
    `columns = {${columns}}`,
    `skip = ${load.skipLeadingRows}`,
    `delim = ${literal(delimiter(load.fieldDelimiter))}`,
    `quote = ${literal(load.quote)}`,
    `escape = ${literal(load.quote)}`,
    // DuckDB must not decide what is NULL; no file holds this.
    `nullstr = ${literal("\u0001null\u0001")}`,
    `null_padding = ${load.allowJaggedRows}`,
    `compression = '${isGzip ? "gzip" : "uncompressed"}'`,
    `max_line_size = ${Math.min(rowBytesMax, 16 * 1024 * 1024)}`,
  ];
  return `SELECT * FROM read_csv(${literals(files.map(({ path }) => path))}, ${options.join(", ")})`;
}

function delimiter(text: string): string {
  return text === "\\t" || text.toLowerCase() === "tab" ? "\t" : text;
}

function cellOf(field: Field, load: LoadConfiguration): string {
  const name = identifier(field.name);
  const isText = field.type === "STRING" || field.type === "BYTES";
  const marked = load.nullMarker === "" ? name : `nullif(${name}, ${literal(load.nullMarker)})`;
  const cell = isText ? marked : `nullif(trim(${marked}), '')`;
  const value = field.type === "BYTES" ? `from_base64(${cell})` : cell;
  return `CAST(${value} AS ${duckTypeOf(field)}) AS ${name}`;
}
