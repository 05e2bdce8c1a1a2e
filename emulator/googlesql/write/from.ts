import type { FromItem, JoinType, Name } from "../syntax.ts";
import { writePivot } from "./pivot.ts";
import { writeCatalogView, writeReadTable, writeTableName } from "./tables.ts";
import { identifier } from "./text.ts";
import { writeUnnest } from "./unnest.ts";
import type { Writer } from "./writer.ts";

/** Writes a FROM item and enters the names it makes in the scope of the writer. */
export function writeFrom(item: FromItem, writer: Writer, join: JoinType | undefined = undefined): string {
  switch (item.kind) {
    case "table":
      return writeTable(item, writer, join);
    case "function":
      return writeFunction(item, writer);
    case "subquery": {
      const sql = `(${outside(writer).query(item.query)})`;
      return withPivots(sql, item, item.alias?.text, writer);
    }
    case "unnest": {
      const sql = writeUnnest({ ...item, outer: join === "LEFT" }, writer);
      return join === undefined ? sql.replace(/^LATERAL /, "") : sql;
    }
    case "join":
      return writeJoin(item, writer);
    case "parenthesized":
      return `(${writeFrom(item.item, writer)})`;
  }
}

/** A subquery in FROM does not see the items beside it. */
function outside(writer: Writer): Writer {
  return writer.scope.parent === undefined ? writer : writer.in(writer.scope.parent).inner();
}

function writeTable(item: Extract<FromItem, { kind: "table" }>, writer: Writer, join: JoinType | undefined): string {
  const { path, alias } = item;
  const [first, ...fields] = path.parts;
  const name = path.parts.at(-1) ?? "";
  if (first !== undefined && fields.length > 0 && writer.scope.isRangeVariable(first)) {
    const parts: Name[] = path.parts.map((text) => ({ text, offset: path.offset }));
    const array = { kind: "path" as const, parts, offset: path.offset };
    const named = alias ?? { text: name, offset: path.offset };
    return writeUnnest(
      { array, alias: named, position: undefined, outer: join === "LEFT", offset: path.offset },
      writer,
    );
  }
  const isCte = path.parts.length === 1 && writer.scope.isCte(name);
  const sql = isCte ? identifier(name) : (writeCatalogView(path, writer) ?? writeReadTable(path, writer));
  return withPivots(sql, item, alias?.text ?? name, writer);
}

function writeFunction(item: Extract<FromItem, { kind: "function" }>, writer: Writer): string {
  const name = writeTableName(item.path, writer);
  const alias = item.alias?.text ?? item.path.parts.at(-1) ?? "";
  const sql = `${name}(${writer.expressions(item.arguments)}) AS ${identifier(alias)}`;
  writer.scope.tables.add(alias.toLowerCase());
  return sql;
}

function withPivots(
  relation: string,
  item: Extract<FromItem, { kind: "table" | "subquery" }>,
  name: string | undefined,
  writer: Writer,
): string {
  let sql = relation;
  let alias = name;
  for (const pivot of item.pivots) {
    sql = `(${writePivot(pivot, sql, alias ?? namelessRelation(item), writer)})`;
    alias = pivot.alias?.text ?? item.alias?.text;
  }
  if (alias === undefined) {
    return `${sql} AS ${identifier(namelessRelation(item))}`;
  }
  writer.scope.tables.add(alias.toLowerCase());
  return `${sql} AS ${identifier(alias)}`;
}

function namelessRelation(item: Extract<FromItem, { kind: "table" | "subquery" }>): string {
  return `_query_${item.kind === "table" ? item.path.offset : item.query.offset}`;
}

/** The name by which the columns of a relation are qualified: its alias, or that of its table. */
export function relationName(item: Extract<FromItem, { kind: "table" | "subquery" }>): string {
  const name = item.alias?.text ?? (item.kind === "table" ? item.path.parts.at(-1) : undefined);
  return name ?? namelessRelation(item);
}

/** A comma is a CROSS JOIN; a join with an array without ON joins each row with its own elements. */
function writeJoin(item: Extract<FromItem, { kind: "join" }>, writer: Writer): string {
  const left = writeFrom(item.left, writer);
  const right = writeFrom(item.right, writer, item.type);
  if (item.using.length > 0) {
    const names = item.using.map((name) => identifier(name.text)).join(", ");
    return `${left} ${item.type} JOIN ${right} USING (${names})`;
  }
  if (item.on !== undefined) {
    return `${left} ${item.type} JOIN ${right} ON ${writer.expression(item.on)}`;
  }
  return item.type === "LEFT" ? `${left} LEFT JOIN ${right} ON TRUE` : `${left} CROSS JOIN ${right}`;
}
