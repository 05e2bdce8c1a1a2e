import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { JsonSyntaxError } from "../load/json-cursor.ts";
import { exactSelect, objectSizeDefault } from "../load/ndjson-sql.ts";
import { RowError, rewriteRow } from "../load/row-rewriter.ts";
import { pageOf, storedResult } from "../query/result.ts";
import type { Catalog, TableName } from "../store/catalog.ts";
import { columnList } from "../store/catalog.ts";
import type { Database } from "../store/database.ts";
import { describeFailure } from "../store/duckdb-error.ts";
import type { ErrorProto } from "../wire/errors.ts";
import { invalid } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { countOf, startOf, timestampFormatOfQuery } from "../wire/query-string.ts";

const insertAllBody = z.looseObject({
  rows: z
    .array(z.looseObject({ insertId: z.string().optional(), json: z.record(z.string(), z.unknown()) }))
    .min(1)
    .max(50_000),
  skipInvalidRows: z.boolean().default(false),
  ignoreUnknownValues: z.boolean().default(false),
});

/** BigQuery remembers the ids of streamed rows for about a minute, to drop those that a client sends again. */
const insertIdsMax = 100_000;
const insertIdMs = 60_000;

/** The `tabledata` collection of the API: rows read and streamed without a job. */
export class TableData {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #insertIds = new Map<string, number>();

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  async list(name: TableName, query: URLSearchParams): Promise<unknown> {
    const { fields, totalRows } = await this.#database.look(async (connection) => {
      const entry = await this.#catalog.table(connection, name);
      if (entry.type === "VIEW") throw invalid("Cannot list a table of type VIEW.");
      const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${this.#catalog.sqlName(name)}`);
      return { fields: await this.#catalog.fields(connection, entry), totalRows: Number(counted.getRows()[0]?.[0]) };
    });
    const shown = selectFields(fields, query.get("selectedFields"));
    const select = `SELECT ${columnList(shown)} FROM ${this.#catalog.sqlName(name)}`;
    const start = startOf(query);
    const rows = await storedResult(this.#database, { select, fields: shown, totalRows }).page({
      start,
      max: countOf(query, "maxResults"),
      format: timestampFormatOfQuery(query),
    });
    const next = start + rows.length;
    return {
      kind: "bigquery#tableDataList",
      etag: `${totalRows}-${start}`,
      totalRows: String(totalRows),
      ...pageOf(rows, next, totalRows),
    };
  }

  /** Streams rows in. All are refused when one is bad, unless `skipInvalidRows` asks for the good ones. */
  async insertAll(name: TableName, body: unknown): Promise<unknown> {
    const parsed = insertAllBody.safeParse(body);
    if (!parsed.success) throw invalid(`Invalid rows: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
    const { rows, skipInvalidRows, ignoreUnknownValues } = parsed.data;
    const fields = await this.#database.look(async (connection) => {
      const entry = await this.#catalog.table(connection, name);
      if (entry.type === "VIEW") throw invalid(`Cannot add rows to a view: ${this.#catalog.display(name)}.`);
      return await this.#catalog.fields(connection, entry);
    });
    const written: string[] = [];
    const faults = new Map<number, ErrorProto>();
    const fresh: string[] = [];
    rows.forEach(({ insertId, json }, index) => {
      if (insertId !== undefined && this.#isKnown(name, insertId)) return;
      try {
        written.push(rewriteRow(textOfRow(json, fields), fields, { ignoreUnknownValues }));
        if (insertId !== undefined) fresh.push(insertId);
      } catch (error) {
        faults.set(index, faultOf(error));
      }
    });
    if (faults.size === 0 || skipInvalidRows) {
      await this.#insert(name, fields, written);
      for (const insertId of fresh) this.#remember(name, insertId);
    }
    return { kind: "bigquery#tableDataInsertAllResponse", ...insertErrors(rows.length, faults, skipInvalidRows) };
  }

  async #insert(name: TableName, fields: readonly Field[], rows: readonly string[]): Promise<void> {
    if (rows.length === 0) return;
    const path = join(this.#database.temporaryFolder, `rows-${randomUUID()}.ndjson`);
    try {
      await writeFile(path, `${rows.join("\n")}\n`);
      const objectSize = Math.max(objectSizeDefault, ...rows.map((row) => row.length * 4));
      await this.#database.write(async (connection) => {
        const select = exactSelect(path, fields, objectSize);
        await connection.run(`INSERT INTO ${this.#catalog.sqlName(name)} (${columnList(fields)}) ${select}`);
        await this.#catalog.touchTable(connection, name);
      });
    } catch (error) {
      throw describeFailure(error);
    } finally {
      await rm(path, { force: true });
    }
  }

  #isKnown({ dataset, table }: TableName, insertId: string): boolean {
    const seenMs = this.#insertIds.get(`${dataset}.${table}.${insertId}`);
    return seenMs !== undefined && Date.now() - seenMs < insertIdMs;
  }

  #remember({ dataset, table }: TableName, insertId: string): void {
    this.#insertIds.set(`${dataset}.${table}.${insertId}`, Date.now());
    if (this.#insertIds.size <= insertIdsMax) return;
    const [oldest] = this.#insertIds.keys();
    if (oldest !== undefined) this.#insertIds.delete(oldest);
  }
}

/** The row as JSON text. A value for a JSON column is sent as a string that holds JSON: it is put in place as it stands. */
function textOfRow(json: Readonly<Record<string, unknown>>, fields: readonly Field[]): string {
  const members = Object.entries(json).map(([key, value]) => {
    const field = fields.find(({ name }) => name.toLowerCase() === key.toLowerCase());
    const isText = field?.type === "JSON" && field.mode !== "REPEATED" && typeof value === "string";
    return `${JSON.stringify(key)}:${isText ? value : JSON.stringify(value)}`;
  });
  return `{${members.join(",")}}`;
}

/** @returns what is wrong with the row, in the words of a streamed insert. @throws what is not about the row */
function faultOf(error: unknown): ErrorProto {
  if (!(error instanceof RowError || error instanceof JsonSyntaxError)) throw error;
  const message = error.message.replace(/^No such field/, "no such field");
  return { reason: "invalid", location: /field: ([^.;]+)/.exec(message)?.[1] ?? "", message };
}

function insertErrors(count: number, faults: ReadonlyMap<number, ErrorProto>, skipInvalidRows: boolean): object {
  if (faults.size === 0) return {};
  const stopped: ErrorProto = { reason: "stopped", location: "", message: "" };
  const insertErrors = Array.from({ length: count }, (_, index) => index)
    .filter((index) => faults.has(index) || !skipInvalidRows)
    .map((index) => ({ index, errors: [faults.get(index) ?? stopped] }));
  return { insertErrors };
}

function selectFields(fields: readonly Field[], selected: string | null): readonly Field[] {
  if (selected === null || selected === "") return fields;
  const wanted = new Set(selected.split(",").map((path) => path.trim().split(".")[0]?.toLowerCase()));
  const chosen = fields.filter(({ name }) => wanted.has(name.toLowerCase()));
  if (chosen.length !== wanted.size) throw invalid(`No such field in selectedFields: ${selected}`);
  return chosen;
}
