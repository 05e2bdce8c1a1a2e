import { identifier, literal, literals } from "../store/sql-text.ts";
import type { Field } from "../wire/field.ts";
import { duckTypeOf } from "../wire/field.ts";
import type { SourceFile } from "./source-file.ts";

/** Raised in SQL by a row that the quick way does not take; the load is then done the exact way. */
const leave = "error('not for the quick way')";

/** DuckDB's own default. Its buffers are twice this for each thread, so it is raised only for rows that need it. */
export const objectSizeDefault = 16 * 1024 * 1024;

/** Column types whose values survive DuckDB's JSON reader. Not NUMERIC: its digits would go through a double. */
const quickTypes = new Set(["STRING", "INTEGER", "FLOAT", "BOOLEAN", "DATE", "DATETIME", "TIME", "TIMESTAMP"]);

/** @returns whether rows of this schema can be loaded the quick way: plain columns, and at most one JSON column */
export function isQuick(fields: readonly Field[]): boolean {
  const json = fields.filter(({ type, mode }) => type === "JSON" && mode !== "REPEATED");
  const plain = fields.filter(({ type, mode }) => quickTypes.has(type) && mode !== "REPEATED");
  return json.length <= 1 && json.length + plain.length === fields.length && plain.length > 0;
}

export interface QuickOptions {
  readonly ignoreUnknownValues: boolean;
  readonly objectSize: number;
  /** The keys of the first row, in its order: most likely those of all others. */
  readonly firstKeys?: readonly string[] | undefined;
}

/**
 * The quick way to read NDJSON, all in DuckDB, nearly as fast as its own reader but without touching the text of a JSON
 * column.
 *
 * DuckDB's reader writes JSON values anew: 12.50 becomes 12.5, and \u00e9 becomes é. So the JSON column is cut out of the
 * line instead: it must be the line's last key, and everything between `"key":` and the closing brace must be JSON by
 * itself. That proves the cut right. Were the key inside another value, the cut would hold an unmatched bracket; were it
 * inside a string, its quotes would be escaped, or it would be part of an unknown key, which the check of keys refuses.
 * What stands before the cut, closed again, is a short object with the other columns.
 *
 * A row that differs in any way fails the statement, and the load is done another way: the exact one in the end, which
 * also finds the words for what is wrong.
 */
export function quickSelect(files: readonly SourceFile[], fields: readonly Field[], options: QuickOptions): string {
  const json = fields.find(({ type }) => type === "JSON");
  const plain = fields.filter((field) => field !== json);
  const cell = (field: Field) => `cells.${identifier(field.name)}`;
  const columns = fields.map((field) => (field === json ? jsonColumn(field) : plainColumn(field, cell(field))));
  const conditions = [
    ...(json === undefined ? [`line ^@ '{'`] : ["key_at > 0"]),
    ...(options.ignoreUnknownValues ? [] : [knownKeys(fields, options.firstKeys)]),
    ...plain.flatMap((field) => plainConditions(field, cell(field))),
  ];
  const structure = JSON.stringify(Object.fromEntries(plain.map((field) => [field.name, cellTypeOf(field)])));
  const parsed = `from_json(head, ${literal(structure)}) AS cells, json_keys(head) AS keys`;
  return `SELECT ${columns.join(", ")} FROM (SELECT *, ${parsed} FROM (${headOf(json, linesOf(files, options.objectSize))}))
    WHERE CASE WHEN ${conditions.join(" AND ")} THEN TRUE ELSE ${leave} END`;
}

/** Parts each line into the text of the JSON column and, as `head`, an object that has null in its place. */
function headOf(json: Field | undefined, lines: string): string {
  if (json === undefined) return `SELECT line, line AS head FROM (${lines})`;
  const key = `${JSON.stringify(json.name)}:`;
  const length = [...key].length;
  return `SELECT key_at, substring(line, key_at + ${length}, length(line) - key_at - ${length}) AS cut, left(line, key_at + ${length - 1}) || 'null}' AS head
    FROM (SELECT line, instr(line, ${literal(key)}) AS key_at FROM (${lines}))`;
}

/**
 * Most rows have the keys of the first row in its order, which is compared in no time. The sets that the others need cost as much
 * as all else together.
 */
function knownKeys(fields: readonly Field[], firstKeys: readonly string[] | undefined): string {
  const known = fields.map(({ name }) => name);
  const names = literals(known);
  const usual = firstKeys?.every((key) => known.includes(key)) ? literals(firstKeys) : names;
  return `(keys = ${usual} OR (list_has_all(${names}, keys) AND len(list_distinct(keys)) = len(keys)))`;
}

