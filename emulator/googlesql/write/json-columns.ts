import type { Expression, Select } from "../syntax.ts";
import { operands } from "./aggregated.ts";
import { relationName } from "./from.ts";
import { jsonCallKey, listMacroOf } from "./json-calls.ts";
import { writeJsonPath } from "./json-path.ts";
import { identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** A FROM item that gives, beside its columns, lists of the values at several paths of one of them. */
export interface JsonColumns {
  /** The columns of lists: what to leave out of `*`. */
  readonly names: readonly string[];
  /** For each call that takes its value from a list, by its key: DuckDB SQL. */
  readonly calls: ReadonlyMap<string, string>;
  /** @param from the item as it is written without the lists */
  wrap(from: string): string;
}

/** The calls of one macro on one column. */
interface Extraction {
  readonly macro: string;
  /** DuckDB SQL. */
  readonly column: string;
  readonly paths: Set<string>;
}

/**
 * Finds calls in a SELECT list that ask one column for several paths. DuckDB parses the whole JSON text for each of them,
 * where a wide staging model spends most of its time; for a list of paths it parses once.
 *
 * Only where one table is in FROM, so that the column must be one of its own, and where nothing would have to repeat the
 * expression or would see the lists: no outer rows, no GROUP BY, no DISTINCT, no use of the table's row as a value.
 */
export function findJsonColumns(select: Select, writer: Writer): JsonColumns | undefined {
  const { from, groupBy, distinct } = select;
  if (from?.kind !== "table" || from.pivots.length > 0 || groupBy.length > 0 || distinct) {
    return undefined;
  }
  if (writer.scope.hasOuterRows()) {
    return undefined;
  }
  const row = relationName(from);
  const extractions = extractionsOf(select, row, writer).filter(({ paths }) => paths.size > 1);
  if (extractions.length === 0 || mentionsRow(select, row.toLowerCase())) {
    return undefined;
  }
  const lists = extractions.map((extraction, index) => ({ ...extraction, name: `$json${index}` }));
  const columns = lists.map(({ macro, column, paths, name }) => {
    return `${macro}(${column}, [${[...paths].join(", ")}]) AS ${identifier(name)}`;
  });
  return {
    names: lists.map(({ name }) => name),
    calls: new Map(lists.flatMap(callsOf)),
    wrap: (sql) => `(SELECT *, ${columns.join(", ")} FROM ${sql}) AS ${identifier(row)}`,
  };
}

function callsOf({ macro, column, paths, name }: Extraction & { name: string }): [string, string][] {
  return [...paths].map((path, index) => {
    const value = `${identifier(name)}[${index + 1}]`;
    const sql = macro === "bq_json_values" ? `(${value} ->> '$')` : `bq_json_query_at(${value}, ${column})`;
    return [jsonCallKey(macro, column, path), sql];
  });
}

function extractionsOf(select: Select, row: string, writer: Writer): Extraction[] {
  const found = new Map<string, Extraction>();
  const visit = (expression: Expression): void => {
    operands(expression).forEach(visit);
    const call = expression.kind === "call" && expression.path.length === 1 ? expression : undefined;
    const macro = listMacroOf(call?.path[0]?.text ?? "");
    const [column, path, ...others] = call?.arguments ?? [];
    if (macro === undefined || column === undefined || path === undefined || others.length > 0) {
      return;
    }
    if (!isColumn(column, row)) {
      return;
    }
    const sql = writer.expression(column);
    const key = `${macro} ${sql.toLowerCase()}`;
    const extraction = found.get(key) ?? { macro, column: sql, paths: new Set() };
    extraction.paths.add(writeJsonPath(path, writer));
    found.set(key, extraction);
  };
  for (const item of select.items) {
    if (item.kind === "value") {
      visit(item.value);
    }
  }
  return [...found.values()];
}

function isColumn(expression: Expression, row: string): boolean {
  if (expression.kind !== "path") {
    return false;
  }
  const [first, ...rest] = expression.parts;
  return rest.length === 0 || (rest.length === 1 && first?.text.toLowerCase() === row.toLowerCase());
}

/** Whether the name of the table stands for its row anywhere in a part of a syntax tree, `t.*` and subqueries included. */
function mentionsRow(part: unknown, row: string): boolean {
  if (typeof part !== "object" || part === null) {
    return false;
  }
  const parts =
    "kind" in part && part.kind === "path" && "parts" in part && Array.isArray(part.parts) ? part.parts : [];
  const [only, ...others]: unknown[] = parts;
  if (others.length === 0 && isNamed(only, row)) {
    return true;
  }
  const children: unknown[] = part instanceof Map ? [...part.values()] : Object.values(part);
  return children.some((child) => mentionsRow(child, row));
}

function isNamed(name: unknown, text: string): boolean {
  return typeof name === "object" && name !== null && "text" in name && String(name.text).toLowerCase() === text;
}
