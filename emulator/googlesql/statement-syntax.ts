import type { Expression, FromItem, Name, Query, TablePath, Type } from "./syntax.ts";

/** The statements of GoogleSQL that the emulator knows, as written. */
export type StatementSyntax =
  | { kind: "query"; query: Query }
  | { kind: "insert"; target: TablePath; columns: Name[]; source: InsertSource }
  | {
      kind: "update";
      target: TablePath;
      alias: Name | undefined;
      set: Assignment[];
      from: FromItem | undefined;
      where: Expression;
    }
  | { kind: "delete"; target: TablePath; alias: Name | undefined; where: Expression }
  | ({ kind: "merge" } & Merge)
  | { kind: "truncate"; target: TablePath }
  | ({ kind: "create table" } & CreateTable)
  | ({ kind: "create view" } & CreateView)
  | { kind: "create schema"; replace: boolean; ifNotExists: boolean; path: TablePath; options: Option[] }
  | ({ kind: "create function" } & CreateFunction)
  | { kind: "drop"; what: DropKind; ifExists: boolean; path: TablePath; cascade: boolean }
  | { kind: "alter table"; ifExists: boolean; target: TablePath; actions: AlterAction[] }
  | { kind: "alter options"; what: "VIEW" | "SCHEMA"; path: TablePath; options: Option[] }
  | { kind: "declare"; names: Name[]; type: Type | undefined; value: Expression | undefined }
  | { kind: "set"; name: Name; value: Expression }
  | { kind: "transaction"; action: "BEGIN" | "COMMIT" | "ROLLBACK" }
  | { kind: "assert"; condition: Expression; message: string | undefined };

export type DropKind = "TABLE" | "VIEW" | "SCHEMA" | "FUNCTION" | "TABLE FUNCTION";

/** `undefined` as a value means DEFAULT. */
export type InsertSource = { kind: "rows"; rows: (Expression | undefined)[][] } | { kind: "query"; query: Query };

export interface Assignment {
  column: Name;
  value: Expression | undefined;
}

export interface Merge {
  target: TablePath;
  alias: Name | undefined;
  source: Extract<FromItem, { kind: "table" | "subquery" }>;
  on: Expression;
  clauses: MergeClause[];
}

export interface MergeClause {
  match: "MATCHED" | "NOT MATCHED" | "NOT MATCHED BY SOURCE";
  condition: Expression | undefined;
  action:
    | { kind: "delete" }
    | { kind: "update"; set: Assignment[] }
    | { kind: "insert row" }
    | { kind: "insert"; columns: Name[]; values: (Expression | undefined)[] };
}

export interface Option {
  name: string;
  value: Expression;
  /** The value as written, for what is no literal. */
  text: string;
}

export interface ColumnDefinition {
  name: Name;
  type: Type;
  /** The type as written. */
  typeText: string;
  required: boolean;
  defaultValue: { expression: Expression; text: string } | undefined;
  options: Option[];
}

export interface CreateTable {
  target: TablePath;
  replace: boolean;
  temporary: boolean;
  ifNotExists: boolean;
  columns: ColumnDefinition[];
  primaryKey: string[];
  partitionBy: string | undefined;
  clusterBy: string[];
  options: Option[];
  source: { kind: "none" } | { kind: "like" | "copy"; path: TablePath } | { kind: "query"; query: Query };
}

export interface CreateView {
  target: TablePath;
  replace: boolean;
  ifNotExists: boolean;
  columns: { name: Name; options: Option[] }[];
  options: Option[];
  query: Query;
  /** The query as written; the server keeps it, since it is what BigQuery shows. */
  text: string;
}

export interface CreateFunction {
  path: TablePath;
  replace: boolean;
  temporary: boolean;
  ifNotExists: boolean;
  parameters: { name: Name; type: Type | undefined }[];
  returns: Type | undefined;
  body: { kind: "expression"; expression: Expression } | { kind: "table"; query: Query };
}

export type AlterAction =
  | { kind: "add column"; ifNotExists: boolean; column: ColumnDefinition }
  | { kind: "drop column"; ifExists: boolean; name: Name }
  | { kind: "rename column"; ifExists: boolean; from: Name; to: Name }
  | { kind: "rename table"; to: Name }
  | { kind: "set options"; options: Option[] }
  | { kind: "primary key"; columns: string[] }
  | { kind: "constraint" }
  | ColumnAction;

export type ColumnAction =
  | { kind: "column options"; name: Name; options: Option[] }
  | { kind: "column type"; name: Name; type: Type; typeText: string }
  | { kind: "column default"; name: Name; value: Expression }
  | { kind: "drop default"; name: Name }
  | { kind: "drop not null"; name: Name };
