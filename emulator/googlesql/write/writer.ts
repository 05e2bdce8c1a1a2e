import { positionAt, UnsupportedSql } from "../errors.ts";
import type { Expression, Query, Type } from "../syntax.ts";
import { Scope } from "./scope.ts";

/** What the statements of one text share: names declared by one and used by the next. */
export interface Script {
  sql: string;
  projectId: string;
  /** The dataset of tables that are named without one; without it such names are refused. */
  defaultDataset: string | undefined;
  /** Tables the statement reads, by dataset.table as written first. */
  reads: Map<string, { dataset: string; table: string }>;
  /** Query parameters used so far, as first written, by their lower-case name. */
  parameters: Map<string, string>;
  variables: Map<string, Type | undefined>;
  temporaryFunctions: Set<string>;
  temporaryTables: Set<string>;
  /** Parameters of the SQL function whose body is being written. */
  functionParameters: Map<string, Type | undefined>;
  /** Expressions written so far, each time: some are written twice, and nested ones twice in each. */
  written: number;
  /** Types found so far: a chain of operators asks for those of its operands again at each link. */
  types: WeakMap<Expression, { scope: Scope; type: Type | undefined }>;
}

const writtenMax = 500_000;

/** How a query is used: its rows, each row as one value (a scalar subquery, IN), or all such values as an array. */
export type QueryUse = "rows" | "value" | "array";

/** The rules that all others need; given from outside, so that the files form no circle. */
export interface WriterRules {
  expression: (expression: Expression, writer: Writer) => string;
  query: (query: Query, writer: Writer, use: QueryUse) => string;
  typeOf: (expression: Expression, writer: Writer) => Type | undefined;
  isAggregated: (expression: Expression, aliases?: ReadonlyMap<string, Expression>) => boolean;
}

/** Writes DuckDB SQL for syntax trees, in one scope of names. */
export class Writer {
  readonly script: Script;
  readonly scope: Scope;
  private readonly rules: WriterRules;

  constructor(script: Script, scope: Scope, rules: WriterRules) {
    this.script = script;
    this.scope = scope;
    this.rules = rules;
  }

  expression(expression: Expression): string {
    this.script.written += 1;
    if (this.script.written > writtenMax) {
      this.refuse("statement that grows too large in translation", expression.offset);
    }
    return this.rules.expression(expression, this);
  }

  expressions(expressions: readonly Expression[]): string {
    return expressions.map((expression) => this.expression(expression)).join(", ");
  }

  query(query: Query, use: QueryUse = "rows"): string {
    return this.rules.query(query, this, use);
  }

  /** The type of an expression where it shows in the text; undefined where only the schema could tell. */
  typeOf(expression: Expression): Type | undefined {
    const { types } = this.script;
    const known = types.get(expression);
    if (known !== undefined && known.scope === this.scope) {
      return known.type;
    }
    const type = this.rules.typeOf(expression, this);
    types.set(expression, { scope: this.scope, type });
    return type;
  }

  /** The name of a simple type that shows in the text. */
  simpleTypeOf(expression: Expression): string | undefined {
    const type = this.typeOf(expression);
    return type?.kind === "simple" ? type.name : undefined;
  }

  /**
   * Whether the expression holds an aggregate or window function of this query. In the body of a SQL function any
   * parameter may turn out to hold one.
   */
  isAggregated(expression: Expression): boolean {
    return this.script.functionParameters.size > 0 || this.rules.isAggregated(expression, this.scope.aliases);
  }

  /** A writer one scope deeper. */
  inner(): Writer {
    return new Writer(this.script, new Scope(this.scope), this.rules);
  }

  /** A writer in another scope. */
  in(scope: Scope): Writer {
    return new Writer(this.script, scope, this.rules);
  }

  refuse(construct: string, offset: number, message?: string): never {
    throw new UnsupportedSql(construct, positionAt(this.script.sql, offset), message);
  }
}
