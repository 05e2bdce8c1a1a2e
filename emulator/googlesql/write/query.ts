import type { Expression, OrderItem, Query, QueryBody, Type } from "../syntax.ts";
import { writeOrderedArray } from "./array-query.ts";
import { writeCtes } from "./ctes.ts";
import { plainNumber, writeOrderItem } from "./over.ts";
import { aliasesOf, isPacked, writeSelect } from "./select.ts";
import { identifier } from "./text.ts";
import type { QueryUse, Writer } from "./writer.ts";

/** Writes a query; used as a value, a SELECT AS STRUCT gives one struct for each row. */
export function writeQuery(query: Query, outer: Writer, use: QueryUse): string {
  if (use === "array") {
    return writeOrderedArray(query, outer) ?? `ARRAY(${writeQuery(query, outer, "value")})`;
  }
  const writer = outer.inner();
  const ctes = writeCtes(query, writer);
  const limit = query.limit === undefined ? "" : ` LIMIT ${plainNumber(query.limit, writer)}`;
  const skip = query.skip === undefined ? "" : ` OFFSET ${plainNumber(query.skip, writer)}`;
  const { body } = query;
  if (body.kind === "select") {
    const order = query.orderBy;
    return (
      ctes + writeSelect(body, writer.inner(), use, (inner) => writeSelectOrder(order, body, inner, use) + limit + skip)
    );
  }
  return ctes + writeBody(body, writer, use) + writeSetOrder(query.orderBy, writer) + limit + skip;
}

function writeBody(body: QueryBody, writer: Writer, use: QueryUse): string {
  switch (body.kind) {
    case "select":
      return writeSelect(body, writer.inner(), use, () => "");
    case "nested":
      return `(${writer.query(body.query, use)})`;
    case "set": {
      const operator = body.operator + (body.all ? " ALL" : "");
      return body.operands.map((operand) => writeBody(operand, writer, use)).join(` ${operator} `);
    }
  }
}

/**
 * ORDER BY of a SELECT: an alias wins over a column. As a whole item it stays a name, which DuckDB looks up in the same
 * order; inside an expression DuckDB would take the column, so the alias's expression is put in its place.
 */
function writeSelectOrder(order: readonly OrderItem[], body: QueryBody, writer: Writer, use: QueryUse): string {
  if (order.length === 0 || body.kind !== "select") {
    return "";
  }
  const aliases = aliasesOf(body.items);
  const isStruct = isPacked(body, use);
  writer.scope.aliases = aliases;
  const items = order.map((item) => {
    const { value } = item;
    if (value.kind === "literal" && value.type === "INT64") {
      return writeOrderItem(item, value.value);
    }
    const name = value.kind === "path" && value.parts.length === 1 ? value.parts[0]?.text : undefined;
    const isAlias = name !== undefined && aliases.has(name.toLowerCase()) && !isStruct;
    return writeOrderItem(item, isAlias ? identifier(name) : writer.expression(value));
  });
  writer.scope.aliases = undefined;
  return ` ORDER BY ${items.join(", ")}`;
}

/** ORDER BY of a set operation sees only the columns of its result. */
function writeSetOrder(order: readonly OrderItem[], writer: Writer): string {
  if (order.length === 0) {
    return "";
  }
  const items = order.map((item) => writeOrderItem(item, plainNumber(item.value, writer)));
  return ` ORDER BY ${items.join(", ")}`;
}

/**
 * A query whose columns get a type here: of a bare NULL and an empty array GoogleSQL makes INT64 and ARRAY<INT64>, and
 * DuckDB a narrower type of its own.
 */
export function typed(query: Query): Query {
  const { body } = query;
  if (body.kind !== "select") {
    return query;
  }
  const items = body.items.map((item) => (item.kind === "value" ? { ...item, value: typedValue(item.value) } : item));
  return { ...query, body: { ...body, items } };
}

function typedValue(value: Expression): Expression {
  const int64: Type = { kind: "simple", name: "INT64", parameters: [] };
  const isEmpty = value.kind === "array" && value.items.length === 0 && value.type === undefined;
  const isNull = value.kind === "literal" && value.type === "NULL";
  if (!isEmpty && !isNull) {
    return value;
  }
  const type: Type = isEmpty ? { kind: "array", element: int64 } : int64;
  return { kind: "cast", safe: false, value, type, offset: value.offset };
}
