import type { Expression, FromItem, JoinType, Name, TablePath } from "../syntax.ts";
import type { Cursor } from "./cursor.ts";
import { parsePivots } from "./pivot.ts";

/** Reads what stands behind FROM. A comma is a CROSS JOIN and, as in GoogleSQL, joins bind from left to right. */
export function parseFrom(cursor: Cursor): FromItem {
  let left = parseItem(cursor);
  for (;;) {
    const next = parseJoin(cursor, left);
    if (next === undefined) {
      return left;
    }
    left = next;
  }
}

function parseJoin(cursor: Cursor, left: FromItem): FromItem | undefined {
  if (cursor.take(",")) {
    return { kind: "join", type: "CROSS", left, right: parseItem(cursor), on: undefined, using: [] };
  }
  const type = parseJoinType(cursor);
  if (type === undefined) {
    return undefined;
  }
  const { offset } = cursor.peek();
  const right = parseItem(cursor);
  const on = cursor.take("ON") ? cursor.expression() : undefined;
  const using = on === undefined && cursor.take("USING") ? cursor.parenthesized(() => cursor.name()) : [];
  const isBare = on === undefined && using.length === 0;
  if (type === "CROSS" && !isBare) {
    cursor.refuse("CROSS JOIN with a condition", undefined, offset);
  }
  const mayBeBare = type === "CROSS" || (right.kind === "unnest" && type !== "RIGHT" && type !== "FULL");
  const isArrayPath = right.kind === "table" && right.path.parts.length > 1;
  if (isBare && !mayBeBare && !isArrayPath) {
    cursor.refuse(`${type} JOIN without ON or USING`, undefined, offset);
  }
  return { kind: "join", type, left, right, on, using };
}

function parseJoinType(cursor: Cursor): JoinType | undefined {
  if (cursor.is("NATURAL")) {
    cursor.refuse("NATURAL JOIN");
  }
  if (cursor.isAny("LATERAL", "HASH", "LOOKUP")) {
    cursor.refuse(cursor.peek().key);
  }
  if (cursor.take("JOIN")) {
    return "INNER";
  }
  for (const type of ["INNER", "CROSS", "LEFT", "RIGHT", "FULL"] as const) {
    if (cursor.take(type)) {
      if (type !== "INNER" && type !== "CROSS") {
        cursor.take("OUTER");
      }
      if (cursor.isAny("SEMI", "ANTI", "ASOF", "LOOKUP")) {
        cursor.refuse(`${cursor.peek().key} JOIN`);
      }
      cursor.expect("JOIN");
      return type;
    }
  }
  return undefined;
}

function parseItem(cursor: Cursor): FromItem {
  return cursor.nested(() => {
    const item = parseRelation(cursor);
    if (cursor.is("TABLESAMPLE")) {
      cursor.refuse("TABLESAMPLE");
    }
    return item;
  });
}

function parseRelation(cursor: Cursor): FromItem {
  const { offset } = cursor.peek();
  if (cursor.take("UNNEST", "(")) {
    const array = cursor.expression();
    if (cursor.is(",")) {
      cursor.refuse("UNNEST of several arrays");
    }
    cursor.expect(")");
    const alias = parseAlias(cursor);
    return { kind: "unnest", array, alias, position: parsePosition(cursor), offset };
  }
  if (cursor.is("(")) {
    return parseParentheses(cursor);
  }
  if (cursor.isAny("LATERAL", "VALUES")) {
    cursor.refuse(cursor.peek().key);
  }
  if (cursor.peek().kind === "string") {
    cursor.refuse("file name as a table");
  }
  const path = parseTablePath(cursor);
  if (cursor.is("(")) {
    cursor.next();
    const values = cursor.is(")") ? [] : cursor.list(() => parseTableArgument(cursor));
    cursor.expect(")");
    return { kind: "function", path, arguments: values, alias: parseAlias(cursor) };
  }
  parseSystemTime(cursor);
  const alias = parseAlias(cursor);
  parseSystemTime(cursor);
  if (cursor.is("WITH", "OFFSET")) {
    const array: Expression = { kind: "path", parts: path.parts.map((text) => ({ text, offset })), offset };
    const named = alias ?? { text: path.parts.at(-1) ?? "", offset };
    return { kind: "unnest", array, alias: named, position: parsePosition(cursor), offset };
  }
  return { kind: "table", path, alias, pivots: parsePivots(cursor) };
}

