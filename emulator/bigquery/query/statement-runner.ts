import type { DuckDBConnection } from "@duckdb/node-api";
import type { Catalog, TableName } from "../store/catalog.ts";
import { fieldsOfQuery } from "../store/catalog.ts";
import { qualified } from "../store/sql-text.ts";
import { checkId } from "../tables/datasets.ts";
import { duplicate, invalidQuery, notFound, notSupported } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import type { Parameters } from "./parameters.ts";
import { bindParameters } from "./parameters.ts";
import { resultTable } from "./result.ts";
import type { Statement } from "./statement.ts";
import { targetTable } from "./statement.ts";
import { describeStatementError } from "./statement-error.ts";

/** What a statement did: what goes into a job's statistics. */
export interface StatementOutcome {
  readonly dml?: { readonly inserted: number; readonly updated: number; readonly deleted: number };
  readonly ddl?: {
    readonly operation: "CREATE" | "SKIP" | "REPLACE" | "DROP" | "ALTER";
    readonly target?: Statement["target"];
  };
  /** The columns of a SELECT, whose rows are now in the connection's table of results. */
  readonly fields?: readonly Field[];
}

export interface StatementContext {
  readonly googleSql: string;
  readonly parameters: Parameters;
  readonly defaultDataset: string | undefined;
}

/** Runs translated statements on a connection, and keeps the catalogue's book in step with what they do. */
export class StatementRunner {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Lets unqualified names mean tables of the default dataset. */
  async prepare(connection: DuckDBConnection, { defaultDataset }: StatementContext): Promise<void> {
    if (defaultDataset === undefined) return;
    const { project } = this.#catalog;
    if ((await this.#catalog.datasets(connection, defaultDataset)).length === 0)
      throw this.#catalog.datasetNotFound(defaultDataset);
    const path = `${qualified(project, defaultDataset)},${qualified(project)}.main,memory.main`;
    await connection.run(`SET search_path = '${path.replaceAll("'", "''")}'`);
  }

  /** @throws BigQueryError in the words of a query */
  async run(connection: DuckDBConnection, statement: Statement, context: StatementContext): Promise<StatementOutcome> {
    const sql = statement.sql.map((text) => bindParameters(text, context.parameters));
    try {
      return await this.#run(connection, statement, { ...context, sql });
    } catch (error) {
      throw describeStatementError(error, this.#place(context, sql.join(";\n")));
    }
  }

  /** Binds a statement without running it: names, types and functions are checked. @returns the columns it would give */
  async bind(connection: DuckDBConnection, statement: Statement, context: StatementContext): Promise<Field[]> {
    const [sql] = statement.sql;
    if (sql === undefined) return [];
    const bound = bindParameters(sql, context.parameters);
    try {
      const fields = await fieldsOfQuery(connection, bound);
      return statement.kind === "select" ? checkNames(fields) : [];
    } catch (error) {
      throw describeStatementError(error, this.#place(context, bound));
    }
  }

  #place({ googleSql, defaultDataset }: StatementContext, duckSql: string) {
    const { project, location } = this.#catalog;
    return { project, location, googleSql, duckSql, defaultDataset };
  }

  async #run(
    connection: DuckDBConnection,
    statement: Statement,
    context: StatementContext & { readonly sql: readonly string[] },
  ): Promise<StatementOutcome> {
    const { sql, defaultDataset } = context;
    const name = targetTable(statement, defaultDataset);
    switch (statement.kind) {
      case "select":
        return { fields: await select(connection, sql) };
      case "insert":
      case "update":
      case "delete":
      case "truncate":
      case "merge":
        return await this.#change(connection, statement, { sql, name });
      case "create table":
      case "create table as":
      case "create view":
        return await this.#create(connection, statement, { sql, name });
      case "drop table":
      case "drop view":
        return await this.#drop(connection, statement, { sql, name });
      case "alter table":
      case "alter view":
        return await this.#alter(connection, statement, { sql, name });
      case "create schema":
      case "drop schema":
      case "alter schema":
        return await this.#dataset(connection, statement);
      case "create function":
      case "drop function":
        await runAll(connection, sql);
        return { ddl: { operation: statement.kind === "create function" ? "CREATE" : "DROP" } };
      case "variable":
      case "assert":
        await runAll(connection, sql);
        return {};
      case "transaction":
        // The whole job is one transaction already, so that its record and its effect are one.
        if (statement.action === "ROLLBACK") throw notSupported("ROLLBACK TRANSACTION");
        return {};
    }
  }

  async #change(
    connection: DuckDBConnection,
    statement: Statement,
    { sql, name }: { sql: readonly string[]; name: TableName | undefined },
  ): Promise<StatementOutcome> {
    if (name !== undefined && statement.isTemporary !== true) await this.#requireTable(connection, name);
    const counts = statement.kind === "merge" ? await merge(connection, sql) : await runAll(connection, sql);
    if (name !== undefined) await this.#catalog.touchTable(connection, name);
    if (typeof counts !== "number") return { dml: counts };
    const { kind } = statement;
    return {
      dml: {
        inserted: kind === "insert" ? counts : 0,
        updated: kind === "update" ? counts : 0,
        deleted: kind === "delete" || kind === "truncate" ? counts : 0,
      },
    };
  }

  async #requireTable(connection: DuckDBConnection, name: TableName): Promise<void> {
    const entry = await this.#catalog.findTable(connection, name);
    if (entry?.type === "VIEW") throw invalidQuery(`Cannot modify the view ${this.#catalog.display(name)}`);
  }

