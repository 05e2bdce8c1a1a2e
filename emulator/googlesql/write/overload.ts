import type { Expression } from "../syntax.ts";
import type { Writer } from "./writer.ts";

/**
 * Calls a macro that has several bodies for several types of its arguments.
 *
 * DuckDB picks the body by the arguments' types before it binds aggregates, window functions and columns of an outer
 * query, so that it cannot pick where an argument holds one. Inside a lambda it can: there the values are computed
 * already. The lambda costs nothing at run time, but more text, so that it is written only where it is needed.
 */
export function writeOverloaded(
  macro: string,
  operands: readonly Expression[],
  sql: readonly string[],
  writer: Writer,
): string {
  const isPlain = !writer.scope.hasOuterRows() && !operands.some((operand) => writer.isAggregated(operand));
  if (isPlain) {
    return `${macro}(${sql.join(", ")})`;
  }
  const fields = sql.map((text, index) => `"_${index}" := ${text}`);
  const values = sql.map((_, index) => `struct_extract("_v", '_${index}')`);
  return `list_transform([struct_pack(${fields.join(", ")})], lambda "_v": ${macro}(${values.join(", ")}))[1]`;
}
