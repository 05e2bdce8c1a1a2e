import type { Expression } from "../syntax.ts";
import { functionRule } from "./builtins/table.ts";

/**
 * Whether an expression holds an aggregate or window function of its own query; subqueries keep theirs to themselves.
 *
 * @param aliases names that stand for expressions of the SELECT list
 */
export function isAggregated(expression: Expression, aliases?: ReadonlyMap<string, Expression>): boolean {
  if (expression.kind === "path") {
    const aliased = aliases?.get(expression.parts[0]?.text.toLowerCase() ?? "");
    return aliased !== undefined && isAggregated(aliased);
  }
  if (expression.kind === "call") {
    const rule = expression.path.length === 1 ? functionRule(expression.path[0]?.text ?? "") : undefined;
    if (expression.over !== undefined || (rule !== undefined && rule.kind !== "scalar")) {
      return true;
    }
  }
  return operands(expression).some((operand) => isAggregated(operand, aliases));
}

/** The expressions right below an expression, those of subqueries left out. */
export function operands(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "literal":
    case "path":
    case "parameter":
    case "array query":
    case "exists":
    case "subquery":
      return [];
    case "field":
      return [expression.of];
    case "subscript":
      return [expression.of, expression.index];
    case "unary":
      return [expression.operand];
    case "binary":
    case "distinct":
      return [expression.left, expression.right];
    case "logical":
      return expression.operands;
    case "like":
      return [expression.value, expression.pattern];
    case "between":
      return [expression.value, expression.low, expression.high];
    case "in":
      return [expression.value, ...candidates(expression)];
    case "is":
    case "cast":
    case "extract":
    case "interval":
      return [expression.value];
    case "case": {
      const { operand, otherwise, branches } = expression;
      const arms = branches.flatMap((branch) => [branch.when, branch.result]);
      return [...arms, ...[operand, otherwise].filter((one) => one !== undefined)];
    }
    case "array":
      return expression.items;
    case "struct":
      return expression.fields.map((field) => field.value);
    case "call":
      return [...expression.arguments, ...expression.named.values()];
  }
}

function candidates(expression: Extract<Expression, { kind: "in" }>): Expression[] {
  switch (expression.candidates.kind) {
    case "list":
      return expression.candidates.items;
    case "array":
      return [expression.candidates.array];
    case "query":
      return [];
  }
}
