/** Which rows of a resource an answer is drawn from: runs of ordinals in order, and how many rows stand before each run. */
export interface Selection {
  readonly count: number;
  readonly runs: readonly Run[];
  readonly before: readonly number[];
}

/** Ordinals `from` up to, not including, `to`. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Builds a selection from runs that come in order and do not overlap; neighbours are joined. */
export function select(runs: Iterable<Run>): Selection {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    if (run.to <= run.from) {
      continue;
    }
    if (last !== undefined && last.to === run.from) {
      joined[joined.length - 1] = { from: last.from, to: run.to };
    } else {
      joined.push(run);
    }
  }
  const before: number[] = [];
  let count = 0;
  for (const run of joined) {
    before.push(count);
    count += run.to - run.from;
  }
  return { count, runs: joined, before };
}

/** The part of a selection from its `offset`th row on, at most `limit` rows. */
export function slice(selection: Selection, offset: number, limit: number): Run[] {
  const result: Run[] = [];
  let left = Math.min(limit, selection.count - offset);
  let index = lastAtMost(selection.before.length, (at) => selection.before[at] ?? 0, offset);
  let skip = offset - (selection.before[index] ?? 0);
  while (left > 0 && index < selection.runs.length) {
    const run = selection.runs[index] ?? { from: 0, to: 0 };
    const from = run.from + skip;
    const to = Math.min(run.to, from + left);
    result.push({ from, to });
    left -= to - from;
    skip = 0;
    index += 1;
  }
  return result;
}

/** How many selected rows have an ordinal below `ordinal`. */
export function countBelow(selection: Selection, ordinal: number): number {
  const index = lastAtMost(selection.runs.length, (at) => selection.runs[at]?.from ?? 0, ordinal);
  const run = selection.runs[index];
  return run === undefined || ordinal < run.from
    ? 0
    : (selection.before[index] ?? 0) + Math.min(ordinal, run.to) - run.from;
}

/** The ordinal of a selection's `place`th row. The place must be less than the count. */
export function ordinalAt(selection: Selection, place: number): number {
  const index = lastAtMost(selection.before.length, (at) => selection.before[at] ?? 0, place);
  return (selection.runs[index]?.from ?? 0) + place - (selection.before[index] ?? 0);
}

/** The last row's ordinal of some runs; undefined for none. */
export function lastOrdinal(runs: readonly Run[]): number | undefined {
  const last = runs.at(-1);
  return last && last.to - 1;
}

// The largest index below `length` whose value is at most `wanted`; 0 when there is none. Values grow with the index.
function lastAtMost(length: number, valueAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (valueAt(middle) <= wanted) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return Math.max(low, 0);
}
