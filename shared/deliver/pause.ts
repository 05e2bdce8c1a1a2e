import type { Visit } from "../connector/gate.ts";
import type { Clock } from "../ports/clock.ts";

/** A pause that all workers keep: a target that is asked for less by one of them is asked for less by all (protocols §8.2). */
export class Pause {
  readonly #clock: Clock;
  #until = 0;

  /** @param until when a pause ends that has begun already */
  constructor(clock: Clock, until?: string) {
    this.#clock = clock;
    this.#until = until === undefined ? 0 : Date.parse(until);
  }

  /** Until when nothing is sent (milliseconds since the epoch). */
  get until(): number {
    return this.#until;
  }

  get isOn(): boolean {
    return this.#clock.now().getTime() < this.#until;
  }

  /** Whether it is on for somebody who waits no longer than this. */
  holds(deadline: number): boolean {
    return this.#clock.now().getTime() < Math.min(this.#until, deadline);
  }

  hold(ms: number): void {
    this.#until = Math.max(this.#until, this.#clock.now().getTime() + ms);
  }

  /** @param deadline nobody waits beyond it (milliseconds since the epoch) */
  async wait(deadline: number): Promise<void> {
    while (this.holds(deadline)) {
      await this.#clock.sleep(Math.min(this.#until, deadline) - this.#clock.now().getTime());
    }
  }
}

/** A way through the gate on which nothing goes while the target has asked for a pause. */
export function pausing(visit: Visit, pause: Pause, deadline: number): Visit {
  const paused = Symbol("paused");
  return {
    ...visit,
    get hasWaitedInVain() {
      return visit.hasWaitedInVain;
    },
    pass: async (send) => {
      for (;;) {
        await pause.wait(deadline);
        // The wait for a turn may take long.
        const sent = await visit.pass(async () => (pause.holds(deadline) ? paused : send()));
        if (sent !== paused) return sent;
      }
    },
  };
}
