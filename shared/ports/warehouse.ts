/** A BigQuery schema field, as the REST API writes it. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: "NULLABLE" | "REQUIRED" | "REPEATED";
  readonly description?: string;
  readonly fields?: readonly Field[];
}

export interface TableDefinition {
  readonly dataset: string;
  readonly table: string;
  readonly fields: readonly Field[];
  readonly description?: string;
  /** Column of a daily (DATE or TIMESTAMP) partition. */
  readonly partitionByDay?: string;
  readonly clusterBy?: readonly string[];
}

export interface LoadJob {
  /** Derived, never random: the same id twice is the same job, and its first outcome stands. */
  readonly jobId: string;
  readonly dataset: string;
  readonly table: string;
  readonly fields: readonly Field[];
  /** gs:// addresses of gzipped NDJSON parts. */
  readonly uris: readonly string[];
}

export type Value = string | number | bigint | boolean | null | Value[] | { [key: string]: Value };
export type Row = Readonly<Record<string, Value>>;

export interface QueryOptions {
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Derived job id: a second call with it resumes the first instead of running again. */
  readonly jobId?: string;
  readonly maximumBytesBilled?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Warehouse {
  /** Runs GoogleSQL (a script is allowed) and returns the rows of its last SELECT. INT64 comes as bigint when unsafe. */
  query(sql: string, options?: QueryOptions): Promise<Row[]>;
  /** Checks the SQL without running it. @returns the columns it would give and the bytes it would read */
  dryRun(sql: string): Promise<{ readonly fields: readonly Field[]; readonly bytes: number }>;
  /** Appends the parts to a table, all or nothing, once per job id. @returns rows appended */
  load(job: LoadJob): Promise<{ readonly rows: number }>;
  /** Creates what is missing; what exists is left as it is. */
  ensureDataset(dataset: string): Promise<void>;
  ensureTable(table: TableDefinition): Promise<void>;
  /** Names of the tables and views of a dataset (none when the dataset is missing). */
  listTables(dataset: string): Promise<string[]>;
}

/** What only those need who say that columns are personal. */
export interface ColumnTags {
  /** Puts a policy tag on columns of a table, `dataset.table`. Those that carry it already are left alone. */
  tagColumns(table: string, columns: readonly string[], tag: string): Promise<void>;
}
