import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isNativeError } from "node:util/types";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { JobContext, Runner } from "../jobs/job.ts";
import type { Catalog, TableName } from "../store/catalog.ts";
import { columnList } from "../store/catalog.ts";
import type { Database } from "../store/database.ts";
import { describeFailure, readDuckDbError } from "../store/duckdb-error.ts";
import { literals } from "../store/sql-text.ts";
import { BigQueryError, invalid } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { parseFields } from "../wire/field.ts";
import { csvSelect } from "./csv-sql.ts";
import { prepareDestination, tableNameOf } from "./destination.ts";
import { keysOfFirstRow } from "./first-row.ts";
import { verifyGzip } from "./gzip.ts";
import type { LoadConfiguration } from "./load-configuration.ts";
import { describedByLoad, parseLoad } from "./load-configuration.ts";
import type { Tally } from "./ndjson-rewriter.ts";
import { rewriteNdjson, rowBytesMax } from "./ndjson-rewriter.ts";
import { exactSelect, isQuick, objectSizeDefault, quickSelect } from "./ndjson-sql.ts";
import type { Detected } from "./schema-detection.ts";
import { detectSchema } from "./schema-detection.ts";
import type { ResolveUri, SourceFile } from "./source-file.ts";
import { findSources } from "./source-file.ts";

/** Where a load reads: the objects that its configuration names, or a file that came with the request. */
export type Sources =
  | { readonly resolve: ResolveUri }
  | { readonly uploaded: SourceFile; readonly release: () => Promise<void> };

interface Load {
  readonly context: JobContext;
  readonly configuration: LoadConfiguration;
  readonly name: TableName;
  readonly files: readonly SourceFile[];
  readonly fields: readonly Field[];
}

/** A row needs larger buffers than DuckDB's reader has by default. */
class RowTooLarge extends Error {}
/** The quick way does not take these rows. */
class NotQuick extends Error {}

/** Runs load jobs: all rows of all files, or none. */
export class Loader {
  readonly #database: Database;
  readonly #catalog: Catalog;

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  runner(sources: Sources): Runner {
    return async (context) => {
      try {
        await this.#run(context, sources);
      } finally {
        if ("uploaded" in sources) await sources.release();
      }
      return undefined;
    };
  }

  async #run(context: JobContext, sources: Sources): Promise<void> {
    const configuration = parseLoad(context.configuration.load);
    const name = tableNameOf(this.#catalog, configuration.destinationTable);
    context.compiled();
    const files =
      "uploaded" in sources ? [sources.uploaded] : await findSources(configuration.sourceUris, sources.resolve);
    const { fields, skipLeadingRows } = await this.#schema(configuration, name, files);
    await this.#load({ context, configuration: { ...configuration, skipLeadingRows }, name, files, fields });
  }

