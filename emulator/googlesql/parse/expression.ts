import type { BinaryOperator, Candidates, Expression, ExpressionBody } from "../syntax.ts";
import { foreignWords } from "../words.ts";
import type { Cursor } from "./cursor.ts";
import { parsePostfix } from "./primary.ts";

/** GoogleSQL's binary operators from loosest to tightest, below the comparisons. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "||"],
];

const foreignSymbols = [
  "::",
  "==",
  "->",
  "->>",
  "%",
  "**",
  "~",
  "~~",
  "!~",
  "//",
  "?",
  ":=",
  "|>",
  "!",
  "^@",
  "{",
  "$",
];

/** Reads an expression, as far as it goes. Operators of other dialects right behind it are refused by name. */
export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const expression = parseLogical(cursor, "OR", () => parseLogical(cursor, "AND", () => parseNot(cursor)));
    refuseForeign(cursor);
    return expression;
  });
}

function refuseForeign(cursor: Cursor): void {
  const token = cursor.peek();
  if (token.kind === "symbol" && foreignSymbols.includes(token.key)) {
    cursor.refuse(token.key === "|>" ? "pipe syntax |>" : `operator ${token.key}`);
  }
  if (token.kind === "word" && foreignWords.has(token.key) && !isAliasAt(cursor)) {
    cursor.refuse(token.key);
  }
}

/** A foreign word followed by the end of an item is a legal alias (`SELECT a sample, …`), though an unlucky one. */
function isAliasAt(cursor: Cursor): boolean {
  const after = cursor.peek(1);
  return cursor.isName() && (after.kind === "end" || [",", ")", "FROM", ";"].includes(after.key));
}

function parseLogical(cursor: Cursor, operator: "AND" | "OR", operand: () => Expression): Expression {
  const first = operand();
  const operands = [first];
  while (cursor.take(operator)) {
    operands.push(operand());
  }
  return operands.length === 1 ? first : { kind: "logical", operator, operands, offset: first.offset };
}

function parseNot(cursor: Cursor): Expression {
  const { offset } = cursor.peek();
  if (cursor.take("NOT")) {
    return cursor.nested(() => ({ kind: "unary", operator: "NOT", operand: parseNot(cursor), offset }));
  }
  return parseComparison(cursor);
}

const comparisons: Readonly<Record<string, BinaryOperator>> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/** Comparisons do not associate in GoogleSQL: `a = b = c` is an error, though `a IS NULL IS NULL` is not worth one. */
function parseComparison(cursor: Cursor): Expression {
  const left = parseBinary(cursor, 0);
  const body = comparison(cursor, left);
  if (body === undefined) {
    return left;
  }
  const token = cursor.peek();
  if ((token.kind === "symbol" && Object.hasOwn(comparisons, token.key)) || cursor.isAny("LIKE", "BETWEEN", "IN")) {
    cursor.refuse(`chained comparison ${token.key}`);
  }
  return { ...body, offset: left.offset };
}

function comparison(cursor: Cursor, left: Expression): ExpressionBody | undefined {
  const token = cursor.peek();
  const operator =
    token.kind === "symbol" && Object.hasOwn(comparisons, token.key) ? comparisons[token.key] : undefined;
  if (operator !== undefined) {
    cursor.next();
    if (cursor.isAny("ANY", "ALL", "SOME")) {
      cursor.refuse(`${operator} ${cursor.peek().key}`);
    }
    return { kind: "binary", operator, left, right: parseBinary(cursor, 0) };
  }
  if (cursor.take("IS")) {
    return parseIs(cursor, left);
  }
  const negated =
    cursor.is("NOT") && ["LIKE", "IN", "BETWEEN", "ILIKE", "SIMILAR", "GLOB"].includes(cursor.peek(1).key);
  if (negated) {
    cursor.next();
  }
  if (cursor.take("LIKE")) {
    if (cursor.isAny("ANY", "ALL", "SOME")) {
      cursor.refuse(`LIKE ${cursor.peek().key}`);
    }
    const pattern = parseBinary(cursor, 0);
    return { kind: "like", negated, value: left, pattern };
  }
  if (cursor.take("BETWEEN")) {
    const low = parseBinary(cursor, 0);
    cursor.expect("AND");
    return { kind: "between", negated, value: left, low, high: parseBinary(cursor, 0) };
  }
  if (cursor.take("IN")) {
    return { kind: "in", negated, value: left, candidates: parseCandidates(cursor) };
  }
  if (negated) {
    cursor.refuse(cursor.peek().key);
  }
  return undefined;
}

function parseIs(cursor: Cursor, left: Expression): ExpressionBody {
  const negated = cursor.take("NOT");
  if (cursor.take("DISTINCT", "FROM")) {
    return { kind: "distinct", negated, left, right: parseBinary(cursor, 0) };
  }
  for (const what of ["NULL", "TRUE", "FALSE", "UNKNOWN"] as const) {
    if (cursor.take(what)) {
      return { kind: "is", negated, value: left, what };
    }
  }
  return cursor.refuse(`IS ${cursor.described()}`);
}

function parseCandidates(cursor: Cursor): Candidates {
  if (cursor.take("UNNEST")) {
    cursor.expect("(");
    const array = parseExpression(cursor);
    cursor.expect(")");
    return { kind: "array", array };
  }
  if (!cursor.is("(")) {
    cursor.refuse("IN without parentheses");
  }
  if (cursor.startsQuery(1)) {
    cursor.next();
    const query = cursor.query();
    cursor.expect(")");
    return { kind: "query", query };
  }
  return { kind: "list", items: cursor.parenthesized(() => parseExpression(cursor)) };
}

function parseBinary(cursor: Cursor, level: number): Expression {
  const operators = levels[level];
  if (operators === undefined) {
    return parseUnary(cursor);
  }
  let left = parseBinary(cursor, level + 1);
  for (let operator = takeOperator(cursor, operators); operator !== undefined; ) {
    left = { kind: "binary", operator, left, right: parseBinary(cursor, level + 1), offset: left.offset };
    operator = takeOperator(cursor, operators);
  }
  return left;
}

function takeOperator(cursor: Cursor, operators: readonly BinaryOperator[]): BinaryOperator | undefined {
  if (cursor.peek().kind !== "symbol") {
    return undefined;
  }
  const isShift = cursor.is(">", ">") && cursor.peek().end === cursor.peek(1).offset;
  if (isShift) {
    return operators.includes(">>") && cursor.take(">", ">") ? ">>" : undefined;
  }
  return operators.find((operator) => cursor.take(operator));
}

function parseUnary(cursor: Cursor): Expression {
  const { offset, kind } = cursor.peek();
  if (kind !== "symbol") {
    return parsePostfix(cursor);
  }
  for (const operator of ["-", "+", "~"] as const) {
    if (cursor.take(operator)) {
      return cursor.nested(() => negate(operator, parseUnary(cursor), offset));
    }
  }
  return parsePostfix(cursor);
}

/** A minus belongs to the number behind it, or -9223372036854775808 would be too large before it is negated. */
function negate(operator: "-" | "+" | "~", operand: Expression, offset: number): Expression {
  if (operator === "-" && operand.kind === "literal" && (operand.type === "INT64" || operand.type === "FLOAT64")) {
    if (!operand.value.startsWith("-")) {
      return { ...operand, value: `-${operand.value}`, offset };
    }
  }
  return { kind: "unary", operator, operand, offset };
}
