/**
 * The rows of a resource as the data set has them, before any change: read from a file or made by a generator. A row's place (its ordinal,
 * from 0) is its place in the resource's own order for good.
 */
export interface BaseRows {
  readonly count: number;
  /** Whether the rows are made when they are asked for, so that it is dear to look at all of them. */
  readonly isGenerated: boolean;
  /** Rows `from` up to, not including, `to`, with their exact text, separated by commas. */
  joined(from: number, to: number): Buffer;
  text(ordinal: number): string;
  /** The id as the API shows it. */
  id(ordinal: number): string;
  /** Which row has this id (without dashes, lower case). */
  ordinalOf(id: string): number | undefined;
  /** The rows whose text may hold `needle`; all of them when that cannot be told quickly. */
  containing(needle: string): Iterable<number>;
}

/** The change versions of a resource's rows, in the order of the rows. */
export interface Versions {
  at(ordinal: number): bigint;
  /** Whether they only grow, so that a window is one range of rows. */
  readonly ascending: boolean;
}

/** Versions that count up from `first`. */
export function sequence(first: bigint): Versions {
  return { at: (ordinal) => first + BigInt(ordinal), ascending: true };
}

/** Versions listed one by one. */
export function listed(versions: BigInt64Array): Versions {
  let ascending = true;
  for (let index = 1; index < versions.length && ascending; index += 1) {
    ascending = (versions[index] ?? 0n) >= (versions[index - 1] ?? 0n);
  }
  return { at: (ordinal) => versions[ordinal] ?? 0n, ascending };
}

/** An id as comparisons need it: lower case, without dashes. */
export function normalId(id: string): string {
  return id.replaceAll("-", "").toLowerCase();
}
