import type { ColumnDefinition, CreateFunction, CreateTable, CreateView, Option } from "../statement-syntax.ts";
import type { Name, Type } from "../syntax.ts";
import type { Cursor } from "./cursor.ts";
import { parseTablePath } from "./from.ts";
import { parseType } from "./types.ts";

export interface CreateHead {
  replace: boolean;
  temporary: boolean;
}

export function parseIfNotExists(cursor: Cursor): boolean {
  return cursor.take("IF", "NOT", "EXISTS");
}

export function parseIfExists(cursor: Cursor): boolean {
  return cursor.take("IF", "EXISTS");
}

/** Reads CREATE TABLE from behind the word TABLE. */
export function parseCreateTable(cursor: Cursor, head: CreateHead): CreateTable {
  const ifNotExists = parseIfNotExists(cursor);
  const target = parseTablePath(cursor);
  const table: CreateTable = {
    ...head,
    ifNotExists,
    target,
    columns: [],
    primaryKey: [],
    partitionBy: undefined,
    clusterBy: [],
    options: [],
    source: { kind: "none" },
  };
  if (cursor.isAny("LIKE", "CLONE", "COPY")) {
    const kind = cursor.next().key === "LIKE" ? "like" : "copy";
    table.source = { kind, path: parseTablePath(cursor) };
    if (cursor.is("FOR")) {
      cursor.refuse("FOR SYSTEM_TIME in CLONE");
    }
  } else if (cursor.take("(")) {
    cursor.list(() => parseTableElement(cursor, table));
    cursor.expect(")");
  }
  parseTableClauses(cursor, table);
  if (table.source.kind === "none" && cursor.take("AS")) {
    table.source = { kind: "query", query: cursor.query() };
  }
  if (table.source.kind === "none" && table.columns.length === 0) {
    cursor.refuse("CREATE TABLE without columns or query");
  }
  return table;
}

function parseTableElement(cursor: Cursor, table: CreateTable): void {
  const constraint = parseConstraint(cursor);
  if (constraint === undefined) {
    const { column, isKey } = parseColumn(cursor);
    table.columns.push(column);
    if (isKey) {
      table.primaryKey.push(column.name.text);
    }
  } else {
    table.primaryKey.push(...constraint.primaryKey);
  }
}

/**
 * Reads a table constraint, if one stands here. BigQuery enforces none (NOT ENFORCED is obligatory), so that all that
 * is kept is the primary key, as metadata.
 */
export function parseConstraint(cursor: Cursor): { primaryKey: string[] } | undefined {
  const isNamed = cursor.is("CONSTRAINT");
  if (isNamed) {
    cursor.next();
    parseIfNotExists(cursor);
    cursor.name();
  }
  if (cursor.take("PRIMARY", "KEY")) {
    const primaryKey = cursor.parenthesized(() => cursor.name().text);
    cursor.expect("NOT", "ENFORCED");
    return { primaryKey };
  }
  if (cursor.take("FOREIGN", "KEY")) {
    cursor.parenthesized(() => cursor.name());
    parseReference(cursor);
    return { primaryKey: [] };
  }
  return isNamed || cursor.is("CHECK", "(") ? cursor.refuse(`constraint ${cursor.described()}`) : undefined;
}

function parseReference(cursor: Cursor): void {
  cursor.expect("REFERENCES");
  parseTablePath(cursor);
  cursor.parenthesized(() => cursor.name());
  cursor.expect("NOT", "ENFORCED");
}

/** Reads `name TYPE [NOT NULL] [DEFAULT …] [PRIMARY KEY NOT ENFORCED] [OPTIONS (…)]`. */
export function parseColumn(cursor: Cursor): { column: ColumnDefinition; isKey: boolean } {
  const name = cursor.name();
  const start = cursor.peek().offset;
  const type = parseType(cursor);
  const typeText = textFrom(cursor, start);
  const column: ColumnDefinition = { name, type, typeText, required: false, defaultValue: undefined, options: [] };
  let isKey = false;
  for (;;) {
    if (cursor.take("NOT", "NULL")) {
      column.required = true;
    } else if (cursor.take("DEFAULT")) {
      const from = cursor.peek().offset;
      const expression = cursor.expression();
      column.defaultValue = { expression, text: textFrom(cursor, from) };
    } else if (cursor.take("PRIMARY", "KEY")) {
      cursor.expect("NOT", "ENFORCED");
      isKey = true;
    } else if (cursor.is("REFERENCES")) {
      parseReference(cursor);
    } else if (cursor.is("OPTIONS", "(")) {
      column.options = parseOptions(cursor);
    } else if (cursor.isAny("COLLATE", "GENERATED", "AS", "CHECK", "UNIQUE", "NULL")) {
      cursor.refuse(`column ${cursor.peek().key}`);
    } else {
      return { column, isKey };
    }
  }
}

