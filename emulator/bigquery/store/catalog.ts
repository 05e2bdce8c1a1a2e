import type { DuckDBConnection } from "@duckdb/node-api";
import { invalid, notFound } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { describeFields, fieldOf } from "../wire/field.ts";
import { type Rows, rowsOf } from "./database.ts";
import { readDuckDbError } from "./duckdb-error.ts";
import { identifier, literal, qualified } from "./sql-text.ts";

/** The schema inside the project's file that holds what BigQuery knows and DuckDB does not. No dataset can be named so. */
export const bookSchema = "$bigquery";

export interface TableName {
  readonly dataset: string;
  readonly table: string;
}

/** What was said about a dataset or a table and has no place in DuckDB: description, labels, partitioning, view text, … */
export type Described = Readonly<Record<string, unknown>>;

export interface DatasetEntry {
  readonly dataset: string;
  readonly described: Described;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export interface TableEntry extends TableName {
  readonly type: "TABLE" | "VIEW";
  readonly described: Described;
  /** The declared schema: descriptions, REQUIRED and policy tags, by field name. */
  readonly declared: readonly Field[];
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/**
 * The datasets and tables of the project: DuckDB's catalogue joined with the book in which the rest is kept. The book
 * lives in the same file, so that a description and the table that it describes are committed together.
 *
 * Every method takes the connection, and so the transaction, in which it shall work.
 */
export class Catalog {
  readonly project: string;
  readonly location: string;

  constructor(project: string, location: string) {
    this.project = project;
    this.location = location;
  }

  async create(connection: DuckDBConnection): Promise<void> {
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${qualified(this.project, bookSchema)}`);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${this.#book("datasets")} (dataset VARCHAR, described VARCHAR, created BIGINT, modified BIGINT)`,
    );
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${this.#book("tables")} (dataset VARCHAR, name VARCHAR, described VARCHAR, declared VARCHAR, created BIGINT, modified BIGINT)`,
    );
  }

  #book(table: string): string {
    return qualified(this.project, bookSchema, table);
  }

  /** @returns the table's name in DuckDB */
  sqlName(name: TableName): string {
    return qualified(this.project, name.dataset, name.table);
  }

  /** @returns the table's name in BigQuery's messages */
  display(name: TableName): string {
    return `${this.project}:${name.dataset}.${name.table}`;
  }

  tableNotFound(name: TableName): Error {
    return notFound(`Table ${this.display(name)} was not found in location ${this.location}`);
  }

  datasetNotFound(dataset: string): Error {
    return notFound(`Dataset ${this.project}:${dataset} was not found in location ${this.location}`);
  }

  async datasets(connection: DuckDBConnection, dataset?: string): Promise<DatasetEntry[]> {
    const filter = dataset === undefined ? "" : `WHERE dataset = ${literal(dataset)}`;
    const rows = await rowsOf(connection, `SELECT * FROM ${this.#book("datasets")} ${filter} ORDER BY dataset`);
    return rows.map((row) => ({
      dataset: String(row.dataset),
      described: JSON.parse(String(row.described)) as Described,
      createdMs: Number(row.created),
      modifiedMs: Number(row.modified),
    }));
  }

  /** @throws BigQueryError (notFound) */
  async dataset(connection: DuckDBConnection, dataset: string): Promise<DatasetEntry> {
    const [entry] = await this.datasets(connection, dataset);
    if (entry === undefined) throw notFound(`Dataset ${this.project}:${dataset}`);
    return entry;
  }

  /** Writes down a dataset anew. A creation time is kept when there is one. */
  async putDataset(connection: DuckDBConnection, dataset: string, described: Described): Promise<void> {
    const [before] = await this.datasets(connection, dataset);
    const now = Date.now();
    await this.forgetDataset(connection, dataset);
    await connection.run(`INSERT INTO ${this.#book("datasets")} VALUES ($1, $2, $3, $4)`, [
      dataset,
      JSON.stringify(described),
      BigInt(before?.createdMs ?? now),
      BigInt(now),
    ]);
  }

  async forgetDataset(connection: DuckDBConnection, dataset: string): Promise<void> {
    await connection.run(`DELETE FROM ${this.#book("datasets")} WHERE dataset = $1`, [dataset]);
  }

