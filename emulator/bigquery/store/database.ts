import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isNativeError } from "node:util/types";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { identifier, literal } from "./sql-text.ts";
import { Turns } from "./turns.ts";

/**
 * A running query holds one of the four threads on which Node does its files and its DNS, so two readers and the one
 * writer leave one for everybody else. DuckDB itself uses all cores for each query, so more readers would gain nothing.
 */
const readersMax = 2;

const idleMax = 4;

export interface DatabaseOptions {
  /** The DuckDB file; beside it a folder `<file>.tmp` for what does not fit into memory. */
  readonly file: string;
  /** The name under which the file is attached, and so the first part of every table's name. */
  readonly catalog: string;
  /** As DuckDB writes it: `1GB`. */
  readonly memoryLimit: string;
  /** Settings, and the macros that translated SQL calls: these live in memory, never in the file. */
  readonly prelude: readonly string[];
}

/** The rows of a small query. */
export type Rows = readonly Readonly<Record<string, DuckDBValue>>[];

/**
 * The DuckDB file of a project. This process alone has it open.
 *
 * Readers run beside each other and beside the writer, each on the snapshot that was committed when it began. Writers
 * take turns, because DuckDB fails two transactions that touch the same rows or replace the same table where BigQuery
 * lets the second one wait.
 */
export class Database {
  readonly catalog: string;
  readonly temporaryFolder: string;
  readonly #instance: DuckDBInstance;
  readonly #readers = new Turns(readersMax);
  readonly #writer = new Turns(1);
  /** Connections that `look` has opened and that wait for the next one. */
  readonly #idle: DuckDBConnection[] = [];
  #isClosed = false;

  private constructor(instance: DuckDBInstance, catalog: string, temporaryFolder: string) {
    this.#instance = instance;
    this.catalog = catalog;
    this.temporaryFolder = temporaryFolder;
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const temporaryFolder = `${options.file}.tmp`;
    await mkdir(dirname(options.file), { recursive: true });
    await mkdir(temporaryFolder, { recursive: true });
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: options.memoryLimit,
      temp_directory: temporaryFolder,
      // An unknown function must be an error, not a download.
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    try {
      await prepare(instance, options);
      // The file is ours now, and so is what a process that was killed left in the folder.
      await emptyFolder(temporaryFolder);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
    return new Database(instance, options.catalog, temporaryFolder);
  }

  /** Opens a connection that sees the project's datasets, and the macros behind them. The caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    const path = `${identifier(this.catalog)}.main,memory.main`;
    await connection.run(`SET search_path = ${literal(path)}`);
    return connection;
  }

  /** Runs work on a connection of its own, beside other readers. The work may keep the connection by `keep()`. */
  read<T>(work: (connection: DuckDBConnection, keep: () => void) => Promise<T>): Promise<T> {
    return this.#readers.run(() => this.#withConnection(work));
  }

  /**
   * Like `read`, but never waits behind a long query: for small statements on the catalogue and the job records. The work
   * leaves nothing behind in the session, so its connection serves the next one too: opening one costs more than such a statement.
   */
  async look<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.connect());
    try {
      return await work(connection);
    } finally {
      if (this.#idle.length < idleMax && !this.#isClosed) this.#idle.push(connection);
      else connection.closeSync();
    }
  }

  /**
   * Runs work as the only writer, in one transaction: all that it did is committed when it returns, and nothing when it
   * throws.
   */
  write<T>(work: (connection: DuckDBConnection, keep: () => void) => Promise<T>): Promise<T> {
    return this.#writer.run(() =>
      this.#withConnection(async (connection, keep) => {
        await connection.run("BEGIN TRANSACTION");
        try {
          const outcome = await work(connection, keep);
          await connection.run("COMMIT");
          return outcome;
        } catch (error) {
          await rollBack(connection);
          throw error;
        }
      }),
    );
  }

  async #withConnection<T>(work: (connection: DuckDBConnection, keep: () => void) => Promise<T>): Promise<T> {
    const connection = await this.connect();
    let isKept = false;
    try {
      const outcome = await work(connection, () => {
        isKept = true;
      });
      return outcome;
    } catch (error) {
      isKept = false;
      throw error;
    } finally {
      if (!isKept) connection.closeSync();
    }
  }

  /** Waits for the writer, writes the log into the file and lets go of it. */
  async close(): Promise<void> {
    await this.#writer.run(async () => {
      this.#isClosed = true;
      for (const connection of this.#idle.splice(0)) connection.closeSync();
      const connection = await this.#instance.connect();
      try {
        await connection.run(`DETACH ${identifier(this.catalog)}`);
      } finally {
        connection.closeSync();
        this.#instance.closeSync();
      }
    });
  }
}

/** What the prelude sets for a connection is set for all of them. */
async function prepare(instance: DuckDBInstance, { prelude, file, catalog }: DatabaseOptions): Promise<void> {
  const connection = await instance.connect();
  try {
    for (const statement of prelude) await connection.run(statement.replace(/^SET (?!GLOBAL )/, "SET GLOBAL "));
    await connection.run(`ATTACH ${literal(file)} AS ${identifier(catalog)}`);
  } finally {
    connection.closeSync();
  }
}

/** A commit that failed has already rolled back; DuckDB then says that there is no transaction, which is what is wanted. */
async function rollBack(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run("ROLLBACK");
  } catch (error) {
    if (!(isNativeError(error) && error.message.includes("no transaction is active"))) throw error;
  }
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

/** Runs a small query and gives its rows. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<Rows> {
  const reader = await connection.runAndReadAll(sql, [...values]);
  return reader.getRowObjects();
}
