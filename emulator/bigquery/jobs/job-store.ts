import type { DuckDBConnection } from "@duckdb/node-api";
import { bookSchema } from "../store/catalog.ts";
import { rowsOf } from "../store/database.ts";
import { literal, qualified } from "../store/sql-text.ts";
import type { JobRecord } from "./job.ts";

/** BigQuery forgets jobs after six months. */
const keptMs = 180 * 24 * 60 * 60 * 1000;

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

  constructor(project: string) {
    this.#table = qualified(project, bookSchema, "jobs");
  }

  async create(connection: DuckDBConnection): Promise<void> {
    await connection.run(`CREATE TABLE IF NOT EXISTS ${this.#table} (id VARCHAR, created BIGINT, record VARCHAR)`);
    await connection.run(`DELETE FROM ${this.#table} WHERE created < $1`, [BigInt(Date.now() - keptMs)]);
  }

  async insert(connection: DuckDBConnection, record: JobRecord): Promise<void> {
    await connection.run(`INSERT INTO ${this.#table} VALUES ($1, $2, $3)`, [
      record.id,
      BigInt(record.createdMs),
      JSON.stringify(record),
    ]);
  }

  async find(connection: DuckDBConnection, id: string): Promise<JobRecord | undefined> {
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
