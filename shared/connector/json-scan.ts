/**
 * Finds where the values of a JSON text end, and refuses what is not JSON to the letter (RFC 8259). It looks at each byte once and makes
 * nothing: every byte that is extracted goes through here, and JSON.parse, which makes objects only to throw them away, takes about three
 * times as long and keeps the garbage collector busy.
 */

const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
export const openBrace = 0x7b;
const closeBrace = 0x7d;
export const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;
const digit0 = 0x30;
const digit9 = 0x39;
const upperE = 0x45;
const lowerE = 0x65;
const lowerU = 0x75;

/** The deepest nesting that is followed: BigQuery's JSON takes 500 levels, and without any limit a body could exhaust the stack. */
const depthMax = 500;

/** The text is not JSON. The message says in what way; it never quotes the text. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/** Skips one value of a list or an object; the name of an object's member lies between the quotes at `nameFrom` and before `nameTo`. */
export type SkipValue = (body: Buffer, at: number, depth: number, nameFrom: number, nameTo: number) => number;

/** Index of the first byte from `at` on that is no white space. */
export function skipSpace(body: Buffer, at: number): number {
  let index = at;
  let byte = body[index];
  while (byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    index += 1;
    byte = body[index];
  }
  return index;
}

const escapes = new Set(Buffer.from('"\\/bfnrt'));
const fourHexDigits = /^[0-9A-Fa-f]{4}$/;

/** Index after the escape whose backslash is at `at`. */
function skipEscape(body: Buffer, at: number): number {
  const byte = body[at + 1];
  if (byte === lowerU && fourHexDigits.test(body.toString("latin1", at + 2, at + 6))) return at + 6;
  if (byte !== undefined && escapes.has(byte)) return at + 2;
  throw new NotJson("a string holds an escape that JSON does not have");
}

function skipString(body: Buffer, at: number): number {
  if (body[at] !== quote) throw new NotJson("a string is missing");
  let index = at + 1;
  for (;;) {
    let byte = body[index];
    while (byte !== undefined && byte !== quote && byte !== backslash && byte >= space) {
      index += 1;
      byte = body[index];
    }
    if (byte === quote) return index + 1;
    if (byte === backslash) index = skipEscape(body, index);
    else throw new NotJson(byte === undefined ? "the body ends inside a string" : "a string holds a control character");
  }
}

/** Index after the digits from `at` on, of which there must be one. */
function skipDigits(body: Buffer, at: number): number {
  let index = at;
  for (let byte = body[index]; byte !== undefined && byte >= digit0 && byte <= digit9; byte = body[index]) index += 1;
  if (index === at) throw new NotJson("a value is missing, or is none that JSON has");
  return index;
}

function skipNumber(body: Buffer, at: number): number {
  let index = body[at] === minus ? at + 1 : at;
  index = body[index] === digit0 ? index + 1 : skipDigits(body, index);
  if (body[index] === point) index = skipDigits(body, index + 1);
  if (body[index] === lowerE || body[index] === upperE) {
    const sign = body[index + 1];
    index = skipDigits(body, sign === plus || sign === minus ? index + 2 : index + 1);
  }
  return index;
}

const words = new Map(["true", "false", "null"].map((word) => [word.charCodeAt(0), word]));

/** Index after the value that begins at `at`. @throws NotJson */
export function skipValue(body: Buffer, at: number, depth: number): number {
  const byte = body[at];
  if (byte === quote) return skipString(body, at);
  if (byte === openBrace) return skipObject(body, at, depth + 1);
  if (byte === openBracket) return skipList(body, at, depth + 1);
  const word = words.get(byte ?? 0);
  if (word === undefined) return skipNumber(body, at);
  if (body.toString("latin1", at, at + word.length) === word) return at + word.length;
  throw new NotJson("a word is none that JSON has");
}

/** Index after the object that begins at `at`; each of its values is skipped by `skip`. @throws NotJson */
export function skipObject(body: Buffer, at: number, depth: number, skip: SkipValue = skipValue): number {
  if (depth > depthMax) throw new NotJson("its values are nested too deeply");
  let index = skipSpace(body, at + 1);
  if (body[index] === closeBrace) return index + 1;
  for (;;) {
    const nameFrom = index;
    const nameTo = skipString(body, index);
    index = skipSpace(body, nameTo);
    if (body[index] !== colon) throw new NotJson("a colon is missing");
    index = skipSpace(body, skip(body, skipSpace(body, index + 1), depth, nameFrom, nameTo));
    if (body[index] === closeBrace) return index + 1;
    if (body[index] !== comma) throw new NotJson("an object is not closed");
    index = skipSpace(body, index + 1);
  }
}

/** Index after the list that begins at `at`; each of its values is skipped by `skip`. @throws NotJson */
export function skipList(body: Buffer, at: number, depth: number, skip: SkipValue = skipValue): number {
  if (depth > depthMax) throw new NotJson("its values are nested too deeply");
  let index = skipSpace(body, at + 1);
  if (body[index] === closeBracket) return index + 1;
  for (;;) {
    index = skipSpace(body, skip(body, index, depth, index, index));
    if (body[index] === closeBracket) return index + 1;
    if (body[index] !== comma) throw new NotJson("a list is not closed");
    index = skipSpace(body, index + 1);
  }
}
