import type { Call } from "../../syntax.ts";
import type { Writer } from "../writer.ts";
import { argument, arrayOf, type FunctionRules, renamed, scalar } from "./rule.ts";

/** The number of capturing groups of a literal pattern; undefined for one that is computed. */
function groupCount(call: Call, writer: Writer): number | undefined {
  const pattern = argument(call, 1);
  if (pattern.kind !== "literal") {
    return undefined;
  }
  const bare = pattern.value.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]/g, "");
  const count = Array.from(bare.matchAll(/\((?!\?)|\(\?P?</g)).length;
  if (count > 1) {
    writer.refuse("regular expression with several groups", pattern.offset);
  }
  return count;
}

function writeExtract(call: Call, writer: Writer): string {
  const groups = groupCount(call, writer);
  const [value, pattern] = call.arguments.map((one) => writer.expression(one));
  const all = extractAll(value ?? "", pattern ?? "", groups);
  if (call.arguments.length === 2) {
    return `(${all})[1]`;
  }
  const [, , position, occurrence] = call.arguments.map((one) => writer.expression(one));
  const rest = extractAll(`bq_from_position(${value}, ${position})`, pattern ?? "", groups);
  return `bq_occurrence(${rest}, ${occurrence ?? "1::BIGINT"})`;
}

/** At the end of a text GoogleSQL finds no empty match, and DuckDB does: such patterns are refused where they show. */
function refuseEmpty(call: Call, writer: Writer): void {
  const pattern = argument(call, 1);
  if (pattern.kind === "literal" && matchesNothing(pattern.value)) {
    writer.refuse("regular expression that matches the empty string", pattern.offset);
  }
}

/** RE2 has syntax that JavaScript lacks; of such a pattern nothing is known. */
function matchesNothing(pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test("");
  } catch (error) {
    if (error instanceof SyntaxError) {
      return false;
    }
    throw error;
  }
}

/** What each match gives: its group if the pattern has one, otherwise all of it. A group that took no part is NULL. */
function extractAll(value: string, pattern: string, groups: number | undefined): string {
  return groups === undefined
    ? `bq_regexp_extract_all(${value}, ${pattern})`
    : `regexp_extract_all(${value}, ${pattern}, ${groups})`;
}

/** Regular expressions: RE2 in GoogleSQL and in DuckDB. */
export const regexpFunctions: FunctionRules = {
  REGEXP_CONTAINS: renamed("regexp_matches", [2, 2], "BOOL"),
  REGEXP_EXTRACT: scalar([2, 4], "STRING", writeExtract),
  REGEXP_SUBSTR: scalar([2, 4], "STRING", writeExtract),
  REGEXP_EXTRACT_ALL: scalar(
    [2, 2],
    () => arrayOf("STRING"),
    (call, writer) => {
      refuseEmpty(call, writer);
      const [value, pattern] = call.arguments.map((one) => writer.expression(one));
      const groups = groupCount(call, writer);
      const all = extractAll(value ?? "", pattern ?? "", groups);
      // A group that took no part in a match is empty here, though NULL in REGEXP_EXTRACT.
      return groups === 0 ? all : `list_transform(${all}, lambda part: coalesce(part, ''))`;
    },
  ),
  REGEXP_REPLACE: scalar(
    [3, 3],
    "STRING",
    (call, writer) => `regexp_replace(${writer.expressions(call.arguments)}, 'g')`,
  ),
};
