import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimeValue,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { preludeStatements } from "../../../emulator/googlesql/prelude.ts";
import { translate } from "../../../emulator/googlesql/translate.ts";
import { type Column, duckdbType, type Type, typeName } from "./type.ts";
import { type Cell, type CellRow, decimal, duckdbLiteral, emptyOf, float, instant, jsonText } from "./value.ts";

const projectId = "test-project";

/** A DuckDB database with the emulator's prelude, in which one table at a time is filled and one SELECT at a time is run. */
export interface TestWarehouse {
  /** Makes the relation hold exactly these rows; it is created on first use. */
  fill(relation: string, columns: readonly Column[], rows: readonly CellRow[]): Promise<void>;
  /** Makes the relation hold what a SELECT of DuckDB's own gives, such as the rows of a file. */
  load(relation: string, columns: readonly Column[], select: string): Promise<void>;
  /** Makes the relation hold what GoogleSQL gives, without taking the rows through this process. */
  build(relation: string, columns: readonly Column[], sql: string): Promise<void>;
  /**
   * Runs GoogleSQL through the emulator's translator.
   * @throws Error when the columns are not those expected, by name, order or kind
   */
  select(sql: string, columns: readonly Column[]): Promise<CellRow[]>;
  /** Runs GoogleSQL of unknown columns and returns the values as DuckDB writes them. */
  run(sql: string): Promise<CellRow[]>;
  close(): void;
}

/** Opens an empty warehouse in memory. */
export async function openTestWarehouse(): Promise<TestWarehouse> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`attach ':memory:' as "${projectId}"`);
  await connection.run(`use "${projectId}"`);
  await connection.run(preludeStatements().join(";\n"));
  const created = new Set<string>();
  const filled = new Set<string>();

  async function create(relation: string, columns: readonly Column[]): Promise<void> {
    const [dataset = ""] = relation.split(".");
    const definitions = columns.map((column) => `"${column.name}" ${duckdbType(column.type)}`);
    await connection.run(`create schema if not exists "${dataset}"`);
    await connection.run(`create table ${relation} (${definitions.join(", ")})`);
    created.add(relation);
  }

  async function empty(relation: string, columns: readonly Column[]): Promise<void> {
    if (!created.has(relation)) await create(relation, columns);
    if (filled.delete(relation)) await connection.run(`truncate ${relation}`);
  }

  async function load(relation: string, columns: readonly Column[], select: string): Promise<void> {
    await empty(relation, columns);
    filled.add(relation);
    await connection.run(`insert into ${relation} by name ${select}`);
  }

  return {
    load,
    build: (relation, columns, sql) => load(relation, columns, translated(sql)),
    async fill(relation, columns, rows) {
      await empty(relation, columns);
      if (rows.length === 0) return;
      filled.add(relation);
      await insert(connection, relation, columns, rows);
    },
    select: (sql, columns) => select(connection, sql, columns),
    async run(sql) {
      const reader = await connection.runAndReadAll(translated(sql));
      const names = reader.columnNames();
      return reader.getRows().map((values) => Object.fromEntries(names.map((name, i) => [name, String(values[i])])));
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function insert(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly Column[],
  rows: readonly CellRow[],
): Promise<void> {
  const types = columns.map((column) => duckdbType(column.type));
  for (let from = 0; from < rows.length; from += 500) {
    const tuples = rows.slice(from, from + 500).map((row) => {
      const values = columns.map((column, i) => duckdbLiteral(column.type, row[column.name], types[i] ?? ""));
      return `(${values.join(", ")})`;
    });
    await connection.run(`insert into ${relation} values ${tuples.join(", ")}`);
  }
}

async function select(connection: DuckDBConnection, sql: string, columns: readonly Column[]): Promise<CellRow[]> {
  const reader = await connection.runAndReadAll(translated(sql));
  const names = reader.columnNames();
  const wanted = columns.map((column) => column.name);
  if (names.join() !== wanted.join()) {
    throw new Error(`the SELECT gives (${names.join(", ")}), the header says (${wanted.join(", ")})`);
  }
  const rows = reader.getRows();
  checkKinds(columns, reader.columnTypes(), rows);
  return rows.map((values) =>
    Object.fromEntries(columns.map((column, i) => [column.name, cell(column.type, values[i] ?? null)])),
  );
}

function translated(sql: string): string {
  const statements = translate(sql, { projectId });
  const [statement] = statements;
  if (statement === undefined || statements.length > 1) throw new Error("a model is one SELECT");
  return statement.sql;
}

/** The analyzer judges types exactly (test/googlesql); this catches a wrong kind of value without it. */
function checkKinds(columns: readonly Column[], types: readonly DuckDBType[], rows: readonly DuckDBValue[][]): void {
  columns.forEach((column, i) => {
    const given = String(types[i]);
    if (!isKind(column.type, given) && rows.some((row) => row[i] !== null)) {
      throw new Error(
        `column ${column.name} is ${typeName(column.type)} in the header, the SELECT gives DuckDB's ${given}`,
      );
    }
  });
}

function isKind(type: Type, given: string): boolean {
  if (type.kind === "ARRAY") return given.endsWith("[]") && isKind(type.element, given.slice(0, -2));
  if (type.kind === "STRUCT") return given.startsWith("STRUCT(");
  const kinds: Readonly<Record<string, RegExp>> = {
    STRING: /^VARCHAR/,
    INT64: /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/,
    NUMERIC: /^DECIMAL/,
    FLOAT64: /^(DOUBLE|FLOAT)$/,
    BOOL: /^BOOLEAN$/,
    DATE: /^DATE$/,
    TIMESTAMP: /^TIMESTAMP WITH TIME ZONE$/,
    TIME: /^TIME$/,
    JSON: /^(JSON|VARCHAR)/,
  };
  return kinds[type.kind]?.test(given) ?? false;
}

function cell(type: Type, value: DuckDBValue): Cell {
  if (value === null || value === undefined) return emptyOf(type);
  if (value instanceof DuckDBListValue && type.kind === "ARRAY")
    return value.items.map((item) => cell(type.element, item));
  if (value instanceof DuckDBStructValue && type.kind === "STRUCT") {
    return Object.fromEntries(
      type.fields.map((field) => [field.name, cell(field.type, value.entries[field.name] ?? null)]),
    );
  }
  if (type.kind === "FLOAT64") return float(Number(value));
  if (type.kind === "INT64" || (type.kind === "NUMERIC" && value instanceof DuckDBDecimalValue))
    return decimal(String(value));
  if (type.kind === "JSON") return jsonText(JSON.parse(String(value)));
  if (value instanceof DuckDBDateValue || value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimeValue) {
    return instant(String(value));
  }
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw new Error(`DuckDB gave ${String(value)} for ${typeName(type)}`);
}
