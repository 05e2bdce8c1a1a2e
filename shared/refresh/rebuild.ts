import { atMost } from "./at-most.ts";
import { type BuildPorts, buildModel } from "./build.ts";
import { closeInGroups, dropAll } from "./closing.ts";
import { type Look, standingOf } from "./look.ts";
import { isCurrent, type Model } from "./model.ts";
import { reasonOf } from "./reason.ts";
import { isNextTable, nextTable } from "./statements.ts";
import { neverLoaded, versionOf } from "./versions.ts";

export interface RebuildPorts extends Omit<BuildPorts, "close"> {
  readonly parallelism: number;
  /** No build but the first is begun after this moment. */
  readonly deadline: Date | undefined;
}

/** What became of a model in one look. */
export type Fate =
  | { readonly kind: "fresh" | "built" | "failed" | "waiting" | "skipped" | "postponed" }
  /** Its build could not go on for now; its error is that of the whole refresh. */
  | { readonly kind: "broken"; readonly error: unknown };

/** After so many builds that could not go on, the warehouse is taken for unwell and no more are begun. */
const brokenMax = 3;

interface Progress {
  readonly look: Look;
  readonly ports: RebuildPorts & BuildPorts;
  /** Builds that are in the warehouse and are being written down; gives what went wrong with it. */
  readonly closing: Map<string, Promise<Fate | undefined>>;
  /** Version of what each table holds. */
  readonly held: Map<string, string>;
  begunCount: number;
  brokenCount: number;
}

/**
 * Builds what is stale, each model as soon as all that it reads is done, several at once.
 * @param scope models that are in question, all when left out; those outside stay as they are
 */
export async function rebuild(
  look: Look,
  scope: ReadonlySet<string> | undefined,
  ports: RebuildPorts,
): Promise<ReadonlyMap<string, Fate>> {
  const progress: Progress = {
    look,
    ports: { ...ports, close: closeInGroups(ports.warehouse, ports.log) },
    closing: new Map(),
    held: heldVersions(look),
    begunCount: 0,
    brokenCount: 0,
  };
  const slot = atMost(ports.parallelism);
  const fates = new Map<string, Promise<Fate>>();
  for (const model of look.graph.models) {
    if (scope && !scope.has(model.name)) continue;
    // Parents come first in the graph, so their promises are there.
    const parents = look.graph.parents(model.name).flatMap((parent) => fates.get(parent) ?? []);
    fates.set(
      model.name,
      Promise.all(parents).then((done) => decide(model, done, progress, slot)),
    );
  }
  const settled = new Map(
    await Promise.all([...fates].map(async ([name, fate]): Promise<[string, Fate]> => [name, await fate])),
  );
  for (const [name, closing] of progress.closing) {
    const broken = await closing;
    if (broken) settled.set(name, broken);
  }
  await sweep(look, settled, ports);
  return settled;
}

/** What the tables hold. That of a build which did not come to its end may hold the old rows or the new. */
function heldVersions(look: Look): Map<string, string> {
  const held = new Map<string, string>();
  for (const [name, { state }] of look.states) {
    if (state.table) held.set(name, state.attempt ? `unsettled ${state.attempt.build_id}` : state.table.version);
  }
  return held;
}

/** Names for a log line: a mart over everything would fill it with all endpoints. */
function someOf(names: readonly string[]): string {
  const shown = 5;
  const more = names.length > shown ? ` and ${names.length - shown} more` : "";
  return `${names.slice(0, shown).join(", ")}${more}`;
}