  async #create(
    connection: DuckDBConnection,
    statement: Statement,
    { sql, name }: { sql: readonly string[]; name: TableName | undefined },
  ): Promise<StatementOutcome> {
    if (statement.isTemporary || name === undefined) {
      if (name === undefined && !statement.isTemporary)
        throw invalidQuery("A table must be qualified with a dataset (e.g. dataset.table)");
      await runAll(connection, sql);
      return { ddl: { operation: "CREATE" } };
    }
    if ((await this.#catalog.datasets(connection, name.dataset)).length === 0)
      throw this.#catalog.datasetNotFound(name.dataset);
    const before = await this.#catalog.findTable(connection, name);
    const target = { ...statement.target, dataset: name.dataset, table: name.table };
    if (before !== undefined) {
      if (statement.ifNotExists) return { ddl: { operation: "SKIP", target } };
      if (!statement.replaces) throw duplicate(`Table ${this.#catalog.display(name)}`);
      const type = statement.kind === "create view" ? "VIEW" : "TABLE";
      if (before.type !== type)
        throw invalidQuery(`${this.#catalog.display(name)} is a ${before.type}, and cannot be replaced by a ${type}`);
    }
    await runAll(connection, sql);
    const view = statement.viewText === undefined ? {} : { view: { query: statement.viewText, useLegacySql: false } };
    await this.#catalog.putTable(connection, name, {
      described: { ...statement.described, ...view },
      declared: statement.declared ?? [],
    });
    return { ddl: { operation: before === undefined ? "CREATE" : "REPLACE", target } };
  }

  async #drop(
    connection: DuckDBConnection,
    statement: Statement,
    { sql, name }: { sql: readonly string[]; name: TableName | undefined },
  ): Promise<StatementOutcome> {
    const before = name && (await this.#catalog.findTable(connection, name));
    if (name !== undefined && before === undefined && !statement.isTemporary) {
      if (statement.ifExists) return { ddl: { operation: "SKIP", target: { ...statement.target, ...name } } };
      throw notFound(`Table ${this.#catalog.display(name)}`);
    }
    await runAll(connection, sql);
    if (name !== undefined) await this.#catalog.forgetTable(connection, name);
    return { ddl: { operation: "DROP", ...(name ? { target: { ...statement.target, ...name } } : {}) } };
  }

  async #alter(
    connection: DuckDBConnection,
    statement: Statement,
    { sql, name }: { sql: readonly string[]; name: TableName | undefined },
  ): Promise<StatementOutcome> {
    if (name === undefined) throw invalidQuery("A table must be qualified with a dataset (e.g. dataset.table)");
    const target = { ...statement.target, ...name };
    const before = await this.#catalog.findTable(connection, name);
    if (before === undefined && statement.ifExists) return { ddl: { operation: "SKIP", target } };
    const entry = before ?? (await this.#catalog.table(connection, name));
    await runAll(connection, sql);
    const after = { ...name, table: statement.renamedTo ?? name.table };
    if (statement.renamedTo !== undefined) await this.#catalog.forgetTable(connection, name);
    const changed = statement.declared ?? [];
    const others = entry.declared.filter(
      (field) => !changed.some((that) => that.name.toLowerCase() === field.name.toLowerCase()),
    );
    await this.#catalog.putTable(connection, after, {
      described: { ...entry.described, ...statement.described },
      declared: [...others, ...changed],
      createdMs: entry.createdMs,
    });
    return { ddl: { operation: "ALTER", target } };
  }

  async #dataset(connection: DuckDBConnection, statement: Statement): Promise<StatementOutcome> {
    const dataset = statement.target?.dataset;
    if (dataset === undefined) throw invalidQuery("A schema must have a name");
    const target = { dataset };
    const [before] = await this.#catalog.datasets(connection, dataset);
    if (statement.kind === "create schema") {
      if (before !== undefined && statement.ifNotExists) return { ddl: { operation: "SKIP", target } };
      if (before !== undefined) throw duplicate(`Dataset ${this.#catalog.project}:${dataset}`);
      checkId(dataset);
      await this.#catalog.createDataset(connection, dataset, statement.described ?? {});
      return { ddl: { operation: "CREATE", target } };
    }
    if (before === undefined) {
      if (statement.ifExists) return { ddl: { operation: "SKIP", target } };
      throw notFound(`Dataset ${this.#catalog.project}:${dataset}`);
    }
    if (statement.kind === "alter schema") {
      await this.#catalog.putDataset(connection, dataset, { ...before.described, ...statement.described });
      return { ddl: { operation: "ALTER", target } };
    }
    const tables = await this.#catalog.tables(connection, dataset);
    if (tables.length > 0 && !statement.cascades)
      throw invalidQuery(`Dataset ${this.#catalog.project}:${dataset} is still in use`);
    await this.#catalog.dropDataset(connection, dataset);
    return { ddl: { operation: "DROP", target } };
  }
}

