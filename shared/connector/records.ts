import { isUtf8 } from "node:buffer";
import {
  NotJson,
  openBrace,
  openBracket,
  type SkipValue,
  skipList,
  skipObject,
  skipSpace,
  skipValue,
} from "./json-scan.ts";

/**
 * Cuts the body of a page into its records, so that each keeps the text the API sent: numbers beyond 2^53, decimals and escapes stay
 * byte-exact. The whole page must be JSON: what is not would be refused by the warehouse, long after the source could have been asked
 * again.
 */

/** The body is not the JSON it should be: cut short, an error page, another shape. The page has to be asked for again. */
export class MalformedPage extends Error {
  override readonly name: string = "MalformedPage";
}

/** The body is JSON, but the list of records is not in it: it may say why. */
export class NoList extends MalformedPage {
  override readonly name = "NoList";
}

/** The records of one page. */
export interface PageRecords {
  /** Each is on one line: its line breaks, which JSON allows between values only, have become spaces. */
  readonly records: readonly Buffer[];
  /** Items that were null: holes left by rows deleted while the server read the page. */
  readonly nulls: number;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The records of a page, and what stands around them. */
export interface CutPage extends PageRecords {
  /** The body without its records, as JSON: what it says of totals and of the next page. Read it before the records' memory is freed. */
  envelope(): string;
}

/** A JSON string cannot hold a raw line break, so in a body that is JSON each one stands between values. */
function putOnOneLine(body: Buffer): void {
  for (const lineBreak of ["\n", "\r"]) {
    for (let at = body.indexOf(lineBreak); at >= 0; at = body.indexOf(lineBreak, at + 1)) body.write(" ", at);
  }
}

/** Gathers the records of the list that `keys` lead to, or the one record that stands there. */
class Gathering {
  readonly #isOne: boolean;
  readonly records: Buffer[] = [];
  nulls = 0;
  #isFound = false;
  /** Where the list begins and ends. */
  #list: readonly [number, number] = [0, 0];

  constructor(isOne: boolean) {
    this.#isOne = isOne;
  }

  /** Skips the value at `at`, which holds the list below `keys`, and gathers the list's records on the way. */
  skipHolder(body: Buffer, at: number, depth: number, keys: readonly string[]): number {
    const [key, ...more] = keys;
    if (key === undefined && this.#isOne) return this.#takeOne(body, at, depth);
    if (key === undefined) {
      if (body[at] !== openBracket) throw new NoList("a list was expected");
      this.#isFound = true;
      const end = skipList(body, at, depth, this.#take);
      this.#list = [at, end];
      return end;
    }
    if (body[at] !== openBrace) throw new NoList(`an object with "${key}" was expected`);
    const end = skipObject(body, at, depth, (_, start, inner, nameFrom, nameTo) => {
      const isKey = !this.#isFound && body.toString("utf8", nameFrom + 1, nameTo - 1) === key;
      return isKey ? this.skipHolder(body, start, inner + 1, more) : skipValue(body, start, inner);
    });
    if (!this.#isFound) throw new NoList(`the body has no "${key}"`);
    return end;
  }

  #takeOne(body: Buffer, at: number, depth: number): number {
    if (body[at] !== openBrace) throw new NoList("an object was expected");
    this.#isFound = true;
    const end = this.#take(body, at, depth, 0, 0);
    this.#list = [at, end];
    return end;
  }

  /** The body's text with an empty list in the place of the records. */
  envelopeOf(body: Buffer): string {
    const [from, to] = this.#list;
    return `${body.toString("utf8", 0, from)}[]${body.toString("utf8", to)}`;
  }

  readonly #take: SkipValue = (body, at, depth) => {
    const end = skipValue(body, at, depth);
    if (body[at] === openBrace) this.records.push(body.subarray(at, end));
    else if (body.toString("latin1", at, end) === "null") this.nulls += 1;
    else throw new MalformedPage("a list of objects was expected");
    return end;
  };
}

/**
 * Cuts a page into records, which are views of its body.
 * @param at JSON path of the list, `$` when the body itself is the list
 * @param isOne what stands there is no list, but one record
 * @throws MalformedPage when the body is not a whole JSON document with a list of objects (or one object) there
 */
export function splitRecords(page: Buffer, at: string, isOne = false): CutPage {
  const body = page.subarray(0, 3).equals(byteOrderMark) ? page.subarray(3) : page;
  if (!isUtf8(body)) throw new MalformedPage("the body is not UTF-8");
  const gathering = new Gathering(isOne);
  try {
    const end = gathering.skipHolder(body, skipSpace(body, 0), 0, at === "$" ? [] : at.slice(2).split("."));
    if (skipSpace(body, end) < body.length) throw new NotJson("more follows after its end");
  } catch (error) {
    throw error instanceof NotJson ? new MalformedPage(`the body is not JSON: ${error.message}`) : error;
  }
  putOnOneLine(body);
  const { records, nulls } = gathering;
  return { records, nulls, envelope: () => gathering.envelopeOf(body) };
}

/**
 * Gives the memory of records back at once; they must not be used again. The collector would do it in its own time: pages are no part of its
 * heap, so it lets many of them gather, and then marks everything that lives to find them.
 */
export function freeRecords(records: readonly Buffer[]): void {
  for (const memory of new Set(records.map(({ buffer }) => buffer))) {
    // Small buffers share a pool with others.
    if (memory instanceof ArrayBuffer && memory.byteLength > Buffer.poolSize) memory.transfer(0);
  }
}
