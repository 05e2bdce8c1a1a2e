import type { AlterAction, StatementSyntax } from "../statement-syntax.ts";
import type { Cursor } from "./cursor.ts";
import { parseColumn, parseConstraint, parseIfExists, parseIfNotExists, parseOptions, textFrom } from "./definition.ts";
import { parseTablePath } from "./from.ts";
import { parseType } from "./types.ts";

/** Reads ALTER TABLE, ALTER VIEW or ALTER SCHEMA from behind ALTER. */
export function parseAlter(cursor: Cursor): StatementSyntax {
  if (cursor.take("TABLE")) {
    const ifExists = parseIfExists(cursor);
    const target = parseTablePath(cursor);
    const actions = cursor.list(() => parseAction(cursor));
    return { kind: "alter table", ifExists, target, actions };
  }
  for (const what of ["VIEW", "SCHEMA"] as const) {
    if (cursor.take(what)) {
      parseIfExists(cursor);
      const path = parseTablePath(cursor);
      if (!cursor.is("SET", "OPTIONS")) {
        cursor.refuse(`ALTER ${what} ${cursor.described()}`);
      }
      cursor.next();
      return { kind: "alter options", what, path, options: parseOptions(cursor) };
    }
  }
  return cursor.refuse(`ALTER ${cursor.described()}`);
}

function parseAction(cursor: Cursor): AlterAction {
  if (cursor.take("ADD", "COLUMN")) {
    const ifNotExists = parseIfNotExists(cursor);
    return { kind: "add column", ifNotExists, column: parseColumn(cursor).column };
  }
  if (cursor.take("ADD")) {
    const constraint = parseConstraint(cursor) ?? cursor.refuse(`ALTER TABLE ADD ${cursor.described()}`);
    return constraint.primaryKey.length > 0
      ? { kind: "primary key", columns: constraint.primaryKey }
      : { kind: "constraint" };
  }
  if (cursor.take("DROP", "COLUMN")) {
    const ifExists = parseIfExists(cursor);
    return { kind: "drop column", ifExists, name: cursor.name() };
  }
  if (cursor.take("DROP", "PRIMARY", "KEY")) {
    parseIfExists(cursor);
    return { kind: "primary key", columns: [] };
  }
  if (cursor.take("DROP", "CONSTRAINT")) {
    parseIfExists(cursor);
    cursor.name();
    return { kind: "constraint" };
  }
  if (cursor.take("RENAME", "TO")) {
    return { kind: "rename table", to: cursor.name() };
  }
  if (cursor.take("RENAME", "COLUMN")) {
    const ifExists = parseIfExists(cursor);
    const from = cursor.name();
    cursor.expect("TO");
    return { kind: "rename column", ifExists, from, to: cursor.name() };
  }
  if (cursor.is("SET", "OPTIONS")) {
    cursor.next();
    return { kind: "set options", options: parseOptions(cursor) };
  }
  if (cursor.take("ALTER", "COLUMN")) {
    return parseColumnAction(cursor);
  }
  return cursor.refuse(`ALTER TABLE ${cursor.described()}`);
}

function parseColumnAction(cursor: Cursor): AlterAction {
  parseIfExists(cursor);
  const name = cursor.name();
  if (cursor.is("SET", "OPTIONS")) {
    cursor.next();
    return { kind: "column options", name, options: parseOptions(cursor) };
  }
  if (cursor.take("SET", "DATA", "TYPE")) {
    const start = cursor.peek().offset;
    const type = parseType(cursor);
    return { kind: "column type", name, type, typeText: textFrom(cursor, start) };
  }
  if (cursor.take("SET", "DEFAULT")) {
    return { kind: "column default", name, value: cursor.expression() };
  }
  if (cursor.take("DROP", "DEFAULT")) {
    return { kind: "drop default", name };
  }
  if (cursor.take("DROP", "NOT", "NULL")) {
    return { kind: "drop not null", name };
  }
  return cursor.refuse(`ALTER COLUMN ${cursor.described()}`);
}
