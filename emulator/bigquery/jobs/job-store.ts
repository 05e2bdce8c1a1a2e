import type { DuckDBConnection } from "@duckdb/node-api";
import { bookSchema } from "../store/book.ts";
import { rowsOf } from "../store/database.ts";
import { literal, qualified } from "../store/sql-text.ts";
import type { JobRecord } from "./job.ts";

/** BigQuery forgets jobs after six months. */
const keptMs = 180 * 24 * 60 * 60 * 1000;

/** Ids that are known by heart; with more jobs than these the table is asked each time. */
const idsMax = 100_000;

export interface JobFilter {
  readonly before?: { readonly createdMs: number; readonly id: string } | undefined;
  readonly minCreatedMs?: number | undefined;
  readonly maxCreatedMs?: number | undefined;
  readonly limit: number;
}

/**
 * The records of finished jobs, in the project's file. A record is inserted by the transaction that holds the job's
 * effect, so after any crash a job has happened with its record, or not at all.
 */
export class JobStore {
  readonly #table: string;
  /** At least the ids of all jobs that there are: nearly every job that begins asks for one that is not. */
  #ids: Set<string> | undefined;

  constructor(project: string) {
    this.#table = qualified(project, bookSchema, "jobs");
  }

  async create(connection: DuckDBConnection): Promise<void> {
    await connection.run(`CREATE TABLE IF NOT EXISTS ${this.#table} (id VARCHAR, created BIGINT, record VARCHAR)`);
    await connection.run(`DELETE FROM ${this.#table} WHERE created < $1`, [BigInt(Date.now() - keptMs)]);
    const rows = await rowsOf(connection, `SELECT id FROM ${this.#table} LIMIT ${idsMax + 1}`);
    this.#ids = rows.length > idsMax ? undefined : new Set(rows.map(({ id }) => String(id)));
  }

  async insert(connection: DuckDBConnection, record: JobRecord): Promise<void> {
    // Before the row is there, and also when it never will be: an id too many costs a look into the table.
    this.#ids?.add(record.id);
    if ((this.#ids?.size ?? 0) > idsMax) this.#ids = undefined;
    await connection.run(`INSERT INTO ${this.#table} VALUES ($1, $2, $3)`, [
      record.id,
      BigInt(record.createdMs),
      JSON.stringify(record),
    ]);
  }

  async find(connection: DuckDBConnection, id: string): Promise<JobRecord | undefined> {
    if (this.#ids?.has(id) === false) return undefined;
    const [row] = await rowsOf(connection, `SELECT record FROM ${this.#table} WHERE id = $1`, [id]);
    return row === undefined ? undefined : (JSON.parse(String(row.record)) as JobRecord);
  }

  async remove(connection: DuckDBConnection, id: string): Promise<void> {
    await connection.run(`DELETE FROM ${this.#table} WHERE id = $1`, [id]);
  }

  /** The newest first. */
  async list(connection: DuckDBConnection, filter: JobFilter): Promise<JobRecord[]> {
    const conditions = ["TRUE"];
    const { before, minCreatedMs, maxCreatedMs } = filter;
    if (minCreatedMs !== undefined) conditions.push(`created >= ${minCreatedMs}`);
    if (maxCreatedMs !== undefined) conditions.push(`created <= ${maxCreatedMs}`);
    if (before !== undefined) conditions.push(`(created, id) < (${before.createdMs}, ${literal(before.id)})`);
    const rows = await rowsOf(
      connection,
      `SELECT record FROM ${this.#table} WHERE ${conditions.join(" AND ")} ORDER BY created DESC, id DESC LIMIT ${filter.limit}`,
    );
    return rows.map((row) => JSON.parse(String(row.record)) as JobRecord);
  }
}
