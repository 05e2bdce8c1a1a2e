import { PermanentError } from "../errors.ts";
import { isCurrent, type Model } from "./model.ts";

/** The models in an order in which each comes after what it reads, and who reads whom. */
export interface Graph {
  readonly models: readonly Model[];
  readonly byName: ReadonlyMap<string, Model>;
  /** Models that a model reads. */
  parents(name: string): readonly string[];
  /** Models that read a model. */
  children(name: string): readonly string[];
  /** Models that are made of a model, directly or through others, each after what it reads. */
  below(name: string): readonly string[];
  /** The endpoints (`current_*`) that a model is made of, through all models above it. */
  endpoints(name: string): ReadonlySet<string>;
}

/**
 * Orders models, parents first, otherwise by name.
 * @throws PermanentError naming the path when models read each other in a circle
 */
export function graphOf(models: readonly Model[]): Graph {
  const byName = new Map(models.map((model) => [model.name, model]));
  const parents = new Map(models.map(({ name, inputs }) => [name, inputs.filter((input) => byName.has(input))]));
  const ordered = inOrder([...byName.keys()].sort(), parents);
  const children = new Map<string, string[]>();
  const endpoints = new Map<string, Set<string>>();
  for (const name of ordered) {
    const found = new Set(byName.get(name)?.inputs.filter(isCurrent));
    for (const parent of parents.get(name) ?? []) {
      children.set(parent, [...(children.get(parent) ?? []), name]);
      for (const endpoint of endpoints.get(parent) ?? []) found.add(endpoint);
    }
    endpoints.set(name, found);
  }
  const childrenOf = (name: string): readonly string[] => children.get(name) ?? [];
  return {
    models: ordered.map((name) => byName.get(name) as Model),
    byName,
    parents: (name) => parents.get(name) ?? [],
    children: childrenOf,
    below: (name) => {
      const found = new Set<string>();
      reach(name, childrenOf, found);
      return ordered.filter((other) => other !== name && found.has(other));
    },
    endpoints: (name) => endpoints.get(name) ?? new Set(),
  };
}

function inOrder(names: readonly string[], parents: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];

  function visit(name: string): void {
    if (done.has(name)) return;
    const start = path.indexOf(name);
    if (start >= 0) {
      const circle = [...path.slice(start), name].join(" reads ");
      throw new PermanentError(`Models read each other in a circle: ${circle} (a relationship test reads, too)`, {
        model: name,
      });
    }
    path.push(name);
    for (const parent of parents.get(name) ?? []) visit(parent);
    path.pop();
    done.add(name);
  }

  for (const name of names) visit(name);
  return [...done];
}

/**
 * The models that a selection means: `marts.dim_student` or `dim_student`, with a `+` behind it all that read it, with a
 * `+` before it all that it reads, too.
 * @throws PermanentError listing what is not known or not clear
 */
export function selectModels(graph: Graph, terms: readonly string[]): ReadonlySet<string> {
  const selected = new Set<string>();
  const problems: string[] = [];
  for (const term of terms.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== "")) {
    const bare = term.replace(/^\+|\+$/g, "");
    const found = graph.models.filter(({ name, table }) => name === bare || table === bare);
    const [model] = found;
    if (!model) problems.push(`there is no model ${bare}`);
    else if (found.length > 1) problems.push(`${bare} may be ${found.map(({ name }) => name).join(" or ")}`);
    else {
      selected.add(model.name);
      if (term.endsWith("+")) reach(model.name, graph.children, selected);
      if (term.startsWith("+")) reach(model.name, graph.parents, selected);
    }
  }
  if (problems.length > 0) throw new PermanentError(`The selection is not clear: ${problems.join("; ")}`);
  return selected;
}

function reach(from: string, next: (name: string) => readonly string[], into: Set<string>): void {
  const seen = new Set([from]);
  for (const name of seen) {
    into.add(name);
    for (const other of next(name)) seen.add(other);
  }
}
