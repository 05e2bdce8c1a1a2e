/** BigQuery's own limit on how deep a JSON value may nest. */
const depthMax = 500;

/** The text is not JSON; `at` is the offset in it where that shows. */
export class JsonSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "JsonSyntaxError";
    this.at = at;
  }
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Walks over JSON text without making values of it, so that a part can be taken out exactly as it was written: numbers
 * with all their digits and zeros, strings with the escapes they came with.
 */
export class JsonCursor {
  readonly text: string;
  at = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes to the next character that is not white space. @returns it, or undefined at the end */
  peek(): string | undefined {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) this.at += 1;
      else return this.text[this.at];
    }
  }

  expect(character: string): void {
    const found = this.peek();
    if (found !== character) throw this.#unexpected(found, `Expected ${character}`);
    this.at += 1;
  }

  /** @throws JsonSyntaxError when anything but white space is left */
  end(): void {
    const found = this.peek();
    if (found !== undefined) throw this.#unexpected(found, "Expected the end of the row");
  }

  /** Walks over one value. @returns its text */
  value(): string {
    const first = this.peek();
    const start = this.at;
    if (first === '"') this.#string();
    else if (first === "{") this.members(() => void this.value());
    else if (first === "[") this.items(() => void this.value());
    else if (first === "t") this.#word("true");
    else if (first === "f") this.#word("false");
    else if (first === "n") this.#word("null");
    else this.#number(first);
    return this.text.slice(start, this.at);
  }

  /** Walks over an object. `visit` is called with each key, standing at its value, and must walk over that. */
  members(visit: (key: string) => void): void {
    this.#nest("{", "}", () => {
      if (this.peek() !== '"') throw this.#unexpected(this.peek(), "Expected a key");
      const start = this.at;
      this.#string();
      const key = JSON.parse(this.text.slice(start, this.at)) as string;
      this.expect(":");
      visit(key);
    });
  }

  /** Walks over an array. `visit` is called standing at each item and must walk over it. */
  items(visit: () => void): void {
    this.#nest("[", "]", visit);
  }

  #nest(open: string, close: string, visit: () => void): void {
    this.expect(open);
    this.#depth += 1;
    if (this.#depth > depthMax) throw new JsonSyntaxError(`Nested deeper than ${depthMax} levels`, this.at);
    if (this.peek() === close) this.at += 1;
    else {
      for (;;) {
        visit();
        if (this.peek() === ",") this.at += 1;
        else break;
      }
      this.expect(close);
    }
    this.#depth -= 1;
  }

  #string(): void {
    const { text } = this;
    let at = this.at + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) break;
      if (code === backslash) at = this.#escape(at);
      else if (code >= 0x20) at += 1;
      else throw new JsonSyntaxError(at < text.length ? "Control character in a string" : "Unterminated string", at);
    }
    this.at = at + 1;
  }

  /** @returns the offset after the escape sequence that begins here */
  #escape(at: number): number {
    const escaped = this.text[at + 1];
    if (escaped === "u") {
      if (/^[0-9a-fA-F]{4}$/.test(this.text.slice(at + 2, at + 6))) return at + 6;
    } else if (escaped !== undefined && '"\\/bfnrt'.includes(escaped)) return at + 2;
    throw new JsonSyntaxError("Bad escape in a string", at);
  }

  #word(word: string): void {
    if (!this.text.startsWith(word, this.at)) throw this.#unexpected(this.text[this.at], `Expected ${word}`);
    this.at += word.length;
  }

  #number(first: string | undefined): void {
    number.lastIndex = this.at;
    if (!number.test(this.text)) throw this.#unexpected(first, "Expected a value");
    this.at = number.lastIndex;
  }

  #unexpected(found: string | undefined, expected: string): JsonSyntaxError {
    if (found === undefined) return new JsonSyntaxError(`${expected}, but the row ends`, this.at);
    return new JsonSyntaxError(`${expected}, but found ${JSON.stringify(found)}`, this.at);
  }
}
