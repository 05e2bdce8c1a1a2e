import type { Claim, Payloads, Position, Scope } from "./payloads.ts";
import type { Prepared } from "./prepare.ts";

/** Rows of a page, and the rows elsewhere that are one record with one of them, by natural key. */
export interface Contested {
  readonly rows: readonly Prepared[];
  readonly claims: ReadonlyMap<string, readonly Claim[]>;
}

/** A natural key as the ledger writes it. */
function keyOf({ identity }: Prepared): string | undefined {
  return identity && JSON.stringify(identity);
}

/** Of rows that are one record the one that changed last is sent; of several at one time, or without times, the first by its key. */
function isBefore(one: Position, other: Position): boolean {
  return one.changedAt === other.changedAt ? one.recordKey < other.recordKey : one.changedAt > other.changedAt;
}

/**
 * Which of the rows that are one record to the target is sent. It does not matter which of them was sent before, nor in which order they
 * come: as long as the winner has a payload, the others are not sent (protocols P25).
 */
export class Duplicates {
  readonly #scope: Scope;
  readonly #payloads: Pick<Payloads, "isUntried" | "claims">;
  #isUntried: Promise<boolean> | undefined;
  /** The rows of this run that are the records of natural keys. Rows come in the order in which they win, so the first is the winner. */
  readonly #won = new Map<string, string>();

  constructor(scope: Scope, payloads: Pick<Payloads, "isUntried" | "claims">) {
    this.#scope = scope;
    this.#payloads = payloads;
  }

  /** Asks the ledger who else is one record with these rows: one that is delivered as it is comes on no page. */
  async contested(rows: readonly Prepared[]): Promise<Contested> {
    const keys = rows.flatMap((one) => keyOf(one) ?? []);
    const claims = new Map<string, Claim[]>();
    if (keys.length === 0) return { rows, claims };
    this.#isUntried ??= this.#payloads.isUntried(this.#scope);
    if (await this.#isUntried) return { rows, claims };
    for (const claim of await this.#payloads.claims(this.#scope, keys)) {
      claims.set(claim.naturalKey, [...(claims.get(claim.naturalKey) ?? []), claim]);
    }
    return { rows, claims };
  }

  /** Parts the rows of a page, which come in the order of the walk. */
  part({ rows, claims }: Contested): { readonly winners: Prepared[]; readonly losers: Prepared[] } {
    const winners: Prepared[] = [];
    const losers: Prepared[] = [];
    for (const one of rows) {
      const key = keyOf(one);
      const isBeaten = key !== undefined && this.#isBeaten(one, key, claims.get(key) ?? []);
      if (key !== undefined && !isBeaten) this.#won.set(key, one.row.recordKey);
      (isBeaten ? losers : winners).push(one);
    }
    return { winners, losers };
  }

  #isBeaten({ row }: Prepared, key: string, claims: readonly Claim[]): boolean {
    const winner = this.#won.get(key);
    if (winner !== undefined && winner !== row.recordKey) return true;
    return claims.some((claim) => isBefore(claim, row));
  }

  /** Whether a row of this run is the record of this natural key. */
  hasWinner(naturalKey: Readonly<Record<string, string>>): boolean {
    return this.#won.has(JSON.stringify(naturalKey));
  }
}
