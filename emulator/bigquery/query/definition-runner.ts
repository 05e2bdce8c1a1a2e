import type { DuckDBConnection } from "@duckdb/node-api";
import type { Statement } from "../../googlesql/translate.ts";
import type { Catalog, TableEntry, TableName } from "../store/catalog.ts";
import { identifier } from "../store/sql-text.ts";
import { checkId, patched } from "../tables/datasets.ts";
import { duplicate, invalidQuery, notFound } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { declaredBy, describedBy } from "./statement.ts";

export interface DdlOutcome {
  readonly operation: "CREATE" | "SKIP" | "REPLACE" | "DROP" | "ALTER";
  /** The table or view, or (without `table`) the dataset. */
  readonly target?: { readonly dataset: string; readonly table?: string } | undefined;
}

/** Runs statements that create, change or drop something, and writes down what they say. */
export class DefinitionRunner {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  async run(connection: DuckDBConnection, statement: Statement, sql: string): Promise<DdlOutcome> {
    const { kind, target, metadata } = statement;
    if (kind.endsWith("_SCHEMA")) return await this.#dataset(connection, statement);
    const isRoutine = kind.endsWith("FUNCTION");
    if (target?.table === undefined || isRoutine || metadata?.temporary) {
      if (isRoutine && target !== undefined) await this.#requireDataset(connection, target.dataset);
      await connection.run(sql);
      return { operation: kind.startsWith("DROP") ? "DROP" : "CREATE" };
    }
    const name = { dataset: target.dataset, table: target.table };
    if (kind.startsWith("CREATE")) return await this.#create(connection, statement, { name, sql });
    if (kind.startsWith("DROP")) return await this.#drop(connection, statement, { name, sql });
    return await this.#alter(connection, statement, { name, sql });
  }

  async #requireDataset(connection: DuckDBConnection, dataset: string): Promise<void> {
    if ((await this.#catalog.datasets(connection, dataset)).length === 0) throw this.#catalog.datasetNotFound(dataset);
  }

  async #create(
    connection: DuckDBConnection,
    { kind, metadata }: Statement,
    { name, sql }: { name: TableName; sql: string },
  ): Promise<DdlOutcome> {
    await this.#requireDataset(connection, name.dataset);
    await this.#catalog.requireCase(connection, name);
    const before = await this.#catalog.findTable(connection, name);
    if (before !== undefined) {
      if (metadata?.ifNotExists) return { operation: "SKIP", target: name };
      if (!metadata?.orReplace) throw duplicate(`Table ${this.#catalog.display(name)}`);
      const type = kind === "CREATE_VIEW" ? "VIEW" : "TABLE";
      if (before.type !== type) {
        throw invalidQuery(`${this.#catalog.display(name)} is a ${before.type}, and cannot be replaced by a ${type}`);
      }
    }
    const source = await this.#sourceOf(connection, metadata);
    await connection.run(sql);
    const view = metadata?.query === undefined ? {} : { view: { query: metadata.query, useLegacySql: false } };
    const described = { ...source?.described, ...describedBy(metadata), ...view };
    await this.#writeDown(connection, name, { metadata, described, declared: source?.declared });
    for (const { name: column, mode } of source?.declared ?? []) {
      if (mode === "REQUIRED")
        await connection.run(
          `ALTER TABLE ${this.#catalog.sqlName(name)} ALTER COLUMN ${identifier(column)} SET NOT NULL`,
        );
    }
    return { operation: before === undefined ? "CREATE" : "REPLACE", target: name };
  }

