import type { Expression, Name, Type } from "../syntax.ts";
import { identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

export interface Unnest {
  array: Expression;
  alias: Name | undefined;
  position: Name | undefined;
  /** Whether the rows of the other side stay when the array is empty, and then with a NULL. */
  outer: boolean;
  offset: number;
}

/**
 * Writes UNNEST as a lateral subquery, which DuckDB turns into a plain unnest.
 *
 * In GoogleSQL an alias names the element, and if that is a struct, its fields are columns too. In DuckDB the element is
 * a column: the alias is entered in the scope as that column, so that it wins over columns of the same name elsewhere.
 * Only an element that is plainly a struct becomes a row of columns. Where the element's type does not show, `*` cannot
 * be written: the scope is marked.
 */
export function writeUnnest(unnest: Unnest, writer: Writer): string {
  const { alias, position, array } = unnest;
  // Seen from within the lateral subquery, the items before it are rows of an outer query.
  const sql = writer.inner().expression(array);
  const kind = elementKind(array, writer);
  const table = identifier(`_unnest_${(alias ?? position)?.text.toLowerCase() ?? unnest.offset}`);
  const { scope } = writer;
  if (position !== undefined) {
    scope.elements.set(position.text.toLowerCase(), {
      sql: `${table}.${identifier(position.text)}`,
      type: { kind: "simple", name: "INT64", parameters: [] },
    });
  }
  if (alias === undefined) {
    return `LATERAL (${elements(sql, ", max_depth := 2", position)}) AS ${table}`;
  }
  const key = alias.text.toLowerCase();
  if (kind === "struct" && position === undefined && !unnest.outer) {
    scope.tables.add(key);
    return `LATERAL (${elements(sql, ", max_depth := 2", undefined)}) AS ${identifier(alias.text)}`;
  }
  if (kind !== "scalar") {
    scope.opaque = alias.text;
  }
  scope.elements.set(key, { sql: `${table}.${identifier(alias.text)}`, type: elementType(array, writer) });
  return `LATERAL (${elements(sql, "", position, identifier(alias.text))}) AS ${table}`;
}

/** The elements of an array, a row each, with their positions if these are wanted; the array is computed once. */
function elements(array: string, depth: string, position: Name | undefined, name?: string): string {
  const column = name === undefined ? "" : ` AS ${name}`;
  if (position === undefined) {
    return `SELECT unnest(${array}${depth})${column}`;
  }
  const positions = `unnest(range(len("_array"))) AS ${identifier(position.text)}`;
  return `SELECT unnest("_array"${depth})${column}, ${positions} FROM (SELECT ${array} AS "_array")`;
}

function elementType(array: Expression, writer: Writer): Type | undefined {
  const type = writer.typeOf(array);
  return type?.kind === "array" ? type.element : undefined;
}

const scalarArrays = ["JSON_QUERY_ARRAY", "JSON_EXTRACT_ARRAY", "GENERATE_ARRAY"];

/** Whether the elements of an array are structs, as far as the text shows. */
function elementKind(array: Expression, writer: Writer): "struct" | "scalar" | "unknown" {
  const type = elementType(array, writer);
  if (type !== undefined) {
    return type.kind === "struct" ? "struct" : "scalar";
  }
  if (array.kind === "array query") {
    return array.query.body.kind === "select" && array.query.body.as === "STRUCT" ? "struct" : "unknown";
  }
  if (array.kind === "array") {
    return array.items.some((item) => item.kind === "struct") ? "struct" : "unknown";
  }
  if (array.kind === "call" && array.path.length === 1) {
    const name = array.path[0]?.text.toUpperCase() ?? "";
    const isStructs = name === "ARRAY_AGG" && array.arguments[0]?.kind === "struct";
    return scalarArrays.includes(name) ? "scalar" : isStructs ? "struct" : "unknown";
  }
  return "unknown";
}
