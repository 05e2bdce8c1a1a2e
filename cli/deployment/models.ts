import { log } from "../../shared/log.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { modelStates } from "../../shared/refresh/status.ts";
import type { Connection } from "./connection.ts";

/** How the tests ended that ran with a model's last build. */
export interface TestCounts {
  readonly ran: number;
  readonly passed: number;
  /** Failed with severity warn: the table was put in its place all the same. */
  readonly warned: number;
  /** Failed with severity error: the old table stayed. */
  readonly failed: number;
}

/** A model as it stands in a deployment: where it is in the graph, whether it is fresh, what its last build took and how its tests ended. */
export interface ModelLine {
  readonly model: string;
  readonly materialize: "table" | "view";
  readonly state: string;
  readonly why: readonly string[];
  readonly rows: number | null;
  readonly built_at: string | null;
  /** Of the last build. */
  readonly seconds: number | null;
  /** What the SELECT of the last build reads; of an estimate, what it would read now. */
  readonly bytes: number | null;
  /** What it reads: endpoints (current_*), other models, the ledger. */
  readonly reads: readonly string[];
  readonly read_by: readonly string[];
  /** Of the last build; null when there was none. */
  readonly tests: TestCounts | null;
  /** Names of its tests that did not pass, with the number of rows that fail each. */
  readonly not_passed: readonly string[];
}

export interface ModelsRequest {
  /** Terms as of a refresh; all models when empty. */
  readonly select: readonly string[];
  /** Asks the warehouse what each SELECT would read now: a dry run, which costs nothing. */
  readonly estimate: boolean;
}

/** The same that marts.dq_assertion_result shows (`is_latest`), which a warehouse without it can tell, too. */
const lastBuilds = `with last_builds as (
    select build_id, model, seconds, bytes_processed
    from ops.builds
    where true
    qualify row_number() over (partition by model order by started_at desc, build_id) = 1
)

select
    builds.model,
    builds.seconds,
    builds.bytes_processed,
    count(results.test_id) as ran,
    countif(results.status = 'passed') as passed,
    countif(results.status = 'failed' and results.severity = 'warn') as warned,
    countif(results.status = 'failed' and results.severity = 'error') as failed,
    string_agg(
        if(results.status = 'failed', concat(results.test_id, ' (', cast(results.failing_rows as string), ')'), null),
        '\\n' order by results.test_id
    ) as not_passed
from last_builds as builds
left join ops.test_results as results on results.build_id = builds.build_id and results.model = builds.model
group by builds.model, builds.seconds, builds.bytes_processed`;

async function builds(warehouse: Warehouse): Promise<ReadonlyMap<string, Row>> {
  const tables = await warehouse.listTables("ops");
  const hasLedger = tables.includes("builds") && tables.includes("test_results");
  const rows = hasLedger ? await warehouse.query(lastBuilds) : [];
  return new Map(rows.map((row) => [String(row.model), row]));
}

const numberOf = (value: unknown): number | null => (value === undefined || value === null ? null : Number(value));

function testsOf({ ran, passed, warned, failed }: Row): TestCounts {
  return { ran: Number(ran), passed: Number(passed), warned: Number(warned), failed: Number(failed) };
}

/** How the tests of some models ended, all together. */
export function totalOf(lines: readonly Pick<ModelLine, "tests">[]): TestCounts & { readonly models: number } {
  const tested = lines.flatMap(({ tests }) => (tests ? [tests] : []));
  const sum = (of: keyof TestCounts): number => tested.reduce((total, tests) => total + tests[of], 0);
  return {
    models: tested.length,
    ran: sum("ran"),
    passed: sum("passed"),
    warned: sum("warned"),
    failed: sum("failed"),
  };
}

/** Looks at the models of a deployment, parents first; changes nothing. @throws PermanentError when the selection is not clear */
export async function modelLines(
  { control, warehouse }: Pick<Connection, "control" | "warehouse">,
  models: readonly Model[],
  timeZone: string,
  { select, estimate }: ModelsRequest,
): Promise<ModelLine[]> {
  const graph = graphOf(models);
  const chosen = select.length === 0 ? undefined : selectModels(graph, select);
  const states = await modelStates({ control, clock: systemClock, log, timeZone, models });
  const byName = new Map(states.map((state) => [state.model, state]));
  const last = await builds(warehouse);
  const lines: ModelLine[] = [];
  for (const { name, inputs, sql, header } of graph.models.filter((model) => chosen?.has(model.name) ?? true)) {
    const state = byName.get(name);
    const build = last.get(name);
    const bytes = estimate ? await estimated(warehouse, sql) : numberOf(build?.bytes_processed);
    lines.push({
      model: name,
      materialize: header.layout.materialize,
      state: state?.state ?? "stale",
      why: state?.why ?? [],
      rows: state?.rowCount ?? null,
      built_at: state?.builtAt ?? null,
      seconds: numberOf(build?.seconds),
      bytes,
      reads: inputs,
      read_by: graph.children(name),
      tests: build ? testsOf(build) : null,
      not_passed: typeof build?.not_passed === "string" ? build.not_passed.split("\n") : [],
    });
  }
  return lines;
}

/** What a SELECT would read; null where it cannot be said yet, because what it reads was never built. */
async function estimated(warehouse: Warehouse, sql: string): Promise<number | null> {
  try {
    return (await warehouse.dryRun(sql)).bytes;
  } catch (error) {
    if (error instanceof Error && "retryable" in error && error.retryable === false) return null;
    throw error;
  }
}

/** The graph as Mermaid draws it; endpoints are round. */
export function mermaidOf(lines: readonly ModelLine[]): string {
  const shown = new Set(lines.map(({ model }) => model));
  const id = (name: string): string => name.replaceAll(/\W/g, "_");
  const endpoints = [...new Set(lines.flatMap(({ reads }) => reads.filter((name) => name.startsWith("current_"))))];
  return [
    "flowchart LR",
    ...endpoints.map((name) => `  ${id(name)}([${name}])`),
    ...lines.map(({ model }) => `  ${id(model)}[${model}]`),
    ...lines.flatMap(({ model, reads }) =>
      reads
        .filter((name) => shown.has(name) || name.startsWith("current_"))
        .map((name) => `  ${id(name)} --> ${id(model)}`),
    ),
  ].join("\n");
}
