import type { Expression, FrameBound, OrderItem, Window } from "../syntax.ts";
import { identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Writes the OVER clause of a call, with a blank before it; empty when there is none. */
export function writeOver(over: Window | undefined, writer: Writer): string {
  return over === undefined ? "" : ` OVER ${writeWindow(over, writer)}`;
}

/** Writes a window specification, in parentheses unless it is only a name. */
export function writeWindow(window: Window, writer: Writer): string {
  if (window.bare && window.base !== undefined) {
    return identifier(window.base.text);
  }
  const parts = [
    window.base === undefined ? "" : identifier(window.base.text),
    window.partitionBy.length === 0 ? "" : `PARTITION BY ${writer.expressions(window.partitionBy)}`,
    window.orderBy.length === 0 ? "" : `ORDER BY ${writeOrder(window.orderBy, writer)}`,
    writeFrame(window.frame, writer),
  ];
  return `(${parts.filter((part) => part !== "").join(" ")})`;
}

/** Writes the items of an ORDER BY in which a number is a value, not a position. */
export function writeOrder(items: readonly OrderItem[], writer: Writer): string {
  return items.map((item) => writeOrderItem(item, writer.expression(item.value))).join(", ");
}

/** Where NULLs go if nothing is said is a setting of the prelude: first when ascending, as in GoogleSQL. */
export function writeOrderItem(item: OrderItem, value: string): string {
  return value + (item.descending ? " DESC" : "") + (item.nulls === undefined ? "" : ` NULLS ${item.nulls}`);
}

function writeFrame(frame: Window["frame"], writer: Writer): string {
  if (frame === undefined) {
    return "";
  }
  const from = writeBound(frame.from, writer);
  return frame.to === undefined
    ? `${frame.unit} ${from}`
    : `${frame.unit} BETWEEN ${from} AND ${writeBound(frame.to, writer)}`;
}

function writeBound(bound: FrameBound, writer: Writer): string {
  if (bound.kind !== "PRECEDING" && bound.kind !== "FOLLOWING") {
    return bound.kind;
  }
  return `${plainNumber(bound.distance, writer)} ${bound.kind}`;
}

/** A literal number as it is, where DuckDB wants no cast around it. */
export function plainNumber(expression: Expression, writer: Writer): string {
  const isNumber = expression.kind === "literal" && /^\d+$/.test(expression.value);
  return isNumber ? expression.value : writer.expression(expression);
}
