import { raiseText } from "../prelude/body.ts";
import type { Assignment, InsertSource, Merge, MergeClause, StatementSyntax } from "../statement-syntax.ts";
import type { Expression, Name, TablePath } from "../syntax.ts";
import type { Written } from "./definition.ts";
import { relationName, writeFrom } from "./from.ts";
import { tableName, writeTableName } from "./tables.ts";
import { identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

function target(path: TablePath, writer: Writer): Pick<Written, "target"> {
  const isTemporary = path.parts.length === 1 && writer.script.temporaryTables.has((path.parts[0] ?? "").toLowerCase());
  return isTemporary ? {} : { target: tableName(path, writer) };
}

function targetName(path: TablePath, alias: Name | undefined): string {
  return alias?.text ?? path.parts.at(-1) ?? "";
}

/** Enters the changed table in the scope under its alias or its name, and writes it so. */
function writeTarget(path: TablePath, alias: Name | undefined, writer: Writer): string {
  const name = targetName(path, alias);
  writer.scope.tables.add(name.toLowerCase());
  return `${writeTableName(path, writer)} AS ${identifier(name)}`;
}

function value(expression: Expression | undefined, writer: Writer): string {
  return expression === undefined ? "DEFAULT" : writer.expression(expression);
}

export function writeInsert(path: TablePath, columns: readonly Name[], source: InsertSource, writer: Writer): Written {
  const names = columns.length === 0 ? "" : ` (${columns.map((column) => identifier(column.text)).join(", ")})`;
  return {
    sql: `INSERT INTO ${writeTableName(path, writer)}${names} ${writeSource(source, writer)}`,
    kind: "INSERT",
    ...target(path, writer),
  };
}

function writeSource(source: InsertSource, writer: Writer): string {
  if (source.kind === "query") {
    return writer.query(source.query);
  }
  const rows = source.rows.map((row) => `(${row.map((one) => value(one, writer)).join(", ")})`);
  return `VALUES ${rows.join(", ")}`;
}

function writeAssignments(set: readonly Assignment[], writer: Writer): string {
  return set
    .map((assignment) => `${identifier(assignment.column.text)} = ${value(assignment.value, writer)}`)
    .join(", ");
}

/**
 * A condition that fails where more than one source row matches a row of the target: an error in BigQuery, while DuckDB
 * would change the row by any of them. It is asked once, since it depends on no row.
 */
function writeMatchCheck(table: string, name: string, source: string, condition: string): string {
  const twice = `SELECT 1 FROM ${table} CROSS JOIN ${source} WHERE ${condition} GROUP BY ${name}.rowid HAVING count(*) > 1`;
  const failure = raiseText("UPDATE/MERGE must match at most one source row for each target row", "BOOLEAN");
  return `(SELECT CASE WHEN EXISTS (${twice}) THEN ${failure} ELSE TRUE END)`;
}

export function writeUpdate(update: Extract<StatementSyntax, { kind: "update" }>, writer: Writer): Written {
  const table = writeTarget(update.target, update.alias, writer);
  const from = update.from === undefined ? "" : writeFrom(update.from, writer);
  const set = writeAssignments(update.set, writer);
  const where = writer.expression(update.where);
  const name = identifier(targetName(update.target, update.alias));
  const check = from === "" ? "" : ` AND ${writeMatchCheck(table, name, from, where)}`;
  return {
    sql: `UPDATE ${table} SET ${set}${from === "" ? "" : ` FROM ${from}`} WHERE ${where}${check}`,
    kind: "UPDATE",
    ...target(update.target, writer),
  };
}

export function writeDelete(deletion: Extract<StatementSyntax, { kind: "delete" }>, writer: Writer): Written {
  const table = writeTarget(deletion.target, deletion.alias, writer);
  return {
    sql: `DELETE FROM ${table} WHERE ${writer.expression(deletion.where)}`,
    kind: "DELETE",
    ...target(deletion.target, writer),
  };
}

export function writeTruncate(path: TablePath, writer: Writer): Written {
  return { sql: `TRUNCATE ${writeTableName(path, writer)}`, kind: "TRUNCATE_TABLE", ...target(path, writer) };
}

export function writeMerge(merge: Merge, writer: Writer): Written {
  const table = writeTarget(merge.target, merge.alias, writer);
  const source = writeFrom(merge.source, writer);
  const on = writer.expression(merge.on);
  const conditions = merge.clauses
    .filter((clause) => clause.match === "MATCHED")
    .map((clause) => (clause.condition === undefined ? "TRUE" : writer.expression(clause.condition)));
  const clauses = merge.clauses.map((clause) => writeClause(clause, writer));
  const name = identifier(targetName(merge.target, merge.alias));
  const check = writeMatchCheck(table, name, source, `${on} AND (${conditions.join(" OR ")})`);
  const checked = `(SELECT * FROM ${source} WHERE ${check}) AS ${identifier(relationName(merge.source))}`;
  return {
    sql: `MERGE INTO ${table} USING ${conditions.length === 0 ? source : checked} ON ${on} ${clauses.join(" ")}`,
    kind: "MERGE",
    ...target(merge.target, writer),
  };
}

function writeClause(clause: MergeClause, writer: Writer): string {
  const condition = clause.condition === undefined ? "" : ` AND ${writer.expression(clause.condition)}`;
  return `WHEN ${clause.match}${condition} THEN ${writeAction(clause.action, writer)}`;
}

function writeAction(action: MergeClause["action"], writer: Writer): string {
  switch (action.kind) {
    case "delete":
      return "DELETE";
    case "update":
      return `UPDATE SET ${writeAssignments(action.set, writer)}`;
    case "insert row":
      return "INSERT BY NAME *";
    case "insert": {
      const columns = action.columns.map((column) => identifier(column.text)).join(", ");
      const values = action.values.map((one) => value(one, writer)).join(", ");
      return `INSERT${columns === "" ? "" : ` (${columns})`} VALUES (${values})`;
    }
  }
}
