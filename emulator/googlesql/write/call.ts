import type { Call } from "../syntax.ts";
import type { FunctionRule, Modifier } from "./builtins/rule.ts";
import { functionRule } from "./builtins/table.ts";
import { writeOver } from "./over.ts";
import { identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Namespaces of built-in functions, of which none is known; a dataset cannot be meant. */
const namespaces = ["NET", "HLL_COUNT", "KEYS", "AEAD", "ML", "AI", "KLL_QUANTILES", "BIGQUERY", "DLP_KEY_CHAIN"];

/** The name a temporary function has in DuckDB, where it must not hide a function of DuckDB. */
export function temporaryFunctionName(name: string): string {
  return identifier(`bq_user_${name.toLowerCase()}`);
}

/** Writes the call of a built-in function by its rule, or of a function of the user by its path. */
export function writeCall(call: Call, offset: number, writer: Writer): string {
  // `dataset.function` in one pair of backquotes is a path of two.
  const [first, ...rest] = call.path.flatMap((part) => part.text.split("."));
  const name = first ?? "";
  if (rest.length > 0) {
    return writeUserCall(call, [name, ...rest], offset, writer);
  }
  if (writer.script.temporaryFunctions.has(name.toLowerCase())) {
    return `${temporaryFunctionName(name)}(${plainArguments(call, name, offset, writer)})`;
  }
  const rule = functionRule(name);
  if (rule === undefined) {
    return writer.refuse(`function ${call.safe ? "SAFE." : ""}${name.toUpperCase()}`, offset);
  }
  check(call, rule, name.toUpperCase(), offset, writer);
  const sql = rule.write(call, writer, writeOver(call.over, writer));
  return call.safe ? (rule.safe?.(call, writer) ?? `TRY(${sql})`) : sql;
}

function check(call: Call, rule: FunctionRule, name: string, offset: number, writer: Writer): void {
  const count = call.arguments.length;
  if (count < rule.least && !call.star) {
    writer.refuse(`${name} with ${count} arguments`, offset);
  }
  if (count > rule.most) {
    writer.refuse(`${name} with ${count} arguments`, offset);
  }
  const carried: [Modifier, boolean, string][] = [
    ["star", call.star, "*"],
    ["distinct", call.distinct, "DISTINCT"],
    ["nulls", call.nulls !== undefined, `${call.nulls} NULLS`],
    ["having", call.having !== undefined, "HAVING"],
    ["order", call.orderBy.length > 0, "ORDER BY"],
    ["limit", call.limit !== undefined, "LIMIT"],
  ];
  for (const [modifier, isCarried, text] of carried) {
    if (isCarried && !rule.modifiers?.includes(modifier)) {
      writer.refuse(`${text} in ${name}`, offset);
    }
  }
  for (const argument of call.named.keys()) {
    if (!rule.named?.includes(argument)) {
      writer.refuse(`argument ${argument} of ${name}`, offset);
    }
  }
  if (rule.kind === "window" && call.over === undefined) {
    writer.refuse(`${name} without OVER`, offset);
  }
  if (rule.kind === "scalar" && call.over !== undefined) {
    writer.refuse(`OVER after ${name}`, offset);
  }
  if (call.safe && rule.kind !== "scalar") {
    writer.refuse(`function SAFE.${name}`, offset);
  }
}

function writeUserCall(call: Call, path: string[], offset: number, writer: Writer): string {
  const isNamespace = path.length === 2 && namespaces.includes(path[0]?.toUpperCase() ?? "");
  const isForeign = path.length === 3 && path[0] !== writer.script.projectId;
  const parts = path.slice(-2);
  if (isNamespace || isForeign || path.length > 3 || call.safe) {
    writer.refuse(`function ${path.join(".")}`, offset);
  }
  const qualified = [writer.script.projectId, ...parts].map(identifier).join(".");
  return `${qualified}(${plainArguments(call, path.join("."), offset, writer)})`;
}

function plainArguments(call: Call, name: string, offset: number, writer: Writer): string {
  const isPlain =
    !call.star && !call.distinct && call.named.size === 0 && call.orderBy.length === 0 && call.over === undefined;
  return isPlain ? writer.expressions(call.arguments) : writer.refuse(`modifiers of function ${name}`, offset);
}
