import { isUtf8 } from "node:buffer";

/**
 * Cuts the body of a page into its records by their brackets, so that each keeps the text the API sent: numbers beyond 2^53,
 * decimals and escapes stay byte-exact. The page is parsed once too, but only to know that it is JSON through and through.
 */

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

/** The body is not the JSON it should be: cut short, an error page, another shape. The page has to be asked for again. */
export class MalformedPage extends Error {
  override readonly name = "MalformedPage";
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(body: Buffer, at: number): number {
  let index = at;
  while (isSpace(body[index])) index += 1;
  return index;
}

/** Index after the string that begins at `at`. */
function skipString(body: Buffer, at: number): number {
  for (let index = at + 1; index < body.length; index += 1) {
    const byte = body[index];
    if (byte === backslash) index += 1;
    else if (byte === quote) return index + 1;
  }
  throw new MalformedPage("the body ends inside a string");
}

/** Index after the object or array that begins at `at`. */
function skipNested(body: Buffer, at: number): number {
  let depth = 0;
  for (let index = at; index < body.length; index += 1) {
    const byte = body[index];
    if (byte === quote) {
      index = skipString(body, index) - 1;
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  throw new MalformedPage("the body ends inside a record");
}

/** Index after the value that begins at `at`. */
function skipValue(body: Buffer, at: number): number {
  const byte = body[at];
  if (byte === undefined) throw new MalformedPage("the body ends where a value should be");
  if (byte === quote) return skipString(body, at);
  if (byte === openBrace || byte === openBracket) return skipNested(body, at);
  let index = at;
  while (index < body.length) {
    const next = body[index];
    if (next === comma || next === closeBrace || next === closeBracket || isSpace(next)) break;
    index += 1;
  }
  if (index === at) throw new MalformedPage("a value is missing");
  return index;
}

/** Index of the value of `key` in the object that begins at `at`. */
function findKey(body: Buffer, at: number, key: string): number {
  if (body[at] !== openBrace) throw new MalformedPage(`an object with "${key}" was expected`);
  let index = skipSpace(body, at + 1);
  while (body[index] === quote) {
    const end = skipString(body, index);
    const name = body.toString("utf8", index + 1, end - 1);
    index = skipSpace(body, end);
    if (body[index] !== colon) throw new MalformedPage("a colon is missing");
    index = skipSpace(body, index + 1);
    if (name === key) return index;
    index = skipSpace(body, skipValue(body, index));
    if (body[index] === comma) index = skipSpace(body, index + 1);
  }
  throw new MalformedPage(`the body has no "${key}"`);
}

/** The records of one page. */
export interface PageRecords {
  readonly records: readonly Buffer[];
  /** Items that were null: holes left by rows deleted while the server read the page. */
  readonly nulls: number;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** What is not JSON would be refused by the warehouse, long after the source could have been asked again. */
function assertJson(body: Buffer): void {
  if (!isUtf8(body)) throw new MalformedPage("the body is not UTF-8");
  try {
    JSON.parse(body.toString("utf8"));
  } catch {
    // The parser's message would quote the body, which may hold a student's data.
    throw new MalformedPage("the body is not JSON");
  }
}

/**
 * Cuts a page into records.
 * @param at JSON path of the list, `$` when the body itself is the list
 * @throws MalformedPage when the body is not a whole JSON document with a list of objects there
 */
export function splitRecords(page: Buffer, at: string): PageRecords {
  const body = page.subarray(0, 3).equals(byteOrderMark) ? page.subarray(3) : page;
  assertJson(body);
  let index = skipSpace(body, 0);
  const keys = at === "$" ? [] : at.slice(2).split(".");
  for (const key of keys) index = findKey(body, index, key);
  if (body[index] !== openBracket) throw new MalformedPage("a list was expected");
  const records: Buffer[] = [];
  let nulls = 0;
  index = skipSpace(body, index + 1);
  while (body[index] !== closeBracket) {
    const end = skipValue(body, index);
    if (body[index] === openBrace) records.push(body.subarray(index, end));
    else if (body.toString("latin1", index, end) === "null") nulls += 1;
    else throw new MalformedPage("a list of objects was expected");
    index = skipSpace(body, end);
    if (body[index] === comma) index = skipSpace(body, index + 1);
    else if (body[index] !== closeBracket) throw new MalformedPage("the list is not closed");
  }
  return { records, nulls };
}
