import { isObject, type JsonObject, type JsonValue } from "../../json/lossless.ts";
import { rowsWith } from "../../records/grouped.ts";
import { idText, textOf } from "../../records/ids.ts";
import type { Tables } from "../../records/tables.ts";
import { type ObjectType, roots, types } from "./schema.ts";
import { type Field, parseQuery, type Query, QueryError, type Value } from "./syntax.ts";

/** What a query is answered from. */
export interface Served {
  readonly data: Tables;
  /** Resources that the user behind the token may not see. */
  readonly forbidden: readonly string[];
}

interface Work extends Served {
  readonly variables: JsonObject;
  readonly errors: JsonObject[];
}

/** A connection gives no more at once, whatever is asked for, and says nothing of it but `hasNextPage` (protocols.md, 13.6). */
const pageMax = 100;

const cursorOf = (offset: number): string => Buffer.from(String(offset), "utf8").toString("base64");

function numberOfCursor(cursor: string): number {
  const text = Buffer.from(cursor, "base64").toString("utf8");
  if (!/^\d+$/.test(text)) {
    throw new QueryError(`Invalid cursor: ${JSON.stringify(cursor)}`);
  }
  return Number(text);
}

function given(work: Work, value: Value | undefined): JsonValue | undefined {
  if (value === undefined) {
    return undefined;
  }
  switch (value.kind) {
    case "variable":
      return work.variables[value.name];
    case "literal":
      return value.value;
    case "object":
      return Object.fromEntries(Object.entries(value.members).map(([name, one]) => [name, given(work, one) ?? null]));
  }
}

const missingField = (name: string, type: string, path: readonly string[]): QueryError =>
  new QueryError(`Field '${name}' doesn't exist on type '${type}'`, path);

function typeNamed(name: string): ObjectType {
  const type = types[name];
  if (type === undefined) {
    throw new QueryError(`No such type ${name}`);
  }
  return type;
}

/** Everything is looked at before anything is answered: a query with one wrong field gives no data at all. */
function validate(fields: readonly Field[], typeName: string, path: readonly string[]): void {
  const type = typeNamed(typeName);
  for (const { name, selection } of fields) {
    const here = [...path, name];
    const connection = type.connections[name];
    if (connection !== undefined && selection !== undefined) {
      validateConnection(selection, connection.type, here);
    } else if (!(name in type.fields) && !["_id", "id", "__typename"].includes(name)) {
      throw missingField(name, typeName, here);
    }
  }
}

const pageInfoFields = ["endCursor", "startCursor", "hasNextPage", "hasPreviousPage"];

function validateConnection(selection: readonly Field[], type: string, path: readonly string[]): void {
  for (const { name, selection: inner } of selection) {
    const here = [...path, name];
    const wrong = inner?.find((field) => name === "pageInfo" && !pageInfoFields.includes(field.name));
    if (wrong !== undefined) {
      throw missingField(wrong.name, "PageInfo", here);
    }
    if (name === "nodes" && inner !== undefined) {
      validate(inner, type, here);
    } else if (name !== "pageInfo") {
      throw missingField(name, `${type}Connection`, here);
    }
  }
}

function validateQuery({ fields, variables: declared }: Query, variables: JsonObject): void {
  for (const [name, type] of Object.entries(declared)) {
    const value = variables[name];
    const isMissing = type.endsWith("!") && (value ?? null) === null;
    if (isMissing || (type.startsWith("Int") && (value ?? null) !== null && typeof value !== "number")) {
      throw new QueryError(`Variable $${name} of type ${type} was provided invalid value`);
    }
  }
  for (const { name, selection = [] } of fields) {
    const root = roots[name];
    if (root === undefined) {
      throw missingField(name, "Query", ["query", name]);
    }
    validate(selection, root, ["query", name]);
  }
}

