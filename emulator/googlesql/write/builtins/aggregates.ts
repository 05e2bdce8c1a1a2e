import type { Call, Type } from "../../syntax.ts";
import { widened } from "../numbers.ts";
import { plainNumber, writeOrder } from "../over.ts";
import type { Writer } from "../writer.ts";
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Modifier,
  returning,
  sameAsArgument,
  simple,
} from "./rule.ts";

function aggregate(
  [least, most]: readonly [number, number],
  returns: FunctionRule["returns"],
  modifiers: readonly Modifier[],
  write: FunctionRule["write"],
): FunctionRule {
  return { kind: "aggregate", least, most, write, modifiers, ...returning(returns) };
}

/** An aggregate that DuckDB has, of one or two arguments. */
function plain(name: string, count: number, returns: FunctionRule["returns"], cast = ""): FunctionRule {
  return aggregate([count, count], returns, ["distinct"], (call, writer, over) => {
    const sql = `${name}(${distinct(call)}${writer.expressions(call.arguments)})${over}`;
    return cast === "" ? sql : `CAST(${sql} AS ${cast})`;
  });
}

function distinct(call: Call): string {
  return call.distinct ? "DISTINCT " : "";
}

function orderBy(call: Call, writer: Writer): string {
  return call.orderBy.length === 0 ? "" : ` ORDER BY ${writeOrder(call.orderBy, writer)}`;
}

/**
 * The sum of INT64 is INT64; DuckDB's is 128 bits wide. Where the type does not show, the text asks DuckDB for it: the
 * second argument of cast_to_type is only looked at for its type. Beside OVER it may be the value itself.
 */
function writeSum(call: Call, writer: Writer, over: string): string {
  const value = argument(call, 0);
  const sum = `sum(${distinct(call)}${writer.expression(value)})${over}`;
  const type = writer.simpleTypeOf(value);
  if (type === "INT64") {
    return `CAST(${sum} AS BIGINT)`;
  }
  return type === "FLOAT64" ? sum : `cast_to_type(${sum}, ${sample(call, writer, over)} + 0::BIGINT)`;
}

function sample(call: Call, writer: Writer, over: string): string {
  const value = widened(argument(call, 0), writer);
  return over === "" ? `min(${value})` : value;
}

/** The average of NUMERIC is NUMERIC, of anything else FLOAT64. */
function writeAverage(call: Call, writer: Writer, over: string): string {
  const value = argument(call, 0);
  const average = `avg(${distinct(call)}${writer.expression(value)})${over}`;
  const type = writer.simpleTypeOf(value);
  const isDouble = type === "INT64" || type === "FLOAT64";
  return isDouble ? average : `cast_to_type(${average}, list_median([${sample(call, writer, over)}]))`;
}

function writeCount(call: Call, writer: Writer, over: string): string {
  const counted = call.star ? "*" : writer.expression(argument(call, 0));
  return `count(${distinct(call)}${counted})${over}`;
}

/** Rows with a NULL are left out where the call says so: the text that keeps them out, or nothing. */
function filter(call: Call, writer: Writer): string {
  return call.nulls === "IGNORE" ? ` FILTER (WHERE ${writer.expression(argument(call, 0))} IS NOT NULL)` : "";
}

function writeArrayAgg(call: Call, writer: Writer, over: string): string {
  const value = writer.expression(argument(call, 0));
  const list = `list(${distinct(call)}${value}${orderBy(call, writer)})${filter(call, writer)}${over}`;
  return call.limit === undefined ? list : `(${list})[1:${plainNumber(call.limit, writer)}]`;
}

function writeArrayConcatAgg(call: Call, writer: Writer, over: string): string {
  const value = writer.expression(argument(call, 0));
  const arrays = `list(${value}${orderBy(call, writer)}) FILTER (WHERE ${value} IS NOT NULL)${over}`;
  return `flatten(${call.limit === undefined ? arrays : `(${arrays})[1:${plainNumber(call.limit, writer)}]`})`;
}

function writeStringAgg(call: Call, writer: Writer, over: string): string {
  const [value, separator] = call.arguments;
  if (separator !== undefined && separator.kind !== "literal" && separator.kind !== "parameter") {
    writer.refuse("separator of STRING_AGG that is no literal", separator.offset);
  }
  const between = separator === undefined ? "','" : writer.expression(separator);
  const text = value === undefined ? "" : writer.expression(value);
  if (call.limit === undefined) {
    return `string_agg(${distinct(call)}${text}, ${between}${orderBy(call, writer)})${over}`;
  }
  const list = `list(${distinct(call)}${text}${orderBy(call, writer)}) FILTER (WHERE ${text} IS NOT NULL)${over}`;
  return `array_to_string((${list})[1:${plainNumber(call.limit, writer)}], ${between})`;
}

