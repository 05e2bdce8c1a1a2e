import type { Assignment, Merge, MergeClause, StatementSyntax } from "../statement-syntax.ts";
import type { Expression, FromItem } from "../syntax.ts";
import type { Cursor } from "./cursor.ts";
import { parseAlias, parseFrom, parseTablePath } from "./from.ts";

/** Reads INSERT from behind the word. */
export function parseInsert(cursor: Cursor): StatementSyntax {
  if (cursor.is("OR") || cursor.is("IGNORE")) {
    cursor.refuse(`INSERT ${cursor.peek().key}`);
  }
  cursor.take("INTO");
  const target = parseTablePath(cursor);
  const columns = cursor.is("(") && !cursor.startsQuery(1) ? cursor.parenthesized(() => cursor.name()) : [];
  if (cursor.take("VALUES")) {
    const rows = cursor.list(() => cursor.parenthesized(() => parseValue(cursor)));
    refuseTail(cursor);
    return { kind: "insert", target, columns, source: { kind: "rows", rows } };
  }
  if (!cursor.startsQuery() && !cursor.is("(")) {
    cursor.refuse(`INSERT ${cursor.described()}`);
  }
  const query = cursor.query();
  refuseTail(cursor);
  return { kind: "insert", target, columns, source: { kind: "query", query } };
}

function refuseTail(cursor: Cursor): void {
  if (cursor.is("ON", "CONFLICT")) {
    cursor.refuse("ON CONFLICT");
  }
  if (cursor.isAny("RETURNING", "THEN", "ASSERT_ROWS_MODIFIED")) {
    cursor.refuse(cursor.peek().key);
  }
}

/** A value, or DEFAULT, which is returned as undefined. */
function parseValue(cursor: Cursor): Expression | undefined {
  return cursor.take("DEFAULT") ? undefined : cursor.expression();
}

/** Reads UPDATE from behind the word. As in BigQuery a WHERE is obligatory. */
export function parseUpdate(cursor: Cursor): StatementSyntax {
  const target = parseTablePath(cursor);
  const alias = cursor.is("SET") ? undefined : parseAlias(cursor);
  cursor.expect("SET");
  const set = parseAssignments(cursor, alias?.text ?? target.parts.at(-1) ?? "");
  const from: FromItem | undefined = cursor.take("FROM") ? parseFrom(cursor) : undefined;
  const where = parseWhere(cursor, "UPDATE");
  refuseTail(cursor);
  return { kind: "update", target, alias, set, from, where };
}

/** Reads DELETE from behind the word. As in BigQuery a WHERE is obligatory. */
export function parseDelete(cursor: Cursor): StatementSyntax {
  cursor.take("FROM");
  const target = parseTablePath(cursor);
  const alias = cursor.is("WHERE") ? undefined : parseAlias(cursor);
  if (cursor.is("USING")) {
    cursor.refuse("DELETE USING");
  }
  const where = parseWhere(cursor, "DELETE");
  refuseTail(cursor);
  return { kind: "delete", target, alias, where };
}

function parseWhere(cursor: Cursor, statement: string): Expression {
  return cursor.take("WHERE") ? cursor.expression() : cursor.refuse(`${statement} without WHERE`);
}

/** Reads `column = value, …`. The column may carry the name of its table; a field of a struct is refused. */
function parseAssignments(cursor: Cursor, table: string): Assignment[] {
  return cursor.list(() => {
    if (cursor.is("(")) {
      cursor.refuse("nested change in SET");
    }
    let column = cursor.name();
    if (cursor.take(".")) {
      if (column.text.toLowerCase() !== table.toLowerCase()) {
        cursor.refuse("SET of a field of a struct", undefined, column.offset);
      }
      column = cursor.name(true);
    }
    if (cursor.isAny(".", "[")) {
      cursor.refuse("SET of a field of a struct");
    }
    cursor.expect("=");
    return { column, value: parseValue(cursor) };
  });
}

/** Reads MERGE from behind the word. */
export function parseMerge(cursor: Cursor): Merge {
  cursor.take("INTO");
  const target = parseTablePath(cursor);
  const alias = cursor.is("USING") ? undefined : parseAlias(cursor);
  cursor.expect("USING");
  const source = parseFrom(cursor);
  if (source.kind !== "table" && source.kind !== "subquery") {
    return cursor.refuse("MERGE from a join");
  }
  cursor.expect("ON");
  const on = cursor.expression();
  const clauses: MergeClause[] = [];
  while (cursor.take("WHEN")) {
    clauses.push(parseClause(cursor, alias?.text ?? target.parts.at(-1) ?? ""));
  }
  if (clauses.length === 0) {
    cursor.refuse("MERGE without WHEN");
  }
  refuseTail(cursor);
  return { target, alias, source, on, clauses };
}

function parseClause(cursor: Cursor, table: string): MergeClause {
  let match: MergeClause["match"] = "MATCHED";
  if (cursor.take("NOT")) {
    match = "NOT MATCHED";
  }
  cursor.expect("MATCHED");
  if (match === "NOT MATCHED" && cursor.take("BY")) {
    match = cursor.take("SOURCE") ? "NOT MATCHED BY SOURCE" : match;
    if (match === "NOT MATCHED") {
      cursor.expect("TARGET");
    }
  }
  const condition = cursor.take("AND") ? cursor.expression() : undefined;
  cursor.expect("THEN");
  return { match, condition, action: parseAction(cursor, match, table) };
}

function parseAction(cursor: Cursor, match: MergeClause["match"], table: string): MergeClause["action"] {
  const { offset } = cursor.peek();
  if (cursor.take("INSERT")) {
    if (match !== "NOT MATCHED") {
      cursor.refuse(`INSERT WHEN ${match}`, undefined, offset);
    }
    return parseMergeInsert(cursor);
  }
  if (match === "NOT MATCHED") {
    cursor.refuse(`${cursor.described()} WHEN NOT MATCHED`);
  }
  if (cursor.take("DELETE")) {
    return { kind: "delete" };
  }
  cursor.expect("UPDATE", "SET");
  return { kind: "update", set: parseAssignments(cursor, table) };
}

function parseMergeInsert(cursor: Cursor): MergeClause["action"] {
  if (cursor.take("ROW")) {
    return { kind: "insert row" };
  }
  const columns = cursor.is("(") ? cursor.parenthesized(() => cursor.name()) : [];
  if (cursor.take("ROW")) {
    return columns.length === 0 ? { kind: "insert row" } : cursor.refuse("INSERT (columns) ROW");
  }
  cursor.expect("VALUES");
  return { kind: "insert", columns, values: cursor.parenthesized(() => parseValue(cursor)) };
}
