import type { Metadata, Statement } from "../statement.ts";
import type {
  ColumnDefinition,
  CreateFunction,
  CreateTable,
  CreateView,
  DropKind,
  Option,
} from "../statement-syntax.ts";
import type { Query, TablePath } from "../syntax.ts";
import { temporaryFunctionName } from "./call.ts";
import { columnMetadata, columnOptions, optionMetadata } from "./options.ts";
import { typed } from "./query.ts";
import { datasetName, tableName, writeReadTable, writeTableName } from "./tables.ts";
import { duckdbType, identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** A statement without what the writing of all of them gathers. */
export type Written = Omit<Statement, "parameters" | "reads">;

/** Writes CREATE TABLE in all its forms. Partitions, clusters, keys and options are metadata: DuckDB has none of them. */
export function writeCreateTable(table: CreateTable, writer: Writer): Written {
  if (table.temporary && table.target.parts.length === 1) {
    writer.script.temporaryTables.add((table.target.parts[0] ?? "").toLowerCase());
  } else if (table.temporary) {
    writer.refuse("TEMP TABLE with a dataset", table.target.offset);
  }
  const name = writeTableName(table.target, writer);
  const head = `CREATE ${table.replace ? "OR REPLACE " : ""}${table.temporary ? "TEMP " : ""}TABLE ${ifNot(table)}${name}`;
  const kind = table.source.kind === "query" ? "CREATE_TABLE_AS_SELECT" : "CREATE_TABLE";
  return {
    sql: head + writeContent(table, name, writer),
    kind,
    ...(table.temporary ? {} : { target: tableName(table.target, writer) }),
    metadata: { ...tableMetadata(table), ...copiedFrom(table, writer) },
  };
}

/** The table whose description goes along. A temporary one has none. */
function copiedFrom({ source }: CreateTable, writer: Writer): Metadata {
  if (source.kind !== "like" && source.kind !== "copy") return {};
  const [only, ...more] = source.path.parts;
  const isTemporary = more.length === 0 && writer.script.temporaryTables.has((only ?? "").toLowerCase());
  return isTemporary ? {} : { copied: tableName(source.path, writer) };
}

function ifNot(definition: { ifNotExists: boolean }): string {
  return definition.ifNotExists ? "IF NOT EXISTS " : "";
}

function writeContent(table: CreateTable, name: string, writer: Writer): string {
  const { source, columns } = table;
  switch (source.kind) {
    case "like":
      return ` AS FROM ${writeReadTable(source.path, writer)} WITH NO DATA`;
    case "copy":
      return ` AS FROM ${writeReadTable(source.path, writer)}`;
    case "none":
      return ` (${columns.map((column) => writeColumn(column, writer)).join(", ")})`;
    case "query":
      return ` AS ${writeTyped(columns, source.query, writer)}${writeConstraints(columns, name, table)}`;
  }
}

/** Columns declared beside a query give its columns names and types. */
function writeTyped(columns: readonly ColumnDefinition[], query: Query, writer: Writer): string {
  if (columns.length === 0) {
    return writer.query(typed(query));
  }
  const sql = writer.query(query);
  const names = columns.map((column) => identifier(column.name.text));
  const casts = columns.map(
    (column, index) => `CAST(${names[index]} AS ${duckdbType(column.type)}) AS ${names[index]}`,
  );
  return `SELECT ${casts.join(", ")} FROM (${sql}) AS "_query"(${names.join(", ")})`;
}

/** NOT NULL cannot be said in DuckDB's CREATE TABLE AS, so that it is said after it. */
function writeConstraints(columns: readonly ColumnDefinition[], name: string, table: CreateTable): string {
  if (table.ifNotExists) {
    return "";
  }
  const required = columns.filter((column) => column.required);
  return required
    .map((column) => `;\nALTER TABLE ${name} ALTER COLUMN ${identifier(column.name.text)} SET NOT NULL`)
    .join("");
}

/** Writes the definition of a column. */
export function writeColumn(column: ColumnDefinition, writer: Writer): string {
  const value = column.defaultValue;
  const fallback = value === undefined ? "" : ` DEFAULT ${writer.expression(value.expression)}`;
  return `${identifier(column.name.text)} ${duckdbType(column.type)}${fallback}${column.required ? " NOT NULL" : ""}`;
}

function tableMetadata(table: CreateTable): Metadata {
  return {
    ...headMetadata(table),
    ...(table.temporary ? { temporary: true } : {}),
    ...(table.partitionBy === undefined ? {} : { partitionBy: table.partitionBy }),
    ...(table.clusterBy.length === 0 ? {} : { clusterBy: table.clusterBy }),
    ...(table.columns.length === 0 ? {} : { columns: table.columns.map(columnMetadata) }),
    ...(table.primaryKey.length === 0 ? {} : { primaryKey: table.primaryKey }),
    ...optionMetadata(table.options),
  };
}

function headMetadata(definition: { replace: boolean; ifNotExists: boolean }): Metadata {
  return {
    ...(definition.replace ? { orReplace: true } : {}),
    ...(definition.ifNotExists ? { ifNotExists: true } : {}),
  };
}

export function writeCreateView(view: CreateView, writer: Writer): Written {
  const columns = view.columns.map((column) => identifier(column.name.text)).join(", ");
  const name = writeTableName(view.target, writer) + (columns === "" ? "" : ` (${columns})`);
  return {
    sql: `CREATE ${view.replace ? "OR REPLACE " : ""}VIEW ${ifNot(view)}${name} AS ${writer.query(typed(view.query))}`,
    kind: "CREATE_VIEW",
    target: tableName(view.target, writer),
    metadata: {
      ...headMetadata(view),
      ...optionMetadata(view.options),
      ...(view.columns.length === 0
        ? {}
        : { columns: view.columns.map((column) => columnOptions(column.name.text, column.options)) }),
      query: view.text,
    },
  };
}

export function writeCreateSchema(
  schema: { replace: boolean; ifNotExists: boolean; path: TablePath; options: Option[] },
  writer: Writer,
): Written {
  const dataset = datasetName(schema.path, writer);
  const name = `${identifier(writer.script.projectId)}.${identifier(dataset)}`;
  if (schema.replace) {
    writer.refuse("CREATE OR REPLACE SCHEMA", schema.path.offset);
  }
  return {
    sql: `CREATE SCHEMA ${ifNot(schema)}${name}`,
    kind: "CREATE_SCHEMA",
    target: { dataset },
    metadata: { ...headMetadata(schema), ...optionMetadata(schema.options) },
  };
}

/** A SQL function is a macro whose parameters are cast to their types where they are used. */
export function writeCreateFunction(definition: CreateFunction, writer: Writer): Written {
  const { path, parameters, returns, body } = definition;
  const name = functionName(definition, writer);
  const { functionParameters } = writer.script;
  for (const { name: parameter, type } of parameters) {
    functionParameters.set(parameter.text.toLowerCase(), type);
  }
  const sql = body.kind === "table" ? `TABLE ${writer.query(body.query)}` : writer.expression(body.expression);
  functionParameters.clear();
  const cast = returns === undefined || body.kind === "table" ? sql : `CAST(${sql} AS ${duckdbType(returns)})`;
  const names = parameters.map((parameter) => identifier(parameter.name.text.toLowerCase())).join(", ");
  const head = `CREATE ${definition.replace ? "OR REPLACE " : ""}${definition.temporary ? "TEMP " : ""}MACRO`;
  return {
    sql: `${head} ${ifNot(definition)}${name}(${names}) AS ${cast}`,
    kind: body.kind === "table" ? "CREATE_TABLE_FUNCTION" : "CREATE_FUNCTION",
    ...(definition.temporary ? {} : { target: tableName(path, writer) }),
    metadata: { ...headMetadata(definition), ...(definition.temporary ? { temporary: true } : {}) },
  };
}

function functionName({ path, temporary, body }: CreateFunction, writer: Writer): string {
  const [only] = path.parts;
  if (!temporary) {
    return writeTableName(path, writer);
  }
  if (path.parts.length !== 1 || only === undefined || body.kind === "table") {
    return writer.refuse("TEMP FUNCTION with a dataset", path.offset);
  }
  writer.script.temporaryFunctions.add(only.toLowerCase());
  return temporaryFunctionName(only);
}

const dropped: Readonly<Record<DropKind, string>> = {
  TABLE: "TABLE",
  VIEW: "VIEW",
  SCHEMA: "SCHEMA",
  FUNCTION: "MACRO",
  "TABLE FUNCTION": "MACRO TABLE",
};

export function writeDrop(
  drop: { what: DropKind; ifExists: boolean; path: TablePath; cascade: boolean },
  writer: Writer,
): Written {
  const { what, ifExists, path, cascade } = drop;
  const isSchema = what === "SCHEMA";
  const isTemporary = path.parts.length === 1 && writer.script.temporaryTables.has((path.parts[0] ?? "").toLowerCase());
  const dataset = isSchema ? datasetName(path, writer) : "";
  const name = isSchema
    ? `${identifier(writer.script.projectId)}.${identifier(dataset)}`
    : writeTableName(path, writer);
  return {
    sql: `DROP ${dropped[what]} ${ifExists ? "IF EXISTS " : ""}${name}${cascade ? " CASCADE" : ""}`,
    kind: `DROP_${what.replace(" ", "_")}` as Written["kind"],
    ...(isTemporary ? {} : { target: isSchema ? { dataset } : tableName(path, writer) }),
    metadata: { ...(ifExists ? { ifExists: true } : {}), ...(isTemporary ? { temporary: true } : {}) },
  };
}
