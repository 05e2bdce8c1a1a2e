import type { Clock } from "../../shared/ports/clock.ts";
import { type FakeObjectStore, fakeObjectStore } from "./object-store.ts";

/** What a process that was killed finds when it goes on nevertheless: nothing works any more. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export type Moment = "before" | "after";

/** Called at every moment of every operation on the buckets, with its number; may throw or wait. */
export type Interruption = (moment: Moment, operation: number, what: string) => void | Promise<void>;

export interface InterruptedBuckets {
  readonly landing: FakeObjectStore;
  readonly control: FakeObjectStore;
  /** Operations so far, as text: `control write leases/…`. */
  readonly operations: readonly string[];
  /** From now on this is called; operations are counted from 0 again. */
  interrupt(interruption: Interruption | undefined): void;
}

/** Two buckets in memory whose operations are numbered together, so that a test can come between any two of them. */
export function interruptedBuckets(clock: Clock): InterruptedBuckets {
  const operations: string[] = [];
  let interruption: Interruption | undefined;
  const bucket = (name: string): FakeObjectStore => {
    return fakeObjectStore({
      uri: `gs://${name}`,
      clock,
      before: async (call, object) => {
        const number = operations.push(`${name} ${call} ${object}`) - 1;
        await interruption?.("before", number, operations[number] ?? "");
      },
      after: async (call, object) => {
        await interruption?.("after", operations.lastIndexOf(`${name} ${call} ${object}`), `${name} ${call} ${object}`);
      },
    });
  };
  return {
    landing: bucket("landing"),
    control: bucket("control"),
    operations,
    interrupt: (next) => {
      operations.length = 0;
      interruption = next;
    },
  };
}

/** Kills the process at one moment: that operation fails, and every one after it. */
export function killedAt(moment: Moment, operation: number): Interruption {
  let isDead = false;
  return (now, number) => {
    isDead ||= now === moment && number === operation;
    if (isDead) throw new Killed();
  };
}

/** Lets one operation fail as if the network had: before it happened, or after, when only its answer is lost. */
export function failingAt(moment: Moment, operation: number, error: Error): Interruption {
  let isOver = false;
  return (now, number) => {
    if (isOver || now !== moment || number !== operation) return;
    isOver = true;
    throw error;
  };
}
