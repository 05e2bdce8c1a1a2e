import type { Expression, GroupItem, Name, Query, QueryBody, Select, SelectItem, Window } from "../syntax.ts";
import { parseOrder, parseWindow } from "./call.ts";
import type { Cursor } from "./cursor.ts";
import { parseFrom } from "./from.ts";

/** Reads a query: WITH, SELECTs joined by set operators, ORDER BY, LIMIT. */
export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const { offset } = cursor.peek();
    const isWith = cursor.take("WITH");
    const recursive = isWith && cursor.take("RECURSIVE");
    const ctes = isWith ? cursor.list(() => parseCte(cursor)) : [];
    const body = parseSetOperation(cursor);
    const orderBy = cursor.take("ORDER", "BY") ? parseOrder(cursor) : [];
    const limit = cursor.take("LIMIT") ? parseCount(cursor) : undefined;
    const skip = limit !== undefined && cursor.take("OFFSET") ? parseCount(cursor) : undefined;
    refuseTail(cursor);
    return { recursive, ctes, body, orderBy, limit, skip, offset };
  });
}

function refuseTail(cursor: Cursor): void {
  if (cursor.is("|>")) {
    cursor.refuse("pipe syntax |>");
  }
  if (cursor.isAny("FETCH", "FOR") || cursor.is("OFFSET") || cursor.is("USING", "SAMPLE")) {
    cursor.refuse(cursor.is("USING") ? "USING SAMPLE" : cursor.peek().key);
  }
}

function parseCount(cursor: Cursor): Expression {
  if (cursor.is("ALL")) {
    cursor.refuse("LIMIT ALL");
  }
  const count = cursor.expression();
  const isCount = count.kind === "parameter" || (count.kind === "literal" && count.type === "INT64");
  return isCount ? count : cursor.refuse("LIMIT or OFFSET that is no literal", undefined, count.offset);
}

function parseCte(cursor: Cursor): { name: Name; query: Query } {
  const name = cursor.name();
  if (cursor.is("(")) {
    cursor.refuse("column list of a common table expression");
  }
  cursor.expect("AS");
  if (cursor.isAny("MATERIALIZED", "NOT")) {
    cursor.refuse("MATERIALIZED");
  }
  cursor.expect("(");
  const query = cursor.query();
  cursor.expect(")");
  return { name, query };
}

/** Set operators of one kind may be chained; a mixture needs parentheses in GoogleSQL. */
function parseSetOperation(cursor: Cursor): QueryBody {
  const operands = [parseOperand(cursor)];
  let operation: { operator: "UNION" | "INTERSECT" | "EXCEPT"; all: boolean } | undefined;
  while (cursor.isAny("UNION", "INTERSECT", "EXCEPT", "FULL", "LEFT", "OUTER", "CORRESPONDING", "MINUS")) {
    const { offset } = cursor.peek();
    const next = parseSetOperator(cursor);
    if (operation !== undefined && (operation.operator !== next.operator || operation.all !== next.all)) {
      cursor.refuse("set operators mixed without parentheses", undefined, offset);
    }
    operation = next;
    operands.push(parseOperand(cursor));
  }
  const [first] = operands;
  return operation === undefined && first !== undefined ? first : { kind: "set", ...checked(operation), operands };
}

function checked<T>(operation: T | undefined): T {
  if (operation === undefined) {
    throw new RangeError("A set operation has an operator");
  }
  return operation;
}

function parseSetOperator(cursor: Cursor): { operator: "UNION" | "INTERSECT" | "EXCEPT"; all: boolean } {
  const { key } = cursor.peek();
  if (key !== "UNION" && key !== "INTERSECT" && key !== "EXCEPT") {
    return cursor.refuse(`${key} in a set operation`);
  }
  cursor.next();
  if (!cursor.isAny("ALL", "DISTINCT")) {
    cursor.refuse(`${key} without ALL or DISTINCT`);
  }
  const all = cursor.next().key === "ALL";
  if (all && key !== "UNION") {
    cursor.refuse(`${key} ALL`);
  }
  if (cursor.isAny("BY", "CORRESPONDING", "STRICT")) {
    cursor.refuse(`${key} ${cursor.peek().key}`);
  }
  return { operator: key, all };
}

function parseOperand(cursor: Cursor): QueryBody {
  if (cursor.take("(")) {
    const query = cursor.query();
    cursor.expect(")");
    return { kind: "nested", query };
  }
  if (cursor.is("FROM")) {
    cursor.refuse("FROM before SELECT");
  }
  if (cursor.isAny("VALUES", "TABLE")) {
    cursor.refuse(`${cursor.peek().key} as a query`);
  }
  cursor.expect("SELECT");
  return { kind: "select", ...parseSelect(cursor) };
}

