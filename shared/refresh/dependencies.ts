import { isKeyword, isSign, type Token } from "./tokens.ts";

/** A table that a SELECT reads, as it is written, and where. */
export interface TableReference {
  readonly path: string;
  readonly line: number;
}

/** What one pair of parentheses (or the whole text) has shown so far. */
interface Level {
  /** A SELECT stands here, so that a FROM here is the query's and not that of `extract(year from …)`. */
  isQuery: boolean;
  /** We are between FROM and the next clause: a comma begins another table. */
  inFrom: boolean;
  /** These parentheses stand where a table stands: a subquery, a join, the arguments of UNNEST. An alias may follow. */
  isTable: boolean;
  /** Names by which tables of this FROM are known: `from t as s, s.list` reads a list of s, not a table. */
  aliases: Set<string>;
}

/** What stands where a table stands, with the names that may turn out to be known there. */
interface Candidate extends TableReference {
  readonly first: string;
  readonly knownBefore: boolean;
  /** Names of the queries around it. Their FROM may come later in the text: `(select count(*) from s.list) from t as s`. */
  readonly around: readonly ReadonlySet<string>[];
}

/** Words that end the FROM clause of their level. */
const clauseWords = ["where", "group", "having", "qualify", "window", "order", "limit", "union", "intersect", "except"];

/** Words that may stand right behind a table and are no alias of it. */
const notAliases = new Set([
  ...clauseWords,
  ...["select", "from", "join", "inner", "left", "right", "full", "cross", "on", "using", "with", "for", "as"],
  ...["tablesample", "pivot", "unpivot", "natural", "outer", "hash", "lookup", "match_recognize"],
]);

function openLevel(isTable = false): Level {
  return { isQuery: false, inFrom: false, isTable, aliases: new Set() };
}

/** Names of common table expressions: `name as (select …`. Nothing else in a SELECT looks like that. */
function commonTables(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>();
  tokens.forEach((token, index) => {
    if (token.kind !== "word" && token.kind !== "quoted") return;
    if (!isKeyword(tokens[index + 1], "as") || !isSign(tokens[index + 2], "(")) return;
    let first = index + 3;
    while (isSign(tokens[first], "(")) first += 1;
    if (isKeyword(tokens[first], "select", "with", "from")) names.add(token.text.toLowerCase());
  });
  return names;
}

/** Reads `a.b.c` from a position. @returns its parts and the position behind it */
function pathAt(tokens: readonly Token[], start: number): { parts: string[]; next: number } {
  const parts = (tokens[start]?.text ?? "").split(".");
  let next = start + 1;
  while (isSign(tokens[next], ".") && tokens[next + 1] !== undefined) {
    parts.push(...(tokens[next + 1]?.text ?? "").split("."));
    next += 2;
  }
  return { parts, next };
}

function aliasAt(tokens: readonly Token[], position: number): string | undefined {
  const named = isKeyword(tokens[position], "as") ? tokens[position + 1] : tokens[position];
  if (named?.kind === "quoted") return named.text.toLowerCase();
  const isName = named?.kind === "word" && !notAliases.has(named.text.toLowerCase());
  return isName ? named.text.toLowerCase() : undefined;
}

/**
 * The tables that a SELECT reads, in the order of the text: what follows FROM, JOIN or a comma between them, without
 * common table expressions, subqueries, UNNEST and other table functions, and lists of a table named before.
 */
export function tablesRead(tokens: readonly Token[]): TableReference[] {
  const common = commonTables(tokens);
  const found: Candidate[] = [];
  const levels: Level[] = [openLevel()];
  let expectsTable = false;
  let afterFunction = false;

  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const level = levels.at(-1) as Level;
    if (isSign(token, "(")) {
      const inner = openLevel(expectsTable || afterFunction);
      afterFunction = false;
      // `from (a join b)`: what stands in these parentheses is still the FROM clause.
      inner.inFrom = expectsTable && !isKeyword(tokens[at + 1], "select", "with");
      expectsTable = inner.inFrom;
      levels.push(inner);
    } else if (isSign(token, ")")) {
      const closed = levels.length > 1 ? levels.pop() : undefined;
      const alias = closed?.isTable ? aliasAt(tokens, at + 1) : undefined;
      if (alias !== undefined) levels.at(-1)?.aliases.add(alias);
      expectsTable = false;
    } else if (expectsTable && (token.kind === "word" || token.kind === "quoted")) {
      const { parts, next } = pathAt(tokens, at);
      afterFunction = isSign(tokens[next], "(");
      const first = (parts[0] ?? "").toLowerCase();
      const knownBefore = parts.length === 1 ? common.has(first) : level.aliases.has(first);
      const around = parts.length === 1 ? [] : levels.slice(0, -1).map(({ aliases }) => aliases);
      if (!afterFunction) found.push({ path: parts.join("."), line: token.line, first, knownBefore, around });
      const alias = aliasAt(tokens, next);
      if (!afterFunction) level.aliases.add(alias ?? (parts.at(-1) ?? "").toLowerCase());
      expectsTable = false;
      at = next - 1;
    } else if (isKeyword(token, "select")) {
      level.isQuery = true;
      level.inFrom = false;
      level.aliases = new Set();
    } else if (isKeyword(token, "from")) {
      // `is distinct from` compares; `from` at the beginning of a query is a query of its own (pipe syntax).
      const compares = isKeyword(tokens[at - 1], "distinct");
      const begins = at === 0 || (isSign(tokens[at - 1], "(") && levels.length > 1 && isFromQuery(tokens, at));
      level.inFrom = (level.isQuery && !compares) || begins;
      expectsTable = level.inFrom;
    } else if (isKeyword(token, "join") || (level.inFrom && isSign(token, ","))) {
      level.inFrom = true;
      expectsTable = true;
    } else if (isKeyword(token, ...clauseWords)) {
      level.inFrom = false;
    }
  }
  return found
    .filter(({ first, knownBefore, around }) => !knownBefore && !around.some((names) => names.has(first)))
    .map(({ path, line }) => ({ path, line }));
}

/** `(from t …`, a query that begins with FROM, which has a pipe somewhere; `trim(from …)` does not exist. */
function isFromQuery(tokens: readonly Token[], at: number): boolean {
  const { next } = pathAt(tokens, at + 1);
  return isSign(tokens[next], "|>");
}
