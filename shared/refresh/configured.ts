import type { Connector } from "../config/connector.ts";
import type { Sources } from "../config/sources.ts";
import { withDeliveries } from "./deliveries.ts";
import { isCurrent, type Model } from "./model.ts";

function connectorOf(current: string): string {
  return current.slice("current_".length, current.indexOf("."));
}

/** The pipeline of a model in delivery/: `nwea_edfi` of `delivery.nwea_edfi__student_assessments`. */
function pipelineOf(name: string): string {
  return name.slice("delivery.".length).split("__")[0] ?? "";
}

/**
 * The models of a deployment: one is left out that reads, itself or through others, the endpoints of a connector that no source uses.
 * Its tables could only be empty. A model of a pipeline is left out when no delivery sends it.
 */
export function configuredModels(
  models: readonly Model[],
  used: ReadonlySet<string>,
  pipelines: ReadonlySet<string> = new Set(),
): Model[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const known = new Map<string, boolean>();
  const isConfigured = (name: string): boolean => {
    if (isCurrent(name)) return used.has(connectorOf(name));
    if (name.startsWith("delivery.") && !pipelines.has(pipelineOf(name))) return false;
    const found = known.get(name);
    if (found !== undefined) return found;
    // A circle is reported by the graph; here it must only end.
    known.set(name, true);
    const answer = byName.get(name)?.inputs.every(isConfigured) ?? true;
    known.set(name, answer);
    return answer;
  };
  return models.filter(({ name }) => isConfigured(name));
}

/** The models that a deployment with these sources builds, with what its deliveries say. */
export function deployedModels(models: readonly Model[], sources: Sources): Model[] {
  return configuredModels(withDeliveries(models, sources), connectorsUsed(sources), pipelinesUsed(sources));
}

/** The connectors that some source uses. */
export function connectorsUsed(sources: Sources): Set<Connector["connector"]> {
  return new Set(sources.sources.map(({ connector }) => connector));
}

/** The pipelines that some delivery sends. */
export function pipelinesUsed({ deliveries = [] }: Sources): Set<string> {
  return new Set(deliveries.map(({ pipeline }) => pipeline));
}
