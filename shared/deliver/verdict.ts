import * as z from "zod";
import type { HttpAnswer } from "../connector/http.ts";
import { retryAfterMs } from "../connector/retry.ts";
import { jsonIn } from "./json.ts";
import type { DoneStatus, FailedStatus } from "./outcome.ts";
import type { Problem } from "./validate.ts";

/** What an answer to a write means (protocols §8.2, §9). */
export type Verdict =
  | { readonly kind: "done"; readonly status: DoneStatus }
  | {
      readonly kind: "failed";
      readonly status: FailedStatus;
      readonly about: Subject;
      readonly problems: readonly Problem[];
    }
  /**
   * It is sent again: at once by this worker, or, when all are to wait, after everybody has waited. Whoever is told that there are too many
   * requests has done nothing wrong: that is no failed attempt.
   */
  | {
      readonly kind: "again";
      readonly waitMs: number | undefined;
      readonly forAll: boolean;
      readonly isThrottled: boolean;
      readonly problems: readonly Problem[];
    };

/**
 * What a refusal is about: this record; the whole resource, of which nothing will be taken (the claim set, the namespace, or the resource itself
 * is wrong); or nobody knows.
 */
export type Subject = "record" | "resource" | "unclear";

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
  const problems = listed.length > 0 ? listed.slice(0, problemsMax) : [whole];
  return { type, text: [text, ...listed.map(({ reason }) => reason)].join(" "), problems };
}

/** What is under way: which collection, and whether a record is sent or taken away. */
export interface Sent {
  readonly resource: string;
  readonly op: "upsert" | "delete";
}

/** Statuses that are about the document that was sent. */
const aboutDocument = new Set([400, 410, 412, 413, 414, 422, 431]);
/** Statuses that say that such a request is not taken here at all. */
const notHere = new Set([404, 405, 406, 415]);

type Failed = (status: FailedStatus, about?: Subject) => Verdict;
type Again = (forAll?: boolean) => Verdict;

/** Judges the answer to a POST or a DELETE. */
export function verdictOf(answer: HttpAnswer, sent: Sent, now: Date): Verdict {
  const { status } = answer;
  // Only these say that the record is there now: a 202 does not, nor does a page of a gateway with status 200.
  const isGood = status === 200 || status === 201 || status === 204;
  if (isGood && !isPage(answer)) return { kind: "done", status: doneBy(status, sent) };
  if (sent.op === "delete" && (status === 404 || status === 410)) return { kind: "done", status: "gone" };
  const told = toldBy(answer);
  const { problems } = told;
  const failed: Failed = (outcome, about = "record") => ({ kind: "failed", status: outcome, about, problems });
  const again: Again = (forAll = false) => ({
    kind: "again",
    waitMs: retryAfterMs(answer.headers, now),
    forAll,
    isThrottled: status === 429,
    problems,
  });
  if (status === 429 || status === 503) return again(true);
  if (isGood || status === 408 || status === 425 || status >= 500) return again();
  if (status === 403) return forbidden(told, failed);
  if (status === 409) return conflict(told, sent, failed, again);
  if (notHere.has(status)) return failed("forbidden", "resource");
  if (aboutDocument.has(status)) return failed(lacksReference(told) ? "unresolved" : "rejected");
  // Whoever says that it took the record without saying that it has it, may have it.
  return status < 300 ? failed("failed", "unclear") : failed("forbidden", "unclear");
}

function doneBy(status: number, { op }: Sent): DoneStatus {
  if (op === "delete") return "deleted";
  return status === 201 ? "created" : "updated";
}

/** Whether a good status comes with something that no Ed-Fi API sends: its bodies are empty, or JSON. */
function isPage({ body }: HttpAnswer): boolean {
  return body.length > 0 && body.toString("utf8").trim() !== "" && jsonIn(body) === undefined;
}

/**
 * The kinds of 403: the claim set lacks the resource or the action, the namespace is not ours, a profile is demanded, the record is another
 * client's, or the client has no relationship with the student. The last two are about the record, and the last may pass by itself once the
 * student is enrolled. Versions before 7.2 say it in sentences only, and each in others.
 */
function forbidden({ type, text }: Told, failed: Failed): Verdict {
  if (/authorization:ownership/i.test(type) || /ownership token|not owned by/i.test(text)) return failed("forbidden");
  if (/namespace/i.test(type) || /namespace ?prefix/i.test(text)) return failed("forbidden", "resource");
  if (/access-denied|data-policy/i.test(type)) return failed("forbidden", "resource");
  if (/relationship|association' item|education ?organization ?ids? claim/i.test(text)) return failed("not_enrolled");
  if (/claim set|missing a claim|requested action/i.test(text)) return failed("forbidden", "resource");
  return /security:authorization:?$/i.test(type) ? failed("not_enrolled") : failed("forbidden", "unclear");
}

/** What a record refers to is not there. Versions before 6.0 say so of students with status 400. */
function lacksReference({ type, text }: Told): boolean {
  return (
    /unresolved-reference/i.test(type) ||
    /the referenced '|related (?:'[^']*' )?resource does not exist|reference could not be resolved/i.test(text)
  );
}

function conflict(told: Told, { resource, op }: Sent, failed: Failed, again: Again): Verdict {
  const { type, text } = told;
  if (/multi-user-conflict/i.test(type) || /deadlock|modified by another/i.test(text)) return again();
  if (op === "delete" || lacksReference(told)) return failed("unresolved");
  // Old versions answer so to a descriptor that is there already: that is what was wanted.
  if (resource.endsWith("Descriptors")) return { kind: "done", status: "exists" };
  return failed("rejected");
}
