import { createHash } from "node:crypto";
import type { Connector } from "../config/connector.ts";
import { type Delivery, sourcesOf } from "../config/deliveries.ts";
import type { Sources } from "../config/sources.ts";
import { modelName as deliveriesModel, withDeliveries } from "./deliveries.ts";
import { withFreshness } from "./freshness.ts";
import { isCurrent, type Model } from "./model.ts";

function connectorOf(current: string): string {
  return current.slice("current_".length, current.indexOf("."));
}

/** The pipeline of a model in delivery/: `nwea_edfi` of `delivery.nwea_edfi__student_assessments`. */
export function pipelineOf(name: string): string {
  return name.slice("delivery.".length).split("__")[0] ?? "";
}

/** The models of a pipeline: when one of them is built anew, its deliveries are asked for. */
export function modelsOfPipeline(pipeline: string, models: readonly Model[]): string[] {
  return models.flatMap(({ name }) => (isDelivery(name) && pipelineOf(name) === pipeline ? [name] : []));
}

/** An input that nothing is read for: a table of no rows, which whoever reads it need not know. */
function standIn(model: Model): Model {
  const { header, definition } = model;
  const columns = header.columns.map(({ name, type }) =>
    type.startsWith("ARRAY") ? `cast([] as ${type}) as ${name}` : `cast(null as ${type}) as ${name}`,
  );
  return {
    ...model,
    sql: `select\n    ${columns.join(",\n    ")}\nfrom unnest([1]) as nothing\nwhere nothing = 0`,
    // That its rows go, with the last source of its connector, is no mistake.
    header: { ...header, tests: [{ volume: { min_share: 0, severity: "error" } }] },
    inputs: [],
    readsDate: false,
    definition: createHash("sha256").update(`no rows of ${definition}`).digest("hex"),
  };
}

/**
 * The models of a deployment: one is left out that reads, itself or through others, the endpoints of a connector that no source uses.
 * Its tables could only be empty. Where a model says that it can do without an input, that one is empty instead. A model in delivery/ is left out when no delivery sends its pipeline, or one that is made from it.
 */
export function configuredModels(
  models: readonly Model[],
  used: ReadonlySet<string>,
  pipelines: ReadonlySet<string> = new Set(),
): Model[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const delivered = deliveredModels(byName, pipelines);
  const known = new Map<string, boolean>();
  const isConfigured = (name: string): boolean => {
    if (isCurrent(name)) return used.has(connectorOf(name));
    if (isDelivery(name) && !delivered.has(name)) return false;
    const found = known.get(name);
    if (found !== undefined) return found;
    // A circle is reported by the graph; here it must only end.
    known.set(name, true);
    const { inputs = [], header } = byName.get(name) ?? {};
    const optional = header?.optional ?? [];
    const isWhole = inputs.every((input) => isConfigured(input) || optional.includes(input));
    const answer = isWhole && (optional.length === 0 || optional.some(isConfigured));
    known.set(name, answer);
    return answer;
  };
  const configured = models.filter(({ name }) => isConfigured(name));
  const missing = new Set(
    configured.flatMap(({ header }) => (header.optional ?? []).filter((input) => !isConfigured(input))),
  );
  return models.flatMap((model) => {
    if (isConfigured(model.name)) return [model];
    return missing.has(model.name) ? [standIn(model)] : [];
  });
}

/** The models that a deployment with these sources builds, with what its sources file says of deliveries and of freshness. */
export function deployedModels(models: readonly Model[], sources: Sources): Model[] {
  const said = withFreshness(withDeliveries(models, sources), sources);
  return configuredModels(said, connectorsUsed(sources), pipelinesUsed(sources));
}

function isDelivery(name: string): boolean {
  return name.startsWith("delivery.");
}

/** The models in delivery/ of these pipelines, and those that they are made from: two pipelines may have some in common. */
function deliveredModels(byName: ReadonlyMap<string, Model>, pipelines: ReadonlySet<string>): ReadonlySet<string> {
  const left = [...byName.keys()].filter((name) => isDelivery(name) && pipelines.has(pipelineOf(name)));
  const found = new Set(left);
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    for (const input of byName.get(name)?.inputs ?? []) {
      if (isDelivery(input) && !found.has(input)) {
        found.add(input);
        left.push(input);
      }
    }
  }
  return found;
}

/** The connectors that some source uses. */
export function connectorsUsed(sources: Sources): Set<Connector["connector"]> {
  return new Set(sources.sources.map(({ connector }) => connector));
}

/** The pipelines that some delivery sends. */
export function pipelinesUsed({ deliveries = [] }: Sources): Set<string> {
  return new Set(deliveries.map(({ pipeline }) => pipeline));
}

/**
 * The delivery for whose target the payloads of another one are made. Models map a source for one target (ref.deliveries has a row for each
 * pipeline and source), so two deliveries of one pipeline and source would both send what was made for the first: its students, its data
 * standard. Undefined where that is this delivery itself, and where no model of the pipeline asks for which target it writes.
 */
export function madeFor(
  delivery: Delivery,
  models: readonly Model[],
  { deliveries = [] }: Sources,
): Delivery | undefined {
  const { id, pipeline } = delivery;
  const own = new Set(sourcesOf(delivery));
  const first = deliveries.find((other) => other.pipeline === pipeline && sourcesOf(other).some((one) => own.has(one)));
  if (first === undefined || first.id === id) return undefined;
  const byName = new Map(models.map((model) => [model.name, model]));
  const made = [...deliveredModels(byName, new Set([pipeline]))];
  return made.some((name) => byName.get(name)?.inputs.includes(deliveriesModel)) ? first : undefined;
}

/** What is wrong with a delivery whose payloads are made for another one's target, and what to do. */
export function sharedMapping({ id, pipeline, from }: Delivery, other: Delivery): string {
  return `The delivery "${id}" would send what is made for "${other.id}": models of "${pipeline}" map a source for one target only. Give "${id}" a source of its own: one more in the sources file, like "${from}" but with another id.`;
}
