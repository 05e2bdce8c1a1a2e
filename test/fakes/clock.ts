import type { Clock } from "../../shared/ports/clock.ts";

export interface FakeClock extends Clock {
  advance(ms: number): void;
}

/** A clock that stands still until a test moves it; a sleep moves it by itself and returns at once. */
export function fakeClock(start = "2026-11-21T04:00:00.000Z"): FakeClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    sleep: async (ms) => {
      time += ms;
    },
    advance: (ms) => {
      time += ms;
    },
  };
}
