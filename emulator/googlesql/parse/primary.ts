import type { DatePart, Expression, ExpressionBody, LiteralType, Name, SubscriptMode, Type } from "../syntax.ts";
import { callableReservedWords, reservedWords } from "../words.ts";
import { parseCall } from "./call.ts";
import type { Cursor } from "./cursor.ts";
import { parseType } from "./types.ts";

/** Reads a primary expression and the fields and subscripts behind it. */
export function parsePostfix(cursor: Cursor): Expression {
  let expression = parsePrimary(cursor);
  for (;;) {
    const { offset } = expression;
    if (cursor.is(".") && cursor.peek(1).key !== "*") {
      cursor.next();
      const name = cursor.name(true);
      if (cursor.is("(")) {
        cursor.refuse("chained function call", undefined, name.offset);
      }
      expression = { kind: "field", of: expression, name, offset };
    } else if (cursor.is("[")) {
      expression = { ...parseSubscript(cursor, expression), offset };
    } else {
      return expression;
    }
  }
}

function parseSubscript(cursor: Cursor, of: Expression): ExpressionBody {
  cursor.expect("[");
  let mode: SubscriptMode = "PLAIN";
  for (const word of ["OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL"] as const) {
    if (cursor.is(word, "(")) {
      mode = word;
      cursor.take(word, "(");
    }
  }
  if (cursor.is(":")) {
    cursor.refuse("list slice [a:b]");
  }
  const index = cursor.expression();
  if (cursor.is(":")) {
    cursor.refuse("list slice [a:b]");
  }
  if (mode !== "PLAIN") {
    cursor.expect(")");
  }
  cursor.expect("]");
  return { kind: "subscript", of, mode, index };
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const { offset } = token;
  const literal = (type: LiteralType, value = token.text): Expression => {
    cursor.next();
    return { kind: "literal", type, value, offset };
  };
  switch (token.kind) {
    case "number":
      return literal(/^(\d+|0[xX].*)$/.test(token.text) ? "INT64" : "FLOAT64");
    case "string":
      return literal("STRING");
    case "bytes":
      return literal("BYTES");
    case "parameter":
      cursor.next();
      return { kind: "parameter", name: token.text, offset };
    case "name":
      return parsePath(cursor);
    case "word":
      return { ...(parseKeyword(cursor) ?? parsePath(cursor)), offset };
    case "symbol":
      return { ...parseSymbol(cursor), offset };
    case "end":
      return cursor.refuse("end of statement", "Expected an expression but the statement ends");
  }
}

function parseSymbol(cursor: Cursor): ExpressionBody {
  if (cursor.is("(")) {
    return cursor.nested(() => parseParentheses(cursor));
  }
  if (cursor.is("[")) {
    return { kind: "array", type: undefined, items: parseItems(cursor) };
  }
  const { key } = cursor.peek();
  return cursor.refuse(key === "{" ? "braces { }" : key);
}

function parseItems(cursor: Cursor): Expression[] {
  cursor.expect("[");
  const items = cursor.is("]") ? [] : cursor.list(() => cursor.expression());
  if (cursor.is("FOR")) {
    cursor.refuse("list comprehension");
  }
  cursor.expect("]");
  return items;
}

/** A parenthesis holds an expression, a query or the fields of a struct; `((SELECT …) UNION …)` shows only at UNION. */
function parseParentheses(cursor: Cursor): ExpressionBody {
  const start = cursor.index;
  cursor.expect("(");
  if (!cursor.startsQuery()) {
    const first = cursor.expression();
    if (cursor.take(")")) {
      return first;
    }
    if (cursor.take(",")) {
      const values = [first, ...cursor.list(() => cursor.expression())];
      cursor.expect(")");
      return {
        kind: "struct",
        isTuple: true,
        type: undefined,
        fields: values.map((value) => ({ name: undefined, value })),
      };
    }
    if (first.kind !== "subquery") {
      cursor.expect(")");
    }
    cursor.index = start + 1;
  }
  const query = cursor.query();
  cursor.expect(")");
  return { kind: "subquery", query };
}

const typedLiterals: Readonly<Record<string, LiteralType>> = {
  DATE: "DATE",
  TIME: "TIME",
  DATETIME: "DATETIME",
  TIMESTAMP: "TIMESTAMP",
  NUMERIC: "NUMERIC",
  DECIMAL: "NUMERIC",
  JSON: "JSON",
};

function parseKeyword(cursor: Cursor): ExpressionBody | undefined {
  const { key } = cursor.peek();
  const isString = cursor.peek(1).kind === "string";
  const typed = isString && Object.hasOwn(typedLiterals, key) ? typedLiterals[key] : undefined;
  if (typed !== undefined) {
    cursor.next();
    return { kind: "literal", type: typed, value: cursor.next().text };
  }
  if (isString && (key === "BIGNUMERIC" || key === "BIGDECIMAL" || key === "RANGE")) {
    cursor.refuse(`${key} literal`);
  }
  switch (key) {
    case "NULL":
    case "TRUE":
    case "FALSE":
      cursor.next();
      return { kind: "literal", type: key === "NULL" ? "NULL" : "BOOL", value: key };
    case "CASE":
      return parseCase(cursor);
    case "CAST":
    case "SAFE_CAST":
      return cursor.peek(1).key === "(" ? parseCast(cursor) : undefined;
    case "EXTRACT":
      return parseExtract(cursor);
    case "EXISTS":
      return parseExists(cursor);
    case "ARRAY":
      return parseArray(cursor);
    case "STRUCT":
      return parseStruct(cursor);
    case "INTERVAL":
      return parseInterval(cursor);
    default:
      return undefined;
  }
}

