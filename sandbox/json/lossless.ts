/** A JSON value as `JSON.parse` gives it, except that a number JavaScript cannot write back as it was stands as a raw text. */
export type JsonValue = string | number | boolean | null | RawNumber | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

/** What `JSON.rawJSON` makes: `JSON.stringify` writes its text as it is. */
export interface RawNumber {
  readonly rawJSON: string;
}

// Both are in Node 24 (the "JSON.parse source text access" proposal) and not yet in TypeScript's library.
interface JsonWithSource {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): JsonValue;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
const json = JSON as unknown as JsonWithSource;

/** Integers of 16 digits and more may lose their last ones in a double; shorter ones never do. */
const longNumber = /[:[,\s]-?\d{16}/;

/**
 * Parses `text` so that `JSON.stringify` gives every number back with the characters it had: `9007199254740993`, `63.0`, `1e2`.
 * Throws a SyntaxError for text that is not JSON.
 */
export function parseLossless(text: string): JsonValue {
  return json.parse(text, (_name, value, context) =>
    typeof value === "number" && context.source !== undefined && String(value) !== context.source
      ? json.rawJSON(context.source)
      : value,
  );
}

/** Parses a record for reading its keys: exact for long integers, and quick for the rest. */
export function parseRecord(text: string): JsonObject {
  const value = longNumber.test(text) ? parseLossless(text) : (JSON.parse(text) as JsonValue);
  if (!isObject(value)) {
    throw new SyntaxError("A record must be a JSON object.");
  }
  return value;
}

/** A whole number of any size, for `JSON.stringify`. */
export function rawNumber(value: bigint): RawNumber {
  return json.rawJSON(String(value));
}

/** Whether a value is a number kept as its text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/** Whether a value is an object with members, and not a list or a raw number. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** One text per value, whatever way it was written: `63.0` and `63` are the same number, and member order does not count. */
export function canonical(value: JsonValue | undefined): string {
  if (value === undefined || value === null) {
    return "null";
  }
  if (isRawNumber(value)) {
    const number = Number(value.rawJSON);
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? value.rawJSON : String(number);
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** The value at a dotted path (`sectionReference.schoolId`), or undefined. */
export function valueAt(record: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = record;
  for (const name of path.split(".")) {
    if (!isObject(value)) {
      return undefined;
    }
    value = value[name];
  }
  return value;
}
