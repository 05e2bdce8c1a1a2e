import type { ErrorRule } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { parseKeepingNumbers, valueAt } from "./json-value.ts";
import { Refusal } from "./refusal.ts";
import { saidBySource } from "./told.ts";

/** What is looked at of the body of an error. */
const looksMax = 65_536;

function bodyOf(text: string): unknown {
  try {
    return parseKeepingNumbers(text);
  } catch {
    return undefined;
  }
}

/** What an answer says where a rule looks; undefined when the rule does not fit. */
function saidTo(rule: ErrorRule, answer: HttpAnswer): string | undefined {
  if (rule.status !== answer.status) return undefined;
  const text = answer.body.toString("utf8", 0, looksMax);
  const value = rule.at === undefined ? text : valueAt(bodyOf(text), rule.at);
  if (value === undefined || value === null) return undefined;
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return rule.matches === undefined || new RegExp(rule.matches, "i").test(said) ? said : undefined;
}

/** What the first of a connector's rules that fits makes of an answer; undefined when none does. */
export function errorOf(answer: HttpAnswer, rules: readonly ErrorRule[], endpoint: string): Error | undefined {
  for (const rule of rules) {
    const said = saidTo(rule, answer);
    if (said === undefined) continue;
    // A body that is no JSON may be a page of anything; only what a rule points to is told.
    const told = rule.at === undefined ? "" : saidBySource(said);
    const { status } = answer;
    switch (rule.means) {
      case "passing":
        return new RetryableError(`The source asks to wait, or is unwell, by an answer with status ${status}.${told}`, {
          status,
        });
      case "forbidden":
        return new Refusal(
          "forbidden",
          status,
          `The credentials may not read ${endpoint}. Ask the host to allow it, or exclude it in the sources file.${told}`,
        );
      case "unsupported":
        return new Refusal("unsupported", status, `The source has no ${endpoint}.${told}`);
      case "failed":
        return new PermanentError(`The source answered with an error in a body of status ${status}.${told}`, {
          status,
        });
    }
  }
  return undefined;
}
