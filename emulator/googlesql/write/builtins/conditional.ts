import { adoptedAll } from "../numbers.ts";
import { stringLiteral } from "../text.ts";
import {
  argument,
  commonOfArguments,
  commonType,
  type FunctionRules,
  renamed,
  sameAsArgument,
  scalar,
  unlimited,
} from "./rule.ts";

/** Conditional expressions, and the functions about the session. */
export const conditionalFunctions: FunctionRules = {
  IF: scalar(
    [3, 3],
    (call, writer) => commonType(call.arguments.slice(1), writer),
    (call, writer) => {
      const [then, otherwise] = adoptedAll(call.arguments.slice(1), writer);
      return `CASE WHEN ${writer.expression(argument(call, 0))} THEN ${then} ELSE ${otherwise} END`;
    },
  ),
  IFNULL: scalar(
    [2, 2],
    commonOfArguments,
    (call, writer) => `coalesce(${adoptedAll(call.arguments, writer).join(", ")})`,
  ),
  COALESCE: scalar([1, unlimited], commonOfArguments, (call, writer) => {
    return `coalesce(${adoptedAll(call.arguments, writer).join(", ")})`;
  }),
  NULLIF: scalar([2, 2], sameAsArgument, (call, writer) => `nullif(${writer.expressions(call.arguments)})`),
  ERROR: renamed("error", [1, 1]),
  // Whoever a query is run as is told to its connection (emulator/bigquery/query/query-job.ts).
  SESSION_USER: scalar(
    [0, 0],
    "STRING",
    () => `coalesce(getvariable(${stringLiteral("session_user")}), ${stringLiteral("emulator@localhost")})`,
  ),
};
