import type { Expression, FromItem, GroupItem, Select, SelectItem } from "../syntax.ts";
import { writeFrom } from "./from.ts";
import { findJsonColumns } from "./json-columns.ts";
import { writeWindow } from "./over.ts";
import { identifier, impliedName } from "./text.ts";
import type { QueryUse, Writer } from "./writer.ts";

type Star = Extract<SelectItem, { kind: "star" }>;
type Listed = Select & { readonly hidden: readonly string[] };

/** The names that a SELECT list gives, with what they stand for; a name given twice stands for nothing. */
export function aliasesOf(items: readonly SelectItem[]): ReadonlyMap<string, Expression> {
  const aliases = new Map<string, Expression>();
  const twice = new Set<string>();
  for (const item of items) {
    const name = item.kind === "value" ? (item.alias?.text ?? impliedName(item.value))?.toLowerCase() : undefined;
    if (item.kind === "value" && name !== undefined) {
      if (aliases.has(name)) {
        twice.add(name);
      }
      aliases.set(name, item.value);
    }
  }
  for (const name of twice) {
    aliases.delete(name);
  }
  return aliases;
}

/**
 * Writes a SELECT.
 *
 * @param tail writes ORDER BY and LIMIT behind it, in the scope of its FROM
 */
export function writeSelect(select: Select, writer: Writer, use: QueryUse, tail: (writer: Writer) => string): string {
  const json = findJsonColumns(select, writer);
  const table = select.from === undefined ? "" : writeFrom(select.from, writer);
  const from = table === "" ? "" : ` FROM ${json?.wrap(table) ?? table}`;
  const where = select.where === undefined ? "" : ` WHERE ${writer.expression(select.where)}`;
  const isStruct = isPacked(select, use);
  writer.scope.jsonCalls = json?.calls;
  const items = isStruct ? writeStruct(select, writer) : writeItems(select, writer, json?.names);
  writer.scope.jsonCalls = undefined;
  const rest = writeGroupBy(select, writer, isStruct) + writeAliased("HAVING", select.having, select, writer);
  const qualify = writeAliased("QUALIFY", select.qualify, select, writer);
  const head = `SELECT ${select.distinct ? "DISTINCT " : ""}${items}`;
  const sql = head + from + where + rest + writeWindows(select, writer) + qualify + tail(writer);
  const isRow = use === "value" && select.as === "STRUCT" && !isStruct;
  return isRow ? `SELECT "_row" FROM (${sql}) AS "_row"` : sql;
}

/**
 * Whether a SELECT AS STRUCT is written as one struct. With a star, whose columns do not show, and with DISTINCT, by
 * whose columns an ORDER BY must go, it is rather the row of a subquery.
 */
export function isPacked(select: Select, use: QueryUse): boolean {
  const hasStar = select.items.some((item) => item.kind === "star");
  return use === "value" && select.as === "STRUCT" && !hasStar && !select.distinct;
}

/** The columns of a SELECT as one struct. */
export function writeStruct(select: Select, writer: Writer): string {
  const fields = select.items.map((item) => {
    if (item.kind === "star") {
      throw new RangeError("A star is no field");
    }
    return { name: item.alias, value: item.value };
  });
  return writer.expression({ kind: "struct", isTuple: false, type: undefined, fields, offset: select.offset });
}

/** @param hidden columns of the FROM that are no columns of `*` */
function writeItems(select: Select, writer: Writer, hidden: readonly string[] = []): string {
  return select.items.map((item, index) => writeItem(item, index, { ...select, hidden }, writer)).join(", ");
}

/** A column without a name is f0_, f1_, … in BigQuery, and must not get one of DuckDB's making. */
function writeItem(item: SelectItem, index: number, select: Listed, writer: Writer): string {
  if (item.kind === "star") {
    return item.of === undefined ? writeStar(item, select, writer) : writeQualifiedStar(item, item.of, writer);
  }
  const name = item.alias?.text ?? impliedName(item.value) ?? `f${index}_`;
  return `${writer.expression(item.value)} AS ${identifier(name)}`;
}

/** Columns of USING come first in GoogleSQL's `*`; DuckDB leaves them where they stand in the left table. */
function writeStar(star: Star, select: Listed, writer: Writer): string {
  if (writer.scope.opaque !== undefined) {
    writer.refuse(`* over UNNEST … AS ${writer.scope.opaque}, whose elements may be structs`, star.offset);
  }
  const names = select.from === undefined ? [] : usingNames(select.from);
  const excluded = new Set(star.except.map((name) => name.text.toLowerCase()));
  const replaced = new Map(star.replace.map(({ name, value }) => [name.text.toLowerCase(), value]));
  const first = names
    .filter((name) => !excluded.has(name.toLowerCase()))
    .map((name) => {
      const value = replaced.get(name.toLowerCase());
      return value === undefined ? identifier(name) : `${writer.expression(value)} AS ${identifier(name)}`;
    });
  const moved = new Set(names.map((name) => name.toLowerCase()));
  const left = star.except.map((name) => name.text).filter((name) => !moved.has(name.toLowerCase()));
  const except = [...names, ...left, ...select.hidden];
  const replace = star.replace.filter(({ name }) => !moved.has(name.text.toLowerCase()));
  return [...first, `*${writeExclusions(except, replace, writer)}`].join(", ");
}

