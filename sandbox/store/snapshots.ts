import { createHash } from "node:crypto";
import type { YearData } from "./year-data.ts";

/** A year's data as they were when it was taken. */
export interface Snapshot {
  /** The name that clients of 5.x and 6.x send. */
  readonly name: string;
  readonly id: string;
  readonly takenAt: number;
  readonly data: YearData;
}

/** The snapshots of all school years, oldest first. */
export interface Snapshots {
  take(data: YearData, name: string | undefined, at: number): Snapshot;
  /** Takes a snapshot away, or all of a year; whether there was one. */
  drop(year: number, name: string | undefined): boolean;
  of(year: number): readonly Snapshot[];
  clear(): void;
}

export function snapshotShelf(): Snapshots {
  let shelf: Snapshot[] = [];
  let taken = 0;
  const of = (year: number) => shelf.filter(({ data }) => data.year === year);
  const take: Snapshots["take"] = (data, wanted, at) => {
    taken += 1;
    const name = wanted ?? `SNAPSHOT${taken}`;
    const id = createHash("sha256").update(`${data.year}/${name}/${taken}`).digest("hex").slice(0, 32);
    const snapshot = { name, id, takenAt: at, data: data.frozen() };
    // A name that is taken again means the newer one, as when a host puts a fresh copy behind the same connection.
    shelf = [...shelf.filter((each) => each.data.year !== data.year || each.name !== name), snapshot];
    return snapshot;
  };
  const drop: Snapshots["drop"] = (year, name) => {
    const before = shelf.length;
    shelf = shelf.filter((each) => each.data.year !== year || (name !== undefined && each.name !== name));
    return shelf.length < before;
  };
  const clear = () => {
    shelf = [];
    taken = 0;
  };
  return { take, drop, of, clear };
}
