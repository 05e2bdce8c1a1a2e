import { aggregateFunctions } from "./aggregates.ts";
import { arrayFunctions } from "./arrays.ts";
import { conditionalFunctions } from "./conditional.ts";
import { dateFunctions } from "./dates.ts";
import { hashFunctions } from "./hashes.ts";
import { jsonFunctions } from "./json.ts";
import { numberFunctions } from "./numbers.ts";
import { regexpFunctions } from "./regexps.ts";
import type { FunctionRule, FunctionRules } from "./rule.ts";
import { stringFunctions } from "./strings.ts";
import { windowFunctions } from "./windows.ts";

const rules: FunctionRules = {
  ...aggregateFunctions,
  ...arrayFunctions,
  ...conditionalFunctions,
  ...dateFunctions,
  ...hashFunctions,
  ...jsonFunctions,
  ...numberFunctions,
  ...regexpFunctions,
  ...stringFunctions,
  ...windowFunctions,
};

/** The rule of a built-in function; undefined for one the translator does not know. */
export function functionRule(name: string): FunctionRule | undefined {
  const key = name.toUpperCase();
  return Object.hasOwn(rules, key) ? rules[key] : undefined;
}

/** The names of all functions the translator knows. */
export function functionNames(): string[] {
  return Object.keys(rules).sort();
}