/** A name and its fields, or the call of a function if a parenthesis follows. */
function parsePath(cursor: Cursor): Expression {
  const token = cursor.peek();
  const isReservedFunction = callableReservedWords.has(token.key) && cursor.peek(1).key === "(";
  if (token.kind === "word" && reservedWords.has(token.key) && !isReservedFunction) {
    cursor.refuse(`keyword ${token.key} in an expression`);
  }
  const parts: Name[] = [cursor.name(isReservedFunction)];
  while (cursor.is(".") && cursor.peek(1).key !== "*") {
    cursor.next();
    parts.push(cursor.name(true));
  }
  if (cursor.is("(")) {
    return { kind: "call", ...parseCall(cursor, parts), offset: token.offset };
  }
  return { kind: "path", parts, offset: token.offset };
}

function parseCase(cursor: Cursor): ExpressionBody {
  cursor.expect("CASE");
  const operand = cursor.is("WHEN") ? undefined : cursor.expression();
  const branches = [];
  while (cursor.take("WHEN")) {
    const when = cursor.expression();
    cursor.expect("THEN");
    branches.push({ when, result: cursor.expression() });
  }
  const otherwise = cursor.take("ELSE") ? cursor.expression() : undefined;
  cursor.expect("END");
  if (branches.length === 0) {
    cursor.refuse("CASE without WHEN");
  }
  return { kind: "case", operand, branches, otherwise };
}

function parseCast(cursor: Cursor): ExpressionBody {
  const safe = cursor.next().key === "SAFE_CAST";
  cursor.expect("(");
  const value = cursor.expression();
  cursor.expect("AS");
  const type = parseType(cursor);
  if (cursor.isAny("FORMAT", "AT")) {
    cursor.refuse(`CAST ${cursor.peek().key}`);
  }
  cursor.expect(")");
  return { kind: "cast", safe, value, type };
}

function parseExtract(cursor: Cursor): ExpressionBody {
  cursor.expect("EXTRACT", "(");
  const part = parseDatePart(cursor);
  cursor.expect("FROM");
  const value = cursor.expression();
  const zone = cursor.take("AT", "TIME", "ZONE") ? cursor.expression() : undefined;
  cursor.expect(")");
  return { kind: "extract", part, value, zone };
}

/** Reads DAY, WEEK, WEEK(MONDAY), … ; whether the part is known is for the writer to say. */
export function parseDatePart(cursor: Cursor): DatePart {
  const token = cursor.next();
  if (token.kind !== "word") {
    cursor.refuse(`date part ${token.text}`, undefined, token.offset);
  }
  let weekday: string | undefined;
  if (cursor.take("(")) {
    weekday = cursor.next().key;
    cursor.expect(")");
  }
  return { name: token.key, weekday, offset: token.offset };
}

function parseInterval(cursor: Cursor): ExpressionBody {
  cursor.expect("INTERVAL");
  const value = cursor.expression();
  const part = parseDatePart(cursor);
  if (cursor.is("TO")) {
    cursor.refuse(`INTERVAL ${part.name} TO …`);
  }
  return { kind: "interval", value, part };
}

function parseExists(cursor: Cursor): ExpressionBody {
  cursor.expect("EXISTS", "(");
  const query = cursor.query();
  cursor.expect(")");
  return { kind: "exists", query };
}

function parseArray(cursor: Cursor): ExpressionBody {
  if (cursor.peek(1).key === "<") {
    const type = parseType(cursor);
    return { kind: "array", type, items: parseItems(cursor) };
  }
  cursor.expect("ARRAY");
  if (cursor.is("[")) {
    return { kind: "array", type: undefined, items: parseItems(cursor) };
  }
  cursor.expect("(");
  const query = cursor.query();
  cursor.expect(")");
  return { kind: "array query", query };
}

function parseStruct(cursor: Cursor): ExpressionBody {
  let type: Type | undefined;
  if (cursor.peek(1).key === "<") {
    type = parseType(cursor);
  } else {
    cursor.expect("STRUCT");
  }
  cursor.expect("(");
  const fields: { name: Name | undefined; value: Expression }[] = [];
  if (!cursor.is(")")) {
    fields.push(
      ...cursor.list(() => {
        const value = cursor.expression();
        return { value, name: cursor.take("AS") ? cursor.name() : undefined };
      }),
    );
  }
  cursor.expect(")");
  return { kind: "struct", isTuple: false, type, fields };
}
