import { positionAt, UnsupportedSql } from "../errors.ts";
import type { Token } from "../lexer.ts";
import type { Expression, Name, Query } from "../syntax.ts";
import { reservedWords } from "../words.ts";

const depthMax = 150;

/** The two rules that every other rule needs; given from outside, so that the files of the grammar form no circle. */
export interface Grammar {
  expression: (cursor: Cursor) => Expression;
  query: (cursor: Cursor) => Query;
}

/** A place in the tokens of one text, and the small questions a parser asks there. */
export class Cursor {
  readonly sql: string;
  index = 0;
  private readonly tokens: readonly Token[];
  private readonly grammar: Grammar;
  private depth = 0;

  constructor(sql: string, tokens: readonly Token[], grammar: Grammar) {
    this.sql = sql;
    this.tokens = tokens;
    this.grammar = grammar;
  }

  expression(): Expression {
    return this.grammar.expression(this);
  }

  query(): Query {
    return this.grammar.query(this);
  }

  /** Whether a query starts `ahead` places further. `((` may still be one; the parser of parentheses finds out. */
  startsQuery(ahead = 0): boolean {
    return ["SELECT", "WITH", "FROM"].includes(this.peek(ahead).key);
  }

  /** The token `ahead` places further; past the end, the end. */
  peek(ahead = 0): Token {
    const token = this.tokens[this.index + ahead] ?? this.tokens.at(-1);
    if (token === undefined) {
      throw new RangeError("A token list holds at least its end");
    }
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.index += 1;
    return token;
  }

  /** Whether these words and symbols come next, in this order. Quoted names never match. */
  is(...keys: string[]): boolean {
    for (const [ahead, key] of keys.entries()) {
      if (this.peek(ahead).key !== key) {
        return false;
      }
    }
    return true;
  }

  isAny(...keys: string[]): boolean {
    return keys.includes(this.peek().key);
  }

  /** Consumes the words and symbols if they come next. */
  take(...keys: string[]): boolean {
    const found = this.is(...keys);
    if (found) {
      this.index += keys.length;
    }
    return found;
  }

  expect(...keys: string[]): void {
    for (const key of keys) {
      if (!this.take(key)) {
        this.refuse(this.described(), `Expected ${key} but found ${this.described()}`);
      }
    }
  }

  /** Whether a name may start here: a quoted identifier, or a word that is not reserved. */
  isName(): boolean {
    const token = this.peek();
    return token.kind === "name" || (token.kind === "word" && !reservedWords.has(token.key));
  }

  /** Reads one name. After a dot reserved words are names too. */
  name(afterDot = false): Name {
    const token = this.peek();
    if (!this.isName() && !(afterDot && token.kind === "word")) {
      const what = token.kind === "word" ? `reserved keyword ${token.key} as a name` : this.described();
      this.refuse(what);
    }
    this.index += 1;
    return { text: token.text, offset: token.offset };
  }

  /** Reads `item, item, …` with at least one item. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(",")) {
      items.push(item());
    }
    return items;
  }

  /** Reads `( item, item, … )`. */
  parenthesized<T>(item: () => T): T[] {
    this.expect("(");
    const items = this.list(item);
    this.expect(")");
    return items;
  }

  /** Runs a parser one level deeper; a text nested without end would otherwise end the process. */
  nested<T>(parse: () => T): T {
    this.depth += 1;
    if (this.depth > depthMax) {
      this.refuse(`nesting deeper than ${depthMax}`);
    }
    const result = parse();
    this.depth -= 1;
    return result;
  }

  /** What stands here, as a person would call it. */
  described(): string {
    const token = this.peek();
    return token.kind === "end" ? "end of statement" : token.kind === "symbol" ? token.text : token.key || token.text;
  }

  refuse(construct: string, message?: string, offset = this.peek().offset): never {
    throw new UnsupportedSql(construct, positionAt(this.sql, offset), message);
  }
}
