import type { Field } from "../wire/field.ts";
import { JsonCursor } from "./json-cursor.ts";
import { leafText } from "./leaf-text.ts";

/** A row that cannot be stored, and why. */
export class RowError extends Error {
  override readonly name = "RowError";
}

export interface RowOptions {
  readonly ignoreUnknownValues: boolean;
}

/**
 * Rewrites a row, a JSON object as it was sent, so that DuckDB's JSON reader gives every value to the casts that follow
 * as the text it was: each scalar becomes a JSON string or null, and so does each whole value of a JSON column.
 * @throws RowError with BigQuery's words for what is wrong; JsonSyntaxError when the row is not JSON
 */
export function rewriteRow(row: string, fields: readonly Field[], options: RowOptions): string {
  const cursor = new JsonCursor(row);
  const written = rewriteRecord(cursor, fields, options, "");
  cursor.end();
  return written;
}

function rewriteRecord(cursor: JsonCursor, fields: readonly Field[], options: RowOptions, path: string): string {
  const written = new Map<string, string>();
  const isNull = new Set<string>();
  cursor.members((key) => {
    const field = fields.find(({ name }) => name === key) ?? findByCase(fields, key);
    if (field === undefined) {
      if (!options.ignoreUnknownValues) throw new RowError(`No such field: ${path}${key}.`);
      cursor.value();
      return;
    }
    if (written.has(field.name)) throw new RowError(`Repeated key in the row: ${path}${key}.`);
    const text = rewriteField(cursor, field, options, path);
    if (text === "null") isNull.add(field.name);
    written.set(field.name, `${JSON.stringify(field.name)}:${text}`);
  });
  for (const field of fields) {
    if (field.mode !== "REQUIRED" || (written.has(field.name) && !isNull.has(field.name))) continue;
    if (field.defaultValueExpression !== undefined && !written.has(field.name)) continue;
    throw new RowError(`Missing required field: ${path}${field.name}.`);
  }
  for (const { name, mode } of fields) {
    // An array is never NULL in a table.
    if (mode === "REPEATED" && !written.has(name)) written.set(name, `${JSON.stringify(name)}:[]`);
  }
  return `{${[...written.values()].join(",")}}`;
}

function findByCase(fields: readonly Field[], key: string): Field | undefined {
  const lower = key.toLowerCase();
  return fields.find(({ name }) => name.toLowerCase() === lower);
}

function rewriteField(cursor: JsonCursor, field: Field, options: RowOptions, path: string): string {
  if (field.mode !== "REPEATED") return rewriteValue(cursor, field, options, path);
  const first = cursor.peek();
  if (first === "n") {
    cursor.value();
    return "[]";
  }
  if (first !== "[") throw new RowError(`Array specified for repeated field expected: ${path}${field.name}.`);
  const items: string[] = [];
  cursor.items(() => {
    const item = rewriteValue(cursor, field, options, path);
    if (item === "null" && field.type !== "JSON") {
      throw new RowError(`Only optional fields can be set to NULL. Field: ${path}${field.name}; Value: NULL`);
    }
    items.push(item === "null" ? '"null"' : item);
  });
  return `[${items.join(",")}]`;
}

function rewriteValue(cursor: JsonCursor, field: Field, options: RowOptions, path: string): string {
  const first = cursor.peek();
  if (field.type === "RECORD" && first === "{") {
    return rewriteRecord(cursor, field.fields ?? [], options, `${path}${field.name}.`);
  }
  const raw = cursor.value();
  if (raw === "null") return "null";
  if (field.type === "JSON") return JSON.stringify(raw);
  const name = `${path}${field.name}`;
  if (field.type === "RECORD") throw new RowError(`Expected an object for the record field: ${name}.`);
  if (first === "[") throw new RowError(`Array specified for non-repeated field: ${name}.`);
  if (first === "{") throw new RowError(`JSON object specified for non-record field: ${name}.`);
  const text = leafText(field.type, raw);
  if (text === undefined)
    throw new RowError(
      `Could not convert value to ${field.type.toLowerCase()}. Field: ${name}; Value: ${shorten(raw)}`,
    );
  return text;
}

function shorten(raw: string): string {
  const text = raw.startsWith('"') ? raw.slice(1, -1) : raw;
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