/** Runs a SELECT into the connection's table of results. */
async function select(connection: DuckDBConnection, sql: readonly string[]): Promise<Field[]> {
  const [query = "", ...others] = sql;
  if (others.length > 0) throw new Error("A SELECT is one statement.");
  const fields = checkNames(await fieldsOfQuery(connection, query));
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${resultTable} AS ${query}`);
  return fields;
}

function checkNames(fields: Field[]): Field[] {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.toLowerCase();
    if (seen.has(key))
      throw invalidQuery(`Duplicate column names in the result are not supported. Found duplicate(s): ${name}`);
    seen.add(key);
  }
  return fields;
}

/** @returns the rows changed by the last of the statements */
async function runAll(connection: DuckDBConnection, sql: readonly string[]): Promise<number> {
  let changed = 0;
  for (const statement of sql) changed = (await connection.run(statement)).rowsChanged;
  return changed;
}

/** DuckDB counts a MERGE as a whole; what happened to each row is asked for, and counted while it streams by. */
async function merge(
  connection: DuckDBConnection,
  sql: readonly string[],
): Promise<NonNullable<StatementOutcome["dml"]>> {
  const last = sql.at(-1) ?? "";
  await runAll(connection, sql.slice(0, -1));
  const counts = { INSERT: 0, UPDATE: 0, DELETE: 0 };
  const stream = await connection.stream(`${last} RETURNING merge_action`);
  for (;;) {
    const chunk = await stream.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (const action of chunk.getColumnValues(0)) {
      if (action === "INSERT" || action === "UPDATE" || action === "DELETE") counts[action] += 1;
    }
  }
  return { inserted: counts.INSERT, updated: counts.UPDATE, deleted: counts.DELETE };
}
