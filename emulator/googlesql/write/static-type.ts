import type { Expression, SimpleType, Type } from "../syntax.ts";
import { commonType, simple } from "./builtins/rule.ts";
import { functionRule } from "./builtins/table.ts";
import { fieldNames } from "./text.ts";
import type { Writer } from "./writer.ts";

/** The type of an expression as far as the text shows it; columns show none. Never guesses: undefined is unknown. */
export function typeOf(expression: Expression, writer: Writer): Type | undefined {
  switch (expression.kind) {
    case "literal":
      return expression.type === "NULL" ? undefined : simple(expression.type);
    case "path":
      return typeOfPath(expression, writer);
    case "cast":
      return expression.type;
    case "extract":
      return simple(extracted(expression.part.name));
    case "like":
    case "between":
    case "in":
    case "is":
    case "distinct":
    case "logical":
    case "exists":
      return simple("BOOL");
    case "unary":
      return expression.operator === "NOT" ? simple("BOOL") : writer.typeOf(expression.operand);
    case "binary":
      return typeOfBinary(expression, writer);
    case "case":
      return commonType(
        [...expression.branches.map((branch) => branch.result), expression.otherwise].filter(
          (one) => one !== undefined,
        ),
        writer,
      );
    case "array":
      return expression.type ?? arrayType(expression.items, writer);
    case "struct":
      return expression.type ?? typeOfStruct(expression, writer);
    case "subscript":
      return typeOfSubscript(expression, writer);
    case "field":
      return fieldType(writer.typeOf(expression.of), expression.name.text);
    case "call":
      return expression.path.length === 1
        ? functionRule(expression.path[0]?.text ?? "")?.returns?.(expression, writer)
        : undefined;
    case "parameter":
    case "interval":
    case "array query":
    case "subquery":
      return undefined;
  }
}

function extracted(part: string): SimpleType {
  return part === "DATE" || part === "TIME" || part === "DATETIME" ? part : "INT64";
}

function typeOfPath(expression: Extract<Expression, { kind: "path" }>, writer: Writer): Type | undefined {
  const [first, ...fields] = expression.parts;
  const key = first?.text.toLowerCase() ?? "";
  const aliased = writer.scope.aliases?.get(key);
  if (aliased !== undefined) {
    // Inside what an alias stands for, names are columns again, of which this one may be.
    const isItself = aliased.kind === "path" && aliased.parts.length === 1;
    return isItself ? undefined : fields.reduce((of, field) => fieldType(of, field.text), plainTypeOf(aliased, writer));
  }
  const element = writer.scope.element(key);
  const { functionParameters, variables } = writer.script;
  const isColumn = writer.scope.isRangeVariable(key);
  const type = element?.type ?? (isColumn ? undefined : (functionParameters.get(key) ?? variables.get(key)));
  return fields.reduce<Type | undefined>((of, field) => fieldType(of, field.text), type);
}

function plainTypeOf(aliased: Expression, writer: Writer): Type | undefined {
  return aliased.kind === "call" || aliased.kind === "cast" ? writer.inner().typeOf(aliased) : undefined;
}

function fieldType(type: Type | undefined, name: string): Type | undefined {
  if (type?.kind === "struct") {
    return type.fields.find((field) => field.name?.text.toLowerCase() === name.toLowerCase())?.type;
  }
  return type?.kind === "simple" && type.name === "JSON" ? type : undefined;
}

const comparisons = ["=", "!=", "<", "<=", ">", ">="];

function typeOfBinary(expression: Extract<Expression, { kind: "binary" }>, writer: Writer): Type | undefined {
  const { operator, left, right } = expression;
  if (comparisons.includes(operator)) {
    return simple("BOOL");
  }
  const types = [writer.typeOf(left), writer.typeOf(right)];
  if (operator === "||") {
    return types[0] ?? types[1];
  }
  const [one, other] = types.map((type) => (type?.kind === "simple" ? type.name : undefined));
  if (["&", "|", "^", "<<", ">>"].includes(operator)) {
    return one === undefined ? undefined : simple(one);
  }
  return arithmetic(one, other, operator);
}

function arithmetic(one: string | undefined, other: string | undefined, operator: string): Type | undefined {
  if (one === undefined || other === undefined) {
    return undefined;
  }
  const names = [one, other];
  if (names.includes("DATE")) {
    return simple("DATE");
  }
  if (names.some((name) => !["INT64", "FLOAT64", "NUMERIC"].includes(name))) {
    return undefined;
  }
  // FLOAT64 beside NUMERIC is FLOAT64, unless it is a literal, which does not show here.
  if (names.includes("NUMERIC")) {
    return names.includes("FLOAT64") ? undefined : simple("NUMERIC");
  }
  return simple(names.includes("FLOAT64") || operator === "/" ? "FLOAT64" : "INT64");
}

function arrayType(items: readonly Expression[], writer: Writer): Type | undefined {
  const element = commonType(items, writer);
  return element === undefined ? undefined : { kind: "array", element };
}

function typeOfStruct(expression: Extract<Expression, { kind: "struct" }>, writer: Writer): Type | undefined {
  const fields = [];
  const names = fieldNames(expression);
  for (const [index, { value }] of expression.fields.entries()) {
    const type = writer.typeOf(value);
    const text = names[index];
    if (type === undefined) {
      return undefined;
    }
    fields.push({ name: text === undefined ? undefined : { text, offset: 0 }, type });
  }
  return { kind: "struct", fields };
}

function typeOfSubscript(expression: Extract<Expression, { kind: "subscript" }>, writer: Writer): Type | undefined {
  const { of, mode, index } = expression;
  if (mode === "PLAIN") {
    const isKey = index.kind === "literal" && index.type === "STRING";
    return isKey || writer.simpleTypeOf(of) === "JSON" ? simple("JSON") : undefined;
  }
  const type = writer.typeOf(of);
  return type?.kind === "array" ? type.element : undefined;
}
