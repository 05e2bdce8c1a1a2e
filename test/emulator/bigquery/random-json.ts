/** A source of random numbers that is the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const numbers = [
  "0",
  "-0",
  "1.0",
  "12.50",
  "1e5",
  "1E+05",
  "-0.000e-10",
  "12345678901234567890",
  "0.1234567890123456789012345",
  "1e400",
];
const pieces = [
  "a",
  '\\"',
  "\\\\",
  "\\u00e9",
  "é",
  "€",
  "😀",
  "\\ud83d\\ude00",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\n",
  "\\/",
  '\\"data\\":',
  "null",
  " ",
];
const spaces = ["", "", "", " ", "  ", "\t", "\r"];

/** Writes random JSON as odd senders do: numbers in all forms, needless escapes, white space, keys like those of columns. */
export class JsonWriter {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }

  space(): string {
    return this.pick(spaces);
  }

  string(): string {
    const length = Math.floor(this.#random() * 6);
    return `"${Array.from({ length }, () => this.pick(pieces)).join("")}"`;
  }

  value(depth = 0): string {
    const kind = this.#random();
    if (depth > 4 || kind < 0.3) return this.pick(numbers);
    if (kind < 0.5) return this.string();
    if (kind < 0.6) return this.pick(["true", "false", "null"]);
    const length = Math.floor(this.#random() * 4);
    const items = Array.from({ length }, () => {
      const item = `${this.space()}${this.value(depth + 1)}${this.space()}`;
      if (kind < 0.75) return item;
      const key = this.pick(['"data"', '"id"', '"n"', this.string()]);
      return `${this.space()}${key}${this.space()}:${item}`;
    });
    return kind < 0.75 ? `[${items.join(",")}]` : `{${items.join(",")}}`;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, order: this.#random() }))
      .sort((left, right) => left.order - right.order)
      .map(({ item }) => item);
  }
}
