import { random } from "../refresh/random.ts";

/** What a world draws from its seed. */
export class Luck {
  readonly #pick: (limit: number) => number;

  constructor(seed: number) {
    this.#pick = random(seed);
  }

  /** A whole number below the limit. */
  below(limit: number): number {
    return this.#pick(limit);
  }

  /** A number from 0 to 1. */
  share(): number {
    return this.#pick(1_000_000) / 1_000_000;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.share() < probability;
  }

  between(least: number, most: number): number {
    return least + this.share() * (most - least);
  }

  /** Mostly near the least, now and then near the most: as waiting times are. */
  skewed(least: number, most: number): number {
    return least * (most / least) ** this.share();
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[this.#pick(items.length)];
    if (item === undefined) throw new Error("there is nothing to choose from");
    return item;
  }
}