/** gzipped and plain files are read apart: DuckDB goes by the name of a file, and an object's name says nothing. */
function linesOf(files: readonly SourceFile[], objectSize: number): string {
  const read = (compression: string, part: readonly SourceFile[]) =>
    `SELECT json::VARCHAR AS line FROM read_ndjson_objects(${literals(part.map(({ path }) => path))}, compression = '${compression}', maximum_object_size = ${objectSize})`;
  const gzip = files.filter(({ isGzip }) => isGzip);
  const plain = files.filter(({ isGzip }) => !isGzip);
  const reads = [
    ...(gzip.length > 0 ? [read("gzip", gzip)] : []),
    ...(plain.length > 0 ? [read("uncompressed", plain)] : []),
  ];
  return reads.join(" UNION ALL ");
}

/** The characters that JSON takes for white space; a line feed cannot stand in a line. */
const blanks = "' ' || chr(9) || chr(13)";

/**
 * The value without the white space around it, which is no part of it. Trimming is slow, so it is done only where there
 * is some (it sorts before every sign with which a value can begin), and in a CASE, which alone keeps DuckDB from
 * computing what is not needed.
 */
function jsonColumn(field: Field): string {
  const isPadded = `cut < '!' OR ends_with(cut, ' ') OR ends_with(cut, chr(9)) OR ends_with(cut, chr(13))`;
  const value = `CAST(CASE WHEN ${isPadded} THEN trim(cut, ${blanks}) ELSE cut END AS JSON)`;
  const short = `CASE WHEN trim(cut, ${blanks}) = 'null' THEN NULL ELSE ${value} END`;
  return `CASE WHEN strlen(cut) < 16 THEN ${short} ELSE ${value} END AS ${identifier(field.name)}`;
}

/** Types that a row is parsed into at once, which is faster than casting their text. What is no such value becomes NULL. */
const parsedTypes = new Set(["TIMESTAMP", "FLOAT", "BOOLEAN"]);

function cellTypeOf(field: Field): string {
  return parsedTypes.has(field.type) ? duckTypeOf(field) : "VARCHAR";
}

function plainColumn(field: Field, cell: string): string {
  const name = identifier(field.name);
  const type = duckTypeOf(field);
  return cellTypeOf(field) === type ? `${cell} AS ${name}` : `CAST(${cell} AS ${type}) AS ${name}`;
}

/** What DuckDB would take for the type, but BigQuery would not. */
function plainConditions(field: Field, cell: string): string[] {
  const unless = (sign: string) => `(${cell} IS NULL OR NOT (${sign}))`;
  switch (field.type) {
    case "STRING":
      return [unless(`${cell} ^@ '{' OR ${cell} ^@ '['`)];
    case "INTEGER":
      return [unless(`contains(${cell}, '.') OR contains(${cell}, 'x') OR contains(${cell}, '_')`)];
    case "DATE":
      return [unless(`strlen(${cell}) > 10`)];
    case "TIMESTAMP":
    case "FLOAT":
    case "BOOLEAN":
      // A NULL must have been one in the row; this is looked up only where there is a NULL.
      return [
        `(${cell} IS NOT NULL OR coalesce(json_type(head, ${literal(`$.${JSON.stringify(field.name)}`)}), 'NULL') = 'NULL')`,
      ];
    case "DATETIME":
      return [unless(`regexp_matches(${cell}, '[Zz+]|:.*-')`)];
    default:
      return [];
  }
}

/** Reads what the exact way has rewritten: every value is text, to be cast to the type of its column. */
export function exactSelect(path: string, fields: readonly Field[], objectSize: number): string {
  const columns = fields.map((field) => `${identifier(field.name)}: ${literal(textTypeOf(field))}`);
  const casts = fields.map(
    (field) => `CAST(${identifier(field.name)} AS ${duckTypeOf(field)}) AS ${identifier(field.name)}`,
  );
  return `SELECT ${casts.join(", ")} FROM read_json(${literal(path)}, format = 'newline_delimited', columns = {${columns.join(", ")}}, maximum_object_size = ${objectSize})`;
}

function textTypeOf(field: Field): string {
  const fields = field.fields?.map((inner) => `${identifier(inner.name)} ${textTypeOf(inner)}`);
  const single = fields === undefined ? "VARCHAR" : `STRUCT(${fields.join(", ")})`;
  return field.mode === "REPEATED" ? `${single}[]` : single;
}
