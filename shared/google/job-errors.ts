import { PermanentError, RetryableError } from "../errors.ts";

/** Reasons that pass by themselves (BigQuery's error table); anything else stays wrong until someone changes something. */
const passing = new Set([
  "backendError",
  "internalError",
  "jobBackendError",
  "jobInternalError",
  "jobRateLimitExceeded",
  "rateLimitExceeded",
  "quotaExceeded",
  "tableUnavailable",
  "stopped",
  "timeout",
]);

/** What passes by itself although its reason does not say so: others change the same table at the moment (BigQuery, quotas of DML). */
const passingMessage = /Too many DML statements outstanding|Could not serialize access to table/;

export interface JobProblem {
  readonly reason: string;
  readonly message: string;
}

/** Behind these BigQuery says a value, or a name out of a record, as it is: up to what it says next. */
const bareValues = [
  /(?<=\b(?:Bad|Invalid) [\w ]{1,40}: )\S.*?(?=$| at \[|;)/gs,
  /(?<=\bValue: )\S.*?(?=$| File: |;)/gs,
  /(?<=\bNo such field: )\S.*?(?=\.?(?:$| File: |;))/gs,
  /(?<=\bregular expression: )\S.*?(?=$| at \[)/gs,
];

/** BigQuery quotes values in its messages; they may be a student's data and are left out. Names in backticks and positions stay. */
export function withoutValues(message: string): string {
  const unquoted = bareValues
    .reduce((left, value) => left.replaceAll(value, "…"), message)
    .replaceAll(/"(?:[^"\\]|\\.)*"/gs, '"…"')
    .replaceAll(/(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)/gs, "'…'");
  return unquoted.slice(0, 800);
}

/** The typed error of a failed job. */
export function jobError(problem: JobProblem, action: string, jobId: string): PermanentError | RetryableError {
  const details = { job_id: jobId, code: problem.reason };
  const message = `${action}: ${withoutValues(problem.message)} (${problem.reason})`;
  const passes = passing.has(problem.reason) || passingMessage.test(problem.message);
  return passes ? new RetryableError(message, details) : new PermanentError(message, details);
}

interface ApiFailure {
  readonly code?: number | string;
  readonly message?: string;
  readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
}

/** What an error of the client says, in BigQuery's own terms. */
export function problemOf(error: unknown): JobProblem & { readonly status: number | undefined } {
  const failure = error as ApiFailure;
  const [first] = failure.errors ?? [];
  const status = typeof failure.code === "number" ? failure.code : Number(failure.code);
  const fallback = Number.isInteger(status) && status < 500 ? "invalid" : "backendError";
  // What is no answer of BigQuery's, such as a proxy's page, is in the client's message as a whole, and may show anything.
  const own = Number.isInteger(status) ? `an answer ${status} that is not BigQuery's` : failure.message;
  return {
    reason: first?.reason ?? fallback,
    message: first?.message ?? own ?? "no message",
    status: Number.isInteger(status) ? status : undefined,
  };
}
