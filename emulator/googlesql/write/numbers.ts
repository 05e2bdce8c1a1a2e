import type { Expression } from "../syntax.ts";
import { writeOverloaded } from "./overload.ts";
import { unnamed } from "./struct.ts";
import type { Writer } from "./writer.ts";

/** A product: NUMERIC × NUMERIC has 18 decimals in DuckDB and 9 in GoogleSQL. */
export function writeProduct(left: Expression, right: Expression, writer: Writer): string {
  const sql = [adopted(left, right, writer), adopted(right, left, writer)];
  const isPlain = [left, right].some((side) => {
    const type = writer.simpleTypeOf(side);
    return type === "INT64" || (type === "FLOAT64" && !isFloatLiteral(side));
  });
  return isPlain ? `(${sql.join(" * ")})` : writeOverloaded("bq_multiply", [left, right], sql, writer);
}

/** A number whose type is that of its kind: a NUMERIC(10, 2) is a NUMERIC wherever it is computed with. */
export function widened(expression: Expression, writer: Writer): string {
  return writeOverloaded("bq_wide", [expression], [writer.expression(expression)], writer);
}

/**
 * An expression that has the type of a number's fractions: DECIMAL for NUMERIC, DOUBLE for INT64 and FLOAT64, which is
 * what list_median makes of them. It stands where only its type is asked for, and is made of the leaves of the number's
 * arithmetic: made of the whole, a chain of operators would double its text at each link.
 */
export function fractionSample(number: Expression, writer: Writer): string {
  const leaves = arithmeticLeaves(number).filter((leaf) => !isFloatLiteral(leaf));
  return `list_median([${(leaves.length === 0 ? [number] : leaves).map((leaf) => widened(leaf, writer)).join(", ")}])`;
}

const all = (values: Expression[]) => values;
const first = (values: Expression[]) => values.slice(0, 1);

/** Functions whose result has the type of some of their arguments. */
const transparent: Readonly<Record<string, (values: Expression[]) => Expression[]>> = {
  ROUND: first,
  TRUNC: first,
  CEIL: first,
  CEILING: first,
  FLOOR: first,
  ABS: first,
  SIGN: first,
  NULLIF: first,
  IF: (values) => values.slice(1),
  COALESCE: all,
  IFNULL: all,
  GREATEST: all,
  LEAST: all,
};

/** The numbers that arithmetic is made of, and whose types decide on its own. */
function arithmeticLeaves(expression: Expression): Expression[] {
  if (expression.kind === "unary" && expression.operator !== "NOT") {
    return arithmeticLeaves(expression.operand);
  }
  if (expression.kind === "binary" && ["+", "-", "*", "/"].includes(expression.operator)) {
    return [...arithmeticLeaves(expression.left), ...arithmeticLeaves(expression.right)];
  }
  if (expression.kind === "case") {
    const results = [...expression.branches.map((branch) => branch.result), expression.otherwise];
    return results.filter((one) => one !== undefined).flatMap(arithmeticLeaves);
  }
  const name = expression.kind === "call" && expression.path.length === 1 ? expression.path[0]?.text.toUpperCase() : "";
  const values = expression.kind === "call" ? transparent[name ?? ""]?.(expression.arguments) : undefined;
  if (values !== undefined) {
    return values.flatMap(arithmeticLeaves);
  }
  return [expression];
}

/** A quotient: an error for a zero divisor, NUMERIC if an operand is, else FLOAT64. */
export function writeQuotient(left: Expression, right: Expression, writer: Writer, macro = "bq_divide"): string {
  const isDouble = [left, right].some((side) => writer.simpleTypeOf(side) === "FLOAT64" && !isFloatLiteral(side));
  const isInteger = [left, right].every((side) => writer.simpleTypeOf(side) === "INT64");
  if (isDouble || isInteger) {
    const isSure = macro === "bq_divide" && right.kind === "literal" && Number(right.value) !== 0;
    const [dividend, divisor] = [writer.expression(left), writer.expression(right)];
    return isSure ? `(${dividend} / ${divisor})` : `${macro}_double(${dividend}, ${divisor})`;
  }
  return writeOverloaded(macro, [left, right], [adopted(left, right, writer), adopted(right, left, writer)], writer);
}

export function isFloatLiteral(expression: Expression): boolean {
  return expression.kind === "literal" && expression.type === "FLOAT64";
}

/**
 * A decimal literal beside a NUMERIC is a NUMERIC in GoogleSQL, otherwise a FLOAT64. list_median has the wanted type:
 * DECIMAL of a DECIMAL, DOUBLE of an integer or a DOUBLE.
 */
export function adopted(expression: Expression, beside: Expression | undefined, writer: Writer): string {
  const sql = writer.expression(expression);
  if (expression.kind !== "literal" || expression.type !== "FLOAT64" || beside === undefined) {
    return sql;
  }
  const type = writer.simpleTypeOf(beside);
  if (type === "NUMERIC") {
    return `CAST('${expression.value}' AS DECIMAL(38,9))`;
  }
  return type === undefined && beside.kind !== "literal"
    ? `cast_to_type(${sql}, ${fractionSample(beside, writer)})`
    : sql;
}

/**
 * Writes values that must find one type, such as the arguments of COALESCE, with their literals adopted. Of several
 * structs the first names the fields.
 */
export function adoptedAll(values: readonly Expression[], writer: Writer): string[] {
  const beside = values.find((value) => {
    const type = writer.simpleTypeOf(value);
    return type === "NUMERIC" || (type === undefined && value.kind !== "literal");
  });
  const named = values.findIndex((value) => value.kind === "struct");
  return values.map((value, index) => adopted(index > named ? unnamed(value) : value, beside, writer));
}