function parseTableClauses(cursor: Cursor, table: CreateTable): void {
  if (cursor.isAny("DEFAULT", "COLLATE")) {
    cursor.refuse("COLLATE");
  }
  if (cursor.take("PARTITION", "BY")) {
    const start = cursor.peek().offset;
    cursor.expression();
    table.partitionBy = textFrom(cursor, start);
  }
  if (cursor.take("CLUSTER", "BY")) {
    table.clusterBy = cursor.list(() => cursor.name().text);
  }
  if (cursor.is("WITH")) {
    cursor.refuse(`WITH ${cursor.peek(1).key} in CREATE TABLE`);
  }
  if (cursor.is("OPTIONS", "(")) {
    table.options = parseOptions(cursor);
  }
}

/** Reads CREATE VIEW from behind the word VIEW. */
export function parseCreateView(cursor: Cursor, head: CreateHead): CreateView {
  if (head.temporary) {
    cursor.refuse("CREATE TEMP VIEW");
  }
  const ifNotExists = parseIfNotExists(cursor);
  const target = parseTablePath(cursor);
  const columns: { name: Name; options: Option[] }[] = [];
  if (cursor.is("(")) {
    columns.push(
      ...cursor.parenthesized(() => {
        const name = cursor.name();
        return { name, options: cursor.is("OPTIONS", "(") ? parseOptions(cursor) : [] };
      }),
    );
  }
  const options = cursor.is("OPTIONS", "(") ? parseOptions(cursor) : [];
  cursor.expect("AS");
  const start = cursor.peek().offset;
  const query = cursor.query();
  return { replace: head.replace, ifNotExists, target, columns, options, query, text: textFrom(cursor, start) };
}

/** Reads CREATE FUNCTION, or CREATE TABLE FUNCTION, from behind the word FUNCTION. Only SQL bodies are known. */
export function parseCreateFunction(cursor: Cursor, head: CreateHead, isTable: boolean): CreateFunction {
  const ifNotExists = parseIfNotExists(cursor);
  const path = parseTablePath(cursor);
  cursor.expect("(");
  const parameters = cursor.is(")") ? [] : cursor.list(() => parseParameter(cursor));
  cursor.expect(")");
  let returns: Type | undefined;
  if (cursor.take("RETURNS")) {
    if (cursor.is("TABLE")) {
      cursor.refuse("RETURNS TABLE");
    }
    returns = parseType(cursor);
  }
  if (cursor.isAny("LANGUAGE", "REMOTE", "DETERMINISTIC")) {
    cursor.refuse(`function in another language than SQL (${cursor.peek().key})`);
  }
  const common = { ...head, ifNotExists, path, parameters, returns };
  if (cursor.is("OPTIONS", "(")) {
    parseOptions(cursor);
  }
  cursor.expect("AS");
  if (isTable) {
    return { ...common, body: { kind: "table", query: cursor.query() } };
  }
  if (!cursor.is("(")) {
    cursor.refuse("function body that is no parenthesized expression");
  }
  const expression = cursor.expression();
  return { ...common, body: { kind: "expression", expression } };
}

function parseParameter(cursor: Cursor): { name: Name; type: Type | undefined } {
  const name = cursor.name();
  return cursor.take("ANY", "TYPE") ? { name, type: undefined } : { name, type: parseType(cursor) };
}

/** Reads `OPTIONS ( name = value, … )`. */
export function parseOptions(cursor: Cursor): Option[] {
  cursor.expect("OPTIONS", "(");
  const options = cursor.is(")") ? [] : cursor.list(() => parseOption(cursor));
  cursor.expect(")");
  return options;
}

function parseOption(cursor: Cursor): Option {
  const name = cursor.name().text.toLowerCase();
  cursor.expect("=");
  const start = cursor.peek().offset;
  const value = cursor.expression();
  return { name, value, text: textFrom(cursor, start) };
}

/** The text from an offset to the end of the last token read. */
export function textFrom(cursor: Cursor, start: number): string {
  return cursor.sql.slice(start, cursor.peek(-1).end).trim();
}
