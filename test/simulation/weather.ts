import type { Luck } from "./luck.ts";

/** How unwell a world is: chances for each call to the outside, and for each message. */
export interface Weather {
  /** The process is killed, before or after the call has its effect. */
  readonly death: number;
  /** The call fails without an effect. */
  readonly refusal: number;
  /** The call has its effect, and its answer is lost. */
  readonly lostAnswer: number;
  /** The call is held for minutes, before or after its effect, while the platform has given the process up. */
  readonly hold: number;
  /** A conditional write is answered 412 after its own success. */
  readonly falseConflict: number;
  /** A request to the source is answered 429, 503, half a body, or not at all. */
  readonly sourceFailure: number;
  /** The source is changed right before a request. */
  readonly change: number;
  readonly lostMessage: number;
  readonly doubleMessage: number;
  readonly lateMessage: number;
  readonly lostAcknowledgement: number;
  /** How far the clock of a process is from the true time, at most, in milliseconds. */
  readonly skewMs: number;
}

export const calm: Weather = {
  death: 0,
  refusal: 0,
  lostAnswer: 0,
  hold: 0,
  falseConflict: 0,
  sourceFailure: 0,
  change: 0,
  lostMessage: 0,
  doubleMessage: 0,
  lateMessage: 0,
  lostAcknowledgement: 0,
  skewMs: 0,
};

/** Draws the weather of a world: each kind of trouble is absent, rare or common, so that worlds differ in what is hard about them. */
export function drawWeather(luck: Luck): Weather {
  const grade = (rare: number, common: number): number => luck.one([0, rare, rare, common]);
  return {
    death: grade(0.004, 0.015),
    refusal: grade(0.005, 0.02),
    lostAnswer: grade(0.005, 0.02),
    hold: grade(0.002, 0.006),
    falseConflict: grade(0.02, 0.08),
    sourceFailure: grade(0.02, 0.08),
    change: grade(0.05, 0.15),
    lostMessage: grade(0.05, 0.2),
    doubleMessage: grade(0.1, 0.3),
    lateMessage: grade(0.1, 0.3),
    lostAcknowledgement: grade(0.03, 0.1),
    skewMs: luck.one([0, 2000, 30_000]),
  };
}