function writeExclusions(except: readonly string[], replace: Star["replace"], writer: Writer): string {
  const excluded = except.length === 0 ? "" : ` EXCLUDE (${except.map(identifier).join(", ")})`;
  const replaced = replace.map(({ value, name }) => `${writer.expression(value)} AS ${identifier(name.text)}`);
  return excluded + (replaced.length === 0 ? "" : ` REPLACE (${replaced.join(", ")})`);
}

/** The columns of USING in the order of `*`: those of the last join first. */
function usingNames(from: FromItem): string[] {
  if (from.kind !== "join") {
    return from.kind === "parenthesized" ? usingNames(from.item) : [];
  }
  const names = from.using.map((name) => name.text);
  const known = new Set(names.map((name) => name.toLowerCase()));
  return [...names, ...usingNames(from.left).filter((name) => !known.has(name.toLowerCase()))];
}

/** `table.*` is DuckDB's own; `element.*` and `expression.*` are the fields of a struct. */
function writeQualifiedStar(star: Star, of: Expression, writer: Writer): string {
  const except = star.except.map((name) => name.text);
  const isTable =
    of.kind === "path" && of.parts.length === 1 && writer.scope.element(of.parts[0]?.text ?? "") === undefined;
  if (isTable) {
    return `${identifier(of.parts[0]?.text ?? "")}.*${writeExclusions(except, star.replace, writer)}`;
  }
  if (except.length > 0 || star.replace.length > 0) {
    writer.refuse("EXCEPT or REPLACE of the fields of a struct", star.offset);
  }
  return `unnest(${writer.expression(of)})`;
}

/** An alias of the SELECT list wins over a column; where no star moves the positions it is written as its position. */
function writeGroupBy(select: Select, writer: Writer, isStruct: boolean): string {
  if (select.groupBy.length === 0) {
    return "";
  }
  const aliases = aliasesOf(select.items);
  const hasStar = select.items.some((item) => item.kind === "star");
  const value = (item: Expression): string => {
    if (item.kind === "literal" && item.type === "INT64") {
      return isStruct ? writer.expression(itemAt(select, item, writer)) : item.value;
    }
    const name = item.kind === "path" && item.parts.length === 1 ? item.parts[0]?.text.toLowerCase() : undefined;
    if (name !== undefined && aliases.has(name) && !hasStar && !isStruct) {
      return String(positionOf(select.items, name));
    }
    return withAliases(item, aliases, writer);
  };
  return ` GROUP BY ${select.groupBy.map((item) => writeGroupItem(item, value)).join(", ")}`;
}

function itemAt(select: Select, literal: Extract<Expression, { kind: "literal" }>, writer: Writer): Expression {
  const item = select.items[Number(literal.value) - 1];
  return item?.kind === "value" ? item.value : writer.refuse(`position ${literal.value}`, literal.offset);
}

function positionOf(items: readonly SelectItem[], name: string): number {
  return (
    1 +
    items.findIndex((item) => {
      return item.kind === "value" && (item.alias?.text ?? impliedName(item.value))?.toLowerCase() === name;
    })
  );
}

function writeGroupItem(item: GroupItem, value: (item: Expression) => string): string {
  if (item.kind === "value") {
    return value(item.value);
  }
  const groups = item.items.map((group) =>
    group.length === 1 ? group.map(value).join() : `(${group.map(value).join(", ")})`,
  );
  return `${item.kind} (${groups.join(", ")})`;
}

function writeAliased(keyword: string, condition: Expression | undefined, select: Select, writer: Writer): string {
  return condition === undefined ? "" : ` ${keyword} ${withAliases(condition, aliasesOf(select.items), writer)}`;
}

/** Writes an expression in which the aliases of the SELECT list win over columns. */
function withAliases(expression: Expression, aliases: ReadonlyMap<string, Expression>, writer: Writer): string {
  writer.scope.aliases = aliases;
  const sql = writer.expression(expression);
  writer.scope.aliases = undefined;
  return sql;
}

function writeWindows(select: Select, writer: Writer): string {
  if (select.windows.length === 0) {
    return "";
  }
  const windows = select.windows.map(({ name, window }) => {
    const sql = writeWindow(window, writer);
    return `${identifier(name.text)} AS ${sql.startsWith("(") ? sql : `(${sql})`}`;
  });
  return ` WINDOW ${windows.join(", ")}`;
}
