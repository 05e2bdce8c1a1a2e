import type { Clock } from "../../shared/ports/clock.ts";
import { type FakeObjectStore, fakeObjectStore } from "./object-store.ts";

/** What a process that was killed finds when it goes on nevertheless: nothing works any more. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export type Moment = "before" | "after";

/** Called at every moment of every operation, with its number; may throw or wait. */
export type Interruption = (moment: Moment, operation: number, what: string) => void | Promise<void>;

/** Numbers operations on whatever a verb works with, so that a test can come between any two of them. */
export class Interruptions {
  /** Operations so far, as text: `control write leases/…`. */
  readonly operations: string[] = [];
  #interruption: Interruption | undefined;

  /** From now on this is called; operations are counted from 0 again. */
  interrupt(interruption: Interruption | undefined): void {
    this.operations.length = 0;
    this.#interruption = interruption;
  }

  async around<Result>(what: string, effect: () => Result | Promise<Result>): Promise<Result> {
    const number = this.operations.push(what) - 1;
    const interruption = this.#interruption;
    await interruption?.("before", number, what);
    const result = await effect();
    await interruption?.("after", number, what);
    return result;
  }
}

export interface InterruptedBuckets {
  readonly landing: FakeObjectStore;
  readonly control: FakeObjectStore;
  readonly operations: readonly string[];
  interrupt(interruption: Interruption | undefined): void;
}

/** A bucket in memory whose operations are numbered with those of others. */
function interruptedBucket(name: string, clock: Clock, interruptions: Interruptions): FakeObjectStore {
  const store = fakeObjectStore({ uri: `gs://${name}`, clock });
  const around = <Result>(call: string, object: string, effect: () => Promise<Result>): Promise<Result> =>
    interruptions.around(`${name} ${call} ${object}`, effect);
  return {
    ...store,
    read: (object) => around("read", object, () => store.read(object)),
    write: (object, body, generation) => around("write", object, () => store.write(object, body, generation)),
    writeStream: (object, content, type) =>
      around("writeStream", object, () => store.writeStream(object, content, type)),
    async *readBytes(object) {
      await interruptions.around(`${name} read ${object}`, () => undefined);
      yield* store.readBytes(object);
    },
    async *list(prefix) {
      await interruptions.around(`${name} list ${prefix}`, () => undefined);
      yield* store.list(prefix);
    },
    stat: (object) => around("stat", object, () => store.stat(object)),
    delete: (object, generation) => around("delete", object, () => store.delete(object, generation)),
  };
}

/** Two buckets in memory whose operations are numbered together. */
export function interruptedBuckets(clock: Clock, interruptions = new Interruptions()): InterruptedBuckets {
  return {
    landing: interruptedBucket("landing", clock, interruptions),
    control: interruptedBucket("control", clock, interruptions),
    operations: interruptions.operations,
    interrupt: (next) => interruptions.interrupt(next),
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

/** A door that is shut until it is opened. */
export interface Gate {
  readonly open: () => void;
  readonly passed: Promise<void>;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

/** Holds whoever comes to one moment: `reached` opens when somebody has, and they go on when `door` is opened. */
export function heldAt(moment: Moment, operation: number): { interruption: Interruption; reached: Gate; door: Gate } {
  const reached = gate();
  const door = gate();
  const interruption: Interruption = async (now, number) => {
    if (now !== moment || number !== operation) return;
    reached.open();
    await door.passed;
  };
  return { interruption, reached, door };
}
