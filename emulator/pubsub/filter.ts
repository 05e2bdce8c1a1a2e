import { invalid } from "./errors.ts";

/** Says whether a message with these attributes passes. */
export type Filter = (attributes: Readonly<Record<string, string>>) => boolean;

const bytesMax = 256;

/**
 * Reads a filter of a subscription (https://cloud.google.com/pubsub/docs/subscription-message-filter): `attributes:key`,
 * `attributes.key = "value"`, `!=`, `hasPrefix(attributes.key, "value")`, joined by NOT (or -), AND, OR and parentheses. AND and OR may not be
 * mixed without parentheses. A comparison fails, also with `!=`, only on what the attribute holds: a message without the key passes `!=`.
 * @returns a filter that lets everything pass for an empty text.
 * @throws PubSubError INVALID_ARGUMENT
 */
export function parseFilter(text: string): Filter {
  if (text.trim() === "") return () => true;
  if (Buffer.byteLength(text) > bytesMax) throw invalid("The filter is longer than 256 bytes.");
  const tokens = new Tokens(text);
  const filter = parseExpression(tokens);
  if (tokens.peek() !== undefined) throw tokens.unexpected();
  return filter;
}

function parseExpression(tokens: Tokens): Filter {
  const terms = [parseTerm(tokens)];
  const operator = tokens.peek();
  if (operator !== "AND" && operator !== "OR") return terms[0] ?? (() => true);
  while (tokens.peek() === operator) {
    tokens.take();
    terms.push(parseTerm(tokens));
  }
  if (tokens.peek() === "AND" || tokens.peek() === "OR") {
    throw invalid("The filter mixes AND and OR; parentheses must say which comes first.");
  }
  return operator === "AND"
    ? (attributes) => terms.every((term) => term(attributes))
    : (attributes) => terms.some((term) => term(attributes));
}

function parseTerm(tokens: Tokens): Filter {
  const token = tokens.peek();
  if (token === "NOT" || token === "-") {
    tokens.take();
    const negated = parseTerm(tokens);
    return (attributes) => !negated(attributes);
  }
  if (token === "(") {
    tokens.take();
    const inner = parseExpression(tokens);
    tokens.expect(")");
    return inner;
  }
  return token === "hasPrefix" ? parsePrefix(tokens) : parseComparison(tokens);
}

function parsePrefix(tokens: Tokens): Filter {
  tokens.take();
  tokens.expect("(");
  tokens.expect("attributes");
  tokens.expect(".");
  const key = tokens.key();
  tokens.expect(",");
  const prefix = tokens.text();
  tokens.expect(")");
  return (attributes) => attributes[key]?.startsWith(prefix) === true;
}

function parseComparison(tokens: Tokens): Filter {
  tokens.expect("attributes");
  if (tokens.peek() === ":") {
    tokens.take();
    const key = tokens.key();
    return (attributes) => Object.hasOwn(attributes, key);
  }
  tokens.expect(".");
  const key = tokens.key();
  const operator = tokens.take();
  if (operator !== "=" && operator !== "!=") throw tokens.unexpected();
  const value = tokens.text();
  return (attributes) => (attributes[key] === value) === (operator === "=");
}

/** The filter's words, marks and quoted texts, one after another. */
class Tokens {
  readonly #tokens: string[];
  readonly #filter: string;
  #next = 0;

  constructor(filter: string) {
    this.#filter = filter;
    this.#tokens = filter.match(/"(?:[^"\\]|\\.)*"|!=|[():.,=]|[A-Za-z0-9_][A-Za-z0-9_-]*|-|\S/gs) ?? [];
  }

  peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  take(): string | undefined {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  expect(token: string): void {
    if (this.take() !== token) throw this.unexpected();
  }

  /** An attribute's key: a plain word, or any text in quotes. */
  key(): string {
    const token = this.peek() ?? "";
    if (token.startsWith('"')) return this.text();
    if (!/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(token)) throw this.unexpected();
    this.#next += 1;
    return token;
  }

  text(): string {
    const token = this.take() ?? "";
    if (!/^".*"$/s.test(token)) throw this.unexpected();
    return token
      .slice(1, -1)
      .replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, sequence: string) => unescaped(sequence));
  }

  unexpected(): Error {
    const token = this.#tokens[this.#next - 1] ?? this.peek();
    return invalid(`Invalid filter at ${token === undefined ? "its end" : `'${token}'`}: ${this.#filter}`);
  }
}

function unescaped(sequence: string): string {
  if (/^[ux][0-9a-fA-F]+$/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
  return { n: "\n", r: "\r", t: "\t" }[sequence] ?? sequence;
}
