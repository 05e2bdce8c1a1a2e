import type { TableDefinition, Warehouse } from "../ports/warehouse.ts";
import { stringLiteral } from "./literals.ts";
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

/** A build as it goes into the ledger, with its tests. */
export interface BuildRecord {
  readonly buildId: string;
  readonly model: string;
  readonly version: string;
  readonly status: "succeeded" | "failed";
  readonly rowCount: number | null;
  readonly seconds: number;
  readonly bytes: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly error: string | null;
  readonly tests: readonly TestResult[];
}

type Cell = string | number | null;

/** Writes the rows of several builds. One that has its row already gets no second: builds may be written again after a crash. */
export async function recordBuilds(warehouse: Warehouse, builds: readonly BuildRecord[]): Promise<void> {
  const since = builds.map(({ startedAt }) => startedAt).sort()[0] ?? "";
  const results = builds.flatMap(testRows);
  if (results.length > 0) await warehouse.query(insertNew(testResultsTable, results, since));
  if (builds.length > 0) await warehouse.query(insertNew(buildsTable, builds.map(buildRow), since));
}

function buildRow(build: BuildRecord): Cell[] {
  return [
    build.buildId,
    build.model,
    build.version,
    build.status,
    build.rowCount,
    build.tests.filter(({ status }) => status === "failed").length,
    build.seconds,
    build.bytes,
    build.startedAt,
    build.finishedAt,
    build.error,
  ];
}

function testRows({ buildId, model, finishedAt, tests }: BuildRecord): Cell[][] {
  return tests.map(({ testId, severity, status, failingRows }) => [
    buildId,
    model,
    testId,
    severity,
    status,
    failingRows,
    finishedAt,
  ]);
}

const sqlTypes: Readonly<Record<string, string>> = { INTEGER: "int64", FLOAT: "float64" };

/** @param since no build among the rows began earlier, so older partitions need not be read */
function insertNew(table: TableDefinition, rows: readonly (readonly Cell[])[], since: string): string {
  const { fields, partitionByDay = "" } = table;
  const name = `${table.dataset}.${table.table}`;
  const types = fields.map((column) => `${column.name} ${sqlTypes[column.type] ?? column.type.toLowerCase()}`);
  const tuples = rows.map((row) => `    (${row.map((cell, at) => literal(cell, fields[at]?.type)).join(", ")})`);
  return [
    `insert into ${name} (${fields.map((column) => column.name).join(", ")})`,
    "select entry.*",
    `from unnest(array<struct<${types.join(", ")}>>[\n${tuples.join(",\n")}\n]) as entry`,
    `where entry.build_id not in (select build_id from ${name} where ${partitionByDay} >= timestamp '${since}')`,
  ].join("\n");
}

function literal(cell: Cell, type: string | undefined): string {
  if (cell === null) return "null";
  if (type === "TIMESTAMP") return `timestamp ${stringLiteral(String(cell))}`;
  return typeof cell === "number" ? String(cell) : stringLiteral(cell);
}
