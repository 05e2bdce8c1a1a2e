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

export interface JobProblem {
  readonly reason: string;
  readonly message: string;
}

/** BigQuery quotes values in its messages; what stands in quotes may be a student's datum and is left out. */
export function withoutValues(message: string): string {
  return message
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(
      /(?<=(?:Bad|Invalid|Could not (?:cast|parse|convert)|Failed to parse)[^:']{0,60}[:'] ?)\S.*?(?=$| at \[|;)/g,
      "…",
    )
    .slice(0, 800);
}

/** The typed error of a failed job. */
export function jobError(problem: JobProblem, action: string, jobId: string): PermanentError | RetryableError {
  const details = { job_id: jobId, code: problem.reason };
  const message = `${action}: ${withoutValues(problem.message)} (${problem.reason})`;
  return passing.has(problem.reason) ? new RetryableError(message, details) : new PermanentError(message, details);
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
  return {
    reason: first?.reason ?? fallback,
    message: first?.message ?? failure.message ?? "no message",
    status: Number.isInteger(status) ? status : undefined,
  };
}
