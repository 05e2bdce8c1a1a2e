import type { Call, Type } from "../../syntax.ts";
import { coerced, writeInterval } from "../dates.ts";
import type { Writer } from "../writer.ts";
import { argument, arrayOf, type FunctionRules, renamed, sameAsArgument, scalar, unlimited } from "./rule.ts";

function elementOf(call: Call, writer: Writer): Type | undefined {
  const type = sameAsArgument(call, writer);
  return type?.kind === "array" ? type.element : undefined;
}

/** GENERATE_DATE_ARRAY and GENERATE_TIMESTAMP_ARRAY; the step of the first is one day if none is given. */
function writeSeries(type: "DATE" | "TIMESTAMP", parts: readonly string[]): (call: Call, writer: Writer) => string {
  return (call, writer) => {
    const [start, end] = [coerced(argument(call, 0), type, writer), coerced(argument(call, 1), type, writer)];
    const step = call.arguments[2];
    if (step !== undefined && step.kind !== "interval") {
      return writer.refuse("step that is no INTERVAL", step.offset);
    }
    const interval = step === undefined ? "INTERVAL 1 DAY" : writeInterval(step.value, step.part, parts, writer);
    return `bq_generate_${type.toLowerCase()}_array(${start}, ${end}, ${interval})`;
  };
}

/** Array functions. */
export const arrayFunctions: FunctionRules = {
  ARRAY_LENGTH: renamed("len", [1, 1], "INT64"),
  ARRAY_TO_STRING: renamed("bq_array_to_string", [2, 3], "STRING"),
  ARRAY_CONCAT: scalar([1, unlimited], sameAsArgument, (call, writer) => {
    return call.arguments
      .map((one) => writer.expression(one))
      .reduce((left, right) => `bq_array_concat(${left}, ${right})`);
  }),
  ARRAY_REVERSE: renamed("list_reverse", [1, 1], sameAsArgument),
  ARRAY_FIRST: scalar([1, 1], elementOf, (call, writer) => `bq_at_offset(${writer.expression(argument(call, 0))}, 0)`),
  ARRAY_LAST: scalar([1, 1], elementOf, (call, writer) => {
    return `bq_at_offset(list_reverse(${writer.expression(argument(call, 0))}), 0)`;
  }),
  GENERATE_ARRAY: renamed("bq_generate_array", [2, 3], (call, writer) => {
    const element = sameAsArgument(call, writer);
    return element === undefined ? arrayOf("INT64") : { kind: "array", element };
  }),
  GENERATE_DATE_ARRAY: scalar(
    [2, 3],
    () => arrayOf("DATE"),
    writeSeries("DATE", ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]),
  ),
  GENERATE_TIMESTAMP_ARRAY: scalar(
    [3, 3],
    () => arrayOf("TIMESTAMP"),
    writeSeries("TIMESTAMP", ["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY"]),
  ),
};
