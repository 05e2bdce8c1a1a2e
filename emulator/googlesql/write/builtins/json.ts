import type { Call, Type } from "../../syntax.ts";
import { listedJsonCall } from "../json-calls.ts";
import { writeJsonPath } from "../json-path.ts";
import { writeToJson, writeToJsonString } from "../to-json.ts";
import type { Writer } from "../writer.ts";
import { argument, arrayOf, type FunctionRule, type FunctionRules, renamed, scalar, simple } from "./rule.ts";

/** A function of a JSON value or a string of JSON, and a path. */
function byPath(macro: string, returns: FunctionRule["returns"]): FunctionRule {
  return scalar([1, 2], returns, (call, writer) => {
    const [value, path] = [writer.expression(argument(call, 0)), writeJsonPath(call.arguments[1], writer)];
    return listedJsonCall(call.path[0]?.text ?? "", value, path, writer) ?? `${macro}(${value}, ${path})`;
  });
}

/** JSON_QUERY of JSON is JSON, of a string a string. */
function likeArgument(call: Call, writer: Writer): Type | undefined {
  const name = writer.simpleTypeOf(argument(call, 0));
  return name === "JSON" || name === "STRING" ? simple(name) : undefined;
}

function arrayLikeArgument(call: Call, writer: Writer): Type | undefined {
  const element = likeArgument(call, writer);
  return element === undefined ? undefined : { kind: "array", element };
}

function converter(name: string, returns: "STRING" | "INT64" | "FLOAT64" | "BOOL"): FunctionRule {
  return renamed(name, [1, 1], returns);
}

function writeParseJson(call: Call, writer: Writer): string {
  const mode = call.named.get("wide_number_mode");
  if (mode !== undefined && !(mode.kind === "literal" && ["exact", "round"].includes(mode.value))) {
    writer.refuse("wide_number_mode", mode.offset);
  }
  return `bq_parse_json(${writer.expression(argument(call, 0))})`;
}

const scalarValue = byPath("bq_json_value", () => simple("STRING"));
const scalarValues = byPath("bq_json_value_array", () => arrayOf("STRING"));

/** JSON functions. */
export const jsonFunctions: FunctionRules = {
  JSON_VALUE: scalarValue,
  JSON_EXTRACT_SCALAR: scalarValue,
  JSON_QUERY: byPath("bq_json_query", likeArgument),
  JSON_EXTRACT: byPath("bq_json_query", likeArgument),
  JSON_QUERY_ARRAY: byPath("bq_json_query_array", arrayLikeArgument),
  JSON_EXTRACT_ARRAY: byPath("bq_json_query_array", arrayLikeArgument),
  JSON_VALUE_ARRAY: scalarValues,
  JSON_EXTRACT_STRING_ARRAY: scalarValues,
  JSON_TYPE: renamed("bq_json_type", [1, 1], "STRING"),
  JSON_KEYS: renamed("bq_json_keys", [1, 1], () => arrayOf("STRING")),
  PARSE_JSON: scalar([1, 1], "JSON", writeParseJson, {
    named: ["wide_number_mode"],
    safe: (call, writer) => `TRY(${writeParseJson(call, writer)})`,
  }),
  TO_JSON: scalar([1, 1], "JSON", (call, writer) => writeToJson(argument(call, 0), writer)),
  TO_JSON_STRING: scalar([1, 1], "STRING", (call, writer) => writeToJsonString(argument(call, 0), writer)),
  INT64: converter("bq_json_int64", "INT64"),
  FLOAT64: converter("bq_json_float64", "FLOAT64"),
  BOOL: converter("bq_json_bool", "BOOL"),
  LAX_STRING: converter("bq_lax_string", "STRING"),
  LAX_INT64: converter("bq_lax_int64", "INT64"),
  LAX_FLOAT64: converter("bq_lax_float64", "FLOAT64"),
  LAX_BOOL: converter("bq_lax_bool", "BOOL"),
};
