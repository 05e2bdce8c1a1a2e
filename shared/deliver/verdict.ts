import * as z from "zod";
import type { HttpAnswer } from "../connector/http.ts";
import { retryAfterMs } from "../connector/retry.ts";
import { jsonIn } from "./json.ts";
import type { DoneStatus, FailedStatus } from "./outcome.ts";
import type { Problem } from "./validate.ts";

/** What an answer to a write means (protocols §8.2, §9). */
export type Verdict =
  | { readonly kind: "done"; readonly status: DoneStatus }
  /** @param stops nothing of this resource will be taken: the claim set, the namespace, or the resource itself is wrong */
  | {
      readonly kind: "failed";
      readonly status: FailedStatus;
      readonly stops: boolean;
      readonly problems: readonly Problem[];
    }
  /** It is sent again: at once by this worker, or, when all are to wait, after everybody has waited. */
  | {
      readonly kind: "again";
      readonly waitMs: number | undefined;
      readonly forAll: boolean;
      readonly problems: readonly Problem[];
    };

const lists = z.record(z.string(), z.array(z.string())).optional().catch(undefined);

const problemSchema = z.looseObject({
  type: z.string().default("").catch(""),
  detail: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  errors: z.array(z.string()).default([]).catch([]),
  validationErrors: lists,
  modelState: lists,
});

interface Told {
  readonly type: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

const reasonMax = 500;
const problemsMax = 20;

/** What the body of an error says. One that is no JSON (a gateway's page, an empty body) leaves only the status to tell. */
function toldBy({ status, body }: HttpAnswer): Told {
  const parsed = problemSchema.safeParse(jsonIn(body));
  if (!parsed.success) {
    const reason = body.length === 0 ? `status ${status}` : `status ${status} with a body that is not JSON`;
    return { type: "", text: "", problems: [{ path: "$", reason }] };
  }
  const { type, detail, message, errors, validationErrors, modelState } = parsed.data;
  const text = [detail ?? message ?? "", ...errors].filter(Boolean).join(" ").slice(0, reasonMax);
  const listed = Object.entries(validationErrors ?? modelState ?? {}).flatMap(([path, reasons]) =>
    reasons.map((reason) => ({ path: path.replace(/^request\./, "$."), reason: reason.slice(0, reasonMax) })),
  );
  const whole = { path: "$", reason: text || `status ${status}` };
  return { type, text, problems: listed.length > 0 ? listed.slice(0, problemsMax) : [whole] };
}

/** What is under way: which collection, and whether a record is sent or taken away. */
export interface Sent {
  readonly resource: string;
  readonly op: "upsert" | "delete";
}

/** Judges the answer to a POST or a DELETE. */
export function verdictOf(answer: HttpAnswer, sent: Sent, now: Date): Verdict {
  const { status } = answer;
  if (sent.op === "delete" && (status === 404 || status === 410)) return { kind: "done", status: "gone" };
  // Only these say that the record is there now: a 202, or a page of a gateway with status 200 and a body, is none of ours.
  if (status === 201) return { kind: "done", status: "created" };
  if (status === 200 || status === 204) return { kind: "done", status: sent.op === "delete" ? "deleted" : "updated" };
  const told = toldBy(answer);
  const failed = (outcome: FailedStatus, stops = false): Verdict => ({
    kind: "failed",
    status: outcome,
    stops,
    problems: told.problems,
  });
  const again = (forAll: boolean): Verdict => ({
    kind: "again",
    waitMs: retryAfterMs(answer.headers, now),
    forAll,
    problems: told.problems,
  });
  switch (status) {
    case 403:
      return forbidden(told, failed);
    case 409:
      return conflict(told, sent, failed, again);
    case 404:
    case 405:
    case 406:
    case 415:
      return failed("forbidden", true);
    case 429:
    case 503:
      return again(true);
    case 408:
    case 425:
      return again(false);
    default:
      return status >= 500 ? again(false) : failed("rejected");
  }
}

type Failed = (status: FailedStatus, stops?: boolean) => Verdict;

/**
 * The four kinds of 403: the claim set lacks the resource or the action, the namespace is not ours, a profile is demanded, or the client has no
 * relationship with the student. Only the last is about the record, and may pass by itself once the student is enrolled.
 */
function forbidden({ type, text }: Told, failed: Failed): Verdict {
  if (/namespace/i.test(type) || /namespace prefix/i.test(text)) return failed("forbidden", true);
  if (/access-denied|data-policy/i.test(type) || /claim set/i.test(text)) return failed("forbidden", true);
  const isRelationship = /no relationships have been established|association' item/i.test(text);
  return isRelationship || /security:authorization:?$/i.test(type) ? failed("not_enrolled") : failed("forbidden", true);
}

function conflict(
  { type, text }: Told,
  { resource, op }: Sent,
  failed: Failed,
  again: (forAll: boolean) => Verdict,
): Verdict {
  if (/multi-user-conflict/i.test(type) || /deadlock|modified by another/i.test(text)) return again(false);
  if (/unresolved-reference/i.test(type) || /the referenced '|related '[^']*' resource does not exist/i.test(text)) {
    return failed("unresolved");
  }
  if (op === "delete") return failed("unresolved");
  // Old versions answer so to a descriptor that is there already: that is what was wanted.
  if (resource.endsWith("Descriptors")) return { kind: "done", status: "exists" };
  return failed("rejected");
}
