import { objectNames } from "../../shared/control/place.ts";
import { ConflictError, RetryableError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Agenda } from "./agenda.ts";
import type { Luck } from "./luck.ts";
import type { Weather } from "./weather.ts";

const minute = 60_000;

type Fate = "well" | "dies before" | "dies after" | "refused" | "answer lost" | "held before" | "held after";

/** What the processes of a world share. */
export interface Surroundings {
  readonly agenda: Agenda;
  readonly luck: Luck;
  readonly weather: () => Weather;
  readonly held: Held;
  readonly trace: (who: string, what: string) => void;
}

export interface CallOptions {
  /** The object or table that is written: who is held before writing it may come right after another who has written it. */
  readonly writes?: string | undefined;
  /** The write has a precondition, and may be answered 412 after its own success. */
  readonly isConditional?: boolean;
  /** How long the call takes, least and most, in milliseconds. */
  readonly takes?: readonly [number, number];
  /** After so long the caller breaks the call off: it has no effect any more. */
  readonly timeoutMs?: number;
}

/** Some of those who are held go on when another process has taken a slot of the source: it may be theirs. */
const anySlot = objectNames.slots;

/** Who is held before writing something may go on right when another process has written it: when it hurts most. */
export class Held {
  readonly #waiting = new Map<string, (() => unknown)[]>();

  add(object: string, act: () => unknown): void {
    this.#waiting.set(object, [...(this.#waiting.get(object) ?? []), act]);
  }

  wake(object: string, { agenda, luck }: Pick<Surroundings, "agenda" | "luck">): void {
    const isSlot = object.startsWith(anySlot);
    for (const key of isSlot ? [object, anySlot] : [object]) {
      for (const act of this.#waiting.get(key) ?? []) agenda.in(luck.skewed(50, 5000), act);
      this.#waiting.delete(key);
    }
  }
}

function once(act: () => unknown): () => unknown {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    return act();
  };
}

/** One run of a function. Each call that it makes to the outside meets its fate here; a process that is dead is silent for ever. */
export class Process {
  readonly name: string;
  isDead = false;
  readonly clock: Clock;
  readonly #around: Surroundings;
  readonly #slowness: number;
  readonly #onDeath: () => void;

  constructor(name: string, around: Surroundings, onDeath: () => void) {
    const { luck, agenda } = around;
    this.name = name;
    this.#around = around;
    this.#onDeath = onDeath;
    this.#slowness = luck.one([1, 1, 1, 5]);
    const skew = Math.round((luck.share() * 2 - 1) * around.weather().skewMs);
    this.clock = {
      now: () => new Date(Math.floor(agenda.now + skew)),
      sleep: (ms) =>
        new Promise((resolve) => {
          agenda.in(ms, () => {
            if (!this.isDead) resolve();
          });
        }),
    };
  }

  /** A call to the outside: its effect comes some time after it is begun, or never, or its answer does not come. */
  call<Result>(what: string, effect: () => Result | Promise<Result>, options: CallOptions = {}): Promise<Result> {
    const { agenda, luck } = this.#around;
    const [least, most] = options.takes ?? [10, 400];
    const fate = this.#fate();
    const brokenOffAt = agenda.now + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
    const heldMs = luck.chance(0.5) ? luck.between(11 * minute, 22 * minute) : luck.skewed(minute, 40 * minute);
    const wakesWithSlot = fate.startsWith("held") && luck.chance(0.3);
    return new Promise((resolve, reject) => {
      const act = async (): Promise<void> => {
        if (this.isDead) return;
        if (fate === "dies before") return this.#die(what, fate);
        if (fate === "refused") return this.#fail(what, fate, reject);
        if (agenda.now > brokenOffAt) return this.#fail(what, "broken off", reject);
        let answer: () => void;
        try {
          const result = await effect();
          answer = () => resolve(result);
        } catch (error) {
          answer = () => reject(error);
          this.#around.trace(this.name, `${what}: ${error instanceof Error ? error.message : "failed"}`);
        }
        if (options.writes !== undefined) this.#around.held.wake(options.writes, this.#around);
        if (fate === "dies after") return this.#die(what, fate);
        if (fate === "answer lost") return this.#fail(what, fate, reject);
        if (options.isConditional && luck.chance(this.#around.weather().falseConflict)) {
          this.#around.trace(this.name, `${what}: answered 412 (after its own success, or not)`);
          return reject(new ConflictError("412 after its own success"));
        }
        this.#around.trace(this.name, fate === "well" ? what : `${what}: ${fate}`);
        if (fate !== "held after") return answer();
        const goOn = once(() => {
          if (!this.isDead) answer();
        });
        agenda.in(heldMs, goOn);
        if (wakesWithSlot) this.#around.held.add(anySlot, goOn);
      };
      const ms = luck.skewed(least, most) * this.#slowness;
      if (fate !== "held before") return agenda.in(ms, act);
      const actOnce = once(act);
      agenda.in(ms + heldMs, actOnce);
      if (options.writes !== undefined) this.#around.held.add(options.writes, actOnce);
      if (wakesWithSlot) this.#around.held.add(anySlot, actOnce);
    });
  }

  #fate(): Fate {
    const { luck } = this.#around;
    const { death, refusal, lostAnswer, hold } = this.#around.weather();
    if (death + refusal + lostAnswer + hold === 0) return "well";
    let drawn = luck.share();
    const isOf = (chance: number): boolean => {
      drawn -= chance;
      return drawn < 0;
    };
    if (isOf(death)) return luck.chance(0.5) ? "dies before" : "dies after";
    if (isOf(refusal)) return "refused";
    if (isOf(lostAnswer)) return "answer lost";
    if (isOf(hold)) return luck.chance(0.5) ? "held before" : "held after";
    return "well";
  }

  #die(what: string, fate: Fate): void {
    this.isDead = true;
    this.#around.trace(this.name, `${what}: ${fate}`);
    this.#onDeath();
  }

  #fail(what: string, fate: Fate | "broken off", reject: (error: Error) => void): void {
    this.#around.trace(this.name, `${what}: ${fate}`);
    reject(new RetryableError(`503 (${fate})`, { status: 503 }));
  }
}
