import type { HttpAnswer } from "../connector/http.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Slot } from "../refresh/at-most.ts";
import type { DoneStatus, FailedStatus } from "./outcome.ts";
import type { Pause } from "./pause.ts";
import type { Problem } from "./validate.ts";
import { type Sent, type Subject, type Verdict, verdictOf } from "./verdict.ts";

/** What came of sending one request, repeated as often as makes sense. */
export type SendResult =
  | { readonly kind: "done"; readonly status: DoneStatus; readonly httpStatus: number }
  | {
      readonly kind: "failed";
      readonly status: FailedStatus;
      readonly httpStatus: number | undefined;
      readonly about: Subject;
      readonly problems: readonly Problem[];
    }
  /** Time was up. @param wasSent the target may have it nevertheless */
  | { readonly kind: "postponed"; readonly wasSent: boolean };

/** Stops a run whose requests mostly fail: what is wrong with all of them is not found out by sending the rest. */
export class Breaker {
  readonly #maxShare: number;
  readonly #last: boolean[] = [];
  #failures = 0;

  constructor(maxShare: number) {
    this.#maxShare = maxShare;
  }

  count(isFailure: boolean): void {
    this.#last.push(isFailure);
    if (isFailure) this.#failures += 1;
    if (this.#last.length > windowOfRequests && this.#last.shift() === true) this.#failures -= 1;
  }

  get isOpen(): boolean {
    return this.#last.length >= requestsMin && this.#failures / this.#last.length > this.#maxShare;
  }
}

const windowOfRequests = 100;
/** Fewer requests prove nothing. */
const requestsMin = 20;

/** How often one request is sent: an upsert by natural key can be repeated without harm. */
const attemptsMax = 6;
const firstWaitMs = 500;
/** However little a target asks to wait, it is not asked without a pause. */
const leastWaitMs = 50;
const longestWaitMs = 60_000;
/** The longest that a target may ask to wait: it is asked once more then. */
const longestAskedMs = 60 * 60 * 1000;

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

/** What is to be sent. */
export interface Begun extends Sent {
  /** Whether it is still to be sent: its resource, or the run, may have been given up while it waited. */
  readonly isWanted: () => boolean;
}

/** No answer, or none that is an end. */
type Tried = { readonly verdict: Verdict; readonly httpStatus: number | undefined };
/** Nothing was sent: the source was busy with others, the delivery is not surely ours, or a pause was begun meanwhile. */
type NotTried = "no turn" | "paused";

/**
 * Sends a request until its answer is one: passing failures are waited for and sent again, alone or, where the target asks for it, with
 * everybody waiting. A target that says that there are too many requests is waited for until the time is up.
 * @throws PermanentError when the credentials are refused
 */
export async function sendUntilAnswered(
  send: () => Promise<HttpAnswer>,
  sent: Begun,
  ports: SendingPorts,
): Promise<SendResult> {
  const { clock, pause, breaker, deadline } = ports;
  let wasSent = false;
  let throttled = 0;
  for (let attempt = 0; ; ) {
    await pause.wait(deadline);
    if (clock.now().getTime() >= deadline) return { kind: "postponed", wasSent };
    const tried = await inTurn(send, sent, ports, (answer) => {
      if (answer.isThrottled) throttled += 1;
      else attempt += 1;
      const waitMs = waitOf(answer, attempt + throttled, ports);
      if (answer.forAll && attempt < attemptsMax) pause.hold(waitMs);
      return waitMs;
    });
    if (tried === "paused") continue;
    if (tried === "no turn") return { kind: "postponed", wasSent };
    const { verdict, httpStatus, waitMs } = tried;
    wasSent = true;
    if (verdict.kind === "done") {
      breaker.count(false);
      return { kind: "done", status: verdict.status, httpStatus: httpStatus ?? 0 };
    }
    if (verdict.kind === "failed") {
      breaker.count(true);
      return { ...verdict, httpStatus };
    }
    if (attempt >= attemptsMax) {
      breaker.count(true);
      return { kind: "failed", status: "failed", httpStatus, about: "record", problems: verdict.problems };
    }
    if (!verdict.forAll) await clock.sleep(Math.max(0, Math.min(waitMs, deadline - clock.now().getTime())));
  }
}

/** How long to wait after so many attempts: what the target asks for, or longer each time. */
function waitOf({ waitMs }: Again, attempts: number, { random }: SendingPorts): number {
  if (waitMs !== undefined) return Math.max(leastWaitMs, Math.min(longestAskedMs, waitMs));
  // Full jitter: workers that failed together must not come back together.
  return Math.max(leastWaitMs, random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (attempts - 1)));
}

type Again = Extract<Verdict, { kind: "again" }>;

/**
 * Sends a request when there is a place for it, unless a pause has begun, or the delivery is another's, while it waited for that.
 * @param wait takes note of a passing failure, before the place is another's. @returns how long to wait
 */
function inTurn(
  send: () => Promise<HttpAnswer>,
  sent: Begun,
  ports: SendingPorts,
  wait: (answer: Again) => number,
): Promise<(Tried & { readonly waitMs: number }) | NotTried> {
  const { clock, pause, slot, isOurs, deadline } = ports;
  return slot(async () => {
    if (pause.holds(deadline)) return "paused";
    if (!isOurs() || !sent.isWanted()) return "no turn";
    const tried = await tryOnce(send, sent, clock);
    if (tried === "no turn") return tried;
    return { ...tried, waitMs: tried.verdict.kind === "again" ? wait(tried.verdict) : 0 };
  });
}

async function tryOnce(send: () => Promise<HttpAnswer>, sent: Sent, clock: Clock): Promise<Tried | "no turn"> {
  try {
    const answer = await send();
    if (answer.status === 401) {
      throw new PermanentError("The target refused a fresh token: the client may have been revoked.", { status: 401 });
    }
    return { verdict: verdictOf(answer, sent, clock.now()), httpStatus: answer.status };
  } catch (error) {
    if (error instanceof Error && error.name === "NoTurn") return "no turn";
    if (!(error instanceof RetryableError)) throw error;
    const { wait_ms: asked, status } = error.details;
    const verdict: Verdict = {
      kind: "again",
      waitMs: typeof asked === "number" ? asked : undefined,
      forAll: status === 429 || status === 503,
      isThrottled: status === 429,
      problems: [{ path: "$", reason: error.message }],
    };
    return { verdict, httpStatus: typeof status === "number" ? status : undefined };
  }
}
