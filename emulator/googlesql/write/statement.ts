import type { StatementSyntax } from "../statement-syntax.ts";
import type { Expression, Type } from "../syntax.ts";
import { writeAlterOptions, writeAlterTable } from "./alteration.ts";
import { writeDelete, writeInsert, writeMerge, writeTruncate, writeUpdate } from "./change.ts";
import {
  type Written,
  writeCreateFunction,
  writeCreateSchema,
  writeCreateTable,
  writeCreateView,
  writeDrop,
} from "./definition.ts";
import { typed } from "./query.ts";
import { duckdbType, stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Writes one statement. */
export function writeStatement(statement: StatementSyntax, writer: Writer): Written {
  switch (statement.kind) {
    case "query":
      return { sql: writer.query(typed(statement.query)), kind: "SELECT" };
    case "insert":
      return writeInsert(statement.target, statement.columns, statement.source, writer);
    case "update":
      return writeUpdate(statement, writer);
    case "delete":
      return writeDelete(statement, writer);
    case "merge":
      return writeMerge(statement, writer);
    case "truncate":
      return writeTruncate(statement.target, writer);
    case "create table":
      return writeCreateTable(statement, writer);
    case "create view":
      return writeCreateView(statement, writer);
    case "create schema":
      return writeCreateSchema(statement, writer);
    case "create function":
      return writeCreateFunction(statement, writer);
    case "drop":
      return writeDrop(statement, writer);
    case "alter table":
      return writeAlterTable(statement, writer);
    case "alter options":
      return writeAlterOptions(statement, writer);
    case "declare":
      return writeDeclare(statement, writer);
    case "set":
      return writeSet(statement, writer);
    case "transaction":
      return { sql: `${statement.action} TRANSACTION`, kind: `${statement.action}_TRANSACTION` };
    case "assert":
      return writeAssert(statement, writer);
  }
}

/** A variable of a script is a variable of the DuckDB connection. */
function writeDeclare(statement: Extract<StatementSyntax, { kind: "declare" }>, writer: Writer): Written {
  const { names, type, value } = statement;
  const sql = names.map(({ text, offset }) => {
    const key = text.toLowerCase();
    if (writer.script.variables.has(key)) {
      writer.refuse(`variable ${text} declared twice`, offset);
    }
    return setVariable(key, value, type, writer);
  });
  for (const { text } of names) {
    writer.script.variables.set(text.toLowerCase(), type);
  }
  return { sql: sql.join(";\n"), kind: "DECLARE" };
}

function writeSet(statement: Extract<StatementSyntax, { kind: "set" }>, writer: Writer): Written {
  const key = statement.name.text.toLowerCase();
  const { variables } = writer.script;
  if (!variables.has(key)) {
    writer.refuse(`SET of ${statement.name.text}, which is not declared`, statement.name.offset);
  }
  return { sql: setVariable(key, statement.value, variables.get(key), writer), kind: "SET" };
}

function setVariable(key: string, value: Expression | undefined, type: Type | undefined, writer: Writer): string {
  const sql = value === undefined ? "NULL" : writer.expression(value);
  return `SET VARIABLE "${key}" = ${type === undefined ? sql : `CAST(${sql} AS ${duckdbType(type)})`}`;
}

function writeAssert(statement: Extract<StatementSyntax, { kind: "assert" }>, writer: Writer): Written {
  const message = stringLiteral(statement.message ?? "Assertion failed");
  const condition = writer.expression(statement.condition);
  return { sql: `SELECT CASE WHEN ${condition} THEN TRUE ELSE error(${message}) END AS "ok"`, kind: "ASSERT" };
}
