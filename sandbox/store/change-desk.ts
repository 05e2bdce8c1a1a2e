import { applyChange, randomId } from "./apply.ts";
import { type Change, ChangeError, type ChangeResult } from "./changes.ts";
import type { Journal } from "./journal.ts";
import type { Snapshots } from "./snapshots.ts";
import { stamps } from "./stamp.ts";
import type { YearData } from "./year-data.ts";

/** Where changes are made, one at a time and in the order they come. */
export interface ChangeDesk {
  /** `check` is asked when it is the changes' turn, so that nothing comes between its answer and them; it throws what forbids them. */
  apply(changes: readonly Change[], defaultYear?: number, check?: () => Promise<void>): Promise<ChangeResult[]>;
  /** Makes the journal's changes again. */
  replay(): Promise<void>;
  reset(): Promise<void>;
}

/** A list of changes that stopped at one that could not be made. Those before it stay. */
export class StoppedError extends ChangeError {
  readonly index: number;
  readonly results: readonly ChangeResult[];

  constructor(cause: ChangeError, index: number, results: readonly ChangeResult[]) {
    super(cause.status, cause.message);
    this.name = "StoppedError";
    this.index = index;
    this.results = results;
  }
}

/** What a desk works with. */
export interface DeskParts {
  readonly years: ReadonlyMap<number, YearData>;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  /** Whether records that refer to a changed key take a change version of their own. */
  readonly cascadeTakesVersions: boolean;
  readonly now: () => number;
}

/** A desk for the data of some school years. */
export function changeDesk({ years, journal, snapshots, cascadeTakesVersions, now }: DeskParts): ChangeDesk {
  const reserved = new Map<string, bigint>();
  let clock = now();
  let nextStamp = stamps(() => clock);
  let queue: Promise<unknown> = Promise.resolve();

  const yearOf = (change: Change): YearData => {
    const served = [...years.keys()].join(", ");
    if (change.year === undefined) {
      throw new ChangeError(400, `Say the school year of each change: there is ${served}.`);
    }
    const data = years.get(change.year);
    if (data === undefined) {
      throw new ChangeError(404, `There is no school year ${change.year}, only ${served}.`);
    }
    return data;
  };
  const one = async (change: Change): Promise<ChangeResult> => {
    const data = yearOf(change);
    await data.newest();
    if (change.op === "reserve") {
      const version = data.next();
      reserved.set(`${data.year}/${change.name}`, version);
      return { op: change.op, year: data.year, changeVersion: version };
    }
    if (change.op === "takeSnapshot") {
      const { name } = snapshots.take(data, change.name, clock);
      return { op: change.op, year: data.year, snapshot: name, changeVersion: await data.newest() };
    }
    if (change.op === "dropSnapshot") {
      if (!snapshots.drop(data.year, change.name)) {
        throw new ChangeError(404, `There is no snapshot ${change.name ?? "at all"} of ${data.year}.`);
      }
      return { op: change.op, year: data.year, changeVersion: null };
    }
    const name = change.reserved === undefined ? undefined : `${data.year}/${change.reserved}`;
    if (name !== undefined && !reserved.has(name)) {
      throw new ChangeError(404, `No change version is reserved as '${change.reserved}'.`);
    }
    const version = () => {
      const kept = name === undefined ? undefined : reserved.get(name);
      if (name !== undefined) {
        reserved.delete(name);
      }
      return kept ?? data.next();
    };
    const writer = { data, version, stamp: () => nextStamp(), newId: randomId, cascadeTakesVersions };
    return await applyChange(writer, change);
  };

  const all = async (changes: readonly Change[], defaultYear: number | undefined) => {
    const results: ChangeResult[] = [];
    const onlyYear = years.size === 1 ? [...years.keys()][0] : undefined;
    for (const [index, given] of changes.entries()) {
      const change = settled(given, defaultYear ?? onlyYear);
      clock = now();
      try {
        results.push(await one(change));
      } catch (error) {
        throw error instanceof ChangeError ? new StoppedError(error, index, results) : error;
      }
      journal.append({ at: clock, change });
    }
    return results;
  };
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const replay = async () => {
    for (const [index, { at, change }] of journal.read().entries()) {
      clock = at;
      try {
        await one(change);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(
          `Change ${index + 1} of the state file does not fit the data: ${why} Remove the file to start afresh.`,
          {
            cause,
          },
        );
      }
    }
  };
  const reset = async () => {
    await Promise.resolve();
    for (const data of years.values()) {
      data.reset();
    }
    reserved.clear();
    snapshots.clear();
    nextStamp = stamps(() => clock);
    journal.clear();
  };
  return {
    apply: (changes, defaultYear, check) =>
      inTurn(async () => {
        await check?.();
        return await all(changes, defaultYear);
      }),
    replay: () => inTurn(replay),
    reset: () => inTurn(reset),
  };
}

// With its year and its new id chosen, a change does the same whenever it is made again.
function settled(change: Change, defaultYear: number | undefined): Change {
  const year = change.year ?? defaultYear;
  const dated = year === undefined ? change : { ...change, year };
  if (dated.op === "recreate") {
    return { ...dated, newId: dated.newId ?? randomId() };
  }
  if (dated.op === "upsert") {
    return { ...dated, newId: dated.newId ?? randomId() };
  }
  if (
    dated.op === "insert" &&
    dated.id === undefined &&
    typeof dated.record !== "string" &&
    dated.record.id === undefined
  ) {
    return { ...dated, id: randomId() };
  }
  return dated;
}
