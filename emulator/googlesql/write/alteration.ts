import type { ColumnMetadata, Metadata } from "../statement.ts";
import type { AlterAction, ColumnAction, Option } from "../statement-syntax.ts";
import type { TablePath } from "../syntax.ts";
import { type Written, writeColumn } from "./definition.ts";
import { columnMetadata, columnOptions, optionMetadata } from "./options.ts";
import { datasetName, tableName, writeTableName } from "./tables.ts";
import { duckdbType, identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

interface Change {
  sql: string[];
  metadata: Metadata;
}

const nothing = "SELECT 1 WHERE FALSE";

/**
 * Writes ALTER TABLE: DuckDB takes one action at a time. Where there is nothing for DuckDB to do, the statement asks for
 * no rows of the table, so that a missing table is still an error.
 */
export function writeAlterTable(
  alteration: { ifExists: boolean; target: TablePath; actions: AlterAction[] },
  writer: Writer,
): Written {
  const name = writeTableName(alteration.target, writer);
  const head = `ALTER TABLE ${alteration.ifExists ? "IF EXISTS " : ""}${name}`;
  const changes = alteration.actions.map((action) => change(action, writer));
  const statements = changes.flatMap(({ sql }) => sql.map((text) => `${head} ${text}`));
  const check = alteration.ifExists ? nothing : `SELECT 1 FROM ${name} WHERE FALSE`;
  return {
    sql: statements.length === 0 ? check : statements.join(";\n"),
    kind: "ALTER_TABLE",
    target: tableName(alteration.target, writer),
    metadata: {
      ...(alteration.ifExists ? { ifExists: true } : {}),
      ...merged(changes.map(({ metadata }) => metadata)),
    },
  };
}

function change(action: AlterAction, writer: Writer): Change {
  switch (action.kind) {
    case "add column": {
      if (action.column.required) {
        writer.refuse("ADD COLUMN NOT NULL", action.column.name.offset);
      }
      const exists = action.ifNotExists ? "IF NOT EXISTS " : "";
      return {
        sql: [`ADD COLUMN ${exists}${writeColumn(action.column, writer)}`],
        metadata: { columns: [columnMetadata(action.column)] },
      };
    }
    case "drop column": {
      const name = identifier(action.name.text);
      return {
        sql: [`DROP COLUMN ${action.ifExists ? "IF EXISTS " : ""}${name}`],
        metadata: { droppedColumns: [action.name.text] },
      };
    }
    case "rename column": {
      if (action.ifExists) {
        writer.refuse("RENAME COLUMN IF EXISTS", action.from.offset);
      }
      const [from, to] = [action.from.text, action.to.text];
      return {
        sql: [`RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`],
        metadata: { renamedColumns: [{ from, to }] },
      };
    }
    case "rename table":
      return { sql: [`RENAME TO ${identifier(action.to.text)}`], metadata: { renamedTo: action.to.text } };
    case "set options":
      return { sql: [], metadata: optionMetadata(action.options) };
    case "primary key":
      return { sql: [], metadata: { primaryKey: action.columns } };
    case "constraint":
      return { sql: [], metadata: {} };
    default:
      return columnChange(action, writer);
  }
}

function columnChange(action: ColumnAction, writer: Writer): Change {
  const name = action.name.text;
  const column = (more: Partial<ColumnMetadata> = {}): Metadata => ({ columns: [{ name, ...more }] });
  const head = `ALTER COLUMN ${identifier(name)}`;
  switch (action.kind) {
    case "column options":
      return { sql: [], metadata: { columns: [columnOptions(name, action.options)] } };
    case "column type":
      return { sql: [`${head} SET DATA TYPE ${duckdbType(action.type)}`], metadata: column({ type: action.typeText }) };
    case "column default":
      return { sql: [`${head} SET DEFAULT ${writer.expression(action.value)}`], metadata: column() };
    case "drop default":
      return { sql: [`${head} DROP DEFAULT`], metadata: column() };
    case "drop not null":
      return { sql: [`${head} DROP NOT NULL`], metadata: column({ required: false }) };
  }
}

/** Several actions of one statement, their lists joined. */
function merged(parts: readonly Metadata[]): Metadata {
  const all: Metadata = {};
  for (const part of parts) {
    const { columns, renamedColumns, droppedColumns, ...rest } = part;
    Object.assign(all, rest);
    if (columns !== undefined) {
      all.columns = [...(all.columns ?? []), ...columns];
    }
    if (renamedColumns !== undefined) {
      all.renamedColumns = [...(all.renamedColumns ?? []), ...renamedColumns];
    }
    if (droppedColumns !== undefined) {
      all.droppedColumns = [...(all.droppedColumns ?? []), ...droppedColumns];
    }
  }
  return all;
}

/** Writes ALTER VIEW SET OPTIONS and ALTER SCHEMA SET OPTIONS. */
export function writeAlterOptions(
  alteration: { what: "VIEW" | "SCHEMA"; path: TablePath; options: Option[] },
  writer: Writer,
): Written {
  const { what, path, options } = alteration;
  const isView = what === "VIEW";
  return {
    sql: isView ? `SELECT 1 FROM ${writeTableName(path, writer)} WHERE FALSE` : nothing,
    kind: isView ? "ALTER_VIEW" : "ALTER_SCHEMA",
    target: isView ? tableName(path, writer) : { dataset: datasetName(path, writer) },
    metadata: optionMetadata(options),
  };
}
