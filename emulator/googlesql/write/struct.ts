import type { Candidates, Expression, Query, StructExpression } from "../syntax.ts";
import { duckdbType, fieldNames, identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** A struct without any name is a row to DuckDB; otherwise a field without a name is _field_1 as in BigQuery's answers. */
export function writeStruct(expression: StructExpression, offset: number, writer: Writer): string {
  const { type, fields } = expression;
  const values = fields.map((field) => writer.expression(field.value));
  if (type !== undefined) {
    return `CAST(row(${values.join(", ")}) AS ${duckdbType(type)})`;
  }
  const names = fieldNames(expression);
  if (fields.length === 0) {
    writer.refuse("STRUCT without fields", offset);
  }
  if (names.every((name) => name === undefined)) {
    return `row(${values.join(", ")})`;
  }
  const known = new Set<string>();
  const packed = values.map((value, index) => {
    const name = names[index] ?? `_field_${index + 1}`;
    if (known.has(name.toLowerCase())) {
      writer.refuse(`STRUCT with two fields ${name}`, offset);
    }
    known.add(name.toLowerCase());
    return `${identifier(name)} := ${value}`;
  });
  return `struct_pack(${packed.join(", ")})`;
}

/** A struct that shows, without the names of its fields: GoogleSQL matches fields by place, DuckDB by name. */
export function unnamed(expression: Expression): Expression {
  if (expression.kind !== "struct" || expression.type !== undefined) {
    return expression;
  }
  return { ...expression, isTuple: true, fields: expression.fields.map(({ value }) => ({ name: undefined, value })) };
}

/**
 * The equality of two structs that show, field by field: with a NULL among them it is unknown in GoogleSQL, while to
 * DuckDB NULL equals NULL there.
 */
export function structEquality(left: Expression, right: Expression): Expression | undefined {
  if (left.kind !== "struct" || right.kind !== "struct" || left.fields.length !== right.fields.length) {
    return undefined;
  }
  const { offset } = left;
  const operands = left.fields.flatMap(({ value }, index): Expression[] => {
    const other = right.fields[index];
    return other === undefined ? [] : [{ kind: "binary", operator: "=", left: value, right: other.value, offset }];
  });
  return operands.length === 0 ? undefined : { kind: "logical", operator: "AND", operands, offset };
}

/** Whether a struct is in a list of structs, as equalities. */
export function structMembership(value: Expression, candidates: Candidates): Expression | undefined {
  if (candidates.kind !== "list") {
    return undefined;
  }
  const operands = candidates.items.map((item) => structEquality(value, item)).filter((one) => one !== undefined);
  const isWhole = operands.length === candidates.items.length;
  return isWhole ? { kind: "logical", operator: "OR", operands, offset: value.offset } : undefined;
}

/** `row(…) IN (SELECT …)` takes a column for each field in DuckDB, where GoogleSQL takes one struct. */
export function spread(query: Query): Query {
  const { body } = query;
  const [item, ...others] = body.kind === "select" ? body.items : [];
  if (body.kind !== "select" || item?.kind !== "value" || item.value.kind !== "struct" || others.length > 0) {
    return query;
  }
  const items = item.value.fields.map(({ value }) => ({ kind: "value" as const, value, alias: undefined }));
  return { ...query, body: { ...body, items } };
}
