import type { Call, Expression, SimpleType, Type } from "../../syntax.ts";
import type { Writer } from "../writer.ts";

/** What a call may carry besides its arguments. */
export type Modifier = "distinct" | "order" | "limit" | "nulls" | "having" | "star";

/** How one function of GoogleSQL is written in DuckDB. A function without a rule is refused. */
export interface FunctionRule {
  kind: "scalar" | "aggregate" | "window";
  least: number;
  most: number;
  /** `over` is the OVER clause to put behind the aggregate or window function, or empty. */
  write: (call: Call, writer: Writer, over: string) => string;
  returns?: (call: Call, writer: Writer) => Type | undefined;
  /** How SAFE.f(…) is written, where TRY(f(…)) is not right. */
  safe?: (call: Call, writer: Writer) => string;
  modifiers?: readonly Modifier[];
  /** Names of arguments that may be given as name => value. */
  named?: readonly string[];
}

export type FunctionRules = Readonly<Record<string, FunctionRule>>;

type Returns = SimpleType | FunctionRule["returns"];

export function simple(name: SimpleType): Type {
  return { kind: "simple", name, parameters: [] };
}

export function arrayOf(name: SimpleType): Type {
  return { kind: "array", element: simple(name) };
}

/** A scalar function that needs its own text. */
export function scalar(
  [least, most]: readonly [number, number],
  returns: Returns,
  write: (call: Call, writer: Writer) => string,
  more: Partial<FunctionRule> = {},
): FunctionRule {
  return { kind: "scalar", least, most, write, ...returning(returns), ...more };
}

/** A scalar function that DuckDB, or a macro of the prelude, has under another name and the same meaning. */
export function renamed(name: string, counts: readonly [number, number], returns?: Returns): FunctionRule {
  return scalar(counts, returns, (call, writer) => `${name}(${writer.expressions(call.arguments)})`);
}

/** The same, but the result of DuckDB has another integer type, which becomes INT64. */
export function integer(name: string, counts: readonly [number, number]): FunctionRule {
  return scalar(counts, "INT64", (call, writer) => `CAST(${name}(${writer.expressions(call.arguments)}) AS BIGINT)`);
}

export function returning(returns: Returns): Pick<FunctionRule, "returns"> {
  if (returns === undefined) {
    return {};
  }
  return { returns: typeof returns === "string" ? () => simple(returns) : returns };
}

/** The type of the first argument whose type shows in the text. */
export function sameAsArgument(call: Call, writer: Writer): Type | undefined {
  const [first] = call.arguments;
  return first === undefined ? undefined : writer.typeOf(first);
}

/** The type of values that must find one type, if every one that is not NULL shows the same. */
export function commonType(values: readonly Expression[], writer: Writer): Type | undefined {
  const types = values
    .filter((value) => !(value.kind === "literal" && value.type === "NULL"))
    .map((value) => writer.typeOf(value));
  const [first] = types;
  return types.every((type) => JSON.stringify(type) === JSON.stringify(first)) ? first : undefined;
}

export function commonOfArguments(call: Call, writer: Writer): Type | undefined {
  return commonType(call.arguments, writer);
}

/** The argument at a place, which the count of arguments has been checked to have. */
export function argument(call: Call, index: number): Expression {
  const found = call.arguments[index];
  if (found === undefined) {
    throw new RangeError(`No argument ${index}`);
  }
  return found;
}

/** The text of an argument that must be a literal string, such as a format. */
export function literalText(call: Call, index: number, what: string, writer: Writer): string {
  const found = argument(call, index);
  return found.kind === "literal" && found.type === "STRING"
    ? found.value
    : writer.refuse(`${what} that is no literal`, found.offset);
}

export const unlimited = Number.MAX_SAFE_INTEGER;
