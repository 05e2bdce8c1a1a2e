import { log } from "../../shared/log.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { modelStates } from "../../shared/refresh/status.ts";
import type { Connection } from "./connection.ts";

/** A model as it stands in a deployment: where it is in the graph, whether it is fresh, and what its last build took. */
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
}

export interface ModelsRequest {
  /** Terms as of a refresh; all models when empty. */
  readonly select: readonly string[];
  /** Asks the warehouse what each SELECT would read now: a dry run, which costs nothing. */
  readonly estimate: boolean;
}

const lastBuilds = `select model, seconds, bytes_processed
from ops.builds
where true
qualify row_number() over (partition by model order by started_at desc) = 1`;

async function builds(warehouse: Warehouse): Promise<ReadonlyMap<string, Row>> {
  const hasLedger = (await warehouse.listTables("ops")).includes("builds");
  const rows = hasLedger ? await warehouse.query(lastBuilds) : [];
  return new Map(rows.map((row) => [String(row.model), row]));
}

const numberOf = (value: unknown): number | null => (value === undefined || value === null ? null : Number(value));

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
