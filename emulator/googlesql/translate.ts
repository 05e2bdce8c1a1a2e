import { tokenize } from "./lexer.ts";
import { Cursor } from "./parse/cursor.ts";
import { parseExpression } from "./parse/expression.ts";
import { parseQuery } from "./parse/query.ts";
import { parseStatement } from "./parse/statement.ts";
import type { Statement } from "./statement.ts";
import { isAggregated } from "./write/aggregated.ts";
import { writeExpression } from "./write/expression.ts";
import { writeQuery } from "./write/query.ts";
import { Scope } from "./write/scope.ts";
import { writeStatement } from "./write/statement.ts";
import { typeOf } from "./write/static-type.ts";
import { type Script, Writer, type WriterRules } from "./write/writer.ts";

export { UnsupportedSql } from "./errors.ts";
export type { ColumnMetadata, Metadata, OptionValue, Statement, StatementKind } from "./statement.ts";

const grammar = { expression: parseExpression, query: parseQuery };
const rules: WriterRules = { expression: writeExpression, query: writeQuery, typeOf, isAggregated };

export interface TranslateOptions {
  /** The project whose tables may be named; it is the name of the database, too. */
  projectId: string;
  /** The dataset of tables that are named without one. */
  defaultDataset?: string;
}

/**
 * Translates GoogleSQL, one statement or a script, into DuckDB SQL. What is not known is refused, never guessed.
 *
 * The statements of a script are to be run in order on one connection on which the prelude was run and whose current
 * database is named like the project.
 *
 * @param sql GoogleSQL text
 * @throws UnsupportedSql naming the first construct that is not supported, with its line and column
 */
export function translate(sql: string, options: TranslateOptions): Statement[] {
  const cursor = new Cursor(sql, tokenize(sql), grammar);
  const script: Script = {
    sql,
    projectId: options.projectId,
    defaultDataset: options.defaultDataset,
    reads: new Map(),
    parameters: new Map(),
    variables: new Map(),
    temporaryFunctions: new Set(),
    temporaryTables: new Set(),
    functionParameters: new Map(),
    written: 0,
    types: new WeakMap(),
  };
  const statements: Statement[] = [];
  while (cursor.peek().kind !== "end") {
    if (cursor.take(";")) {
      continue;
    }
    const syntax = parseStatement(cursor);
    if (cursor.peek().kind !== "end" && !cursor.is(";")) {
      cursor.refuse(cursor.described(), `Unexpected ${cursor.described()}`);
    }
    const written = writeStatement(syntax, new Writer(script, new Scope(undefined), rules));
    statements.push({ ...written, reads: [...script.reads.values()], parameters: [...script.parameters.values()] });
    script.reads.clear();
    script.parameters.clear();
  }
  if (statements.length === 0) {
    cursor.refuse("empty statement");
  }
  return statements;
}
