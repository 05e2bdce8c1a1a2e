import { objectNames } from "../control/place.ts";
import { type Watermark, watermarkSchema } from "../control/watermark.ts";
import { PermanentError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { jsonIn, readObjects, type StoredText, type TextCache } from "./control-objects.ts";
import type { Graph } from "./graph.ts";
import { isForced, parseState, stateName, statesPrefix, type VersionedState } from "./state.ts";
import {
  currentContents,
  dayIn,
  neverLoaded,
  type Version,
  versionOf,
  versionOfContents,
  type YearContent,
} from "./versions.ts";
import { endpointsInFlight } from "./waiting.ts";

export interface LookPorts {
  readonly control: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeZone: string;
}

/** Everything at one moment: what each model should be built from, what it was built from, what is on its way. */
export interface Look {
  readonly graph: Graph;
  /** The version each model would have if all above it were built. */
  readonly wanted: ReadonlyMap<string, Version>;
  readonly states: ReadonlyMap<string, VersionedState>;
  /** The version of each endpoint. */
  readonly currents: ReadonlyMap<string, string>;
  /** What each endpoint holds. */
  readonly contents: ReadonlyMap<string, readonly YearContent[]>;
  readonly inFlight: ReadonlySet<string>;
  readonly day: string;
  /** Models that have a state but no file any more. */
  readonly orphans: readonly string[];
}

/**
 * Looks at all models. The marks in flight are read before the watermarks: a load moves its watermark and then takes its
 * mark away, so an endpoint that is seen without a mark is seen with its new watermark.
 */
export async function lookAt(graph: Graph, ports: LookPorts, cache: TextCache): Promise<Look> {
  const now = ports.clock.now();
  const inFlight = await endpointsInFlight(ports.control, cache, now, ports.log);
  const contents = currentContents(watermarksIn(await readObjects(ports.control, objectNames.watermarks, cache)));
  const currents = new Map([...contents].map(([relation, all]) => [relation, versionOfContents(all)]));
  const stored = await readObjects(ports.control, statesPrefix, cache);
  const day = dayIn(ports.timeZone, now);
  const wanted = new Map<string, Version>();
  const states = new Map<string, VersionedState>();
  for (const model of graph.models) {
    const versionOfInput = (input: string) =>
      graph.byName.has(input) ? (wanted.get(input)?.version ?? "") : (currents.get(input) ?? neverLoaded);
    wanted.set(model.name, versionOf(model, versionOfInput, day));
    states.set(model.name, parseState(stored.get(stateName(model.name))));
  }
  const known = new Set([...states.keys()].map(stateName));
  const orphans = [...stored.keys()].filter((name) => name.endsWith(".json") && !known.has(name));
  return { graph, wanted, states, currents, contents, inFlight, day, orphans: orphans.map(modelIn) };
}

function modelIn(name: string): string {
  return name.slice(statesPrefix.length).replace(/\.json$/, "");
}

function watermarksIn(objects: ReadonlyMap<string, StoredText>): Watermark[] {
  return [...objects].map(([name, { body }]) => {
    const parsed = watermarkSchema.safeParse(jsonIn(body));
    if (parsed.success) return parsed.data;
    throw new PermanentError("A watermark is not what this version writes", { object: name });
  });
}

/** How a model stands at the moment of a look. */
export type Standing =
  | { readonly kind: "fresh" }
  /** It failed at this version; only another version, or a person, makes it worth trying again. */
  | { readonly kind: "failed" }
  | { readonly kind: "waiting"; readonly endpoints: readonly string[] }
  | { readonly kind: "stale" };

/**
 * How a model stands. One that a person asked for does not wait. One whose last build did not come to its end is never
 * fresh, even if its inputs are back at what its state says: the build may have died after its swap.
 */
export function standingOf(look: Look, name: string): Standing {
  const state = look.states.get(name)?.state;
  const isAsked = state !== undefined && isForced(state);
  if (state && !isAsked && !state.attempt && state.version === look.wanted.get(name)?.version) {
    if (state.status === "built") return { kind: "fresh" };
    if (state.status === "failed") return { kind: "failed" };
  }
  const endpoints = [...look.graph.endpoints(name)].filter((endpoint) => look.inFlight.has(endpoint)).sort();
  return endpoints.length > 0 && !isAsked ? { kind: "waiting", endpoints } : { kind: "stale" };
}
