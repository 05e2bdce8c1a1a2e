import type { HttpAnswer } from "../connector/http.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Slot } from "../refresh/at-most.ts";
import type { DoneStatus, FailedStatus } from "./outcome.ts";
import type { Problem } from "./validate.ts";
import { type Sent, type Verdict, verdictOf } from "./verdict.ts";

/** What came of sending one request, repeated as often as makes sense. */
export type SendResult =
  | { readonly kind: "done"; readonly status: DoneStatus; readonly httpStatus: number }
  | {
      readonly kind: "failed";
      readonly status: FailedStatus;
      readonly httpStatus: number | undefined;
      readonly stops: boolean;
      readonly problems: readonly Problem[];
    }
  /** Time was up. @param wasSent the target may have it nevertheless */
  | { readonly kind: "postponed"; readonly wasSent: boolean };

/** A pause that all workers keep: a target that is asked for less by one of them is asked for less by all (protocols §8.2). */
export class Pause {
  readonly #clock: Clock;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hold(ms: number): void {
    this.#until = Math.max(this.#until, this.#clock.now().getTime() + ms);
  }

  /** @param deadline nobody waits beyond it (milliseconds since the epoch) */
  async wait(deadline: number): Promise<void> {
    for (
      let now = this.#clock.now().getTime();
      now < this.#until && now < deadline;
      now = this.#clock.now().getTime()
    ) {
      await this.#clock.sleep(Math.min(this.#until, deadline) - now);
    }
  }
}

/** Stops a run whose requests mostly fail: what is wrong with all of them is not found out by sending the rest. */
export class Breaker {
  readonly #maxShare: number;
  readonly #last: boolean[] = [];

  constructor(maxShare: number) {
    this.#maxShare = maxShare;
  }

  count(isFailure: boolean): void {
    this.#last.push(isFailure);
    if (this.#last.length > windowOfRequests) this.#last.shift();
  }

  get isOpen(): boolean {
    const failures = this.#last.filter(Boolean).length;
    return this.#last.length >= requestsMin && failures / this.#last.length > this.#maxShare;
  }
}

const windowOfRequests = 100;
/** Fewer requests prove nothing. */
const requestsMin = 20;

/** How often one request is sent: an upsert by natural key can be repeated without harm. */
const attemptsMax = 6;
const firstWaitMs = 500;
const longestWaitMs = 60_000;

export interface SendingPorts {
  readonly clock: Clock;
  readonly pause: Pause;
  readonly breaker: Breaker;
  /** Bounds the requests under way over all resources. */
  readonly slot: Slot;
  readonly random: () => number;
  /** When the work has to be handed over (milliseconds since the epoch). */
  readonly deadline: number;
  /** Whether a request that is begun now ends while the delivery is surely ours: one that was held up must not send what is old by now. */
  readonly isOurs: () => boolean;
}

/** No answer, or none that is an end. */
type Tried = { readonly verdict: Verdict; readonly httpStatus: number | undefined } | "no turn";

/**
 * Sends a request until its answer is one: passing failures are waited for and sent again, alone or, where the target asks for it, with
 * everybody waiting.
 * @throws PermanentError when the credentials are refused
 */
export async function sendUntilAnswered(
  send: () => Promise<HttpAnswer>,
  sent: Sent,
  ports: SendingPorts,
): Promise<SendResult> {
  const { clock, pause, breaker, slot, random, deadline } = ports;
  let wasSent = false;
  for (let attempt = 0; ; attempt += 1) {
    await pause.wait(deadline);
    if (clock.now().getTime() >= deadline) return { kind: "postponed", wasSent };
    const tried = await slot(() => (ports.isOurs() ? tryOnce(send, sent, clock) : Promise.resolve("no turn" as const)));
    if (tried === "no turn") return { kind: "postponed", wasSent };
    const { verdict, httpStatus } = tried;
    wasSent = true;
    if (verdict.kind === "done") {
      breaker.count(false);
      return { kind: "done", status: verdict.status, httpStatus: httpStatus ?? 0 };
    }
    if (verdict.kind === "failed") {
      breaker.count(true);
      return { ...verdict, httpStatus };
    }
    if (attempt + 1 >= attemptsMax) {
      breaker.count(true);
      return { kind: "failed", status: "failed", httpStatus, stops: false, problems: verdict.problems };
    }
    // Full jitter: workers that failed together must not come back together.
    const backoffMs = random() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
    const waitMs = Math.min(longestWaitMs, verdict.waitMs ?? backoffMs);
    if (verdict.forAll) pause.hold(waitMs);
    else await clock.sleep(Math.max(0, Math.min(waitMs, deadline - clock.now().getTime())));
  }
}

async function tryOnce(send: () => Promise<HttpAnswer>, sent: Sent, clock: Clock): Promise<Tried> {
  try {
    const answer = await send();
    if (answer.status === 401) {
      throw new PermanentError("The target refused a fresh token: the client may have been revoked.", { status: 401 });
    }
    return { verdict: verdictOf(answer, sent, clock.now()), httpStatus: answer.status };
  } catch (error) {
    if (error instanceof Error && error.name === "NoTurn") return "no turn";
    if (!(error instanceof RetryableError)) throw error;
    const asked = error.details.wait_ms;
    const waitMs = typeof asked === "number" ? asked : undefined;
    const status = error.details.status;
    const problems = [{ path: "$", reason: error.message }];
    const verdict: Verdict = { kind: "again", waitMs, forAll: status === 429 || status === 503, problems };
    return { verdict, httpStatus: typeof status === "number" ? status : undefined };
  }
}
