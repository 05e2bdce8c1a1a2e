/** Runs work when a place is free, first come, first served. */
export type Slot = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Lets so many pieces of work run at once; the others wait. */
export function atMost(places: number): Slot {
  const waiting: (() => void)[] = [];
  let free = places;

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line; only when there is none it becomes free.
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