  /** The fields to load: those of the request, or the table's own, or what the files look like when that is asked for. */
  async #schema(configuration: LoadConfiguration, name: TableName, files: readonly SourceFile[]): Promise<Detected> {
    const { skipLeadingRows, autodetect, sourceFormat } = configuration;
    const given = configuration.schema === undefined ? [] : parseFields(configuration.schema);
    if (given.length > 0) return { fields: given, skipLeadingRows };
    return await this.#database.look(async (connection) => {
      const existing = await this.#catalog.findTable(connection, name);
      if (existing !== undefined && !autodetect) {
        return { fields: await this.#catalog.fields(connection, existing), skipLeadingRows };
      }
      if (!autodetect && sourceFormat !== "PARQUET") throw invalid("No schema specified on job or table.");
      return await detectSchema(connection, configuration, files);
    });
  }

  async #load(load: Load): Promise<void> {
    const { configuration, files, fields } = load;
    if (configuration.sourceFormat === "CSV") return await this.#insert(load, csvSelect(files, fields, configuration));
    if (configuration.sourceFormat === "PARQUET") return await this.#insert(load, parquetSelect(files, fields));
    if (isQuick(fields) && (await this.#loadQuickly(load))) return;
    await this.#loadExactly(load);
  }

  /** @returns false when the rows are not for the quick way; nothing has happened then */
  async #loadQuickly(load: Load): Promise<boolean> {
    const { files, fields, configuration } = load;
    const { ignoreUnknownValues } = configuration;
    const firstKeys = await keysOfFirstRow(files);
    for (const objectSize of [objectSizeDefault, rowBytesMax + 1024]) {
      try {
        await this.#insert(load, quickSelect(files, fields, { ignoreUnknownValues, objectSize, firstKeys }), {
          refuse: refuseQuickly,
        });
        return true;
      } catch (error) {
        if (error instanceof NotQuick) return false;
        if (!(error instanceof RowTooLarge)) throw error;
      }
    }
    return false;
  }

  async #loadExactly(load: Load): Promise<void> {
    const { files, fields, configuration, context } = load;
    const path = join(
      this.#database.temporaryFolder,
      `load-${context.id.slice(0, 100)}-${process.hrtime.bigint()}.ndjson`,
    );
    const tally: Tally = { rows: 0, badRows: 0, rowLengthMax: 0 };
    try {
      for (const file of files) {
        const check = () => context.cancellation.check();
        await rewriteNdjson(file, path, { fields, options: configuration, tally, check });
      }
      const objectSize = Math.max(objectSizeDefault, tally.rowLengthMax + 1024);
      await this.#insert(load, exactSelect(path, fields, objectSize), { isVerified: true, badRecords: tally.badRows });
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Inserts the rows of a SELECT, and the job's record, in one transaction. */
  async #insert(load: Load, select: string, insertion: Insertion = {}): Promise<void> {
    const { context, configuration, name, files, fields } = load;
    const options = { ...configuration, described: describedByLoad(configuration) };
    const verified = insertion.isVerified ? Promise.resolve() : verifyGzip(files);
    // Its failure is seen where it is awaited, in the transaction; should that fail first, it is of no more interest.
    verified.catch(() => undefined);
    await this.#database.write(async (connection) => {
      await context.cancellation.during(connection, async () => {
        await prepareDestination(connection, this.#catalog, name, { fields, options });
        const sql = `INSERT INTO ${this.#catalog.sqlName(name)} (${columnList(fields)}) ${select}`;
        const rows = await runInsert(connection, load, { sql, refuse: insertion.refuse });
        await verified;
        await context.record(connection, { load: countsOf(files, rows, insertion.badRecords ?? 0) });
      });
    }, "shared");
  }
}

interface Insertion {
  /** Says which errors mean that the rows are for another way of loading. */
  readonly refuse?: ((error: unknown) => Error | undefined) | undefined;
  readonly isVerified?: boolean;
  readonly badRecords?: number;
}

function countsOf(files: readonly SourceFile[], rows: number, badRecords: number): Record<string, string> {
  const bytes = String(files.reduce((sum, file) => sum + file.bytes, 0));
  return {
    inputFiles: String(files.length),
    inputFileBytes: bytes,
    outputRows: String(rows),
    outputBytes: bytes,
    badRecords: String(badRecords),
  };
}

async function runInsert(
  connection: DuckDBConnection,
  load: Load,
  insert: { sql: string; refuse: Insertion["refuse"] },
): Promise<number> {
  try {
    return (await connection.run(insert.sql)).rowsChanged;
  } catch (error) {
    throw insert.refuse?.(error) ?? readError(error, load);
  }
}

/** What fails in the quick statement is the rows' doing, unless the machine failed: then it is not tried again. */
function refuseQuickly(error: unknown): Error | undefined {
  const failure = readDuckDbError(error);
  if (failure?.message.includes("maximum_object_size")) return new RowTooLarge();
  const isOfRows = ["Invalid Input", "Conversion", "Constraint", "Out of Range"].includes(failure?.kind ?? "");
  return isOfRows ? new NotQuick() : undefined;
}

/** BigQuery's words for a file that cannot be read. DuckDB names the local file; the request's address is put there. */
function readError(error: unknown, { files }: Load): Error {
  const failure = readDuckDbError(error);
  const described = describeFailure(error);
  if (failure === undefined || described.reason !== "invalidQuery") return described;
  const file = files.find(({ path }) => failure.message.includes(path)) ?? files[0];
  const required = /NOT NULL constraint failed: .+\.(.+)$/.exec(failure.message)?.[1];
  if (required !== undefined)
    return invalid(
      `Error while reading data, error message: Missing required field: ${required}. File: ${file?.uri}`,
      file?.uri,
    );
  const message = isNativeError(error) ? error.message.split("\n\n")[0] : failure.message;
  const text = files.reduce((sofar, { path, uri }) => sofar.replaceAll(path, uri), message ?? "").replaceAll("\n", " ");
  return new BigQueryError(400, "invalid", `Error while reading data, error message: ${text} File: ${file?.uri}`, {
    location: file?.uri,
    cause: error,
  });
}

function parquetSelect(files: readonly SourceFile[], fields: readonly Field[]): string {
  return `SELECT ${columnList(fields)} FROM read_parquet(${literals(files.map(({ path }) => path))}, union_by_name = true)`;
}