/** ANY_VALUE(x HAVING MAX y) is the x of a row with the greatest y, be it NULL. */
function writeAnyValue(call: Call, writer: Writer, over: string): string {
  const value = writer.expression(argument(call, 0));
  if (call.having === undefined) {
    return `any_value(${value})${over}`;
  }
  return `arg_${call.having.extreme.toLowerCase()}_null(${value}, ${writer.expression(call.having.value)})${over}`;
}

function writeQuantiles(call: Call, writer: Writer, over: string): string {
  const [value, count] = call.arguments;
  const buckets = count?.kind === "literal" ? Number(count.value) : Number.NaN;
  if (value === undefined || !(buckets >= 1 && buckets <= 1000)) {
    return writer.refuse("APPROX_QUANTILES with a number that is no literal from 1 to 1000", count?.offset ?? 0);
  }
  const quantiles = Array.from({ length: buckets + 1 }, (_, index) => `${index / buckets}e0`);
  return `quantile_disc(${distinct(call)}${writer.expression(value)}, [${quantiles.join(", ")}])${over}`;
}

function listOf(call: Call, writer: Writer): Type | undefined {
  const element = sameAsArgument(call, writer);
  return element === undefined ? undefined : { kind: "array", element };
}

function sumType(call: Call, writer: Writer): Type | undefined {
  const type = sameAsArgument(call, writer);
  return type?.kind === "simple" ? simple(type.name) : undefined;
}

function averageType(call: Call, writer: Writer): Type | undefined {
  const type = sumType(call, writer);
  return type?.kind === "simple" && type.name === "INT64" ? simple("FLOAT64") : type;
}

const bool = () => simple("BOOL");
const int64 = () => simple("INT64");
const float64 = () => simple("FLOAT64");

/** Aggregate functions. Every one may stand before OVER as well. */
export const aggregateFunctions: FunctionRules = {
  COUNT: aggregate([0, 1], int64, ["distinct", "star"], writeCount),
  COUNTIF: aggregate([1, 1], int64, [], (call, writer, over) => {
    return `count(CASE WHEN ${writer.expression(argument(call, 0))} THEN 1 END)${over}`;
  }),
  SUM: aggregate([1, 1], sumType, ["distinct"], writeSum),
  AVG: aggregate([1, 1], averageType, ["distinct"], writeAverage),
  MIN: plain("min", 1, sameAsArgument),
  MAX: plain("max", 1, sameAsArgument),
  MIN_BY: plain("arg_min_null", 2, sameAsArgument),
  MAX_BY: plain("arg_max_null", 2, sameAsArgument),
  LOGICAL_AND: plain("bool_and", 1, bool),
  LOGICAL_OR: plain("bool_or", 1, bool),
  BIT_AND: plain("bit_and", 1, int64),
  BIT_OR: plain("bit_or", 1, int64),
  BIT_XOR: plain("bit_xor", 1, int64),
  ANY_VALUE: aggregate([1, 1], sameAsArgument, ["having"], writeAnyValue),
  ARRAY_AGG: aggregate([1, 1], listOf, ["distinct", "order", "limit", "nulls"], writeArrayAgg),
  ARRAY_CONCAT_AGG: aggregate([1, 1], sameAsArgument, ["order", "limit"], writeArrayConcatAgg),
  STRING_AGG: aggregate([1, 2], () => simple("STRING"), ["distinct", "order", "limit"], writeStringAgg),
  // An exact count is within any bound of an approximate one.
  APPROX_COUNT_DISTINCT: aggregate([1, 1], int64, [], (call, writer, over) => {
    return `count(DISTINCT ${writer.expression(argument(call, 0))})${over}`;
  }),
  APPROX_QUANTILES: aggregate([2, 2], listOf, ["distinct"], writeQuantiles),
  STDDEV: plain("stddev_samp", 1, float64),
  STDDEV_SAMP: plain("stddev_samp", 1, float64),
  STDDEV_POP: plain("stddev_pop", 1, float64),
  VARIANCE: plain("var_samp", 1, float64),
  VAR_SAMP: plain("var_samp", 1, float64),
  VAR_POP: plain("var_pop", 1, float64),
  CORR: plain("corr", 2, float64),
  COVAR_POP: plain("covar_pop", 2, float64),
  COVAR_SAMP: plain("covar_samp", 2, float64),
  GROUPING: aggregate([1, 1], int64, [], (call, writer) => `GROUPING(${writer.expression(argument(call, 0))})`),
};