  /** Creates the schema of a dataset. DuckDB's own schema `main` is there already, so it can be a dataset as well. */
  async createDataset(connection: DuckDBConnection, dataset: string, described: Described): Promise<void> {
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${qualified(this.project, dataset)}`);
    await this.putDataset(connection, dataset, described);
  }

  /** Removes a dataset with all that is in it. */
  async dropDataset(connection: DuckDBConnection, dataset: string): Promise<void> {
    for (const table of await this.tables(connection, dataset)) await this.dropTable(connection, table);
    if (dataset !== "main") await connection.run(`DROP SCHEMA ${qualified(this.project, dataset)} CASCADE`);
    await this.forgetDataset(connection, dataset);
  }

  /** The tables and views of a dataset, by name. */
  async tables(connection: DuckDBConnection, dataset: string): Promise<TableEntry[]> {
    const place = `database_name = ${literal(this.project)} AND schema_name = ${literal(dataset)} AND NOT internal`;
    const rows = await rowsOf(
      connection,
      `SELECT found.name AS name, found.type AS type, described, declared, created, modified
       FROM (
         SELECT table_name AS name, 'TABLE' AS type FROM duckdb_tables() WHERE ${place}
         UNION ALL
         SELECT view_name AS name, 'VIEW' AS type FROM duckdb_views() WHERE ${place}
       ) AS found
       LEFT JOIN ${this.#book("tables")} AS book ON book.dataset = ${literal(dataset)} AND book.name = found.name
       ORDER BY found.name`,
    );
    return rows.map((row) => tableEntry(dataset, row, row.type === "VIEW" ? "VIEW" : "TABLE"));
  }

  /**
   * One table or view. Everything that is created here is in the book, so the book alone is asked: DuckDB's own list of its
   * tables and views takes as long as all of them together, and this is asked several times for each job.
   */
  async findTable(connection: DuckDBConnection, name: TableName): Promise<TableEntry | undefined> {
    const [entry] = await this.findTables(connection, [name]);
    return entry;
  }

  /** Those of some tables and views that exist. */
  async findTables(connection: DuckDBConnection, names: readonly TableName[]): Promise<TableEntry[]> {
    if (names.length === 0) return [];
    const wanted = names.map(({ dataset, table }) => `(${literal(dataset)}, ${literal(table)})`).join(", ");
    const rows = await rowsOf(connection, `SELECT * FROM ${this.#book("tables")} WHERE (dataset, name) IN (${wanted})`);
    return rows.map((row) => {
      const entry = tableEntry(String(row.dataset), row, "TABLE");
      return entry.described.view === undefined ? entry : { ...entry, type: "VIEW" };
    });
  }

  /** @throws BigQueryError (notFound) that names what is missing, the dataset or the table */
  async table(connection: DuckDBConnection, name: TableName): Promise<TableEntry> {
    const entry = await this.findTable(connection, name);
    if (entry !== undefined) return entry;
    const [dataset] = await this.datasets(connection, name.dataset);
    throw dataset === undefined ? this.datasetNotFound(name.dataset) : this.tableNotFound(name);
  }

  /**
   * DuckDB's names do not heed case, BigQuery's do: a second table of the same letters would replace the first.
   * @throws BigQueryError (invalid)
   */
  async requireCase(connection: DuckDBConnection, name: TableName): Promise<void> {
    const rows = await rowsOf(
      connection,
      `SELECT name FROM ${this.#book("tables")} WHERE dataset = $1 AND lower(name) = lower($2) AND name <> $2`,
      [name.dataset, name.table],
    );
    const [other] = rows;
    if (other === undefined) return;
    throw invalid(
      `Not supported by the local emulator: tables whose names differ only in case (${name.table}, ${String(other.name)})`,
    );
  }

  /** Writes down what is said about a table that has just been created, replaced or changed. */
  async putTable(
    connection: DuckDBConnection,
    name: TableName,
    said: { described: Described; declared: readonly Field[]; createdMs?: number },
  ): Promise<void> {
    const now = Date.now();
    await this.forgetTable(connection, name);
    await connection.run(`INSERT INTO ${this.#book("tables")} VALUES ($1, $2, $3, $4, $5, $6)`, [
      name.dataset,
      name.table,
      JSON.stringify(said.described),
      JSON.stringify(said.declared),
      BigInt(said.createdMs ?? now),
      BigInt(now),
    ]);
  }

  /** Notes that rows of a table have changed. */
  async touchTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    await connection.run(`UPDATE ${this.#book("tables")} SET modified = $1 WHERE dataset = $2 AND name = $3`, [
      BigInt(Date.now()),
      name.dataset,
      name.table,
    ]);
  }

  async forgetTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    await connection.run(`DELETE FROM ${this.#book("tables")} WHERE dataset = $1 AND name = $2`, [
      name.dataset,
      name.table,
    ]);
  }

  async dropTable(connection: DuckDBConnection, entry: TableName & Pick<TableEntry, "type">): Promise<void> {
    await connection.run(`DROP ${entry.type} ${this.sqlName(entry)}`);
    await this.forgetTable(connection, entry);
  }

  /** The fields of a table or view as they are now; of a view over something that is gone, as they were. */
  async fields(connection: DuckDBConnection, entry: TableEntry): Promise<Field[]> {
    try {
      const columns = await fieldsOfQuery(connection, `SELECT * FROM ${this.sqlName(entry)}`);
      return describeFields(columns, entry.declared);
    } catch (error) {
      const isBroken = ["Catalog", "Binder"].includes(readDuckDbError(error)?.kind ?? "");
      if (entry.type === "VIEW" && isBroken) return [...entry.declared];
      throw error;
    }
  }
}

function tableEntry(dataset: string, row: Rows[number], type: TableEntry["type"]): TableEntry {
  return {
    dataset,
    table: String(row.name),
    type,
    described: row.described === null ? {} : (JSON.parse(String(row.described)) as Described),
    declared: row.declared === null ? [] : (JSON.parse(String(row.declared)) as Field[]),
    createdMs: Number(row.created ?? 0),
    modifiedMs: Number(row.modified ?? 0),
  };
}

/** Binds a query (the first, of several) without running it. @returns the columns it would give */
export async function fieldsOfQuery(connection: DuckDBConnection, sql: string): Promise<Field[]> {
  const statements = await connection.extractStatements(sql);
  const statement = await statements.prepare(0);
  try {
    return Array.from({ length: statement.columnCount }, (_, index) =>
      fieldOf(statement.columnName(index), statement.columnType(index)),
    );
  } finally {
    statement.destroySync();
  }
}

/** @returns the columns, quoted and separated by commas */
export function columnList(fields: readonly Pick<Field, "name">[]): string {
  return fields.map((field) => identifier(field.name)).join(", ");
}
