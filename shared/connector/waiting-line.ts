/** Who sends requests: one extraction. */
export interface Party {
  /** When it stops waiting (milliseconds since the epoch). */
  readonly until: number;
  /** Its requests that are under way. */
  underWay: number;
  /** Counts the turns of all parties: when this one had its last. */
  lastTurn: number;
}

export interface Waiter<Turn> {
  readonly party: Party;
  readonly resolve: (turn: Turn) => void;
  readonly reject: (error: unknown) => void;
}

/** Whoever waits for a turn. A party with many requests does not come before one with few: each has its turn in rotation. */
export class WaitingLine<Turn> {
  #waiters: Waiter<Turn>[] = [];

  get length(): number {
    return this.#waiters.length;
  }

  add(waiter: Waiter<Turn>): void {
    this.#waiters.push(waiter);
  }

  /** Takes out whose turn it is: of the parties with the fewest requests under way, the one that has waited longest. */
  next(): Waiter<Turn> | undefined {
    let [first] = this.#waiters;
    if (!first) return undefined;
    for (const waiter of this.#waiters) if (isBefore(waiter.party, first.party)) first = waiter;
    this.#waiters.splice(this.#waiters.indexOf(first), 1);
    return first;
  }

  /** Takes out everybody whose time is up. */
  late(now: number): Waiter<Turn>[] {
    const late = this.#waiters.filter(({ party }) => party.until <= now);
    if (late.length > 0) this.#waiters = this.#waiters.filter(({ party }) => party.until > now);
    return late;
  }

  /** When the first of them stops waiting. */
  firstEnd(): number {
    return Math.min(...this.#waiters.map(({ party }) => party.until));
  }
}

function isBefore(one: Party, other: Party): boolean {
  return one.underWay < other.underWay || (one.underWay === other.underWay && one.lastTurn < other.lastTurn);
}
