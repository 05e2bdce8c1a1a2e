import type { DuckDBConnection } from "@duckdb/node-api";
import type { Statement } from "../../googlesql/translate.ts";
import type { Catalog } from "../store/catalog.ts";
import { fieldsOfQuery } from "../store/catalog.ts";
import { invalidQuery, notSupported } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { checkFieldNames } from "../wire/field.ts";
import type { DdlOutcome } from "./definition-runner.ts";
import { DefinitionRunner } from "./definition-runner.ts";
import type { Parameters } from "./parameters.ts";
import { bindParameters } from "./parameters.ts";
import { resultTable } from "./result.ts";
import { describeStatementError } from "./statement-error.ts";

export interface DmlCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What a statement did: what goes into a job's statistics. */
export interface StatementOutcome {
  readonly dml?: DmlCounts;
  readonly ddl?: DdlOutcome;
  /** The columns of a SELECT, whose rows are now in the connection's table of results. */
  readonly fields?: readonly Field[];
}

export interface StatementContext {
  readonly googleSql: string;
  readonly parameters: Parameters;
  /** The columns of the one SELECT, where they are known. */
  readonly fields?: readonly Field[] | undefined;
}

/** Runs translated statements on a connection, and keeps the catalogue's book in step with what they do. */
export class StatementRunner {
  readonly #catalog: Catalog;
  readonly #definitions: DefinitionRunner;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#definitions = new DefinitionRunner(catalog);
  }

  /** @throws BigQueryError in the words of a query */
  async run(connection: DuckDBConnection, statement: Statement, context: StatementContext): Promise<StatementOutcome> {
    const sql = bindParameters(statement.sql, context.parameters);
    try {
      return await this.#run(connection, statement, { sql, fields: context.fields });
    } catch (error) {
      throw describeStatementError(error, this.#place(context, sql));
    }
  }

  /** Binds a statement without running it: names, types and functions are checked. @returns the columns it would give */
  async bind(connection: DuckDBConnection, statement: Statement, context: StatementContext): Promise<Field[]> {
    const sql = bindParameters(statement.sql, context.parameters);
    try {
      const fields = await fieldsOfQuery(connection, this.#queryOf(statement, sql));
      return rowless.has(statement.kind) ? [] : checkFieldNames(fields);
    } catch (error) {
      throw describeStatementError(error, this.#place(context, sql));
    }
  }

  /** The query that a table or view is made from: it is what can be bound, and its columns are theirs. */
  #queryOf({ kind, target }: Statement, sql: string): string {
    if (target?.table === undefined || !["CREATE_TABLE_AS_SELECT", "CREATE_VIEW"].includes(kind)) return sql;
    const name = this.#catalog.sqlName({ dataset: target.dataset, table: target.table });
    const head = sql.indexOf(name) + name.length;
    return sql.slice(head).replace(/^(?: \((?:"(?:[^"]|"")*"|[, ])*\))? AS /, "");
  }

  #place({ googleSql }: StatementContext, duckSql: string) {
    const { project, location } = this.#catalog;
    return { project, location, googleSql, duckSql };
  }

  async #run(
    connection: DuckDBConnection,
    statement: Statement,
    { sql, fields }: { sql: string; fields: readonly Field[] | undefined },
  ): Promise<StatementOutcome> {
    switch (statement.kind) {
      case "SELECT":
        return { fields: await select(connection, sql, fields) };
      case "INSERT":
      case "UPDATE":
      case "DELETE":
      case "TRUNCATE_TABLE":
      case "MERGE":
        return { dml: await this.#change(connection, statement, sql) };
      case "DECLARE":
      case "SET":
      case "ASSERT":
        // ASSERT is a SELECT that fails: it must be read to its end.
        await connection.runAndReadAll(sql);
        return {};
      case "BEGIN_TRANSACTION":
      case "COMMIT_TRANSACTION":
        // The whole job is one transaction already, so that its record and its effect are one.
        return {};
      case "ROLLBACK_TRANSACTION":
        throw notSupported("ROLLBACK TRANSACTION");
      default:
        return { ddl: await this.#definitions.run(connection, statement, sql) };
    }
  }

  async #change(connection: DuckDBConnection, statement: Statement, sql: string): Promise<DmlCounts> {
    const { target, kind } = statement;
    const name = target?.table === undefined ? undefined : { dataset: target.dataset, table: target.table };
    if (name !== undefined) {
      const entry = await this.#catalog.table(connection, name);
      if (entry.type === "VIEW") throw invalidQuery(`Cannot modify the view ${this.#catalog.display(name)}`);
    }
    const counts =
      kind === "MERGE" ? await merge(connection, sql) : countsOf(kind, (await connection.run(sql)).rowsChanged);
    if (name !== undefined) await this.#catalog.touchTable(connection, name);
    return counts;
  }
}

/** Statements whose result DuckDB describes as a count. */
const rowless = new Set<Statement["kind"]>(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** Runs a SELECT into the connection's table of results. @param known its columns, where it has been bound already */
async function select(
  connection: DuckDBConnection,
  sql: string,
  known: readonly Field[] | undefined,
): Promise<readonly Field[]> {
  const fields = known ?? checkFieldNames(await fieldsOfQuery(connection, sql));
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${resultTable} AS ${sql}`);
  return fields;
}

function countsOf(kind: Statement["kind"], changed: number): DmlCounts {
  return {
    inserted: kind === "INSERT" ? changed : 0,
    updated: kind === "UPDATE" ? changed : 0,
    deleted: kind === "DELETE" || kind === "TRUNCATE_TABLE" ? changed : 0,
  };
}

/** DuckDB counts a MERGE as a whole; what happened to each row is asked for, and counted while it streams by. */
async function merge(connection: DuckDBConnection, sql: string): Promise<DmlCounts> {
  const counts = { INSERT: 0, UPDATE: 0, DELETE: 0 };
  const stream = await connection.stream(`${sql} RETURNING merge_action`);
  for (;;) {
    const chunk = await stream.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (const action of chunk.getColumnValues(0)) {
      if (action === "INSERT" || action === "UPDATE" || action === "DELETE") counts[action] += 1;
    }
  }
  return { inserted: counts.INSERT, updated: counts.UPDATE, deleted: counts.DELETE };
}
