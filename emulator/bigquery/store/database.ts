import { mkdir, readdir, rm, stat } from "node:fs/promises";
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

/**
 * DuckDB writes its log into the file when it has grown so long, in the commit of whoever comes next. That takes a third of a second
 * for a large load, so the log may grow longer than by default, and is written into the file when nobody waits.
 */
const logLimit = "256MB";
/** A log worth writing into the file, and for how long nothing must have been asked before. */
const logBytesMin = 1024 * 1024;
const quietMs = 500;

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

/** May keep the connection, which is then closed by whoever keeps it. */
type Work<T> = (connection: DuckDBConnection, keep: () => void) => Promise<T>;

/**
 * A `shared` connection serves one work after the other, since opening one costs as much as a small statement: the work
 * leaves nothing in the session that the next would notice. What makes temporary tables, functions or variables needs its `own`.
 */
export type Session = "own" | "shared";

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
  readonly #file: string;
  readonly #observers: ((connection: DuckDBConnection, isCommitted: boolean) => void)[] = [];
  #working = 0;
  #quiet: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(instance: DuckDBInstance, catalog: string, place: { file: string; temporaryFolder: string }) {
    this.#instance = instance;
    this.catalog = catalog;
    this.#file = place.file;
    this.temporaryFolder = place.temporaryFolder;
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
      checkpoint_threshold: logLimit,
    });
    try {
      await prepare(instance, options);
      // The file is ours now, and so is what a process that was killed left in the folder.
      await emptyFolder(temporaryFolder);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
    return new Database(instance, options.catalog, { file: options.file, temporaryFolder });
  }

  /** Opens a connection that sees the project's datasets, and the macros behind them. The caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    const path = `${identifier(this.catalog)}.main,memory.main`;
    await connection.run(`SET search_path = ${literal(path)}`);
    return connection;
  }

  /** Runs work beside other readers. The work may keep the connection by `keep()`. */
  read<T>(work: Work<T>, session: Session = "own"): Promise<T> {
    return this.#readers.run(() => this.#withConnection(work, session));
  }

  /** Like `read`, but never waits behind a long query: for small statements on the catalogue and the job records. */
  async look<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.connect());
    try {
      return await work(connection);
    } finally {
      this.#release(connection);
    }
  }

  #release(connection: DuckDBConnection): void {
    if (this.#idle.length < idleMax && !this.#isClosed) this.#idle.push(connection);
    else connection.closeSync();
  }

  /**
   * Runs work as the only writer, in one transaction: all that it did is committed when it returns, and nothing when it
   * throws.
   */
  write<T>(work: Work<T>, session: Session = "own"): Promise<T> {
    return this.#writer.run(() =>
      this.#withConnection(async (connection, keep) => {
        await connection.run("BEGIN TRANSACTION");
        try {
          const outcome = await work(connection, keep);
          await connection.run("COMMIT");
          this.#ended(connection, true);
          return outcome;
        } catch (error) {
          this.#ended(connection, false);
          await rollBack(connection);
          throw error;
        }
      }, session),
    );
  }

  /** Calls back when a transaction of `write` has ended, before anyone is told its outcome. */
  afterWrites(observer: (connection: DuckDBConnection, isCommitted: boolean) => void): void {
    this.#observers.push(observer);
  }

  #ended(connection: DuckDBConnection, isCommitted: boolean): void {
    for (const observer of this.#observers) observer(connection, isCommitted);
  }

  async #withConnection<T>(work: Work<T>, session: Session): Promise<T> {
    const isShared = session === "shared";
    const connection = (isShared ? this.#idle.pop() : undefined) ?? (await this.connect());
    this.#working += 1;
    clearTimeout(this.#quiet);
    let end: "release" | "close" | "keep" = isShared ? "release" : "close";
    try {
      return await work(connection, () => {
        end = "keep";
      });
    } catch (error) {
      end = "close";
      throw error;
    } finally {
      if (end === "release") this.#release(connection);
      if (end === "close") connection.closeSync();
      this.#working -= 1;
      this.#tidySoon();
    }
  }

  /** Writes the log into the file once nothing has been asked for a while. */
  #tidySoon(): void {
    clearTimeout(this.#quiet);
    if (this.#working > 0 || this.#isClosed) return;
    this.#quiet = setTimeout(() => void this.#tidy(), quietMs).unref();
  }

  async #tidy(): Promise<void> {
    await this.#writer.run(async () => {
      if (this.#working > 0 || this.#isClosed || (await sizeOf(`${this.#file}.wal`)) < logBytesMin) return;
      const connection = await this.connect();
      try {
        await connection.run(`CHECKPOINT ${identifier(this.catalog)}`);
      } catch {
        // Refused while a job's record is written beside all turns, or for want of room: the log holds all, and grows on.
      } finally {
        connection.closeSync();
      }
    });
  }

  /** Waits for the writer, writes the log into the file and lets go of it. */
  async close(): Promise<void> {
    await this.#writer.run(async () => {
      this.#isClosed = true;
      clearTimeout(this.#quiet);
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
    // In one go: statement by statement it takes twice as long, every time that anybody opens the warehouse.
    await connection.run(prelude.map((statement) => statement.replace(/^SET (?!GLOBAL )/, "SET GLOBAL ")).join(";\n"));
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

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    // DuckDB removes the log when it is in the file.
    return 0;
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
