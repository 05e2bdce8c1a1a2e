import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject, NumberText, writeJson } from "./json.ts";
import type { Description, Schema } from "./openapi.ts";

/** What is wrong with a document, and where. */
export interface Problem {
  readonly path: string;
  readonly reason: string;
}

export interface Validated {
  /** The document as it is sent: texts cut where that is wished, items that stand twice in a list once. */
  readonly document: JsonObject;
  readonly problems: readonly Problem[];
}

/** A document nests no deeper than this. */
const depthMax = 20;
const hashLength = 8;

interface Check {
  readonly description: Description;
  readonly tooLong: "reject" | "cut";
  readonly problems: Problem[];
}

/**
 * Holds a document against what the target says of its records: the requests that it would refuse are not sent, and members that it would
 * ignore without a word (a typing error loses data so) are reported.
 */
export function validate(
  document: JsonObject,
  schema: Schema | undefined,
  description: Description,
  tooLong: "reject" | "cut",
): Validated {
  const problems: Problem[] = [];
  const checked = checkObject(document, description.resolve(schema), "$", { description, tooLong, problems }, 0);
  return { document: checked, problems };
}

function checkObject(
  value: JsonObject,
  schema: Schema | undefined,
  path: string,
  check: Check,
  depth: number,
): JsonObject {
  const { problems, description } = check;
  const isOpen = !schema?.properties || schema.additionalProperties !== undefined;
  for (const name of schema?.required ?? []) {
    if (value[name] === undefined) problems.push({ path: `${path}.${name}`, reason: "is required" });
  }
  const checked: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const known = schema?.properties?.[name];
    const at = `${path}.${name}`;
    if (!known && !isOpen) problems.push({ path: at, reason: "is not known to the target, which would ignore it" });
    const isKey = known?.["x-Ed-Fi-isIdentity"] === true;
    checked[name] = checkValue(member, description.resolve(known), at, check, { depth: depth + 1, isKey });
  }
  return checked;
}

interface Place {
  readonly depth: number;
  readonly isKey: boolean;
}

function checkValue(value: Json, schema: Schema | undefined, path: string, check: Check, place: Place): Json {
  if (place.depth > depthMax) {
    check.problems.push({ path, reason: `is nested deeper than ${depthMax}` });
    return value;
  }
  if (Array.isArray(value)) return checkList(value, schema, path, check, place);
  const wrong = schema?.type === undefined ? undefined : typeProblem(value, schema);
  if (wrong !== undefined) check.problems.push({ path, reason: wrong });
  if (isJsonObject(value)) return checkObject(value, schema, path, check, place.depth);
  if (typeof value !== "string") return value;
  if (place.isKey && value !== value.trim()) check.problems.push({ path, reason: "begins or ends with a blank" });
  return checkLength(value, schema, path, check);
}

function checkLength(value: string, schema: Schema | undefined, path: string, check: Check): string {
  const max = schema?.maxLength;
  if (max === undefined || value.length <= max) return value;
  // A descriptor that is cut is another one; a text shorter than its hash could not be told from others.
  if (check.tooLong === "cut" && !path.endsWith("Descriptor") && max > 2 * hashLength) {
    const hash = createHash("sha256").update(value).digest("hex").slice(0, hashLength);
    // Half of a character is none.
    const kept = value.slice(0, max - hashLength - 1).replace(/[\uD800-\uDBFF]$/, "");
    return `${kept}~${hash}`;
  }
  check.problems.push({ path, reason: `has ${value.length} characters, and the target takes ${max}` });
  return value;
}

function checkList(items: Json[], schema: Schema | undefined, path: string, check: Check, place: Place): Json {
  if (schema?.type !== undefined && schema.type !== "array") {
    check.problems.push({ path, reason: "is a list, and the target takes none" });
  }
  const kind = check.description.resolve(schema?.items);
  const depth = place.depth + 1;
  const checked = items.map((item, at) => checkValue(item, kind, `${path}[${at}]`, check, { depth, isKey: false }));
  return withoutDoubles(checked, kind, path, check);
}

/** An item that stands twice as it is stands once; two that only share what identifies them are a problem (the API answers 400). */
function withoutDoubles(
  items: readonly Json[],
  kind: Schema | undefined,
  path: string,
  { problems, description }: Check,
): Json[] {
  const whole = new Set<string>();
  const keys = new Map<string, number>();
  const names = identifying(kind, description);
  const kept: Json[] = [];
  items.forEach((item, at) => {
    const text = writeJson(item, true);
    if (whole.has(text)) return;
    whole.add(text);
    kept.push(item);
    if (names.length === 0 || !isJsonObject(item)) return;
    const key = writeJson(
      names.map((name) => item[name] ?? null),
      true,
    ).toLowerCase();
    const first = keys.get(key);
    if (first === undefined) keys.set(key, at);
    else problems.push({ path: `${path}[${at}]`, reason: `has the same identifying values as ${path}[${first}]` });
  });
  return kept;
}

const identifyingNames = new WeakMap<Schema, readonly string[]>();

/** The members that tell the items of a collection apart; found once for each kind of item. */
function identifying(kind: Schema | undefined, description: Description): readonly string[] {
  if (!kind) return [];
  const names = identifyingNames.get(kind) ?? identifyingIn(kind, description);
  identifyingNames.set(kind, names);
  return names;
}

/** Values that are marked, and references whose parts are. */
function identifyingIn(kind: Schema, description: Description): string[] {
  const required = new Set(kind.required ?? []);
  return Object.entries(kind.properties ?? {}).flatMap(([name, property]) => {
    if (property["x-Ed-Fi-isIdentity"]) return [name];
    if (!name.endsWith("Reference") || !required.has(name)) return [];
    const parts = Object.values(description.resolve(property)?.properties ?? {});
    return parts.some((part) => part["x-Ed-Fi-isIdentity"]) ? [name] : [];
  });
}

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const dateTimePattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;
const timePattern = /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;
const int32Max = 2_147_483_647;

function typeProblem(value: Json, { type, format }: Schema): string | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? textProblem(value, format) : "is no text";
    case "integer":
      if (!(value instanceof NumberText) || !/^-?\d+(\.0+)?$/.test(value.text)) return "is no whole number";
      return format === "int32" && Math.abs(Number(value.text)) > int32Max ? "is too large a number" : undefined;
    case "number":
      return value instanceof NumberText ? undefined : "is no number";
    case "boolean":
      return typeof value === "boolean" ? undefined : "is neither true nor false";
    case "object":
      return isJsonObject(value) ? undefined : "is no object";
    case "array":
      return "is no list";
    default:
      return undefined;
  }
}

function textProblem(value: string, format: string | undefined): string | undefined {
  const isDay = (text: string): boolean => !Number.isNaN(Date.parse(text.slice(0, 10)));
  if (format === "date") return datePattern.test(value) && isDay(value) ? undefined : "is no date (YYYY-MM-DD)";
  if (format === "date-time") return dateTimePattern.test(value) && isDay(value) ? undefined : "is no date and time";
  if (format === "time") return timePattern.test(value) ? undefined : "is no time of day";
  return undefined;
}

/** Every descriptor that a document names, with its place. */
export function* descriptorsIn(
  value: Json,
  path = "$",
): Generator<{ readonly path: string; readonly name: string; readonly value: string }> {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) yield* descriptorsIn(item, `${path}[${at}]`);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === "string" && name.endsWith("Descriptor"))
        yield { path: `${path}.${name}`, name, value: member };
      else yield* descriptorsIn(member, `${path}.${name}`);
    }
  }
}
