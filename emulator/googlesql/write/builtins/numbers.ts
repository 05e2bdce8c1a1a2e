import type { Call, Expression } from "../../syntax.ts";
import { adoptedAll, fractionSample, writeQuotient } from "../numbers.ts";
import { plainNumber } from "../over.ts";
import { writeOverloaded } from "../overload.ts";
import type { Writer } from "../writer.ts";
import {
  argument,
  commonOfArguments,
  type FunctionRule,
  type FunctionRules,
  integer,
  renamed,
  sameAsArgument,
  scalar,
  unlimited,
} from "./rule.ts";

/** Rounding gives FLOAT64 of an INT64 and NUMERIC of a NUMERIC: list_median has that type. */
function rounding(name: string, most: number): FunctionRule {
  const returns: FunctionRule["returns"] = (call, writer) => {
    const type = sameAsArgument(call, writer);
    return type?.kind === "simple" && type.name === "INT64" ? { ...type, name: "FLOAT64" } : type;
  };
  return scalar([1, most], returns, (call, writer) => {
    const value = writer.expression(argument(call, 0));
    const type = writer.simpleTypeOf(argument(call, 0));
    const places =
      call.arguments[1] === undefined ? "" : `, CAST(${plainNumber(argument(call, 1), writer)} AS INTEGER)`;
    if (type === "FLOAT64") {
      return `${name}(${value}${places})`;
    }
    const sample = fractionSample(argument(call, 0), writer);
    return `cast_to_type(${name}(cast_to_type(${value}, ${sample})${places}), ${sample})`;
  });
}

/** GREATEST and LEAST are NULL in GoogleSQL as soon as one argument is. */
function extreme(name: string): FunctionRule {
  return scalar([1, unlimited], commonOfArguments, (call, writer) => {
    return `${name}([${adoptedAll(flattened(call), writer).join(", ")}])`;
  });
}

/** The arguments of a call and of calls of the same function among them: GREATEST(GREATEST(a, b), c) is one of three. */
function flattened(call: Call): Expression[] {
  const name = call.path[0]?.text.toUpperCase();
  return call.arguments.flatMap((one) => {
    const isSame =
      one.kind === "call" && one.path.length === 1 && one.path[0]?.text.toUpperCase() === name && !one.safe;
    return isSame && one.arguments.length > 0 ? flattened(one) : [one];
  });
}

/** SAFE_ADD and its like: NULL where the plain operator fails. */
function safeOperator(operator: "+" | "-" | "*"): FunctionRule {
  return scalar([2, 2], commonOfArguments, (call, writer) => {
    const [left, right] = [argument(call, 0), argument(call, 1)];
    return `TRY(${writer.expression({ kind: "binary", operator, left, right, offset: left.offset })})`;
  });
}

function double(name: string, least = 1, most = least): FunctionRule {
  return renamed(name, [least, most], "FLOAT64");
}

function quotient(macro: string): (call: Call, writer: Writer) => string {
  return (call, writer) => writeQuotient(argument(call, 0), argument(call, 1), writer, macro);
}

/** Mathematical functions. Those that fail where GoogleSQL fails are DuckDB's own, the rest are macros. */
export const numberFunctions: FunctionRules = {
  ABS: renamed("abs", [1, 1], sameAsArgument),
  SIGN: scalar([1, 1], sameAsArgument, (call, writer) => {
    const value = writer.expression(argument(call, 0));
    return `cast_to_type(sign(${value}), ${value})`;
  }),
  ROUND: rounding("bq_round", 2),
  TRUNC: rounding("trunc", 2),
  CEIL: rounding("ceil", 1),
  CEILING: rounding("ceil", 1),
  FLOOR: rounding("floor", 1),
  MOD: renamed("bq_mod", [2, 2], commonOfArguments),
  DIV: scalar([2, 2], commonOfArguments, (call, writer) => {
    const sql = call.arguments.map((value) => writer.expression(value));
    return writeOverloaded("bq_div", call.arguments, sql, writer);
  }),
  SAFE_DIVIDE: scalar([2, 2], undefined, quotient("bq_safe_divide")),
  IEEE_DIVIDE: renamed("bq_ieee_divide", [2, 2], "FLOAT64"),
  SAFE_ADD: safeOperator("+"),
  SAFE_SUBTRACT: safeOperator("-"),
  SAFE_MULTIPLY: safeOperator("*"),
  SAFE_NEGATE: scalar([1, 1], sameAsArgument, (call, writer) => `TRY(-(${writer.expression(argument(call, 0))}))`),
  SQRT: double("bq_sqrt"),
  POW: double("bq_pow", 2),
  POWER: double("bq_pow", 2),
  EXP: double("exp"),
  LN: double("bq_ln"),
  LOG: scalar([1, 2], "FLOAT64", (call, writer) => {
    const values = call.arguments.map((value) => `bq_ln(${writer.expression(value)})`);
    return values.length === 1 ? `${values[0]}` : `(${values.join(" / ")})`;
  }),
  LOG10: scalar([1, 1], "FLOAT64", (call, writer) => `bq_log10(${writer.expression(argument(call, 0))})`),
  IS_NAN: renamed("isnan", [1, 1], "BOOL"),
  IS_INF: renamed("isinf", [1, 1], "BOOL"),
  RAND: double("random", 0),
  GREATEST: extreme("bq_greatest"),
  LEAST: extreme("bq_least"),
  RANGE_BUCKET: renamed("bq_range_bucket", [2, 2], "INT64"),
  BIT_COUNT: integer("bit_count", [1, 1]),
};
