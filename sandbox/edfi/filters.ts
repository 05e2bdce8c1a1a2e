import { canonical, isRawNumber, type JsonObject, type JsonValue, parseRecord, valueAt } from "../json/lossless.ts";
import type { OpenResource } from "../store/open-resource.ts";
import { shapeOf } from "./natural-keys.ts";
import { pagingNames } from "./paging-parameters.ts";

/** A condition on records, from a request's query parameters. */
export interface Filter {
  readonly name: string;
  /** Text that every matching record holds; empty when that cannot be said. */
  readonly needle: string;
  matches(text: string): boolean;
}

interface Condition {
  readonly path: string;
  readonly value: string;
}

/** Values that are written the same way in every JSON text, as a string or as a number. */
const plain = /^(?:[A-Za-z][A-Za-z0-9 _.,:;()-]+|[1-9]\d+)$/;
const truth = /^(?:true|false)$/i;

/**
 * The filter that a request's parameters make: those named like a value of the resource (its natural key, references flattened, or any
 * single value). Unknown parameters are ignored, as the API does; undefined when none is left.
 */
export function readFilter(resource: OpenResource, query: ReadonlyMap<string, string>): Filter | undefined {
  const paths = parameterPaths(resource);
  const conditions: Condition[] = [];
  for (const [name, value] of query) {
    const path = paths.get(name);
    if (path !== undefined && !pagingNames.has(name)) {
      conditions.push({ path, value });
    }
  }
  if (conditions.length === 0) {
    return undefined;
  }
  // Descriptors match in any case, so they cannot be looked for in the text.
  const sought = conditions.filter(
    ({ path, value }) => path !== "id" && plain.test(value) && !truth.test(value) && !path.endsWith("Descriptor"),
  );
  return {
    name: JSON.stringify(conditions),
    needle: sought[0]?.value ?? "",
    matches: (text) => {
      const record = parseRecord(text);
      return conditions.every((condition) => holds(record, condition));
    },
  };
}

function parameterPaths(resource: OpenResource): ReadonlyMap<string, string> {
  const shape = shapeOf(resource.name);
  const named = { id: "id", ...shape?.filters, ...resource.key };
  return new Map(Object.entries(named).map(([name, path]) => [name.toLowerCase(), path]));
}

function holds(record: JsonObject, { path, value }: Condition): boolean {
  const actual = valueAt(record, path);
  if (path === "id") {
    return typeof actual === "string" && actual.replaceAll("-", "") === value.replaceAll("-", "").toLowerCase();
  }
  return actual !== undefined && sameAsText(actual, value, path.endsWith("Descriptor"));
}

function sameAsText(actual: JsonValue, value: string, anyCase: boolean): boolean {
  if (typeof actual === "string") {
    return anyCase ? actual.toLowerCase() === value.toLowerCase() : actual === value;
  }
  if (typeof actual === "number" || isRawNumber(actual)) {
    const text = canonical(actual);
    return (
      text === value.trim() ||
      (value.trim() !== "" && text === canonical(Number(value)) && Number.isSafeInteger(Number(value)))
    );
  }
  return String(actual) === value.toLowerCase();
}
