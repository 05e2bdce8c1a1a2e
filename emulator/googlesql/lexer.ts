import { positionAt, UnsupportedSql } from "./errors.ts";
import { positionalName } from "./positional.ts";
import { LiteralProblem, resolveEscapes } from "./string-literal.ts";

/** word: unquoted name or keyword. name: backquoted identifier. For both, and for literals, `text` is the value. */
export interface Token {
  kind: "word" | "name" | "number" | "string" | "bytes" | "parameter" | "symbol" | "end";
  text: string;
  /** The text in capitals for words, the symbol itself for symbols, empty otherwise: what grammar is matched on. */
  key: string;
  offset: number;
  end: number;
}

const blank = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.(?![A-Za-z_`])\d*|\.(?=[eE][+-]?\d))?|\.\d+)(?:[eE][+-]?\d+)?/y;
const quote = /(r|b|rb|br)?('''|"""|'|")/iy;
// The symbols of other dialects are tokens too, so that they can be refused by name. `>` never joins a second `>`:
// ARRAY<STRUCT<…>> needs them apart, and the expression parser joins the two of a shift.
const symbol = /<>|<=|>=|!=|\|\||\|>|<<|=>|->>|->|::|:=|==|\*\*|~~|!~|\/\/|@@|[-+*/(),.;:<>=[\]{}?&|^~@%$!]/y;
const sizeMax = 1_000_000;

/**
 * Splits GoogleSQL text into tokens; comments and blanks are dropped, literals are resolved to their values.
 *
 * @returns the tokens, the last of kind `end`
 * @throws UnsupportedSql for what is no token of GoogleSQL
 */
export function tokenize(sql: string): Token[] {
  if (sql.length > sizeMax) {
    throw new UnsupportedSql("text of more than 1 MB", { line: 1, column: 1 });
  }
  const tokens: Token[] = [];
  let positional = 0;
  let offset = skipBlank(sql, 0);
  while (offset < sql.length) {
    const token = readToken(sql, offset);
    if (token.kind === "symbol" && token.key === "?") {
      positional += 1;
      tokens.push({ ...token, kind: "parameter", text: positionalName(positional), key: "" });
    } else tokens.push(token);
    offset = skipBlank(sql, token.end);
  }
  tokens.push({ kind: "end", text: "", key: "", offset: sql.length, end: sql.length });
  return tokens;
}

function skipBlank(sql: string, offset: number): number {
  const end = matchAt(blank, sql, offset)?.end ?? offset;
  if (sql.startsWith("/*", end)) {
    throw refusal(sql, "unterminated comment", end);
  }
  return end;
}

function readToken(sql: string, offset: number): Token {
  const quoted = matchAt(quote, sql, offset);
  if (quoted !== undefined) {
    return readString(sql, offset, quoted.text);
  }
  if (sql[offset] === "`") {
    return readName(sql, offset);
  }
  const words = matchAt(word, sql, offset);
  if (words !== undefined) {
    return { kind: "word", text: words.text, key: words.text.toUpperCase(), offset, end: words.end };
  }
  const digits = matchAt(number, sql, offset);
  if (digits !== undefined) {
    if (/[A-Za-z_]/.test(sql[digits.end] ?? "")) {
      throw refusal(sql, `number ${digits.text}${sql[digits.end]}`, offset);
    }
    return { kind: "number", text: digits.text, key: "", offset, end: digits.end };
  }
  return readSymbol(sql, offset);
}

function readSymbol(sql: string, offset: number): Token {
  const found = matchAt(symbol, sql, offset);
  if (found === undefined) {
    throw refusal(sql, `character ${JSON.stringify(sql[offset])}`, offset);
  }
  if (found.text === "@") {
    const name = matchAt(word, sql, found.end);
    if (name === undefined) {
      throw refusal(sql, "hint @", offset);
    }
    return { kind: "parameter", text: name.text, key: "", offset, end: name.end };
  }
  if (found.text === "@@") {
    throw refusal(sql, `system variable @@${matchAt(word, sql, found.end)?.text ?? ""}`, offset);
  }
  return { kind: "symbol", text: found.text, key: found.text, offset, end: found.end };
}

function readString(sql: string, offset: number, opening: string): Token {
  const quotes = opening.replace(/^[rb]+/i, "");
  const prefix = opening.slice(0, opening.length - quotes.length).toLowerCase();
  const start = offset + opening.length;
  const close = closing(sql, start, quotes);
  const body = sql.slice(start, close);
  if (close < 0 || (quotes.length === 1 && body.includes("\n"))) {
    throw refusal(sql, "unterminated string literal", offset);
  }
  const bytes = prefix.includes("b");
  const text = prefix.includes("r")
    ? bytes
      ? Buffer.from(body, "utf8").toString("latin1")
      : body
    : resolve(sql, body, start, bytes);
  return { kind: bytes ? "bytes" : "string", text, key: "", offset, end: close + quotes.length };
}

function readName(sql: string, offset: number): Token {
  const close = closing(sql, offset + 1, "`");
  const body = sql.slice(offset + 1, close);
  if (close < 0 || body === "" || body.includes("\n")) {
    throw refusal(sql, "unterminated or empty quoted identifier", offset);
  }
  return { kind: "name", text: resolve(sql, body, offset + 1, false), key: "", offset, end: close + 1 };
}

/** The offset of the closing quotes, or -1. A backslash guards the next character, in raw strings too. */
function closing(sql: string, start: number, quotes: string): number {
  for (let at = start; at < sql.length; at += sql[at] === "\\" ? 2 : 1) {
    if (sql.startsWith(quotes, at)) {
      return at;
    }
  }
  return -1;
}

function resolve(sql: string, body: string, start: number, bytes: boolean): string {
  try {
    return resolveEscapes(body, bytes);
  } catch (error) {
    if (error instanceof LiteralProblem) {
      throw refusal(sql, error.construct, start + error.offset);
    }
    throw error;
  }
}

function matchAt(pattern: RegExp, text: string, offset: number): { text: string; end: number } | undefined {
  pattern.lastIndex = offset;
  const match = pattern.exec(text);
  return match === null ? undefined : { text: match[0], end: pattern.lastIndex };
}

function refusal(sql: string, construct: string, offset: number): UnsupportedSql {
  return new UnsupportedSql(construct, positionAt(sql, offset));
}
