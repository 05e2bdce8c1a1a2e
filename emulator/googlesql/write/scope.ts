import type { Expression, Type } from "../syntax.ts";

/** What a name in a query stands for, when it is more than a column of DuckDB's own resolution. */
export interface Element {
  /** How DuckDB says it. */
  sql: string;
  type: Type | undefined;
}

/**
 * The names a query can see. GoogleSQL and DuckDB agree on plain columns, which are left to DuckDB; this keeps what they
 * do not agree on: elements of UNNEST, aliases of the SELECT list, common table expressions.
 */
export class Scope {
  readonly parent: Scope | undefined;
  /** Range variables of FROM, in lower case. */
  readonly tables = new Set<string>();
  readonly elements = new Map<string, Element>();
  readonly ctes = new Set<string>();
  /** Aliases of the SELECT list; set while a clause is written in which they win over columns. */
  aliases: ReadonlyMap<string, Expression> | undefined;
  /** Set when FROM holds an UNNEST of which nobody can say whether `*` is one column or several. */
  opaque: string | undefined;
  /** JSON calls of the SELECT list whose values FROM already has, with how they are written; set while the list is. */
  jsonCalls: ReadonlyMap<string, string> | undefined;

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  isCte(name: string): boolean {
    return this.ctes.has(name.toLowerCase()) || (this.parent?.isCte(name) ?? false);
  }

  isRangeVariable(name: string): boolean {
    const key = name.toLowerCase();
    return this.tables.has(key) || this.elements.has(key) || (this.parent?.isRangeVariable(name) ?? false);
  }

  /** Whether rows of an outer query can be seen from here, so that any column may turn out to be one of theirs. */
  hasOuterRows(): boolean {
    const { parent } = this;
    return parent !== undefined && (parent.tables.size > 0 || parent.elements.size > 0 || parent.hasOuterRows());
  }

  /** The UNNEST element of this name, unless a nearer table has the name. */
  element(name: string): Element | undefined {
    const key = name.toLowerCase();
    return this.elements.get(key) ?? (this.tables.has(key) ? undefined : this.parent?.element(name));
  }
}
