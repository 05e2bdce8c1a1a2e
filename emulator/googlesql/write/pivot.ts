import type { Expression, Pivot } from "../syntax.ts";
import { operands } from "./aggregated.ts";
import { identifier, stringLiteral } from "./text.ts";
import type { Writer } from "./writer.ts";

/**
 * Writes PIVOT or UNPIVOT of a relation as a query. DuckDB's own name and order the columns differently.
 *
 * @param name by which the columns of the relation may be qualified
 */
export function writePivot(pivot: Pivot, relation: string, name: string, writer: Writer): string {
  if (pivot.kind === "unpivot") {
    return writeUnpivoted(pivot, relation, writer);
  }
  return writePivoted(pivot, `${relation} AS ${identifier(name)}`, writer);
}

/** All columns that neither an aggregate nor the input uses are grouped by; each value is one column per aggregate. */
function writePivoted(pivot: Extract<Pivot, { kind: "pivot" }>, relation: string, writer: Writer): string {
  const used = new Set<string>();
  for (const expression of [pivot.input, ...pivot.aggregates.map((aggregate) => aggregate.call)]) {
    collectColumns(expression, used);
  }
  const columns = pivot.values.flatMap(({ value, alias }) => {
    const name = alias?.text ?? valueName(value, writer);
    return pivot.aggregates.map((aggregate) => {
      const { call } = aggregate;
      if (call.kind !== "call" || call.nulls !== undefined || call.over !== undefined) {
        return writer.refuse("PIVOT of this aggregate", call.offset);
      }
      const column = aggregate.alias === undefined ? name : `${aggregate.alias.text}_${name}`;
      if (aggregate.alias === undefined && pivot.aggregates.length > 1) {
        writer.refuse("PIVOT of several aggregates without aliases", call.offset);
      }
      return `${writer.expression(onlyWhere(call, pivot.input, value))} AS ${identifier(column)}`;
    });
  });
  const excluded = Array.from(used, identifier).join(", ");
  return `SELECT * EXCLUDE (${excluded}), ${columns.join(", ")} FROM ${relation} GROUP BY ALL`;
}

/** The aggregate over the rows whose input is this value: its argument is NULL for the others. */
function onlyWhere(call: Extract<Expression, { kind: "call" }>, input: Expression, value: Expression): Expression {
  const { offset } = call;
  const when: Expression = { kind: "distinct", negated: true, left: input, right: value, offset };
  const one: Expression = { kind: "literal", type: "INT64", value: "1", offset };
  const values = call.star ? [one] : call.arguments;
  const narrowed = values.map((argument, index): Expression => {
    const branch = { when, result: argument };
    return index === 0
      ? { kind: "case", operand: undefined, branches: [branch], otherwise: undefined, offset }
      : argument;
  });
  return { ...call, star: false, arguments: narrowed };
}

function collectColumns(expression: Expression, columns: Set<string>): void {
  if (expression.kind === "path") {
    columns.add(expression.parts.at(-1)?.text.toLowerCase() ?? "");
  }
  for (const operand of operands(expression)) {
    collectColumns(operand, columns);
  }
}

/** The name of a column whose value has no alias: the text of a string, _1 for 1, minus_1 for -1, TRUE, NULL. */
function valueName(value: Expression, writer: Writer): string {
  if (value.kind === "literal" && value.type === "STRING") {
    return value.value;
  }
  if (value.kind === "literal" && value.type === "INT64") {
    return value.value.startsWith("-") ? `_minus_${value.value.slice(1)}` : `_${value.value}`;
  }
  return writer.refuse("PIVOT value without an alias", value.offset);
}

/** Each row becomes one row per column of the list; the columns keep GoogleSQL's order: the others, value, name. */
function writeUnpivoted(pivot: Extract<Pivot, { kind: "unpivot" }>, relation: string, writer: Writer): string {
  const [value, name] = [identifier(pivot.value.text), identifier(pivot.name.text)];
  const rows = pivot.columns.map(({ column, label }) => {
    const text = label === undefined ? stringLiteral(column.text) : writer.expression(label);
    return `struct_pack(${value} := "_source".${identifier(column.text)}, ${name} := ${text})`;
  });
  const excluded = pivot.columns.map(({ column }) => identifier(column.text)).join(", ");
  const where = pivot.includeNulls ? "" : ` WHERE "_pair".${value} IS NOT NULL`;
  return (
    `SELECT "_source".* EXCLUDE (${excluded}), "_pair".${value}, "_pair".${name} FROM ${relation} AS "_source" ` +
    `CROSS JOIN LATERAL (SELECT unnest([${rows.join(", ")}], max_depth := 2)) AS "_pair"${where}`
  );
}