async function decide(
  model: Model,
  parents: readonly Fate[],
  progress: Progress,
  slot: ReturnType<typeof atMost>,
): Promise<Fate> {
  const { look, ports } = progress;
  const standing = standingOf(look, model.name);
  if (standing.kind === "waiting") {
    ports.log.info("model waiting", { model: model.name, endpoint: someOf(standing.endpoints) });
  }
  if (standing.kind !== "stale") return { kind: standing.kind };
  const kinds = new Set(parents.map(({ kind }) => kind));
  if (kinds.has("broken") || kinds.has("postponed")) return { kind: "postponed" };
  const isBlocked = kinds.has("failed") || kinds.has("skipped") || kinds.has("waiting");
  const missing = look.graph.parents(model.name).filter((parent) => !progress.held.has(parent));
  if (isBlocked || missing.length > 0) {
    ports.log.info("model skipped", {
      model: model.name,
      why: isBlocked ? "a model that it reads failed or waits" : `never built: ${missing.join(", ")}`,
    });
    return { kind: "skipped" };
  }
  return slot(() => build(model, progress));
}

async function build(model: Model, progress: Progress): Promise<Fate> {
  const { look, ports, held } = progress;
  // The first is begun however late it is: a call that builds nothing and asks for another would go round for ever.
  const isLate = ports.deadline !== undefined && ports.clock.now() >= ports.deadline && progress.begunCount > 0;
  if (isLate || progress.brokenCount >= brokenMax) return { kind: "postponed" };
  progress.begunCount += 1;
  // Made of what the tables above hold, which in a partial refresh need not be what they should hold: then the model
  // is recorded as what it is, and stays stale.
  const versionOfInput = (input: string) =>
    isCurrent(input) ? (look.currents.get(input) ?? neverLoaded) : (held.get(input) ?? "");
  const version = versionOf(model, versionOfInput, look.day);
  const found = look.states.get(model.name);
  if (!found) throw new Error(`The look does not know ${model.name}`);
  try {
    await ports.fence();
    const building = await buildModel(
      {
        model,
        version,
        found,
        below: look.graph.below(model.name),
        contents: look.contents.get(model.inputs[0] ?? ""),
      },
      look.graph.byName,
      ports,
    );
    const closing = building.settled.then(
      () => undefined,
      (error: unknown) => broken(model, error, progress),
    );
    progress.closing.set(model.name, closing);
    if (building.kind === "built") held.set(model.name, version.version);
    return { kind: building.kind };
  } catch (error) {
    return broken(model, error, progress);
  }
}

/** Keeps an error for the end, so that what runs beside it finishes in good order. */
function broken(model: Model, error: unknown, progress: Progress): Fate {
  progress.brokenCount += 1;
  const reason = error instanceof Error ? reasonOf(error) : "unknown";
  progress.ports.log.warn("model could not be built for now", { model: model.name, error: reason });
  return { kind: "broken", error };
}

/**
 * Drops tables that dead builds left behind, after a look that built anything. Ours are dropped already; that of an
 * attempt which may be taken up again is kept.
 */
async function sweep(look: Look, fates: ReadonlyMap<string, Fate>, ports: RebuildPorts): Promise<void> {
  const kinds = [...fates.values()].map(({ kind }) => kind);
  if (!kinds.includes("built") || kinds.includes("broken")) return;
  const kept = new Set<string>();
  for (const model of look.graph.models) {
    const kind = fates.get(model.name)?.kind;
    const attempt = look.states.get(model.name)?.state.attempt;
    if (attempt && kind !== "built" && kind !== "failed") kept.add(nextTable(model, attempt.build_id));
  }
  const left: string[] = [];
  for (const dataset of new Set(look.graph.models.map((model) => model.dataset))) {
    const tables = await ports.warehouse.listTables(dataset);
    const names = tables.filter(isNextTable).map((table) => `${dataset}.${table}`);
    left.push(...names.filter((name) => !kept.has(name)));
  }
  if (left.length === 0) return;
  // Asked after the tables were listed: whoever takes over from now on makes tables that are not in the list. Without this, one who was
  // held up would sweep away what its successor is building, and that model would count as failed.
  await ports.fence();
  await dropAll(ports.warehouse, left, ports.log);
}
