import type { DuckDBConnection } from "@duckdb/node-api";
import * as z from "zod";
import { createTable, tableNameOf } from "../load/destination.ts";
import type { Catalog, Described, TableEntry, TableName } from "../store/catalog.ts";
import type { Database } from "../store/database.ts";
import { sizeOfTable } from "../store/table-size.ts";
import { conditionNotMet, duplicate, invalid, notFound, notImplemented, required } from "../wire/errors.ts";
import { parseFields } from "../wire/field.ts";
import { countOf, startOf } from "../wire/query-string.ts";
import { etagOf, patched } from "./datasets.ts";
import { changeColumns } from "./table-schema.ts";
import type { Views } from "./views.ts";

/** What a client may say about a table, besides its schema; the emulator keeps it and gives it back. */
const writable = [
  "friendlyName",
  "description",
  "labels",
  "expirationTime",
  "timePartitioning",
  "rangePartitioning",
  "clustering",
  "requirePartitionFilter",
  "defaultCollation",
  "tableConstraints",
];

const bodySchema = z.looseObject({
  tableReference: z.looseObject({ tableId: z.string().min(1) }).optional(),
  schema: z.looseObject({ fields: z.array(z.unknown()).optional() }).optional(),
  view: z.looseObject({ query: z.string().min(1), useLegacySql: z.boolean().optional() }).optional(),
});

/** The `tables` collection of the API. */
export class Tables {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #views: Views;

  constructor(database: Database, catalog: Catalog, views: Views) {
    this.#database = database;
    this.#catalog = catalog;
    this.#views = views;
  }

  async insert(dataset: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { tableReference, schema, view } = parseBody(body);
    if (tableReference === undefined) throw required("tableReference.tableId");
    for (const key of ["materializedView", "externalDataConfiguration", "cloneDefinition", "snapshotDefinition"]) {
      if (body[key] !== undefined) throw notImplemented(`tables with ${key}`);
    }
    const name = tableNameOf(this.#catalog, { datasetId: dataset, tableId: tableReference.tableId });
    const declared = schema === undefined ? [] : parseFields(schema);
    await this.#database.write(async (connection) => {
      await this.#requireFree(connection, name);
      const described = pick(body);
      if (view !== undefined) await this.#views.create(connection, name, { view, described, declared });
      else await createTable(connection, this.#catalog, name, { fields: declared, described });
    }, "shared");
    return await this.get(name);
  }

  async #requireFree(connection: DuckDBConnection, name: TableName): Promise<void> {
    if ((await this.#catalog.datasets(connection, name.dataset)).length === 0) {
      throw notFound(`Dataset ${this.#catalog.project}:${name.dataset}`);
    }
    const taken = await this.#catalog.findTable(connection, name);
    if (taken !== undefined) throw duplicate(`Table ${this.#catalog.display(name)}`);
  }

  async get(name: TableName): Promise<Record<string, unknown>> {
    return await this.#database.look(async (connection) =>
      this.#resource(connection, await this.#entry(connection, name)),
    );
  }

  async list(dataset: string, query: URLSearchParams): Promise<unknown> {
    const all = await this.#database.look(async (connection) => {
      await this.#catalog.dataset(connection, dataset);
      return await this.#catalog.tables(connection, dataset);
    });
    const start = startOf(query);
    const end = start + (countOf(query, "maxResults") ?? 1000);
    const tables = all.slice(start, end).map((entry) => this.#summary(entry));
    return {
      kind: "bigquery#tableList",
      etag: etagOf(tables),
      tables,
      totalItems: all.length,
      ...(end < all.length ? { nextPageToken: String(end) } : {}),
    };
  }

  /** Changes a table: some of what is said about it (patch), or all (update). Columns may be added, not taken away. */
  async change(
    name: TableName,
    body: Readonly<Record<string, unknown>>,
    how: { replace: boolean; ifMatch: string | undefined },
  ): Promise<unknown> {
    const { schema, view } = parseBody(body);
    await this.#database.write(async (connection) => {
      const entry = await this.#entry(connection, name);
      if (how.ifMatch !== undefined && how.ifMatch !== (await this.#resource(connection, entry)).etag)
        throw conditionNotMet();
      const said = pick(body);
      const fixed = entry.described.view === undefined ? {} : { view: entry.described.view };
      const described = how.replace ? { ...patched({}, said), ...fixed } : patched(entry.described, said);
      const declared = schema?.fields === undefined ? entry.declared : parseFields(schema);
      if (view !== undefined) {
        if (entry.type !== "VIEW") throw invalid(`${this.#catalog.display(name)} is not a view.`);
        await this.#views.create(connection, name, { view, described, declared, createdMs: entry.createdMs });
        return;
      }
      if (schema?.fields !== undefined && entry.type === "TABLE")
        await changeColumns(connection, this.#catalog, entry, declared);
      await this.#catalog.putTable(connection, name, { described, declared, createdMs: entry.createdMs });
    });
    return await this.get(name);
  }

  async remove(name: TableName): Promise<void> {
    await this.#database.write(async (connection) => {
      await this.#catalog.dropTable(connection, await this.#entry(connection, name));
    });
  }

  async #entry(connection: DuckDBConnection, name: TableName): Promise<TableEntry> {
    const entry = await this.#catalog.findTable(connection, name);
    if (entry !== undefined) return entry;
    await this.#catalog.dataset(connection, name.dataset);
    throw notFound(`Table ${this.#catalog.display(name)}`);
  }

  #summary(entry: TableEntry): Record<string, unknown> {
    const { project } = this.#catalog;
    const { timePartitioning, rangePartitioning, clustering, labels, friendlyName, expirationTime } = entry.described;
    return {
      kind: "bigquery#table",
      id: this.#catalog.display(entry),
      tableReference: { projectId: project, datasetId: entry.dataset, tableId: entry.table },
      type: entry.type,
      friendlyName,
      labels,
      timePartitioning,
      rangePartitioning,
      clustering,
      expirationTime,
      creationTime: String(entry.createdMs),
      ...(entry.type === "VIEW" ? { view: { useLegacySql: false } } : {}),
    };
  }

  async #resource(connection: DuckDBConnection, entry: TableEntry): Promise<Record<string, unknown>> {
    const { rows, bytes } = await sizeOfTable(connection, this.#catalog, entry);
    const resource = {
      ...this.#summary(entry),
      ...entry.described,
      schema: { fields: await this.#catalog.fields(connection, entry) },
      numRows: String(rows),
      numBytes: String(bytes),
      numLongTermBytes: "0",
      numTotalLogicalBytes: String(bytes),
      lastModifiedTime: String(entry.modifiedMs),
      location: this.#catalog.location,
    };
    return { ...resource, etag: etagOf(resource) };
  }
}

function parseBody(body: Readonly<Record<string, unknown>>) {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw invalid(`Invalid table: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  return parsed.data;
}

function pick(body: Readonly<Record<string, unknown>>): Described {
  return Object.fromEntries(writable.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
}
