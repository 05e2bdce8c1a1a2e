import type { DuckDBConnection } from "@duckdb/node-api";
import * as z from "zod";
import { prepareDestination, tableNameOf } from "../load/destination.ts";
import { createDispositions } from "../load/load-configuration.ts";
import type { Catalog, TableEntry, TableName } from "../store/catalog.ts";
import { columnList } from "../store/catalog.ts";
import type { Database } from "../store/database.ts";
import type { TableSize } from "../store/table-size.ts";
import { sizeOfTable } from "../store/table-size.ts";
import { invalid, notImplemented } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { isSameType } from "../wire/field.ts";
import type { JobContext, Runner } from "./job.ts";
import { tableReference } from "./job.ts";

const copyConfiguration = z.looseObject({
  sourceTable: tableReference.optional(),
  sourceTables: z.array(tableReference).max(1200).optional(),
  destinationTable: tableReference,
  writeDisposition: z.enum(["WRITE_EMPTY", "WRITE_APPEND", "WRITE_TRUNCATE"]).default("WRITE_EMPTY"),
  createDisposition: z.enum(createDispositions).default("CREATE_IF_NEEDED"),
  operationType: z.string().default("COPY"),
});

interface Copy {
  readonly context: JobContext;
  readonly sources: readonly TableName[];
  readonly destination: TableName;
  readonly configuration: z.infer<typeof copyConfiguration>;
}

/** Runs copy jobs: the rows of one or more tables of one schema, into another. */
export class Copier {
  readonly #database: Database;
  readonly #catalog: Catalog;

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
  }

  readonly run: Runner = async (context) => {
    const parsed = copyConfiguration.safeParse(context.configuration.copy);
    if (!parsed.success)
      throw invalid(`Invalid copy configuration: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
    const configuration = parsed.data;
    const { sourceTable, sourceTables = sourceTable === undefined ? [] : [sourceTable] } = configuration;
    if (sourceTables.length === 0) throw invalid("Copy configuration must specify at least one source table");
    if (configuration.operationType !== "COPY")
      throw notImplemented(`copy jobs of the type ${configuration.operationType}`);
    const sources = sourceTables.map((reference) => tableNameOf(this.#catalog, reference));
    const destination = tableNameOf(this.#catalog, configuration.destinationTable);
    context.compiled();
    const copy = { context, sources, destination, configuration };
    await this.#database.write((connection) =>
      context.cancellation.during(connection, () => this.#copy(connection, copy)),
    );
    return undefined;
  };

  async #copy(connection: DuckDBConnection, { context, sources, destination, configuration }: Copy): Promise<void> {
    const entries: TableEntry[] = [];
    for (const source of sources) entries.push(await this.#sourceTable(connection, source));
    const [first] = entries as [TableEntry];
    const fields = await this.#commonFields(connection, entries);
    const sizes: TableSize[] = [];
    for (const entry of entries) sizes.push(await sizeOfTable(connection, this.#catalog, entry));
    // The rows are put aside first: the destination may be one of the sources.
    const selects = entries.map((entry) => `SELECT ${columnList(fields)} FROM ${this.#catalog.sqlName(entry)}`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE "$copy" AS ${selects.join(" UNION ALL ")}`);
    const { view: _view, ...described } = first.described;
    const options = { ...configuration, described, schemaUpdateOptions: [] };
    await prepareDestination(connection, this.#catalog, destination, { fields, options });
    await connection.run(
      `INSERT INTO ${this.#catalog.sqlName(destination)} (${columnList(fields)}) SELECT * FROM temp.main."$copy"`,
    );
    const sum = (pick: (size: TableSize) => number) => String(sizes.reduce((total, size) => total + pick(size), 0));
    const counts = { copiedRows: sum(({ rows }) => rows), copiedLogicalBytes: sum(({ bytes }) => bytes) };
    await context.record(connection, { copy: counts });
  }

  async #sourceTable(connection: DuckDBConnection, name: TableName): Promise<TableEntry> {
    const entry = await this.#catalog.table(connection, name);
    if (entry.type === "VIEW")
      throw invalid(`Cannot copy the view ${this.#catalog.display(name)}: only tables can be copied.`);
    return entry;
  }

  async #commonFields(connection: DuckDBConnection, entries: readonly TableEntry[]): Promise<readonly Field[]> {
    const all: (readonly Field[])[] = [];
    for (const entry of entries) all.push(await this.#catalog.fields(connection, entry));
    const [fields = [], ...others] = all;
    const isSame = (other: readonly Field[]) =>
      other.length === fields.length &&
      fields.every((field) =>
        other.some((that) => that.name.toLowerCase() === field.name.toLowerCase() && isSameType(that, field)),
      );
    if (!others.every(isSame)) throw invalid("The source tables of a copy must have the same schema.");
    return fields;
  }
}