  /** What CLONE, COPY and LIKE take along: all that is said about the table, but not when it is to be deleted. */
  async #sourceOf(
    connection: DuckDBConnection,
    metadata: Statement["metadata"],
  ): Promise<Pick<TableEntry, "described" | "declared"> | undefined> {
    if (metadata?.copied?.table === undefined) return undefined;
    const { dataset, table } = metadata.copied;
    const entry = await this.#catalog.findTable(connection, { dataset, table });
    if (entry === undefined) return undefined;
    const { expirationTime: _, view: __, ...described } = entry.described;
    return { described, declared: await this.#catalog.fields(connection, entry) };
  }

  /** Writes down a table as it is now, with what the statement says about it and its columns. */
  async #writeDown(
    connection: DuckDBConnection,
    name: TableName,
    said: {
      metadata: Statement["metadata"];
      described: Readonly<Record<string, unknown>>;
      /** What was said about the columns before; nothing when left out. */
      declared?: readonly Field[] | undefined;
      createdMs?: number;
    },
  ): Promise<void> {
    // What was created just now is not in the book yet.
    const known = await this.#catalog.findTable(connection, name);
    const entry = known ?? {
      ...name,
      type: "TABLE" as const,
      described: {},
      declared: [],
      createdMs: 0,
      modifiedMs: 0,
    };
    const declared = declaredBy(
      said.metadata,
      await this.#catalog.fields(
        connection,
        said.createdMs === undefined ? { ...entry, declared: said.declared ?? [] } : entry,
      ),
    );
    await this.#catalog.putTable(connection, name, {
      described: patched({}, said.described),
      declared,
      ...(said.createdMs === undefined ? {} : { createdMs: said.createdMs }),
    });
  }

  async #drop(
    connection: DuckDBConnection,
    { kind, metadata }: Statement,
    { name, sql }: { name: TableName; sql: string },
  ): Promise<DdlOutcome> {
    const before = await this.#catalog.findTable(connection, name);
    if (before === undefined) {
      if (metadata?.ifExists) return { operation: "SKIP", target: name };
      throw notFound(`Table ${this.#catalog.display(name)}`);
    }
    if (kind !== `DROP_${before.type}`) {
      throw invalidQuery(`Cannot drop ${this.#catalog.display(name)} so: it is a ${before.type}`);
    }
    await connection.run(sql);
    await this.#catalog.forgetTable(connection, name);
    return { operation: "DROP", target: name };
  }

  async #alter(
    connection: DuckDBConnection,
    { metadata }: Statement,
    { name, sql }: { name: TableName; sql: string },
  ): Promise<DdlOutcome> {
    const before = await this.#catalog.findTable(connection, name);
    if (before === undefined && metadata?.ifExists) return { operation: "SKIP", target: name };
    const entry = before ?? (await this.#catalog.table(connection, name));
    await connection.run(sql);
    const after = { ...name, table: metadata?.renamedTo ?? name.table };
    const renamed = new Map((metadata?.renamedColumns ?? []).map(({ from, to }) => [from.toLowerCase(), to]));
    const declared = entry.declared.map((field) => ({
      ...field,
      name: renamed.get(field.name.toLowerCase()) ?? field.name,
    }));
    await this.#catalog.forgetTable(connection, name);
    await this.#catalog.putTable(connection, after, { described: {}, declared, createdMs: entry.createdMs });
    const described = patched(entry.described, describedBy(metadata));
    await this.#writeDown(connection, after, { metadata, described, createdMs: entry.createdMs });
    return { operation: "ALTER", target: name };
  }

  async #dataset(connection: DuckDBConnection, { kind, target, metadata, sql }: Statement): Promise<DdlOutcome> {
    const dataset = target?.dataset ?? "";
    const [before] = await this.#catalog.datasets(connection, dataset);
    const shown = { dataset };
    if (kind === "CREATE_SCHEMA") {
      if (before !== undefined && metadata?.ifNotExists) return { operation: "SKIP", target: shown };
      if (before !== undefined) throw duplicate(`Dataset ${this.#catalog.project}:${dataset}`);
      checkId(dataset);
      await this.#catalog.createDataset(connection, dataset, describedBy(metadata));
      return { operation: "CREATE", target: shown };
    }
    if (before === undefined) {
      if (metadata?.ifExists) return { operation: "SKIP", target: shown };
      throw notFound(`Dataset ${this.#catalog.project}:${dataset}`);
    }
    if (kind === "ALTER_SCHEMA") {
      await this.#catalog.putDataset(connection, dataset, patched(before.described, describedBy(metadata)));
      return { operation: "ALTER", target: shown };
    }
    const tables = await this.#catalog.tables(connection, dataset);
    if (tables.length > 0 && !/ CASCADE$/i.test(sql)) {
      throw invalidQuery(`Dataset ${this.#catalog.project}:${dataset} is still in use`);
    }
    await this.#catalog.dropDataset(connection, dataset);
    return { operation: "DROP", target: shown };
  }
}
