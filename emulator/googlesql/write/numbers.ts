import type { Expression } from "../syntax.ts";
import { writeOverloaded } from "./overload.ts";
import { unnamed } from "./struct.ts";
import type { Writer } from "./writer.ts";

/**
 * Arithmetic whose result type depends on types that only DuckDB knows. `cast_to_type(x, y)` gives x the type of y when
 * the statement is bound and never evaluates y, so y can be any expression of the wanted type.
 */

/** A product: NUMERIC × NUMERIC has 18 decimals in DuckDB and 9 in GoogleSQL; the type of the sum is the right one. */
export function writeProduct(left: Expression, right: Expression, writer: Writer): string {
  const product = `(${adopted(left, right, writer)} * ${adopted(right, left, writer)})`;
  const exact = [left, right].some((side) => {
    const type = writer.simpleTypeOf(side);
    return type === "INT64" || (type === "FLOAT64" && !isFloatLiteral(side));
  });
  return exact
    ? product
    : `cast_to_type(${product}, ${typeSample(left, right, writer)} + ${typeSample(right, left, writer)})`;
}

/** An expression of the type of the given one, short even when products are nested in products. */
function typeSample(expression: Expression, beside: Expression, writer: Writer): string {
  if (expression.kind === "binary" && expression.operator === "*") {
    const { left, right } = expression;
    return `${typeSample(left, right, writer)} + ${typeSample(right, left, writer)}`;
  }
  return adopted(expression, beside, writer);
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
    ? `cast_to_type(${sql}, list_median([${writer.expression(beside)}]))`
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
