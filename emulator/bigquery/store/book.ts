import type { DuckDBConnection } from "@duckdb/node-api";
import type { Field } from "../wire/field.ts";
import { type Rows, rowsOf } from "./database.ts";
import { qualified } from "./sql-text.ts";

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

/** What a transaction has changed and not committed; undefined is what it took away. */
interface Changes {
  readonly datasets: Map<string, DatasetEntry | undefined>;
  readonly tables: Map<string, TableEntry | undefined>;
}

/**
 * What is written down about each dataset, table and view. Everything that is created through the API is in it.
 *
 * It is kept in two tables of the project's file, and in memory as they were last committed: a small job asks several
 * times what there is, and each question to DuckDB takes as long as all of them together. A transaction sees its own
 * changes; others see them once it has been committed.
 */
export class Book {
  readonly #datasetsTable: string;
  readonly #tablesTable: string;
  readonly #datasets = new Map<string, DatasetEntry>();
  readonly #tables = new Map<string, TableEntry>();
  readonly #changes = new Map<DuckDBConnection, Changes>();
  #version = 0;

  constructor(project: string) {
    this.#datasetsTable = qualified(project, bookSchema, "datasets");
    this.#tablesTable = qualified(project, bookSchema, "tables");
  }

  /** Makes the tables where they are missing, and reads them. */
  async open(connection: DuckDBConnection): Promise<void> {
    const schema = this.#tablesTable.slice(0, this.#tablesTable.lastIndexOf("."));
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${this.#datasetsTable} (dataset VARCHAR, described VARCHAR, created BIGINT, modified BIGINT)`,
    );
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${this.#tablesTable} (dataset VARCHAR, name VARCHAR, described VARCHAR, declared VARCHAR, created BIGINT, modified BIGINT)`,
    );
    for (const row of await rowsOf(connection, `FROM ${this.#datasetsTable}`)) {
      const entry = datasetEntry(row);
      this.#datasets.set(entry.dataset, entry);
    }
    for (const row of await rowsOf(connection, `FROM ${this.#tablesTable}`)) {
      const entry = tableEntry(row);
      this.#tables.set(keyOf(entry), entry);
    }
  }

  /** Goes up with each transaction that changed what is written down. */
  get version(): number {
    return this.#version;
  }

  /** A transaction has ended. */
  settle(connection: DuckDBConnection, isCommitted: boolean): void {
    const changes = this.#changes.get(connection);
    this.#changes.delete(connection);
    if (changes === undefined || !isCommitted) return;
    this.#version += 1;
    for (const [key, entry] of changes.datasets) put(this.#datasets, key, entry);
    for (const [key, entry] of changes.tables) put(this.#tables, key, entry);
  }

  dataset(connection: DuckDBConnection, dataset: string): DatasetEntry | undefined {
    const changed = this.#changes.get(connection)?.datasets;
    return changed?.has(dataset) ? changed.get(dataset) : this.#datasets.get(dataset);
  }

  /** By name. */
  datasets(connection: DuckDBConnection): DatasetEntry[] {
    const all = merged(this.#datasets, this.#changes.get(connection)?.datasets);
    return all.sort((left, right) => compare(left.dataset, right.dataset));
  }

  table(connection: DuckDBConnection, name: TableName): TableEntry | undefined {
    const key = keyOf(name);
    const changed = this.#changes.get(connection)?.tables;
    return changed?.has(key) ? changed.get(key) : this.#tables.get(key);
  }

  /** Those of one dataset, by name. */
  tables(connection: DuckDBConnection, dataset: string): TableEntry[] {
    return merged(this.#tables, this.#changes.get(connection)?.tables)
      .filter((entry) => entry.dataset === dataset)
      .sort((left, right) => compare(left.table, right.table));
  }

  async putDataset(connection: DuckDBConnection, dataset: string, described: Described): Promise<void> {
    const now = Date.now();
    const created = this.dataset(connection, dataset)?.createdMs ?? now;
    await this.forgetDataset(connection, dataset);
    const row = { dataset, described: JSON.stringify(described), created: BigInt(created), modified: BigInt(now) };
    await connection.run(`INSERT INTO ${this.#datasetsTable} VALUES ($1, $2, $3, $4)`, Object.values(row));
    this.#changesOf(connection).datasets.set(dataset, datasetEntry(row));
  }

  async forgetDataset(connection: DuckDBConnection, dataset: string): Promise<void> {
    if (this.dataset(connection, dataset) === undefined) return;
    await connection.run(`DELETE FROM ${this.#datasetsTable} WHERE dataset = $1`, [dataset]);
    this.#changesOf(connection).datasets.set(dataset, undefined);
  }

  async putTable(
    connection: DuckDBConnection,
    name: TableName,
    said: { described: Described; declared: readonly Field[]; createdMs?: number },
  ): Promise<void> {
    const now = Date.now();
    await this.forgetTable(connection, name);
    const row = {
      dataset: name.dataset,
      name: name.table,
      described: JSON.stringify(said.described),
      declared: JSON.stringify(said.declared),
      created: BigInt(said.createdMs ?? now),
      modified: BigInt(now),
    };
    await connection.run(`INSERT INTO ${this.#tablesTable} VALUES ($1, $2, $3, $4, $5, $6)`, Object.values(row));
    this.#changesOf(connection).tables.set(keyOf(name), tableEntry(row));
  }

  async touchTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    const entry = this.table(connection, name);
    if (entry === undefined) return;
    const modifiedMs = Date.now();
    await connection.run(`UPDATE ${this.#tablesTable} SET modified = $1 WHERE dataset = $2 AND name = $3`, [
      BigInt(modifiedMs),
      name.dataset,
      name.table,
    ]);
    this.#changesOf(connection).tables.set(keyOf(name), { ...entry, modifiedMs });
  }

  async forgetTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    if (this.table(connection, name) === undefined) return;
    await connection.run(`DELETE FROM ${this.#tablesTable} WHERE dataset = $1 AND name = $2`, [
      name.dataset,
      name.table,
    ]);
    this.#changesOf(connection).tables.set(keyOf(name), undefined);
  }

  #changesOf(connection: DuckDBConnection): Changes {
    const changes = this.#changes.get(connection) ?? { datasets: new Map(), tables: new Map() };
    this.#changes.set(connection, changes);
    return changes;
  }
}

/** No dataset has a dot in its name. */
function keyOf({ dataset, table }: TableName): string {
  return `${dataset}.${table}`;
}

function put<Entry>(entries: Map<string, Entry>, key: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(key);
  else entries.set(key, entry);
}

function merged<Entry>(
  committed: ReadonlyMap<string, Entry>,
  changed?: ReadonlyMap<string, Entry | undefined>,
): Entry[] {
  if (changed === undefined) return [...committed.values()];
  const entries = new Map(committed);
  for (const [key, entry] of changed) put(entries, key, entry);
  return [...entries.values()];
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function datasetEntry(row: Rows[number]): DatasetEntry {
  return {
    dataset: String(row.dataset),
    described: JSON.parse(String(row.described)) as Described,
    createdMs: Number(row.created),
    modifiedMs: Number(row.modified),
  };
}

function tableEntry(row: Rows[number]): TableEntry {
  const described = JSON.parse(String(row.described)) as Described;
  return {
    dataset: String(row.dataset),
    table: String(row.name),
    type: described.view === undefined ? "TABLE" : "VIEW",
    described,
    declared: JSON.parse(String(row.declared)) as Field[],
    createdMs: Number(row.created),
    modifiedMs: Number(row.modified),
  };
}
