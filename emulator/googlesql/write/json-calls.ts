import type { Writer } from "./writer.ts";

/** JSON functions of a path, and the macro that does the same for a list of paths. */
const listMacros: Readonly<Record<string, string>> = {
  JSON_VALUE: "bq_json_values",
  JSON_EXTRACT_SCALAR: "bq_json_values",
  JSON_QUERY: "bq_json_queries",
  JSON_EXTRACT: "bq_json_queries",
};

/** The macro for a list of paths of a function of one path, if there is one. */
export function listMacroOf(functionName: string): string | undefined {
  return listMacros[functionName.toUpperCase()];
}

/** Equal for calls of the same value: the macro of its list, and column and path as DuckDB writes them. */
export function jsonCallKey(macro: string, column: string, path: string): string {
  return `${macro} ${column.toLowerCase()} ${path}`;
}

/** How the call of a JSON function is written where FROM gives its value in a list (json-columns.ts). */
export function listedJsonCall(functionName: string, column: string, path: string, writer: Writer): string | undefined {
  const macro = listMacroOf(functionName);
  return macro === undefined ? undefined : writer.scope.jsonCalls?.get(jsonCallKey(macro, column, path));
}
