import { once, raiseText } from "./body.ts";

const division = "division by zero";
const two64 = "18446744073709551616::HUGEINT";

/** The exact quotient of two NUMERICs, rounded half away from zero at nine decimals, in whole billionths. */
const billionths = (a: string, b: string) => {
  const [dividend, divisor] = [`abs(CAST(${a} * 1000000000::BIGINT AS HUGEINT)) * 1000000000::HUGEINT`, scaled(b)];
  return `CAST(sign(${a}) * sign(${b}) AS HUGEINT) * ((2 * ${dividend} + ${divisor}) // (2 * ${divisor}))`;
};
const scaled = (value: string) => `abs(CAST(${value} * 1000000000::BIGINT AS HUGEINT))`;
const quotient = `CAST(${billionths("a", "b")} AS DECIMAL(38,0)) * CAST(0.000000001 AS DECIMAL(10,9))`;

const numeric = "DECIMAL(38,9)";

/** Arithmetic. A zero divisor is an error in GoogleSQL; DuckDB gives NULL or infinity. */
export const numberMacros: readonly string[] = [
  `bq_divide_double(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN ${raiseText(division, "DOUBLE")} ELSE a / b END`,
  `bq_divide_numeric(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN ${raiseText(division, numeric)} ELSE ${quotient} END`,
  `bq_divide(a BIGINT, b BIGINT) AS bq_divide_double(a, b), (a DOUBLE, b DOUBLE) AS bq_divide_double(a, b),
   (a ${numeric}, b ${numeric}) AS bq_divide_numeric(a, b)`,
  "bq_safe_divide_double(a, b) AS CASE WHEN b = 0 THEN NULL ELSE a / b END",
  `bq_safe_divide_numeric(a, b) AS CASE WHEN b = 0 THEN NULL ELSE ${quotient} END`,
  `bq_safe_divide(a BIGINT, b BIGINT) AS bq_safe_divide_double(a, b),
   (a DOUBLE, b DOUBLE) AS bq_safe_divide_double(a, b), (a ${numeric}, b ${numeric}) AS bq_safe_divide_numeric(a, b)`,
  `bq_multiply(a BIGINT, b BIGINT) AS a * b, (a DOUBLE, b DOUBLE) AS a * b,
   (a ${numeric}, b ${numeric}) AS CAST(a * b AS ${numeric})`,
  `bq_wide(x BIGINT) AS x, (x DOUBLE) AS x, (x ${numeric}) AS x`,
  "bq_ieee_divide(a, b) AS CAST(a AS DOUBLE) / CAST(b AS DOUBLE)",
  `bq_mod(a, b) AS CASE WHEN b = 0 AND a IS NOT NULL THEN ${raiseText(division)} ELSE a % b END`,
  // `//` of two DECIMALs is a DOUBLE with a fraction; of their billionths it is exact.
  `bq_div(a BIGINT, b BIGINT) AS CASE WHEN b = 0 AND a IS NOT NULL THEN ${raiseText(division)} ELSE a // b END,
   (a ${numeric}, b ${numeric}) AS CASE WHEN b = 0 AND a IS NOT NULL THEN ${raiseText(division, numeric)}
   ELSE CAST(CAST(a * 1000000000::BIGINT AS HUGEINT) // CAST(b * 1000000000::BIGINT AS HUGEINT) AS ${numeric}) END`,
  // Scaling a large DOUBLE to round it would change it, though it has no decimals to round.
  `bq_round(x) AS round(x), (x, n) AS CASE WHEN typeof(x) = 'DOUBLE' AND (isnan(CAST(x AS DOUBLE))
   OR (n >= 0 AND abs(CAST(x AS DOUBLE)) >= 1e15)) THEN x ELSE round(x, CAST(n AS INTEGER)) END`,
  ...["greatest", "least"].map((name) => {
    const extreme = name === "greatest" ? "list_max" : "list_min";
    return `bq_${name}(a) AS ${once("a", `CASE WHEN list_count(v) = len(v) THEN ${extreme}(v) END`)}`;
  }),
  `bq_sqrt(x) AS CASE WHEN x < 0 THEN ${raiseText("Argument to SQRT cannot be negative", "DOUBLE")} ELSE sqrt(x) END`,
  `bq_ln(x) AS CASE WHEN x <= 0 THEN ${raiseText("Argument of a logarithm must be positive", "DOUBLE")} ELSE ln(x) END`,
  `bq_log10(x) AS CASE WHEN x <= 0 THEN ${raiseText("Argument of a logarithm must be positive", "DOUBLE")}
   ELSE log10(x) END`,
  `bq_pow(x, y) AS CASE WHEN NOT isfinite(pow(x, y)) AND isfinite(CAST(x AS DOUBLE)) AND isfinite(CAST(y AS DOUBLE))
   THEN ${raiseText("Floating point error in POW", "DOUBLE")} ELSE pow(x, y) END`,
  `bq_range_bucket(x, borders) AS CASE WHEN x IS NOT NULL AND borders IS NOT NULL
   THEN len(list_filter(borders, lambda border: border <= x)) END`,
  // INT64 shifts drop what leaves the 64 bits, and shift zeros in from the left.
  `bq_shift_left(a, n) AS CASE WHEN n < 0 THEN ${raiseText("Bitwise shift by a negative number")}
   WHEN n >= 64 THEN 0::BIGINT
   ELSE CAST(((a::HUGEINT & ((1::HUGEINT << CAST(64 - n AS INTEGER)) - 1)) << CAST(n AS INTEGER))
     - CASE WHEN (a::HUGEINT >> CAST(63 - n AS INTEGER)) & 1 = 1 THEN ${two64} ELSE 0 END AS BIGINT) END`,
  `bq_shift_right(a, n) AS CASE WHEN n < 0 THEN ${raiseText("Bitwise shift by a negative number")}
   WHEN n >= 64 THEN 0::BIGINT WHEN n = 0 THEN CAST(a AS BIGINT)
   ELSE CAST((a::HUGEINT + CASE WHEN a < 0 THEN ${two64} ELSE 0 END) >> CAST(n AS INTEGER) AS BIGINT) END`,
];
