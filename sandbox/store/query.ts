import type { Versions } from "./base-rows.ts";
import { keyOrder } from "./key-order.ts";
import { type OpenResource, rowAt, touchedBetween, versionAt } from "./open-resource.ts";
import { type Run, type Selection, select } from "./selection.ts";

/** A window of change versions, both ends in it. */
export interface Window {
  readonly min?: bigint | undefined;
  readonly max?: bigint | undefined;
}

/** What a request asks for; rows must satisfy all of it. */
export interface Query {
  /** Needs `versions`. */
  readonly window?: Window | undefined;
  readonly versions?: Versions | undefined;
  /** Text that every wanted row holds, to look at fewer rows; empty when there is none. */
  readonly needle?: string;
  readonly matches?: ((text: string) => boolean) | undefined;
  /** The order of the rows: as they were added unless it says something else. */
  readonly order?: Order | undefined;
  /** One text for the whole query, its order apart, under which the selection is kept until the resource changes. */
  readonly name: string;
}

/** As rows were added, by natural key, or by change version (which needs `versions`). */
export type Order = "added" | "key" | "version";

interface Kept {
  readonly revision: number;
  readonly selection: Selection;
}

const keptMax = 8;
const keptBy = new WeakMap<OpenResource["overlay"], Map<string, Kept>>();

/** The rows a query asks for, in the order it asks for. */
export function run(resource: OpenResource, query: Query): Selection {
  const name = `${query.order ?? "added"} ${query.name}`;
  const kept = keptBy.get(resource.overlay) ?? new Map<string, Kept>();
  keptBy.set(resource.overlay, kept);
  const revision = resource.overlay.revision();
  const known = kept.get(name);
  if (known !== undefined && known.revision === revision) {
    return known.selection;
  }
  const selection = ordered(resource, query, select(matching(resource, query)));
  kept.delete(name);
  kept.set(name, { revision, selection });
  for (const oldest of kept.keys()) {
    if (kept.size <= keptMax) {
      break;
    }
    kept.delete(oldest);
  }
  return selection;
}

function ordered(resource: OpenResource, { order, versions }: Query, selection: Selection): Selection {
  switch (order) {
    case "key":
      return inKeyOrder(resource, selection);
    case "version":
      return versions === undefined ? selection : inVersionOrder(resource, versions, selection);
    default:
      return selection;
  }
}

function inKeyOrder(resource: OpenResource, selection: Selection): Selection {
  if (resource.rows.isGenerated && resource.overlay.touchedOrdinals().length === 0) {
    return selection;
  }
  const wanted = new Uint8Array(resource.rows.count + resource.overlay.added());
  for (const { from, to } of selection.runs) {
    wanted.fill(1, from, to);
  }
  return select(
    Array.from(
      keyOrder(resource).filter((ordinal) => wanted[ordinal] === 1),
      single,
    ),
  );
}

function inVersionOrder(resource: OpenResource, versions: Versions, { runs }: Selection): Selection {
  const rows: { readonly ordinal: number; readonly version: bigint }[] = [];
  for (const { from, to } of runs) {
    for (let ordinal = from; ordinal < to; ordinal += 1) {
      rows.push({ ordinal, version: versionAt(resource, versions, ordinal) });
    }
  }
  rows.sort((one, other) => (one.version < other.version ? -1 : one.version > other.version ? 1 : 0));
  return select(rows.map(({ ordinal }) => single(ordinal)));
}

function* matching(resource: OpenResource, query: Query): Iterable<Run> {
  const { window, versions, matches } = query;
  const inWindow = (ordinal: number) =>
    window === undefined || versions === undefined || within(window, versionAt(resource, versions, ordinal));
  const isWanted = (ordinal: number) => {
    if (resource.overlay.touched(ordinal) === "deleted" || !inWindow(ordinal)) {
      return false;
    }
    return matches === undefined || matches(rowAt(resource, ordinal)?.text ?? "{}");
  };
  const base =
    matches === undefined ? baseRuns(resource, query) : candidateRuns(resource, query.needle ?? "", isWanted);
  const touched = resource.overlay.touchedOrdinals().filter(isWanted);
  yield* merged(base, touched);
}

// The untouched rows, without looking at each: all of them, or the range of a window.
function* baseRuns(resource: OpenResource, { window, versions }: Query): Iterable<Run> {
  const { rows, overlay } = resource;
  let from = 0;
  let to = rows.count;
  if (window !== undefined && versions !== undefined) {
    if (!versions.ascending) {
      for (let ordinal = 0; ordinal < rows.count; ordinal += 1) {
        if (overlay.touched(ordinal) === undefined && within(window, versions.at(ordinal))) {
          yield { from: ordinal, to: ordinal + 1 };
        }
      }
      return;
    }
    const { min, max } = window;
    from = min === undefined ? 0 : firstWhere(rows.count, (ordinal) => versions.at(ordinal) >= min);
    to = max === undefined ? rows.count : firstWhere(rows.count, (ordinal) => versions.at(ordinal) > max);
  }
  let start = from;
  for (const ordinal of touchedBetween(overlay, from, Math.min(to, rows.count))) {
    yield { from: start, to: ordinal };
    start = ordinal + 1;
  }
  yield { from: start, to };
}

function* candidateRuns(resource: OpenResource, needle: string, isWanted: (ordinal: number) => boolean): Iterable<Run> {
  for (const ordinal of resource.rows.containing(needle)) {
    if (resource.overlay.touched(ordinal) === undefined && isWanted(ordinal)) {
      yield { from: ordinal, to: ordinal + 1 };
    }
  }
}

// Puts single ordinals between runs; both come in order and never meet.
function* merged(runs: Iterable<Run>, ordinals: readonly number[]): Iterable<Run> {
  let next = 0;
  for (const item of runs) {
    while (next < ordinals.length && (ordinals[next] ?? 0) < item.from) {
      yield single(ordinals[next] ?? 0);
      next += 1;
    }
    yield item;
  }
  for (const ordinal of ordinals.slice(next)) {
    yield single(ordinal);
  }
}

const single = (ordinal: number): Run => ({ from: ordinal, to: ordinal + 1 });

function within({ min, max }: Window, version: bigint): boolean {
  return (min === undefined || version >= min) && (max === undefined || version <= max);
}

// The first of `count` places for which `holds` is true, given that it stays true from there on.
function firstWhere(count: number, holds: (ordinal: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** All live rows. */
export function everything(resource: OpenResource): Selection {
  return run(resource, { name: "" });
}
