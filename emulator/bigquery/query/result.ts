import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { Database } from "../store/database.ts";
import { Turns } from "../store/turns.ts";
import type { Cell, TimestampFormat } from "../wire/cell.ts";
import { cellEncoder } from "../wire/cell.ts";
import type { Field } from "../wire/field.ts";

/** BigQuery's own limit for a page of rows. */
const pageBytesMax = 10_000_000;
/** Up to here a result is held as values; a larger one stays in a temporary table, which DuckDB moves to disk as it needs. */
const heldRowsMax = 2_000;
const heldBytesMax = 1_000_000;

export interface WireRow {
  readonly f: readonly Cell[];
}

export interface PageRequest {
  readonly start: number;
  readonly max: number | undefined;
  readonly format: TimestampFormat;
}

/** The rows of a finished query. */
export interface Result {
  readonly fields: readonly Field[];
  readonly totalRows: number;
  /** How it is kept: as values in memory, or as a table. */
  readonly kind: "values" | "table";
  /** About how much memory it takes up. */
  readonly bytes: number;
  /** @returns rows from `start` on: at most `max`, and fewer when they are large */
  page(request: PageRequest): Promise<WireRow[]>;
  close(): void;
}

/** The result of a statement that gives no rows. */
export const noRows: Result = {
  fields: [],
  totalRows: 0,
  kind: "values",
  bytes: 0,
  page: async () => [],
  close: () => undefined,
};

export const resultTable = `"$result"`;

/**
 * Takes over what `CREATE TEMP TABLE "$result"` has made on a connection: small results as values, and large ones by
 * keeping the connection, since a temporary table lives and dies with it.
 */
export async function takeResult(
  connection: DuckDBConnection,
  fields: readonly Field[],
  keep: () => void,
): Promise<Result> {
  const stream = await connection.stream(`SELECT * FROM temp.main.${resultTable}`);
  const types = stream.columnTypes();
  const rows: DuckDBValue[][] = [];
  let bytes = 0;
  for (;;) {
    const chunk = await stream.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return heldResult(fields, types, rows, bytes);
    for (const row of chunk.getRows()) {
      rows.push(row);
      bytes += sizeOfValues(row);
    }
    if (rows.length > heldRowsMax || bytes > heldBytesMax) break;
  }
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM temp.main.${resultTable}`);
  keep();
  return tableResult(connection, fields, types, Number(counted.getRows()[0]?.[0]));
}

function heldResult(
  fields: readonly Field[],
  types: readonly DuckDBType[],
  rows: readonly DuckDBValue[][],
  bytes: number,
): Result {
  return {
    fields,
    totalRows: rows.length,
    kind: "values",
    bytes,
    page: async ({ start, max, format }) => {
      const page = new PageBuilder(types, format, max);
      for (let index = start; index < rows.length; index += 1) {
        if (!page.add(rows[index] as DuckDBValue[])) break;
      }
      return page.rows;
    },
    close: () => undefined,
  };
}

function tableResult(
  connection: DuckDBConnection,
  fields: readonly Field[],
  types: readonly DuckDBType[],
  totalRows: number,
): Result {
  // One page at a time: a connection runs one statement, and a new one would end the stream of the other.
  const turns = new Turns(1);
  const from = `SELECT * FROM temp.main.${resultTable}`;
  return {
    fields,
    totalRows,
    kind: "table",
    bytes: 0,
    page: ({ start, max, format }) =>
      turns.run(() => {
        // The rows of a table nobody changes are numbered from 0 in the order of the query; DuckDB seeks by that number.
        const end = max === undefined ? "" : `AND rowid < ${start + max}`;
        return readPage(connection, `${from} WHERE rowid >= ${start} ${end}`, { types, format, max });
      }),
    close: () => void turns.run(async () => connection.closeSync()),
  };
}

/** The rows of a table as they are now, for results that were written into one and for `tabledata.list`. */
export function storedResult(
  database: Database,
  source: { select: string; fields: readonly Field[]; totalRows: number },
): Result {
  const { select, fields, totalRows } = source;
  return {
    fields,
    totalRows,
    kind: "table",
    bytes: 0,
    page: ({ start, max, format }) =>
      database.read(async (connection) => {
        const limit = max === undefined ? "" : `LIMIT ${max}`;
        return await readPage(connection, `${select} ${limit} OFFSET ${start}`, { format, max });
      }),
    close: () => undefined,
  };
}

/**
 * Rows as an answer holds them, with the token of the next page. An answer without rows has no `rows`: Python's client asks for
 * none to learn whether a job is done, and takes a list that is there, though empty, for the first page.
 */
export function pageOf(rows: readonly WireRow[], next: number, totalRows: number): object {
  if (rows.length === 0) return {};
  return { rows, ...(next < totalRows ? { pageToken: String(next) } : {}) };
}

async function readPage(
  connection: DuckDBConnection,
  sql: string,
  shape: { types?: readonly DuckDBType[]; format: TimestampFormat; max: number | undefined },
): Promise<WireRow[]> {
  if (shape.max === 0) return [];
  const stream = await connection.stream(sql);
  const page = new PageBuilder(shape.types ?? stream.columnTypes(), shape.format, shape.max);
  for (;;) {
    const chunk = await stream.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return page.rows;
    for (const row of chunk.getRows()) {
      if (!page.add(row)) return page.rows;
    }
  }
}

/** Gathers encoded rows until the page is full. A page has at least one row, however large. */
class PageBuilder {
  readonly rows: WireRow[] = [];
  readonly #encoders: readonly ((value: DuckDBValue) => Cell)[];
  readonly #max: number;
  #bytes = 0;

  constructor(types: readonly DuckDBType[], format: TimestampFormat, max: number | undefined) {
    this.#encoders = types.map((type) => cellEncoder(type, format));
    this.#max = max ?? Number.POSITIVE_INFINITY;
  }

  /** @returns false when the row did not fit any more */
  add(values: readonly DuckDBValue[]): boolean {
    if (this.rows.length >= this.#max) return false;
    const row = { f: this.#encoders.map((encode, index) => encode(values[index] ?? null)) };
    this.#bytes += sizeOfRow(row);
    if (this.#bytes > pageBytesMax && this.rows.length > 0) return false;
    this.rows.push(row);
    return true;
  }
}

/** About how many bytes of JSON the row will be. */
function sizeOfRow(row: WireRow): number {
  let size = 8;
  for (const { v } of row.f) {
    if (v === null) size += 11;
    else if (typeof v === "string") size += v.length + 9;
    else if ("f" in v) size += sizeOfRow(v) + 7;
    else size += sizeOfRow({ f: v }) + 7;
  }
  return size;
}

function sizeOfValues(row: readonly DuckDBValue[]): number {
  let size = 0;
  for (const value of row) {
    if (typeof value === "string") size += value.length;
    else size += typeof value === "object" && value !== null ? String(value).length : 8;
  }
  return size;
}
