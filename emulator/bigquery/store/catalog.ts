import type { DuckDBConnection } from "@duckdb/node-api";
import { invalid, notFound } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { describeFields, fieldOf } from "../wire/field.ts";
import type { DatasetEntry, Described, TableEntry, TableName } from "./book.ts";
import { Book } from "./book.ts";
import type { Database } from "./database.ts";
import { readDuckDbError } from "./duckdb-error.ts";
import { identifier, qualified } from "./sql-text.ts";

export type { DatasetEntry, Described, TableEntry, TableName } from "./book.ts";

/**
 * The datasets and tables of the project: DuckDB's catalogue, and the book in which the rest is kept. The book lives in
 * the same file, so that a description and the table that it describes are committed together.
 *
 * Every method takes the connection, and so the transaction, in which it shall work.
 */
export class Catalog {
  readonly project: string;
  readonly location: string;
  readonly #book: Book;
  /** The columns of tables, which change only with what the book says of them. */
  readonly #columns = new WeakMap<TableEntry, readonly Field[]>();

  constructor(project: string, location: string) {
    this.project = project;
    this.location = location;
    this.#book = new Book(project);
  }

  /** Goes up with each committed change of a dataset or table: what was bound before binds to the same columns while it stays. */
  get version(): number {
    return this.#book.version;
  }

  /** Makes the book if there is none, and reads it. From then on it follows the transactions of the database. */
  async create(database: Database): Promise<void> {
    database.afterWrites((connection, isCommitted) => this.#book.settle(connection, isCommitted));
    await database.write((connection) => this.#book.open(connection));
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
    if (dataset === undefined) return this.#book.datasets(connection);
    const entry = this.#book.dataset(connection, dataset);
    return entry === undefined ? [] : [entry];
  }

  /** @throws BigQueryError (notFound) */
  async dataset(connection: DuckDBConnection, dataset: string): Promise<DatasetEntry> {
    const [entry] = await this.datasets(connection, dataset);
    if (entry === undefined) throw notFound(`Dataset ${this.project}:${dataset}`);
    return entry;
  }

  /** Writes down a dataset anew. A creation time is kept when there is one. */
  async putDataset(connection: DuckDBConnection, dataset: string, described: Described): Promise<void> {
    await this.#book.putDataset(connection, dataset, described);
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
    await this.#book.forgetDataset(connection, dataset);
  }

  /** The tables and views of a dataset, by name. */
  async tables(connection: DuckDBConnection, dataset: string): Promise<TableEntry[]> {
    return this.#book.tables(connection, dataset);
  }

  /** One table or view. */
  async findTable(connection: DuckDBConnection, name: TableName): Promise<TableEntry | undefined> {
    return this.#book.table(connection, name);
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
    const letters = name.table.toLowerCase();
    const other = this.#book
      .tables(connection, name.dataset)
      .find(({ table }) => table !== name.table && table.toLowerCase() === letters);
    if (other === undefined) return;
    throw invalid(
      `Not supported by the local emulator: tables whose names differ only in case (${name.table}, ${other.table})`,
    );
  }

  /** Writes down what is said about a table that has just been created, replaced or changed. */
  async putTable(
    connection: DuckDBConnection,
    name: TableName,
    said: { described: Described; declared: readonly Field[]; createdMs?: number },
  ): Promise<void> {
    await this.#book.putTable(connection, name, said);
  }

  /** Notes that rows of a table have changed. */
  async touchTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    const before = this.#book.table(connection, name);
    await this.#book.touchTable(connection, name);
    const after = this.#book.table(connection, name);
    const columns = before && this.#columns.get(before);
    if (after !== undefined && columns !== undefined) this.#columns.set(after, columns);
  }

  async forgetTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    await this.#book.forgetTable(connection, name);
  }

  async dropTable(connection: DuckDBConnection, entry: TableName & Pick<TableEntry, "type">): Promise<void> {
    await connection.run(`DROP ${entry.type} ${this.sqlName(entry)}`);
    await this.forgetTable(connection, entry);
  }

  /** The fields of a table or view as they are now; of a view over something that is gone, as they were. */
  async fields(connection: DuckDBConnection, entry: TableEntry): Promise<readonly Field[]> {
    const known = this.#columns.get(entry);
    if (known !== undefined) return known;
    try {
      const columns = await fieldsOfQuery(connection, `SELECT * FROM ${this.sqlName(entry)}`);
      const fields = describeFields(columns, entry.declared);
      if (entry.type === "TABLE") this.#columns.set(entry, fields);
      return fields;
    } catch (error) {
      const isBroken = ["Catalog", "Binder"].includes(readDuckDbError(error)?.kind ?? "");
      if (entry.type === "VIEW" && isBroken) return entry.declared;
      throw error;
    }
  }
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
