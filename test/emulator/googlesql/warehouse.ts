import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, listValue } from "@duckdb/node-api";
import { preludeStatements } from "../../../emulator/googlesql/prelude.ts";
import { type Statement, translate } from "../../../emulator/googlesql/translate.ts";

export const projectId = "proj";

type Json = ReturnType<Awaited<ReturnType<DuckDBConnection["runAndReadAll"]>>["getRowObjectsJson"]>;

/** A database in memory, made as the emulator's server makes its own: the project's is attached, used and prepared. */
export class Warehouse implements Disposable {
  readonly connection: DuckDBConnection;
  private readonly instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  static async open(path = ":memory:"): Promise<Warehouse> {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`ATTACH '${path}' AS "${projectId}"`);
    await connection.run(`USE "${projectId}"`);
    await connection.run(preludeStatements().join(";\n"));
    return new Warehouse(instance, connection);
  }

  /** Translates and runs GoogleSQL, and gives the rows of its last statement as JSON. */
  async query(sql: string, parameters: Record<string, string | string[]> = {}): Promise<Json> {
    let rows: Json = [];
    for (const statement of translate(sql, { projectId })) {
      rows = await this.run(statement, parameters);
    }
    return rows;
  }

  /** The value of one expression. */
  async value(expression: string): Promise<unknown> {
    const [row] = await this.query(`SELECT ${expression} AS v`);
    return row?.v;
  }

  /** The DuckDB type of one expression. */
  async typeOf(expression: string): Promise<string> {
    const [statement] = translate(`SELECT ${expression} AS v`, { projectId });
    const reader = await this.connection.runAndReadAll(`SELECT typeof(v) FROM (${statement?.sql ?? ""})`);
    return String(reader.getRows()[0]?.[0]);
  }

  private async run(statement: Statement, parameters: Record<string, string | string[]>): Promise<Json> {
    if (statement.parameters.length === 0) {
      return (await this.connection.runAndReadAll(statement.sql)).getRowObjectsJson();
    }
    const prepared = await this.connection.prepare(statement.sql);
    const values = statement.parameters.map((name): [string, DuckDBValue] => {
      const value = parameters[name] ?? null;
      return [name, Array.isArray(value) ? listValue(value) : value];
    });
    prepared.bind(Object.fromEntries(values));
    return (await prepared.runAndReadAll()).getRowObjectsJson();
  }

  [Symbol.dispose](): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
