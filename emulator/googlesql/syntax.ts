/** The syntax tree: GoogleSQL as written, nothing resolved. Offsets point into the text, for errors. */

export interface Name {
  text: string;
  offset: number;
}

export type Type =
  | { kind: "simple"; name: SimpleType; parameters: string[] }
  | { kind: "array"; element: Type }
  | { kind: "struct"; fields: { name: Name | undefined; type: Type }[] };

export type SimpleType =
  | "INT64"
  | "FLOAT64"
  | "NUMERIC"
  | "BOOL"
  | "STRING"
  | "BYTES"
  | "DATE"
  | "TIME"
  | "DATETIME"
  | "TIMESTAMP"
  | "JSON";

export type LiteralType = SimpleType | "NULL";

export type SubscriptMode = "OFFSET" | "ORDINAL" | "SAFE_OFFSET" | "SAFE_ORDINAL" | "PLAIN";

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "||"
  | "<<"
  | ">>"
  | "&"
  | "^"
  | "|"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">=";

export type Expression = ExpressionBody & { offset: number };

export type ExpressionBody =
  | { kind: "literal"; type: LiteralType; value: string }
  | { kind: "path"; parts: Name[] }
  | { kind: "field"; of: Expression; name: Name }
  | { kind: "subscript"; of: Expression; mode: SubscriptMode; index: Expression }
  | { kind: "parameter"; name: string }
  | { kind: "unary"; operator: "-" | "+" | "~" | "NOT"; operand: Expression }
  | { kind: "binary"; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: "logical"; operator: "AND" | "OR"; operands: Expression[] }
  | { kind: "like"; negated: boolean; value: Expression; pattern: Expression }
  | { kind: "between"; negated: boolean; value: Expression; low: Expression; high: Expression }
  | { kind: "in"; negated: boolean; value: Expression; candidates: Candidates }
  | { kind: "is"; negated: boolean; value: Expression; what: "NULL" | "TRUE" | "FALSE" | "UNKNOWN" }
  | { kind: "distinct"; negated: boolean; left: Expression; right: Expression }
  | { kind: "case"; operand: Expression | undefined; branches: CaseBranch[]; otherwise: Expression | undefined }
  | { kind: "cast"; safe: boolean; value: Expression; type: Type }
  | { kind: "extract"; part: DatePart; value: Expression; zone: Expression | undefined }
  | { kind: "interval"; value: Expression; part: DatePart }
  | { kind: "array"; type: Type | undefined; items: Expression[] }
  | { kind: "array query"; query: Query }
  | StructExpression
  | { kind: "exists"; query: Query }
  | { kind: "subquery"; query: Query }
  | ({ kind: "call" } & Call);

/** STRUCT(…), STRUCT<…>(…), or a tuple `(a, b)`, whose fields have no names. */
export interface StructExpression {
  kind: "struct";
  isTuple: boolean;
  type: Type | undefined;
  fields: { name: Name | undefined; value: Expression }[];
}

export interface Call {
  /** In capitals for a built-in function; as written, with its dataset, for one of the user. */
  path: Name[];
  safe: boolean;
  star: boolean;
  distinct: boolean;
  arguments: Expression[];
  named: Map<string, Expression>;
  nulls: "IGNORE" | "RESPECT" | undefined;
  having: { extreme: "MAX" | "MIN"; value: Expression } | undefined;
  orderBy: OrderItem[];
  limit: Expression | undefined;
  over: Window | undefined;
}

export interface CaseBranch {
  when: Expression;
  result: Expression;
}

export type Candidates =
  | { kind: "list"; items: Expression[] }
  | { kind: "query"; query: Query }
  | { kind: "array"; array: Expression };

/** DAY, WEEK, … in capitals; `weekday` only for WEEK(MONDAY) and its like. */
export interface DatePart {
  name: string;
  weekday: string | undefined;
  offset: number;
}

export interface OrderItem {
  value: Expression;
  descending: boolean;
  nulls: "FIRST" | "LAST" | undefined;
}

export interface Window {
  base: Name | undefined;
  partitionBy: Expression[];
  orderBy: OrderItem[];
  frame: { unit: "ROWS" | "RANGE"; from: FrameBound; to: FrameBound | undefined } | undefined;
  /** OVER name, without parentheses. */
  bare: boolean;
}

export type FrameBound =
  | { kind: "UNBOUNDED PRECEDING" | "UNBOUNDED FOLLOWING" | "CURRENT ROW" }
  | { kind: "PRECEDING" | "FOLLOWING"; distance: Expression };

export interface Query {
  recursive: boolean;
  ctes: { name: Name; query: Query }[];
  body: QueryBody;
  orderBy: OrderItem[];
  limit: Expression | undefined;
  skip: Expression | undefined;
  offset: number;
}

export type QueryBody =
  | ({ kind: "select" } & Select)
  | { kind: "set"; operator: "UNION" | "INTERSECT" | "EXCEPT"; all: boolean; operands: QueryBody[] }
  | { kind: "nested"; query: Query };

export interface Select {
  offset: number;
  distinct: boolean;
  as: "STRUCT" | "VALUE" | undefined;
  items: SelectItem[];
  from: FromItem | undefined;
  where: Expression | undefined;
  groupBy: GroupItem[];
  having: Expression | undefined;
  qualify: Expression | undefined;
  windows: { name: Name; window: Window }[];
}

export type SelectItem =
  | { kind: "value"; value: Expression; alias: Name | undefined }
  | {
      kind: "star";
      of: Expression | undefined;
      except: Name[];
      replace: { value: Expression; name: Name }[];
      offset: number;
    };

export type GroupItem =
  | { kind: "value"; value: Expression }
  | { kind: "ROLLUP" | "CUBE"; items: Expression[][] }
  | { kind: "GROUPING SETS"; items: Expression[][] };

/** A table path as written, split at its dots: project.dataset.table, dataset.table or table. */
export interface TablePath {
  parts: string[];
  offset: number;
}

export type FromItem =
  | { kind: "table"; path: TablePath; alias: Name | undefined; pivots: Pivot[] }
  | { kind: "function"; path: TablePath; arguments: Expression[]; alias: Name | undefined }
  | { kind: "subquery"; query: Query; alias: Name | undefined; pivots: Pivot[] }
  | { kind: "unnest"; array: Expression; alias: Name | undefined; position: Name | undefined; offset: number }
  | { kind: "join"; type: JoinType; left: FromItem; right: FromItem; on: Expression | undefined; using: Name[] }
  | { kind: "parenthesized"; item: FromItem };

export type JoinType = "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS";

export type Pivot =
  | {
      kind: "pivot";
      aggregates: { call: Expression; alias: Name | undefined }[];
      input: Expression;
      values: { value: Expression; alias: Name | undefined }[];
      alias: Name | undefined;
      offset: number;
    }
  | {
      kind: "unpivot";
      includeNulls: boolean;
      value: Name;
      name: Name;
      columns: { column: Name; label: Expression | undefined }[];
      alias: Name | undefined;
      offset: number;
    };
