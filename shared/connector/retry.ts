import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { HttpAnswer } from "./http.ts";

/** How long and how often a request is repeated before the whole message is given back. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
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
}

/**
 * Repeats a request while its failure looks passing: no whole answer, 408, 425, 429 or a 5xx.
 * Retry-After is obeyed, capped at the longest wait.
 * @returns the first answer with another status
 * @throws RetryableError when the attempts are used up
 */
export async function withRetries(send: () => Promise<HttpAnswer>, options: RetryOptions): Promise<HttpAnswer> {
  const { clock, log, path, policy = defaultRetryPolicy, random = Math.random } = options;
  let failure = new RetryableError("The source was not asked", { path });
  for (let attempt = 0; attempt < policy.attemptsMax; attempt += 1) {
    let asked: number | undefined;
    try {
      const answer = await send();
      if (!statusesToRepeat.has(answer.status)) return answer;
      asked = retryAfterMs(answer.headers, clock.now());
      failure = new RetryableError(`The source answered ${answer.status}`, { path, status: answer.status });
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      failure = error;
    }
    if (attempt + 1 === policy.attemptsMax) break;
    const waitMs = Math.min(policy.longestWaitMs, asked ?? backoffMs(policy, attempt, random));
    log.warn("asking the source again", {
      path,
      attempt: attempt + 1,
      wait_ms: Math.round(waitMs),
      error: failure.message,
    });
    await clock.sleep(waitMs);
  }
  throw failure;
}
