import type { DuckDBConnection } from "@duckdb/node-api";
import { translateQuery } from "../query/googlesql.ts";
import type { StatementRunner } from "../query/statement-runner.ts";
import type { Catalog, Described, TableName } from "../store/catalog.ts";
import { invalid, notSupported } from "../wire/errors.ts";
import type { Field } from "../wire/field.ts";
import { describeFields } from "../wire/field.ts";

export interface ViewText {
  /** GoogleSQL, as the client wrote it: this is what is given back. */
  readonly query: string;
  readonly useLegacySql?: boolean | undefined;
}

/** Makes views: DuckDB is given the translation, and the text is kept as it was written. */
export class Views {
  readonly #catalog: Catalog;
  readonly #runner: StatementRunner;

  constructor(catalog: Catalog, runner: StatementRunner) {
    this.#catalog = catalog;
    this.#runner = runner;
  }

  /** Creates or replaces a view. @throws BigQueryError (invalidQuery, notFound, invalid) */
  async create(
    connection: DuckDBConnection,
    name: TableName,
    said: { view: ViewText; described: Described; declared: readonly Field[]; createdMs?: number },
  ): Promise<void> {
    const { view, described, declared, createdMs } = said;
    if (view.useLegacySql === true) throw notSupported("views in legacy SQL");
    const [statement, ...others] = translateQuery(view.query, this.#catalog.project);
    if (statement?.kind !== "SELECT" || others.length > 0) throw invalid("A view must be one SELECT statement.");
    const context = { googleSql: view.query, parameters: new Map<string, string>() };
    await this.#catalog.requireCase(connection, name);
    const fields = await this.#runner.bind(connection, statement, context);
    await connection.run(`CREATE OR REPLACE VIEW ${this.#catalog.sqlName(name)} AS ${statement.sql}`);
    await this.#catalog.putTable(connection, name, {
      described: { ...described, view: { query: view.query, useLegacySql: false } },
      declared: describeFields(fields, declared),
      ...(createdMs === undefined ? {} : { createdMs }),
    });
  }
}
