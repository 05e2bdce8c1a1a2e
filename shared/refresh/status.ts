import { type Graph, graphOf } from "./graph.ts";
import { type Look, type LookPorts, lookAt, standingOf } from "./look.ts";
import type { Model } from "./model.ts";
import { isForced } from "./state.ts";
import { changedInputs } from "./versions.ts";

/** How a model stands, for people. */
export interface ModelStatus {
  readonly model: string;
  /** orphan: its file is gone, or nothing is read any more that it is made of; its table stays. */
  readonly state: "fresh" | "stale" | "waiting" | "failed" | "orphan";
  /** Why it is not fresh, a short phrase each. */
  readonly why: readonly string[];
  /** Endpoints (`current_*`) it waits for. */
  readonly endpoints: readonly string[];
  /** When it failed. */
  readonly failedAt?: string;
  readonly error?: string;
  /** Rows of the table as it is, and since when. */
  readonly rowCount?: number;
  readonly builtAt?: string;
}

/** The state of every model, parents first, then of those whose file is gone. Changes nothing. */
export async function modelStates(ports: LookPorts & { readonly models: readonly Model[] }): Promise<ModelStatus[]> {
  const graph = graphOf(ports.models);
  const look = await lookAt(graph, ports, new Map());
  const statuses = graph.models.map((model) => statusOf(model, look));
  const orphans = look.orphans.map((model) => ({
    model,
    state: "orphan" as const,
    why: ["its file is gone, or no source uses its connector; its table is left alone"],
    endpoints: [],
  }));
  return [...statuses, ...orphans];
}

function statusOf(model: Model, look: Look): ModelStatus {
  const state = look.states.get(model.name)?.state;
  const standing = standingOf(look, model.name);
  const table = state?.table;
  return {
    model: model.name,
    state: standing.kind,
    why: standing.kind === "fresh" ? [] : reasons(model, look),
    endpoints: standing.kind === "waiting" ? standing.endpoints : [],
    ...(state?.status === "failed" ? { failedAt: state.built_at, error: state.error ?? "" } : {}),
    ...(typeof table?.row_count === "number" ? { rowCount: table.row_count } : {}),
    ...(table ? { builtAt: table.built_at } : {}),
  };
}

function reasons(model: Model, look: Look): string[] {
  const state = look.states.get(model.name)?.state;
  const wanted = look.wanted.get(model.name);
  const why: string[] = [];
  if (!state || !wanted || state.status === "unbuilt") why.push("never built");
  else {
    if (state.definition !== model.definition) why.push("its SQL or header changed");
    why.push(...changedInputs(state.inputs, wanted.inputs).map((input) => `${input} changed`));
    if (isForced(state)) why.push("asked for");
    if (state.attempt) why.push("its last build did not come to its end");
    if (state.version === wanted.version && state.status === "failed") why.push("failed, and nothing changed since");
  }
  return [...why, ...blockedBy(model.name, look.graph, look)];
}

function blockedBy(name: string, graph: Graph, look: Look): string[] {
  return graph
    .parents(name)
    .filter((parent) => standingOf(look, parent).kind === "failed")
    .map((parent) => `${parent} failed`);
}