/** The list of a connection: cut, and with a word on whether more follows. */
function connection(work: Work, field: Field, rows: readonly JsonObject[], type: string): JsonValue {
  const first = given(work, field.arguments.first);
  const after = given(work, field.arguments.after);
  const start = typeof after === "string" && after !== "" ? numberOfCursor(after) : 0;
  const end = start + Math.min(pageMax, typeof first === "number" ? first : pageMax);
  const cut = rows.slice(start, end);
  const pageInfo: JsonObject = {
    startCursor: cut.length === 0 ? null : cursorOf(start + 1),
    endCursor: cut.length === 0 ? null : cursorOf(start + cut.length),
    hasNextPage: end < rows.length,
    hasPreviousPage: start > 0,
  };
  return Object.fromEntries(
    (field.selection ?? []).map((inner) => {
      if (inner.name === "pageInfo") {
        const shown = (inner.selection ?? []).map(({ alias, name }) => [alias, pageInfo[name] ?? null] as const);
        return [inner.alias, Object.fromEntries(shown)];
      }
      return [inner.alias, cut.map((row) => shown(work, inner.selection ?? [], row, type))];
    }),
  );
}

function shown(work: Work, fields: readonly Field[], row: JsonObject, typeName: string): JsonObject {
  const type = typeNamed(typeName);
  return Object.fromEntries(fields.map((field) => [field.alias, member(work, field, row, typeName, type)]));
}

function member(work: Work, field: Field, row: JsonObject, typeName: string, type: ObjectType): JsonValue {
  switch (field.name) {
    case "_id":
      return idText(row);
    case "id":
      return Buffer.from(`${typeName}-${idText(row)}`, "utf8").toString("base64");
    case "__typename":
      return typeName;
  }
  const list = type.connections[field.name];
  if (list === undefined) {
    const name = type.fields[field.name] ?? "";
    const value = row[name] ?? null;
    return name.endsWith("_id") && value !== null ? textOf(value) : value;
  }
  const { resource } = typeNamed(list.type);
  if (work.forbidden.includes(resource)) {
    work.errors.push({ message: "user not authorized to perform that action", path: [field.alias] });
    return null;
  }
  const rows = rowsWith(work.data.rows(resource), list.member, idText(row)).filter(
    ({ workflow_state }) => workflow_state !== "deleted",
  );
  return connection(work, field, rows, list.type);
}

function root(work: Work, field: Field): JsonValue {
  const typeName = roots[field.name] ?? "";
  const { resource } = typeNamed(typeName);
  const id = given(work, field.arguments.id);
  const row = typeof id === "string" || typeof id === "number" ? work.data.find(resource, String(id)) : undefined;
  const isThere = row !== undefined && row.workflow_state !== "deleted" && !work.forbidden.includes(resource);
  return isThere ? shown(work, field.selection ?? [], row, typeName) : null;
}

const errorOf = ({ message, path }: QueryError): JsonObject => ({
  message,
  ...(path.length > 0 ? { path: [...path] } : {}),
});

/**
 * Answers the body of a request, `{"query", "variables"}`. What is wrong is told in `errors`, beside what there is of the data, and always with
 * status 200.
 */
export function answerQuery(text: string, served: Served): JsonObject {
  try {
    const body: unknown = JSON.parse(text);
    const { query, variables } = (body ?? {}) as { query?: unknown; variables?: unknown };
    if (typeof query !== "string") {
      throw new QueryError("No query string was present");
    }
    const parsed = parseQuery(query);
    const work: Work = {
      ...served,
      variables: isObject(variables as JsonValue) ? (variables as JsonObject) : {},
      errors: [],
    };
    validateQuery(parsed, work.variables);
    const data = Object.fromEntries(parsed.fields.map((field) => [field.alias, root(work, field)]));
    return work.errors.length > 0 ? { errors: work.errors, data } : { data };
  } catch (error) {
    if (error instanceof QueryError) {
      return { errors: [errorOf(error)] };
    }
    if (error instanceof SyntaxError) {
      return { errors: [{ message: "The body is not JSON" }] };
    }
    throw error;
  }
}
