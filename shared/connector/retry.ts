import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { HttpAnswer } from "./http.ts";

/** How long and how often a request is repeated before the whole message is given back. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** Fewer attempts for failures that another request (a smaller page) answers better than the same one again. */
  readonly attemptsFor?: (failure: RetryableError) => number | undefined;
}

export const defaultRetryPolicy: RetryPolicy = { attemptsMax: 6, firstWaitMs: 500, longestWaitMs: 60_000 };

const statusesToRepeat = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Milliseconds that a Retry-After header asks for (seconds or an HTTP date), or undefined. */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

function backoffMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  // Full jitter: many walks that failed together must not come back together.
  return random() * Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** attempt);
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
  readonly policy?: RetryPolicy;
  readonly random?: () => number;
  /** When to stop waiting (milliseconds since the epoch): a wait that would end later is not begun. */
  readonly until?: number | undefined;
}

/** The failure that an answer is, with how long it asks to wait; undefined when it is no passing failure. */
function failureOf(answer: HttpAnswer, path: string, now: Date): RetryableError | undefined {
  if (!statusesToRepeat.has(answer.status)) return undefined;
  return new RetryableError(`The source answered ${answer.status}`, {
    path,
    status: answer.status,
    wait_ms: retryAfterMs(answer.headers, now),
  });
}

/**
 * Repeats a request while its failure looks passing: no whole answer, 408, 425, 429 or a 5xx.
 * Retry-After (an answer's, or `wait_ms` of the error) is obeyed, capped at the longest wait.
 * @returns the first answer with another status
 * @throws RetryableError when the attempts are used up, or the time
 */
export async function withRetries(send: () => Promise<HttpAnswer>, options: RetryOptions): Promise<HttpAnswer> {
  const { clock, log, path, policy = defaultRetryPolicy, random = Math.random, until = Infinity } = options;
  for (let attempt = 0; ; attempt += 1) {
    let failure: RetryableError;
    try {
      const answer = await send();
      const failed = failureOf(answer, path, clock.now());
      if (!failed) return answer;
      failure = failed;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      failure = error;
    }
    if (attempt + 1 >= Math.min(policy.attemptsMax, policy.attemptsFor?.(failure) ?? Infinity)) throw failure;
    const asked = failure.details.wait_ms;
    const waitMs = Math.min(
      policy.longestWaitMs,
      typeof asked === "number" ? asked : backoffMs(policy, attempt, random),
    );
    if (clock.now().getTime() + waitMs >= until) throw failure;
    log.warn("asking the source again", {
      path,
      attempt: attempt + 1,
      wait_ms: Math.round(waitMs),
      error: failure.message,
    });
    await clock.sleep(waitMs);
  }
}
