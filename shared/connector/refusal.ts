import * as z from "zod";
import { PermanentError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { saidBySource } from "./told.ts";

const problemSchema = z.looseObject({
  type: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
  errors: z.array(z.string()).optional(),
});

/** What an error answer says about itself; empty when it is not JSON (a gateway's page). It may quote anything: only `told` makes it fit for a log. */
export function explain(answer: HttpAnswer): { readonly type: string; readonly text: string } {
  let body: unknown;
  try {
    body = JSON.parse(answer.body.toString("utf8", 0, 65_536));
  } catch {
    return { type: "", text: "" };
  }
  const problem = problemSchema.safeParse(body);
  if (!problem.success) return { type: "", text: "" };
  const { type = "", detail, message, errors = [] } = problem.data;
  return { type, text: [detail ?? message ?? "", ...errors].filter(Boolean).join(" ").slice(0, 500) };
}

/** The source does not let us read this endpoint (403), or has no such endpoint (404): the run ends with that outcome. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly outcome: "forbidden" | "unsupported";
  readonly status: number;

  constructor(outcome: "forbidden" | "unsupported", status: number, message: string) {
    super(message);
    this.outcome = outcome;
    this.status = status;
  }
}

/** The frozen copy that a request named is not there, or not any more: what was read of it cannot be completed. */
export class SnapshotGone extends PermanentError {
  constructor() {
    super("The source has no such snapshot any more, or another in its place.");
  }
}

/** 404 texts that are about the address, not about the endpoint (protocols §3). */
const notTheEndpoint = /no ods instance/i;
/** Of a 404 from 7.0 on, of a 410 before (protocols §6). */
const snapshotIsGone = /snapshot not (?:found|available)/i;

/**
 * The refusal that an answer means, or undefined when it is none. A 404 for the address itself is no refusal of one endpoint but a
 * wrong configuration: taken for "unsupported", it would pass for a source that has nothing.
 */
export function refusalOf(answer: HttpAnswer, endpoint: string): Refusal | PermanentError | undefined {
  if (answer.status !== 403 && answer.status !== 404 && answer.status !== 410) return undefined;
  const { text } = explain(answer);
  if (answer.status !== 403 && snapshotIsGone.test(text)) return new SnapshotGone();
  if (answer.status === 410) return undefined;
  const said = saidBySource(text);
  if (answer.status === 403) {
    return new Refusal(
      "forbidden",
      403,
      `The credentials may not read ${endpoint}. Ask the host to add it to the claim set, or exclude it in the sources file.${said}`,
    );
  }
  if (notTheEndpoint.test(text)) {
    return new PermanentError(
      `The source has nothing at this address. Check url and school_years in the sources file.${said}`,
      { status: 404 },
    );
  }
  return new Refusal("unsupported", 404, `The source has no ${endpoint} (its data standard does not know it).${said}`);
}
