/** What the server learns of one statement, and runs. */
export interface Statement {
  /** DuckDB SQL. An ALTER TABLE of several actions is several statements, separated by ";\n". */
  sql: string;
  kind: StatementKind;
  /** The table, view or function that is made, changed or dropped; of a schema only the dataset. */
  target?: { dataset: string; table?: string };
  /** The tables and views the statement reads; common table expressions and temporary tables are none. */
  reads: { dataset: string; table: string }[];
  /** Names of the query parameters the statement uses, without @. */
  parameters: string[];
  metadata?: Metadata;
}

/** BigQuery's statementType, as in the statistics of a query job. */
export type StatementKind =
  | "SELECT"
  | "INSERT"
  | "UPDATE"
  | "DELETE"
  | "MERGE"
  | "TRUNCATE_TABLE"
  | "CREATE_TABLE"
  | "CREATE_TABLE_AS_SELECT"
  | "CREATE_VIEW"
  | "CREATE_SCHEMA"
  | "CREATE_FUNCTION"
  | "CREATE_TABLE_FUNCTION"
  | "DROP_TABLE"
  | "DROP_VIEW"
  | "DROP_SCHEMA"
  | "DROP_FUNCTION"
  | "DROP_TABLE_FUNCTION"
  | "ALTER_TABLE"
  | "ALTER_VIEW"
  | "ALTER_SCHEMA"
  | "BEGIN_TRANSACTION"
  | "COMMIT_TRANSACTION"
  | "ROLLBACK_TRANSACTION"
  | "ASSERT"
  | "DECLARE"
  | "SET";

/** A value in OPTIONS(…): literals as values, anything else as its text. */
export type OptionValue = string | number | boolean | null | OptionValue[];

/** What a definition says beyond what DuckDB keeps. Only what the statement says is present. */
export interface Metadata {
  /** The expression behind PARTITION BY, as written. */
  partitionBy?: string;
  clusterBy?: string[];
  description?: string;
  labels?: Record<string, string>;
  options?: Record<string, OptionValue>;
  columns?: ColumnMetadata[];
  primaryKey?: string[];
  /** The table that CLONE, COPY or LIKE takes columns, partitions and descriptions from. */
  copied?: { dataset: string; table?: string };
  /** The GoogleSQL of a view, as written behind AS. */
  query?: string;
  orReplace?: boolean;
  ifNotExists?: boolean;
  ifExists?: boolean;
  renamedTo?: string;
  renamedColumns?: { from: string; to: string }[];
  droppedColumns?: string[];
  /** Set for a TEMP TABLE or TEMP FUNCTION, which has no dataset. */
  temporary?: boolean;
}

export interface ColumnMetadata {
  name: string;
  /** The type as written; absent where a statement changes something else. */
  type?: string;
  required?: boolean;
  description?: string;
  defaultValue?: string;
  options?: Record<string, OptionValue>;
}
