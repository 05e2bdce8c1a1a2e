import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, listValue } from "@duckdb/node-api";
import { preludeStatements } from "../../../emulator/googlesql/prelude.ts";
import { type Statement, translate } from "../../../emulator/googlesql/translate.ts";

export const projectId = "proj";

type Json = ReturnType<Awaited<ReturnType<DuckDBConnection["runAndReadAll"]>>["getRowObjectsJson"]>;

/** One engine with the prelude for all warehouses of a test file: to prepare it takes longer than most tests. */
let prepared: Promise<DuckDBInstance> | undefined;

async function prepareEngine(): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const settingsForAll = preludeStatements({ shared: true }).map((text) => text.replace(/^SET /, "SET GLOBAL "));
  await connection.run(settingsForAll.join(";\n"));
  connection.closeSync();
  return instance;
}

/** An empty database, made as the emulator's server makes its own: the project's is attached beside the prelude's. One at a time. */
export class Warehouse implements AsyncDisposable {
  readonly connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  static async open(path = ":memory:"): Promise<Warehouse> {
    prepared ??= prepareEngine();
    const connection = await (await prepared).connect();
    await connection.run(`ATTACH '${path}' AS "${projectId}"`);
    await connection.run(`SET search_path = '${projectId}.main,memory.main'`);
    return new Warehouse(connection);
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.run("USE memory");
    await this.connection.run(`DETACH "${projectId}"`);
    this.connection.closeSync();
  }
}
