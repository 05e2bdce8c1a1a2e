import { RetryableError } from "../errors.ts";

/** A JSON path of keys and indexes (`$.a.b[0]`) as its steps. */
function stepsOf(path: string): string[] {
  return path
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .slice(1);
}

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepNumberText: Reviver = (_key, value, context) =>
  typeof value === "number" ? (context.source ?? String(value)) : value;

/** JSON.parse that gives every number as its text, so that integers beyond 2^53 and decimals survive. */
export function parseKeepingNumbers(text: string): unknown {
  // The third argument of a reviver is newer than TypeScript's own declaration of it.
  return JSON.parse(text, keepNumberText as (this: unknown, key: string, value: unknown) => unknown);
}

/** The JSON of a body that should be JSON. @throws RetryableError when it is none (a gateway's page, or cut short) */
export function jsonOf(body: Buffer): unknown {
  try {
    return parseKeepingNumbers(body.toString("utf8"));
  } catch {
    // The parser's message would quote the body.
    throw new RetryableError("The source answered something that is not JSON");
  }
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const step of stepsOf(path)) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string, unknown>)[step];
  }
  return current;
}

/** The first of several paths that holds a string, number or boolean, as text. */
export function firstTextAt(value: unknown, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const found = valueAt(value, path);
    if (typeof found === "string" || typeof found === "number" || typeof found === "boolean") return String(found);
  }
  return undefined;
}
