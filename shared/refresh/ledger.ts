import type { TableDefinition, Warehouse } from "../ports/warehouse.ts";
import type { TestResult } from "./model-tests.ts";

const field = (name: string, type: string, description: string) => ({ name, type, description });

/** One row per build of a model. */
export const buildsTable: TableDefinition = {
  dataset: "ops",
  table: "builds",
  description: "One row per build of a model: when, from which version, how it ended.",
  fields: [
    field("build_id", "STRING", "Names the build."),
    field("model", "STRING", "The model, dataset.table."),
    field("version", "STRING", "Hash of the SQL and of the versions of its inputs."),
    field("status", "STRING", "succeeded or failed."),
    field("row_count", "INTEGER", "Rows built; null when the SQL itself failed."),
    field("failed_tests", "INTEGER", "Tests that failed, warnings among them."),
    field("seconds", "FLOAT", "How long the build took."),
    field("bytes_processed", "INTEGER", "Bytes the SELECT reads, as the dry run says."),
    field("started_at", "TIMESTAMP", "When the build began."),
    field("finished_at", "TIMESTAMP", "When the build ended."),
    field("error", "STRING", "Why it failed, without values of the data."),
  ],
  partitionByDay: "started_at",
  clusterBy: ["model"],
};

/** One row per test of a build. */
export const testResultsTable: TableDefinition = {
  dataset: "ops",
  table: "test_results",
  description: "One row per test of a build of a model.",
  fields: [
    field("build_id", "STRING", "The build, as in ops.builds."),
    field("model", "STRING", "The model, dataset.table."),
    field("test_id", "STRING", "Names the test within its model."),
    field("severity", "STRING", "error: stops the build; warn: does not."),
    field("status", "STRING", "passed or failed."),
    field("failing_rows", "INTEGER", "Rows that fail the test."),
    field("checked_at", "TIMESTAMP", "When the test was run."),
  ],
  partitionByDay: "checked_at",
  clusterBy: ["model"],
};

type Cell = string | number | null;

/** A build as it goes into the ledger. */
export interface BuildRecord {
  readonly buildId: string;
  readonly model: string;
  readonly version: string;
  readonly status: "succeeded" | "failed";
  readonly rowCount: number | null;
  readonly failedTests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error: string | null;
}

/** Writes the row of a build. Its job id is derived, so a second call writes nothing. */
export async function recordBuild(warehouse: Warehouse, build: BuildRecord): Promise<void> {
  const row: Cell[] = [
    build.buildId,
    build.model,
    build.version,
    build.status,
    build.rowCount,
    build.failedTests,
    build.seconds,
    build.bytes,
    build.startedAt,
    build.finishedAt,
    build.error,
  ];
  await insert(warehouse, buildsTable, [row], `refresh-${build.buildId}-record`);
}

/** Writes the results of a build's tests, once. */
export async function recordTests(
  warehouse: Warehouse,
  build: { readonly buildId: string; readonly model: string },
  results: readonly TestResult[],
  checkedAt: string,
): Promise<void> {
  const rows = results.map(({ testId, severity, status, failingRows }): Cell[] => [
    build.buildId,
    build.model,
    testId,
    severity,
    status,
    failingRows,
    checkedAt,
  ]);
  await insert(warehouse, testResultsTable, rows, `refresh-${build.buildId}-tested`);
}

async function insert(
  warehouse: Warehouse,
  table: TableDefinition,
  rows: readonly (readonly Cell[])[],
  jobId: string,
): Promise<void> {
  if (rows.length === 0) return;
  const params: Record<string, string | number> = {};
  const tuples = rows.map((row, rowIndex) => {
    const cells = row.map((cell, index) => {
      if (cell === null) return "null";
      const { type = "", name = "" } = table.fields[index] ?? {};
      const param = `${name}_${rowIndex}`;
      // A FLOAT64 may be a whole number, and would then be sent as INT64; text is cast to what the column is.
      params[param] = type === "FLOAT" ? String(cell) : cell;
      return type === "TIMESTAMP" || type === "FLOAT"
        ? `cast(@${param} as ${type === "FLOAT" ? "float64" : "timestamp"})`
        : `@${param}`;
    });
    return `(${cells.join(", ")})`;
  });
  const columns = table.fields.map(({ name }) => name).join(", ");
  const sql = `insert into ${table.dataset}.${table.table} (${columns})\nvalues ${tuples.join(",\n")}`;
  await warehouse.query(sql, { jobId, params });
}
