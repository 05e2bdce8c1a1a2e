import type { DropKind, StatementSyntax } from "../statement-syntax.ts";
import type { Name, Type } from "../syntax.ts";
import { parseAlter } from "./alteration.ts";
import { parseDelete, parseInsert, parseMerge, parseUpdate } from "./change.ts";
import type { Cursor } from "./cursor.ts";
import {
  parseCreateFunction,
  parseCreateTable,
  parseCreateView,
  parseIfExists,
  parseIfNotExists,
  parseOptions,
} from "./definition.ts";
import { parseTablePath } from "./from.ts";
import { parseType } from "./types.ts";

/** Reads one statement, up to but without its semicolon. */
export function parseStatement(cursor: Cursor): StatementSyntax {
  if (cursor.isAny("SELECT", "WITH", "(")) {
    return { kind: "query", query: cursor.query() };
  }
  const { key } = cursor.peek();
  const parse = Object.hasOwn(statements, key) ? statements[key] : undefined;
  if (key === "FROM") {
    return cursor.refuse(follows(cursor, "|>") ? "pipe syntax |>" : "FROM before SELECT");
  }
  if (parse === undefined || cursor.peek().kind !== "word") {
    return cursor.refuse(`statement ${cursor.described()}`);
  }
  cursor.next();
  return parse(cursor);
}

const statements: Readonly<Record<string, (cursor: Cursor) => StatementSyntax>> = {
  INSERT: parseInsert,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  MERGE: (cursor) => ({ kind: "merge", ...parseMerge(cursor) }),
  TRUNCATE: (cursor) => {
    cursor.expect("TABLE");
    return { kind: "truncate", target: parseTablePath(cursor) };
  },
  CREATE: parseCreate,
  DROP: parseDrop,
  ALTER: parseAlter,
  DECLARE: parseDeclare,
  SET: parseSet,
  BEGIN: (cursor) => parseTransaction(cursor, "BEGIN"),
  COMMIT: (cursor) => parseTransaction(cursor, "COMMIT"),
  ROLLBACK: (cursor) => parseTransaction(cursor, "ROLLBACK"),
  ASSERT: parseAssert,
};

function parseCreate(cursor: Cursor): StatementSyntax {
  const replace = cursor.take("OR", "REPLACE");
  const temporary = cursor.take("TEMP") || cursor.take("TEMPORARY");
  const head = { replace, temporary };
  if (cursor.take("TABLE", "FUNCTION")) {
    return { kind: "create function", ...parseCreateFunction(cursor, head, true) };
  }
  if (cursor.take("TABLE")) {
    return { kind: "create table", ...parseCreateTable(cursor, head) };
  }
  if (cursor.take("VIEW")) {
    return { kind: "create view", ...parseCreateView(cursor, head) };
  }
  if (cursor.take("FUNCTION")) {
    return { kind: "create function", ...parseCreateFunction(cursor, head, false) };
  }
  if (cursor.take("SCHEMA")) {
    const ifNotExists = parseIfNotExists(cursor);
    const path = parseTablePath(cursor);
    if (cursor.is("DEFAULT")) {
      cursor.refuse("COLLATE");
    }
    const options = cursor.is("OPTIONS", "(") ? parseOptions(cursor) : [];
    return { kind: "create schema", replace, ifNotExists, path, options };
  }
  const isTable = ["TABLE", "VIEW"].includes(cursor.peek(1).key);
  return cursor.refuse(`CREATE ${cursor.described()}${isTable ? ` ${cursor.peek(1).key}` : ""}`);
}

const dropKinds: readonly DropKind[] = ["TABLE FUNCTION", "TABLE", "VIEW", "SCHEMA", "FUNCTION"];

function parseDrop(cursor: Cursor): StatementSyntax {
  const what = dropKinds.find((kind) => cursor.take(...kind.split(" ")));
  if (what === undefined) {
    return cursor.refuse(`DROP ${cursor.described()}`);
  }
  const ifExists = parseIfExists(cursor);
  const path = parseTablePath(cursor);
  const cascade = what === "SCHEMA" && cursor.take("CASCADE");
  if (what === "SCHEMA" && !cascade) {
    cursor.take("RESTRICT");
  }
  return { kind: "drop", what, ifExists, path, cascade };
}

function parseDeclare(cursor: Cursor): StatementSyntax {
  const names: Name[] = cursor.list(() => cursor.name());
  const type: Type | undefined = cursor.is("DEFAULT") ? undefined : parseType(cursor);
  const value = cursor.take("DEFAULT") ? cursor.expression() : undefined;
  if (type === undefined && value === undefined) {
    cursor.refuse("DECLARE without type or DEFAULT");
  }
  return { kind: "declare", names, type, value };
}

function parseSet(cursor: Cursor): StatementSyntax {
  if (cursor.is("(")) {
    cursor.refuse("SET of several variables");
  }
  const name = cursor.name();
  cursor.expect("=");
  return { kind: "set", name, value: cursor.expression() };
}

function parseTransaction(cursor: Cursor, action: "BEGIN" | "COMMIT" | "ROLLBACK"): StatementSyntax {
  const isNamed = cursor.take("TRANSACTION");
  // `BEGIN; … END` would be a block and no transaction.
  const ends = cursor.peek().kind === "end" || cursor.is(";");
  if (!ends || (action === "BEGIN" && !isNamed && cursor.is(";") && follows(cursor, ";", "END"))) {
    cursor.refuse(action === "BEGIN" ? "BEGIN … END block" : `${action} ${cursor.described()}`);
  }
  return { kind: "transaction", action };
}

/** Whether these words or symbols follow each other somewhere in the rest of the text. */
function follows(cursor: Cursor, ...keys: string[]): boolean {
  for (let ahead = 0; cursor.peek(ahead).kind !== "end"; ahead += 1) {
    if (keys.every((key, index) => cursor.peek(ahead + index).key === key)) {
      return true;
    }
  }
  return false;
}

function parseAssert(cursor: Cursor): StatementSyntax {
  const condition = cursor.expression();
  let message: string | undefined;
  if (cursor.take("AS")) {
    const token = cursor.next();
    message =
      token.kind === "string" ? token.text : cursor.refuse("message that is no string", undefined, token.offset);
  }
  return { kind: "assert", condition, message };
}