function parseTableArgument(cursor: Cursor): Expression {
  if (cursor.isAny("TABLE", "MODEL")) {
    cursor.refuse(`${cursor.peek().key} as an argument`);
  }
  return cursor.expression();
}

function parseParentheses(cursor: Cursor): FromItem {
  const start = cursor.index;
  cursor.expect("(");
  if (!cursor.startsQuery() && !cursor.is("(")) {
    const item = parseFrom(cursor);
    cursor.expect(")");
    return { kind: "parenthesized", item };
  }
  if (cursor.is("(")) {
    // `((a JOIN b …) JOIN c …)` and `((SELECT …) UNION ALL …)` look alike up to the innermost token.
    const inner = innermost(cursor);
    if (!inner) {
      const item = parseFrom(cursor);
      cursor.expect(")");
      return { kind: "parenthesized", item };
    }
  }
  cursor.index = start + 1;
  const query = cursor.query();
  cursor.expect(")");
  const alias = parseAlias(cursor);
  return { kind: "subquery", query, alias, pivots: parsePivots(cursor) };
}

/** Whether the first token behind the opening parentheses starts a query. */
function innermost(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.peek(ahead).key === "(") {
    ahead += 1;
  }
  return cursor.startsQuery(ahead);
}

/** `FOR SYSTEM_TIME AS OF` is read and dropped: the emulator keeps no history and answers with the present. */
function parseSystemTime(cursor: Cursor): void {
  if (cursor.take("FOR", "SYSTEM_TIME", "AS", "OF") || cursor.take("FOR", "SYSTEM", "TIME", "AS", "OF")) {
    cursor.expression();
  }
}

const notAliases = ["PIVOT", "UNPIVOT", "MATCH_RECOGNIZE"];
const foreignJoins = ["ASOF", "SEMI", "ANTI", "POSITIONAL", "SAMPLE"];

/** The alias of a relation. PIVOT( is no alias, and neither is a word that makes a join in another dialect. */
export function parseAlias(cursor: Cursor): Name | undefined {
  if (cursor.take("AS")) {
    return cursor.name();
  }
  const { key } = cursor.peek();
  if (foreignJoins.includes(key) && cursor.peek(1).key === "JOIN") {
    cursor.refuse(`${key} JOIN`);
  }
  if (!cursor.isName() || (notAliases.includes(key) && ["(", "INCLUDE", "EXCLUDE"].includes(cursor.peek(1).key))) {
    return undefined;
  }
  const alias = cursor.name();
  if (cursor.is("(")) {
    cursor.refuse("column list of an alias");
  }
  return alias;
}

function parsePosition(cursor: Cursor): Name | undefined {
  if (cursor.is("WITH", "ORDINALITY")) {
    cursor.refuse("WITH ORDINALITY");
  }
  const { offset } = cursor.peek();
  if (!cursor.take("WITH", "OFFSET")) {
    return undefined;
  }
  return parseAlias(cursor) ?? { text: "offset", offset };
}

/** Reads a table path. Backquotes may hold one part, several or all; an unquoted project may hold dashes. */
export function parseTablePath(cursor: Cursor): TablePath {
  const { offset } = cursor.peek();
  const parts: string[] = [];
  do {
    parts.push(...parsePart(cursor, parts.length > 0));
  } while (cursor.take("."));
  if (parts.some((part) => part === "" || part.includes("*"))) {
    cursor.refuse("wildcard table", undefined, offset);
  }
  if (parts.some((part) => /[$@]/.test(part))) {
    cursor.refuse("table decorator", undefined, offset);
  }
  return { parts, offset };
}

function parsePart(cursor: Cursor, afterDot: boolean): string[] {
  const isQuoted = cursor.peek().kind === "name";
  if (afterDot && cursor.is("*")) {
    cursor.refuse("wildcard table");
  }
  let { text } = cursor.name(afterDot);
  if (isQuoted) {
    return text.split(".");
  }
  while (!afterDot && cursor.is("-") && isGlued(cursor)) {
    cursor.next();
    text += `-${cursor.next().text}`;
  }
  return [text];
}

/** Whether a dash and what follows it touch their neighbours, as in my-project-1.dataset.table. */
function isGlued(cursor: Cursor): boolean {
  const dash = cursor.peek();
  const after = cursor.peek(1);
  return (
    dash.end === after.offset &&
    (after.kind === "word" || after.kind === "number") &&
    cursor.peek(-1).end === dash.offset
  );
}
