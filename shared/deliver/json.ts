import { parseKeepingNumbers } from "../connector/json-value.ts";

/** A number as it was written: 9007199254740993 and 93.50 stay what they are. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = string | boolean | null | NumberText | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepNumbers: Reviver = (_key, value, context) =>
  typeof value === "number" ? new NumberText(context.source ?? String(value)) : value;

/** JSON whose numbers keep their text. @throws SyntaxError */
export function parseJson(text: string): Json {
  // The third argument of a reviver is newer than TypeScript's own declaration of it.
  return JSON.parse(text, keepNumbers as Parameters<typeof JSON.parse>[1]) as Json;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

/** The text of a value, numbers as they came. @param sorted members in the order of their names, so that equal values are equal texts */
export function writeJson(value: Json, sorted = false): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => writeJson(item, sorted)).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const names = sorted ? Object.keys(value).sort() : Object.keys(value);
  return `{${names.map((name) => `${JSON.stringify(name)}:${writeJson(value[name] ?? null, sorted)}`).join(",")}}`;
}

/** A text, number or boolean as text; undefined for anything else. */
export function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return value instanceof NumberText ? value.text : undefined;
}

/** What an answer says, when it is JSON at all: gateways answer with pages of their own. */
export function jsonIn(body: Buffer): unknown {
  try {
    return parseKeepingNumbers(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
