import type { Result } from "../query/result.ts";

export interface HeldLimits {
  /** Results that are values in memory, all together. */
  readonly bytesMax: number;
  /** Results that are temporary tables; each keeps a connection. */
  readonly tablesMax: number;
  readonly countMax: number;
}

const limitsDefault: HeldLimits = { bytesMax: 64 * 1024 * 1024, tablesMax: 50, countMax: 10_000 };

/**
 * The results of finished queries, held for the clients that page through them. BigQuery holds them for a day; here the least
 * recently used go when they take up too much. Small results are held by the thousand, so that a client which comes late because the
 * machine is busy finds what it asked for.
 */
export class HeldResults {
  readonly #results = new Map<string, Result>();
  readonly #limits: HeldLimits;
  #bytes = 0;
  #tables = 0;

  constructor(limits = limitsDefault) {
    this.#limits = limits;
  }

  hold(id: string, result: Result): void {
    this.drop(id);
    this.#results.set(id, result);
    this.#count(result, 1);
    for (const [oldest, { kind }] of this.#results) {
      if (oldest === id || !this.#isTooMuch()) break;
      // Only what is too much goes: a few large results do not push out the many small ones.
      if (this.#tables <= this.#limits.tablesMax || kind === "table") this.drop(oldest);
    }
  }

  /** The result of a job, if it is still held; it is the youngest from now on. */
  get(id: string): Result | undefined {
    const result = this.#results.get(id);
    if (result === undefined) return undefined;
    this.#results.delete(id);
    this.#results.set(id, result);
    return result;
  }

  drop(id: string): void {
    const result = this.#results.get(id);
    if (result === undefined) return;
    this.#results.delete(id);
    this.#count(result, -1);
    result.close();
  }

  close(): void {
    for (const id of [...this.#results.keys()]) this.drop(id);
  }

  #isTooMuch(): boolean {
    const { bytesMax, tablesMax, countMax } = this.#limits;
    return this.#bytes > bytesMax || this.#tables > tablesMax || this.#results.size > countMax;
  }

  #count(result: Result, sign: 1 | -1): void {
    this.#bytes += sign * result.bytes;
    if (result.kind === "table") this.#tables += sign;
  }
}