function parseSelect(cursor: Cursor): Select {
  const { offset } = cursor.peek();
  const distinct = cursor.take("DISTINCT");
  if (distinct && cursor.is("ON", "(")) {
    cursor.refuse("DISTINCT ON");
  }
  if (!distinct) {
    cursor.take("ALL");
  }
  const as = parseAs(cursor);
  const items = parseItems(cursor);
  const from = cursor.take("FROM") ? parseFrom(cursor) : undefined;
  const where = cursor.take("WHERE") ? cursor.expression() : undefined;
  const groupBy = cursor.take("GROUP") ? parseGroupBy(cursor) : [];
  const having = cursor.take("HAVING") ? cursor.expression() : undefined;
  const qualify = cursor.take("QUALIFY") ? cursor.expression() : undefined;
  const windows = cursor.take("WINDOW") ? cursor.list(() => parseNamedWindow(cursor)) : [];
  return { offset, distinct, as, items, from, where, groupBy, having, qualify, windows };
}

function parseAs(cursor: Cursor): "STRUCT" | "VALUE" | undefined {
  if (!cursor.is("AS")) {
    return undefined;
  }
  cursor.next();
  if (cursor.take("STRUCT")) {
    return "STRUCT";
  }
  return cursor.take("VALUE") ? "VALUE" : cursor.refuse(`SELECT AS ${cursor.described()}`);
}

/** A comma may trail the list in GoogleSQL. */
function parseItems(cursor: Cursor): SelectItem[] {
  const items = [parseItem(cursor)];
  while (cursor.take(",")) {
    if (
      cursor.peek().kind === "end" ||
      cursor.isAny("FROM", ")", ";", "UNION", "EXCEPT", "INTERSECT", "LIMIT", "ORDER")
    ) {
      break;
    }
    items.push(parseItem(cursor));
  }
  return items;
}

function parseItem(cursor: Cursor): SelectItem {
  const { offset } = cursor.peek();
  if (cursor.take("*")) {
    return { ...parseStar(cursor), of: undefined, offset };
  }
  if (cursor.isAny("COLUMNS") && cursor.peek(1).key === "(") {
    cursor.refuse("COLUMNS(…)");
  }
  const value = cursor.expression();
  if (cursor.take(".", "*")) {
    return { ...parseStar(cursor), of: value, offset };
  }
  return { kind: "value", value, alias: parseAlias(cursor) };
}

function parseStar(cursor: Cursor): Pick<Extract<SelectItem, { kind: "star" }>, "kind" | "except" | "replace"> {
  if (cursor.is("EXCLUDE")) {
    cursor.refuse("* EXCLUDE");
  }
  if (cursor.isAny("LIKE", "ILIKE") || cursor.is("RENAME", "(")) {
    cursor.refuse(`* ${cursor.peek().key}`);
  }
  const except = cursor.is("EXCEPT", "(") && cursor.take("EXCEPT") ? cursor.parenthesized(() => cursor.name()) : [];
  const replace = cursor.is("REPLACE", "(") && cursor.take("REPLACE") ? cursor.parenthesized(() => named(cursor)) : [];
  return { kind: "star", except, replace };
}

function named(cursor: Cursor): { value: Expression; name: Name } {
  const value = cursor.expression();
  cursor.expect("AS");
  return { value, name: cursor.name() };
}

/** `AS name`, or a name alone. */
function parseAlias(cursor: Cursor): Name | undefined {
  if (cursor.take("AS")) {
    return cursor.name();
  }
  return cursor.isName() ? cursor.name() : undefined;
}

function parseGroupBy(cursor: Cursor): GroupItem[] {
  cursor.expect("BY");
  if (cursor.is("ALL")) {
    cursor.refuse("GROUP BY ALL");
  }
  return cursor.list(() => {
    for (const kind of ["ROLLUP", "CUBE"] as const) {
      if (cursor.take(kind)) {
        return { kind, items: cursor.parenthesized(() => parseGroup(cursor)) };
      }
    }
    if (cursor.take("GROUPING", "SETS")) {
      return { kind: "GROUPING SETS" as const, items: cursor.parenthesized(() => parseGroup(cursor)) };
    }
    return { kind: "value" as const, value: cursor.expression() };
  });
}

function parseGroup(cursor: Cursor): Expression[] {
  if (cursor.take("(", ")")) {
    return [];
  }
  const item = cursor.expression();
  return item.kind === "struct" && item.isTuple ? item.fields.map((field) => field.value) : [item];
}

function parseNamedWindow(cursor: Cursor): { name: Name; window: Window } {
  const name = cursor.name();
  cursor.expect("AS");
  return { name, window: parseWindow(cursor) };
}
