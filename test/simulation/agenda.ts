interface Entry {
  readonly time: number;
  readonly order: number;
  readonly act: () => unknown;
}

/** An agenda that never gets empty means that the world goes round in circles. */
const entriesMax = 200_000;

/**
 * Virtual time: what is to happen, in the order of its time. Nothing happens by itself; between two entries all that can go on without the
 * outside has gone on. So one seed is one history.
 */
export class Agenda {
  #now: number;
  #count = 0;
  #done = 0;
  readonly #heap: Entry[] = [];

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  get now(): number {
    return this.#now;
  }

  /** Has something happen in so many milliseconds. */
  in(ms: number, act: () => unknown): void {
    this.#count += 1;
    this.#push({ time: this.#now + Math.max(0, ms), order: this.#count, act });
  }

  /** Lets time pass for everybody, without anything happening in it: what was due in it is late. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Lets happen what is due in the next so many milliseconds. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (let next = this.#heap[0]; next && next.time <= until; next = this.#heap[0]) await this.#step();
    this.#now = Math.max(this.#now, until);
  }

  /** Lets everything happen until nothing is left to happen. */
  async runDry(): Promise<void> {
    while (this.#heap.length > 0) await this.#step();
  }

  async #step(): Promise<void> {
    this.#done += 1;
    if (this.#done > entriesMax) throw new Error("the world does not come to rest");
    const entry = this.#pop();
    this.#now = Math.max(this.#now, entry.time);
    await entry.act();
    // Promises and streams settle before the next round of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last) throw new Error("the agenda is empty");
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!child || isBefore(entry, child)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = entry;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
