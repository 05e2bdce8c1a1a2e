/** Reads GraphQL queries, as far as readers of data write them: no fragments, directives or mutations. */

/** A value that is written into a query, or given by a variable of it. */
export type Value =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "object"; readonly members: Readonly<Record<string, Value>> };

export interface Field {
  readonly name: string;
  /** What the answer calls it. */
  readonly alias: string;
  readonly arguments: Readonly<Record<string, Value>>;
  /** Undefined for a field that is a plain value. */
  readonly selection: readonly Field[] | undefined;
}

/** A query: the names of its variables with their types, and its fields. */
export interface Query {
  readonly variables: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
}

/** What is wrong with a query, as the API says it. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}

const tokenPattern = /\s+|,|#[^\n]*|("(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?|[A-Za-z_]\w*|[!$():=@[\]{}|]|\.\.\.)/y;
const depthMax = 20;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      throw new QueryError(`Parse error on "${text[at]}"`);
    }
    if (match[1] !== undefined) {
      tokens.push(match[1]);
    }
  }
  return tokens;
}

/** Tokens that are read from the first to the last. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get next(): string {
    return this.#tokens[this.#at] ?? "end of query";
  }

  take(): string {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  /** Takes a token if it is the next one. */
  takes(token: string): boolean {
    const isNext = this.next === token;
    this.#at += isNext ? 1 : 0;
    return isNext;
  }

  expect(token: string): void {
    if (!this.takes(token)) {
      throw new QueryError(`Parse error on "${this.next}", expected "${token}"`);
    }
  }

  name(): string {
    if (!/^[A-Za-z_]/.test(this.next) || this.next === "end of query") {
      throw new QueryError(`Parse error on "${this.next}", expected a name`);
    }
    return this.take();
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }
}

function variablesOf(reader: Reader): Record<string, string> {
  const variables: Record<string, string> = {};
  while (!reader.takes(")")) {
    reader.expect("$");
    const name = reader.name();
    reader.expect(":");
    const isList = reader.takes("[");
    const type = reader.name();
    reader.takes("!");
    if (isList) {
      reader.expect("]");
    }
    variables[name] = reader.takes("!") ? `${type}!` : type;
  }
  return variables;
}

function valueAt(reader: Reader): Value {
  if (reader.takes("$")) {
    return { kind: "variable", name: reader.name() };
  }
  if (reader.takes("{")) {
    const members: Record<string, Value> = {};
    while (!reader.takes("}")) {
      const name = reader.name();
      reader.expect(":");
      members[name] = valueAt(reader);
    }
    return { kind: "object", members };
  }
  const token = reader.take();
  if (token.startsWith('"')) {
    return { kind: "literal", value: String(JSON.parse(token)) };
  }
  if (/^-?\d/.test(token)) {
    return { kind: "literal", value: Number(token) };
  }
  const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
  return { kind: "literal", value: token in words ? (words[token] ?? null) : token };
}

function argumentsOf(reader: Reader): Record<string, Value> {
  const found: Record<string, Value> = {};
  while (!reader.takes(")")) {
    const name = reader.name();
    reader.expect(":");
    found[name] = valueAt(reader);
  }
  return found;
}

function selectionOf(reader: Reader, depth: number): Field[] {
  if (depth > depthMax) {
    throw new QueryError(`Query has depth of ${depth}, which exceeds max depth of ${depthMax}`);
  }
  const fields: Field[] = [];
  while (!reader.takes("}")) {
    const first = reader.name();
    const name = reader.takes(":") ? reader.name() : first;
    const given = reader.takes("(") ? argumentsOf(reader) : {};
    const selection = reader.takes("{") ? selectionOf(reader, depth + 1) : undefined;
    fields.push({ name, alias: first, arguments: given, selection });
  }
  return fields;
}

/** The query that a text is. @throws QueryError where it is none, or one that is not imitated */
export function parseQuery(text: string): Query {
  const reader = new Reader(tokensOf(text));
  let variables: Record<string, string> = {};
  if (reader.takes("query")) {
    if (reader.next !== "{" && reader.next !== "(") {
      reader.name();
    }
    if (reader.takes("(")) {
      variables = variablesOf(reader);
    }
  }
  reader.expect("{");
  const fields = selectionOf(reader, 1);
  if (!reader.isAtEnd) {
    throw new QueryError(`Parse error on "${reader.next}", expected the end of the query`);
  }
  return { variables, fields };
}
