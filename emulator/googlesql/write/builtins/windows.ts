import type { Call } from "../../syntax.ts";
import { plainNumber } from "../over.ts";
import type { Writer } from "../writer.ts";
import { argument, type FunctionRule, type FunctionRules, type Modifier, sameAsArgument, simple } from "./rule.ts";

function window(
  [least, most]: readonly [number, number],
  returns: FunctionRule["returns"],
  modifiers: readonly Modifier[],
  write: FunctionRule["write"],
): FunctionRule {
  return { kind: "window", least, most, write, modifiers, ...(returns === undefined ? {} : { returns }) };
}

function ranking(name: string, returns: "INT64" | "FLOAT64"): FunctionRule {
  return window(
    [0, 0],
    () => simple(returns),
    [],
    (_call, _writer, over) => `${name}()${over}`,
  );
}

/** A function of a value in the window; the first argument may be followed by a count and a default. */
function navigation(name: string, least: number, most: number, modifiers: readonly Modifier[]): FunctionRule {
  return window([least, most], sameAsArgument, modifiers, (call, writer, over) => {
    const [value, count, fallback] = call.arguments;
    const parts = [
      value === undefined ? "" : writer.expression(value),
      ...(count === undefined ? [] : [plainNumber(count, writer)]),
      ...(fallback === undefined ? [] : [writer.expression(fallback)]),
    ];
    const nulls = call.nulls === undefined ? "" : ` ${call.nulls} NULLS`;
    return `${name}(${parts.join(", ")}${nulls})${over}`;
  });
}

/** PERCENTILE_CONT gives FLOAT64 of an INT64 and NUMERIC of a NUMERIC, as DuckDB's quantile_cont does. */
function percentile(name: string, returns: FunctionRule["returns"]): FunctionRule {
  return window([2, 2], returns, [], (call: Call, writer: Writer, over: string) => {
    const fraction = argument(call, 1);
    if (fraction.kind !== "literal" && fraction.kind !== "parameter") {
      writer.refuse("percentile that is no literal", fraction.offset);
    }
    return `${name}(${writer.expressions(call.arguments)})${over}`;
  });
}

/** Functions that need OVER. */
export const windowFunctions: FunctionRules = {
  ROW_NUMBER: ranking("row_number", "INT64"),
  RANK: ranking("rank", "INT64"),
  DENSE_RANK: ranking("dense_rank", "INT64"),
  PERCENT_RANK: ranking("percent_rank", "FLOAT64"),
  CUME_DIST: ranking("cume_dist", "FLOAT64"),
  NTILE: window(
    [1, 1],
    () => simple("INT64"),
    [],
    (call, writer, over) => {
      return `ntile(${plainNumber(argument(call, 0), writer)})${over}`;
    },
  ),
  LAG: navigation("lag", 1, 3, []),
  LEAD: navigation("lead", 1, 3, []),
  FIRST_VALUE: navigation("first_value", 1, 1, ["nulls"]),
  LAST_VALUE: navigation("last_value", 1, 1, ["nulls"]),
  NTH_VALUE: navigation("nth_value", 2, 2, ["nulls"]),
  PERCENTILE_CONT: percentile("quantile_cont", (call, writer) => {
    const type = sameAsArgument(call, writer);
    return type?.kind === "simple" && type.name === "INT64" ? simple("FLOAT64") : type;
  }),
  PERCENTILE_DISC: percentile("quantile_disc", sameAsArgument),
};
