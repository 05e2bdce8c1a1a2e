import type { BinaryOperator, Candidates, Expression, Name } from "../syntax.ts";
import { pseudoColumns } from "../words.ts";
import { clockFunctions } from "./builtins/dates.ts";
import { writeCall } from "./call.ts";
import { writeCast } from "./casts.ts";
import { writeExtract, writeInterval } from "./dates.ts";
import { jsonMember } from "./json-path.ts";
import { writeLiteral } from "./literals.ts";
import { adopted, adoptedAll, writeProduct, writeQuotient } from "./numbers.ts";
import { spread, structEquality, structMembership, unnamed, writeStruct } from "./struct.ts";
import { duckdbType, identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Writes any expression as DuckDB SQL. Operators are put in parentheses, so that no precedence can differ. */
export function writeExpression(expression: Expression, writer: Writer): string {
  switch (expression.kind) {
    case "literal":
      return writeLiteral(expression, writer);
    case "path":
      return writePath(expression.parts, writer);
    case "field":
      return writeField(expression.of, expression.name, writer);
    case "subscript":
      return writeSubscript(expression, writer);
    case "parameter":
      return writeParameter(expression.name, writer);
    case "unary":
      return `(${expression.operator === "NOT" ? "NOT " : expression.operator}${writer.expression(expression.operand)})`;
    case "binary":
      return writeBinary(expression, writer);
    case "logical":
      return `(${expression.operands.map((operand) => writer.expression(operand)).join(` ${expression.operator} `)})`;
    case "like":
      return writeLike(expression, writer);
    case "between": {
      const [value, low, high] = [expression.value, expression.low, expression.high].map((one) =>
        writer.expression(one),
      );
      return `(${value} ${not(expression.negated)}BETWEEN ${low} AND ${high})`;
    }
    case "in":
      return writeIn(expression.value, expression.negated, expression.candidates, writer);
    case "is": {
      const what = expression.what === "UNKNOWN" ? "NULL" : expression.what;
      return `(${writer.expression(expression.value)} IS ${not(expression.negated)}${what})`;
    }
    case "distinct": {
      const [left, right] = [writer.expression(expression.left), writer.expression(expression.right)];
      return `(${left} IS ${not(expression.negated)}DISTINCT FROM ${right})`;
    }
    case "case":
      return writeCase(expression, writer);
    case "cast":
      return writeCast(expression.value, expression.type, expression.safe, writer, expression.offset);
    case "extract":
      return writeExtract(expression.part, expression.value, expression.zone, writer);
    case "interval":
      return writeInterval(expression.value, expression.part, [expression.part.name], writer);
    case "array":
      return writeArray(expression, writer);
    case "array query":
      return writer.query(expression.query, "array");
    case "struct":
      return writeStruct(expression, expression.offset, writer);
    case "exists":
      return `EXISTS (${writer.query(expression.query)})`;
    case "subquery":
      return `(${writer.query(expression.query, "value")})`;
    case "call":
      return writeCall(expression, expression.offset, writer);
  }
}

function not(negated: boolean): string {
  return negated ? "NOT " : "";
}

/**
 * Writes a name and its fields. The first part may be an alias of the SELECT list, where those win over columns
 * (GROUP BY, HAVING, QUALIFY, ORDER BY), an element of UNNEST, a parameter of a function or a variable of the script.
 */
function writePath(parts: readonly Name[], writer: Writer): string {
  const [first, ...fields] = parts;
  if (first === undefined) {
    throw new RangeError("A path has a first part");
  }
  const key = first.text.toLowerCase();
  if (pseudoColumns.has(first.text.toUpperCase()) || pseudoColumns.has(fields.at(-1)?.text.toUpperCase() ?? "")) {
    writer.refuse(`pseudo-column ${parts.at(-1)?.text ?? ""}`, first.offset);
  }
  const suffix = fields.map((field) => `.${identifier(field.text)}`).join("");
  const aliased = writer.scope.aliases?.get(key);
  if (aliased !== undefined) {
    return withFields(aliasedIn(writer).expression(aliased), fields);
  }
  const element = writer.scope.element(key);
  if (element !== undefined) {
    return element.sql + suffix;
  }
  if (!writer.scope.isRangeVariable(key)) {
    const other = fields.length === 0 ? clockFunctions[first.text.toUpperCase()] : undefined;
    const declared = other ?? declaredName(key, writer);
    if (declared !== undefined) {
      return withFields(declared, fields);
    }
  }
  return identifier(first.text) + suffix;
}

function withFields(sql: string, fields: readonly Name[]): string {
  return fields.length === 0 ? sql : `(${sql})${fields.map((field) => `.${identifier(field.text)}`).join("")}`;
}

/** Inside the expression an alias stands for, names are columns again. */
function aliasedIn(writer: Writer): Writer {
  const { aliases } = writer.scope;
  const inner = writer.inner();
  inner.scope.aliases = undefined;
  return aliases === undefined ? writer : inner;
}

function declaredName(key: string, writer: Writer): string | undefined {
  const { functionParameters, variables } = writer.script;
  if (functionParameters.has(key)) {
    const type = functionParameters.get(key);
    return type === undefined ? identifier(key) : `CAST(${identifier(key)} AS ${duckdbType(type)})`;
  }
  return variables.has(key) ? `getvariable('${key}')` : undefined;
}

function writeField(of: Expression, name: Name, writer: Writer): string {
  const sql = writer.expression(of);
  return writer.simpleTypeOf(of) === "JSON" ? jsonMember(sql, name.text) : `(${sql}).${identifier(name.text)}`;
}

function writeSubscript(expression: Extract<Expression, { kind: "subscript" }>, writer: Writer): string {
  const { of, mode, index } = expression;
  if (mode !== "PLAIN") {
    return `bq_at_${mode.toLowerCase()}(${writer.expression(of)}, ${writer.expression(index)})`;
  }
  if (index.kind === "literal" && index.type === "STRING") {
    return jsonMember(writer.expression(of), index.value);
  }
  if (writer.simpleTypeOf(of) !== "JSON") {
    return writer.refuse("subscript [n] without OFFSET or ORDINAL", index.offset);
  }
  return index.kind === "literal" && /^\d+$/.test(index.value)
    ? `(${writer.expression(of)} -> '$[${index.value}]')`
    : `bq_json_member(${writer.expression(of)}, ${writer.expression(index)})`;
}

function writeParameter(name: string, writer: Writer): string {
  const { parameters } = writer.script;
  const known = parameters.get(name.toLowerCase()) ?? name;
  parameters.set(name.toLowerCase(), known);
  return `$${known}`;
}

function writeBinary(expression: Extract<Expression, { kind: "binary" }>, writer: Writer): string {
  const { operator, left, right } = expression;
  switch (operator) {
    case "*":
      return writeProduct(left, right, writer);
    case "/":
      return writeQuotient(left, right, writer);
    case "+":
    case "-":
      return writeSum(operator, left, right, writer);
    case "||":
      return writeConcatenation(left, right, writer);
    case "^":
      return `xor(${writer.expression(left)}, ${writer.expression(right)})`;
    case "<<":
    case ">>":
      return `bq_shift_${operator === "<<" ? "left" : "right"}(${writer.expression(left)}, ${writer.expression(right)})`;
    default:
      return writeComparison(operator, left, right, writer);
  }
}

function writeComparison(operator: BinaryOperator, left: Expression, right: Expression, writer: Writer): string {
  const equality = operator === "=" || operator === "!=" ? structEquality(left, right) : undefined;
  if (equality !== undefined) {
    return operator === "=" ? writer.expression(equality) : `(NOT ${writer.expression(equality)})`;
  }
  const [one, other] = [writer.expression(unnamed(left)), writer.expression(unnamed(right))];
  return `(${one} ${operator === "!=" ? "<>" : operator} ${other})`;
}

/** A bare integer literal suits DATE + 1 as well as INT64 + 1: in DuckDB it takes the type of its neighbour. */
function writeSum(operator: BinaryOperator, left: Expression, right: Expression, writer: Writer): string {
  const types = [writer.simpleTypeOf(left), writer.simpleTypeOf(right)];
  if (types[0] === "DATE" && types[1] === "DATE") {
    writer.refuse(`DATE ${operator} DATE`, left.offset);
  }
  const summand = (side: Expression, beside: Expression, besideType: string | undefined): string => {
    const mayBeDate = besideType === undefined || besideType === "DATE";
    if (side.kind === "literal" && side.type === "INT64" && mayBeDate) {
      return side.value.startsWith("-") ? `(${side.value})` : String(BigInt(side.value));
    }
    const isDays = besideType === "DATE" && side.kind !== "interval";
    return isDays ? `CAST(${writer.expression(side)} AS INTEGER)` : adopted(side, beside, writer);
  };
  return `(${summand(left, right, types[1])} ${operator} ${summand(right, left, types[0])})`;
}

function writeConcatenation(left: Expression, right: Expression, writer: Writer): string {
  for (const side of [left, right]) {
    const type = writer.simpleTypeOf(side);
    if (type !== undefined && type !== "STRING" && type !== "BYTES") {
      writer.refuse(`|| of ${type}`, side.offset);
    }
  }
  const isArray = [left, right].some((side) => writer.typeOf(side)?.kind === "array");
  return isArray
    ? `bq_array_concat(${writer.expression(left)}, ${writer.expression(right)})`
    : `(${writer.expression(left)} || ${writer.expression(right)})`;
}

/** The backslash escapes in every LIKE of GoogleSQL, in DuckDB only where ESCAPE says so, and then it is slower. */
function writeLike(expression: Extract<Expression, { kind: "like" }>, writer: Writer): string {
  const { value, pattern, negated } = expression;
  const isPlain = pattern.kind === "literal" && !pattern.value.includes("\\");
  const like = `${writer.expression(value)} ${not(negated)}LIKE ${writer.expression(pattern)}`;
  return isPlain ? `(${like})` : `(${like} ESCAPE '\\')`;
}

function writeIn(value: Expression, negated: boolean, candidates: Candidates, writer: Writer): string {
  const membership = structMembership(value, candidates);
  if (membership !== undefined) {
    return negated ? `(NOT ${writer.expression(membership)})` : writer.expression(membership);
  }
  const sql = writer.expression(unnamed(value));
  if (candidates.kind === "array") {
    return `(${not(negated)}bq_in_array(${sql}, ${writer.expression(candidates.array)}))`;
  }
  if (candidates.kind === "query") {
    const query = value.kind === "struct" ? spread(candidates.query) : candidates.query;
    return `(${sql} ${not(negated)}IN (${writer.query(query, "value")}))`;
  }
  return `(${sql} ${not(negated)}IN (${writer.expressions(candidates.items.map(unnamed))}))`;
}

function writeCase(expression: Extract<Expression, { kind: "case" }>, writer: Writer): string {
  const { operand, branches, otherwise } = expression;
  const results = [...branches.map((branch) => branch.result), ...(otherwise === undefined ? [] : [otherwise])];
  const values = adoptedAll(results, writer);
  const arms = branches.map((branch, index) => `WHEN ${writer.expression(branch.when)} THEN ${values[index]}`);
  const head = operand === undefined ? "" : ` ${writer.expression(operand)}`;
  const tail = otherwise === undefined ? "" : ` ELSE ${values.at(-1)}`;
  return `CASE${head} ${arms.join(" ")}${tail} END`;
}

/** The first struct names the fields, unless the type does; DuckDB would go by the names of the others, too. */
function writeArray(expression: Extract<Expression, { kind: "array" }>, writer: Writer): string {
  const { items, type } = expression;
  const placed = items.map((item, index) => (index === 0 && type === undefined ? item : unnamed(item)));
  const list = `[${adoptedAll(placed, writer).join(", ")}]`;
  return type === undefined ? list : `CAST(${list} AS ${duckdbType(type)})`;
}
