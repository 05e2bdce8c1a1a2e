/** Who sends requests: one extraction. */
export interface Party {
  /** When it stops waiting (milliseconds since the epoch). */
  readonly until: number;
  /** Its requests that are under way. */
  underWay: number;
  /** Where it is in line: the least is first. */
  position: number;
  /** What it has sent since it came to the head of the line, and when it did. */
  sent: number;
  atHeadSince: number;
}

/** So long a party stays at the head of the line, and so many requests at least: an extraction needs about six to read its first page. */
const headMs = 30_000;
export const headRequests = 10;

export interface Waiter<Turn> {
  readonly party: Party;
  readonly resolve: (turn: Turn) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Whoever waits for a turn. A party with many requests under way does not come before one with few. Otherwise the first come is the first
 * served, for a while: if each had a turn in rotation, many parties at a slow source would all run out of time before their first page.
 */
export class WaitingLine<Turn> {
  #waiters: Waiter<Turn>[] = [];
  #last = 0;

  get length(): number {
    return this.#waiters.length;
  }

  /** Somebody comes, who will wait until then at most. */
  join(until: number): Party {
    this.#last += 1;
    return { until, underWay: 0, position: this.#last, sent: 0, atHeadSince: 0 };
  }

  /** Counts a turn of a party. One that has had many goes back to the end of the line. */
  countTurn(party: Party, now: number): void {
    party.underWay += 1;
    if (party.sent === 0) party.atHeadSince = now;
    party.sent += 1;
    if (party.sent < headRequests || now - party.atHeadSince < headMs) return;
    this.#last += 1;
    party.position = this.#last;
    party.sent = 0;
  }

  add(waiter: Waiter<Turn>): void {
    this.#waiters.push(waiter);
  }

  /** Takes out whose turn it is: of the parties with the fewest requests under way, the one that is longest in line. */
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
  return one.underWay < other.underWay || (one.underWay === other.underWay && one.position < other.position);
}
