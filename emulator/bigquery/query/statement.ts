import type { Described, TableName } from "../store/catalog.ts";
import type { Field } from "../wire/field.ts";

export type StatementKind =
  | "select"
  | "insert"
  | "update"
  | "delete"
  | "merge"
  | "truncate"
  | "create table"
  | "create table as"
  | "create view"
  | "create schema"
  | "create function"
  | "drop table"
  | "drop view"
  | "drop schema"
  | "drop function"
  | "alter table"
  | "alter view"
  | "alter schema"
  | "variable"
  | "transaction"
  | "assert";

/** A statement of GoogleSQL, translated, with what the server must know of it besides its SQL. */
export interface Statement {
  readonly kind: StatementKind;
  /** DuckDB's SQL. Empty where all there is to do is to write down what was said (`ALTER … SET OPTIONS`). */
  readonly sql: readonly string[];
  /** The table, view or (without `table`) dataset that the statement creates or changes. */
  readonly target?: { readonly project?: string; readonly dataset?: string; readonly table?: string };
  /** A table of the session: it is in no dataset and ends with the job. */
  readonly isTemporary?: boolean;
  readonly replaces?: boolean;
  readonly ifNotExists?: boolean;
  readonly ifExists?: boolean;
  /** DROP SCHEMA … CASCADE. */
  readonly cascades?: boolean;
  /** Options, partitioning and clustering, under the names that the REST API has for them. */
  readonly described?: Described;
  /** The columns that the statement declares. */
  readonly declared?: readonly Field[];
  /** The GoogleSQL of a view. */
  readonly viewText?: string;
  /** For transactions. */
  readonly action?: "BEGIN" | "COMMIT" | "ROLLBACK";
  /** The new name of a renamed table. */
  readonly renamedTo?: string;
}

const readOnly = new Set<StatementKind>(["select", "variable", "assert"]);

export function isReadOnly(statement: Statement): boolean {
  return readOnly.has(statement.kind);
}

/** @returns the `statementType` of a job of these statements */
export function statementTypeOf(statements: readonly Statement[]): string {
  const [only, ...others] = statements;
  if (only === undefined || others.length > 0) return "SCRIPT";
  switch (only.kind) {
    case "truncate":
      return "TRUNCATE_TABLE";
    case "create table as":
      return "CREATE_TABLE_AS_SELECT";
    case "variable":
    case "transaction":
      return "SCRIPT";
    default:
      return only.kind.toUpperCase().replaceAll(" ", "_");
  }
}

/** A statement's target with its dataset, which may be the default one. */
export function targetTable(statement: Statement, defaultDataset: string | undefined): TableName | undefined {
  const { table, dataset = defaultDataset } = statement.target ?? {};
  return table === undefined || dataset === undefined ? undefined : { dataset, table };
}
