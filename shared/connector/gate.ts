import { ConflictError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Slot, Slots } from "./slots.ts";
import { headRequests, type Party, WaitingLine } from "./waiting-line.ts";

/** Nobody failed: the source was busy with others until the time was up. */
export class NoTurn extends Error {
  override readonly name = "NoTurn";
  readonly retryable = true;
}

/** What an extraction has to do with the gate of its source. */
export interface Visit {
  /** Whether it has ever waited for a turn until its time was up. */
  readonly hasWaitedInVain: boolean;
  /** Sends one request when it is its turn. @throws NoTurn when that does not come in time */
  pass<Result>(send: () => Promise<Result>): Promise<Result>;
  /** Says that it sends nothing for so long. */
  rest(ms: number): void;
  /** Ends the visit: the last one of a process gives all slots back before it goes. */
  leave(): Promise<void>;
}

/** A slot that this process holds. */
interface Place {
  readonly slot: Slot;
  isBusy: boolean;
  /** It is given back when its request has ended. */
  isRetiring: boolean;
  /** Given back because another process waits. */
  isYielded: boolean;
  renewing: Promise<void> | undefined;
  /** After a renewal that failed, when to try again. */
  renewFrom: number;
  nextStart: number;
  usedAt: number;
  readonly takenAt: number;
  /** Requests that were begun with it. */
  sent: number;
}

/** Between the look at the slot and the request's first byte on the wire. */
export const sendMs = 1000;
/** How long before it is needed a slot is renewed: with `SourceSlots` it is 30 seconds old then. */
export const renewAheadMs = 30_000;
/** How long a request waits for those under way in its own process before one more slot is taken. */
const patienceMs = 250;
/** The longest pause between two looks for a free slot. */
const pauseMaxMs = 2000;
/** For so long a process takes none after it gave one back to others: all of them have looked for it by then. */
const restMs = 2 * pauseMaxMs;
/** For so long a process keeps a slot at most while another one waits, however few requests it could send. */
const turnMaxMs = 120_000;
/** A slot that nobody here has used for so long is given back. */
const idleMs = 5000;

/**
 * The way from this process to one source. Every request takes a slot for its time; the process holds as many slots as it needs and gets, and
 * hands them from one extraction to the next without asking anybody. While another process waits, it gives one back every half a minute.
 */
export class Gate {
  readonly #slots: Slots;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #places = new Map<number, Place>();
  readonly #line = new WaitingLine<Place>();
  readonly #returning = new Set<Promise<void>>();
  #taking: Promise<boolean> | undefined;
  #visits = 0;
  /** Who looks after those who wait; another one begins when the line was empty in between. */
  #attendant: object | undefined;
  #wakesAt = 0;
  #takesFrom = 0;
  #yieldedAt = 0;

  constructor(slots: Slots, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#slots = slots;
    this.#clock = clock;
    this.#log = log;
  }

  /** Begins the visit of one extraction. @param until when it has no more time to wait (milliseconds since the epoch) */
  enter(until: number): Visit {
    this.#visits += 1;
    const party = this.#line.join(until);
    let hasWaitedInVain = false;
    return {
      get hasWaitedInVain() {
        return hasWaitedInVain;
      },
      pass: async (send) => {
        try {
          return await this.#pass(party, send);
        } catch (error) {
          hasWaitedInVain ||= error instanceof NoTurn;
          throw error;
        }
      },
      rest: (ms) => this.#rest(ms),
      leave: () => this.#leave(),
    };
  }

  async #pass<Result>(party: Party, send: () => Promise<Result>): Promise<Result> {
    for (;;) {
      const place = await this.#turn(party);
      try {
        // Looked at last of all: a process that was held up until now may not know that its slot has gone to another.
        if (this.#isHeld(place, this.#now())) return await send();
      } finally {
        this.#done(party, place);
      }
    }
  }

  async #turn(party: Party): Promise<Place> {
    const now = this.#now();
    const place = this.#line.length === 0 ? this.#freePlace(now) : undefined;
    if (place) return this.#begin(party, place, now);
    return new Promise((resolve, reject) => {
      this.#line.add({ party, resolve, reject });
      this.#dispatch();
      if (this.#line.length > 0 && !this.#attendant) void this.#attend();
    });
  }

  #begin(party: Party, place: Place, now: number): Place {
    this.#line.countTurn(party, now);
    place.isBusy = true;
    place.sent += 1;
    place.usedAt = now;
    place.nextStart = now + Math.ceil(place.slot.spacingMs);
    return place;
  }

  #done(party: Party, place: Place): void {
    const now = this.#now();
    party.underWay -= 1;
    place.isBusy = false;
    place.usedAt = now;
    if (place.isRetiring) this.#giveBack(place);
    this.#dispatch();
    if (this.#line.length > 0) return;
    for (const other of this.#idle()) if (now - other.usedAt > idleMs) this.#giveBack(other);
  }

  /** Gives the free places to those who wait. */
  #dispatch(): void {
    const now = this.#now();
    while (this.#line.length > 0) {
      const place = this.#freePlace(now);
      if (!place) {
        this.#wakeForNextStart(now);
        return;
      }
      const waiter = this.#line.next();
      if (waiter) waiter.resolve(this.#begin(waiter.party, place, now));
    }
    this.#attendant = undefined;
  }

  /** The place that was used last, of those that can be used now; the others get idle, and are given back. */
  #freePlace(now: number): Place | undefined {
    let best: Place | undefined;
    for (const place of this.#places.values()) {
      // Its request is long over, whether or not anybody has noticed.
      if (place.isBusy && now >= place.slot.heldUntil) this.#forget(place);
      if (place.isBusy || place.isRetiring) continue;
      const leftMs = place.slot.heldUntil - now - this.#slots.requestMs - sendMs;
      if (leftMs < renewAheadMs && now >= place.renewFrom) this.#renew(place);
      if (leftMs >= 0 && now >= place.nextStart && (!best || place.usedAt > best.usedAt)) best = place;
    }
    return best;
  }

  #isHeld(place: Place, now: number): boolean {
    return now + this.#slots.requestMs + sendMs <= place.slot.heldUntil;
  }

  /** Where the pace is what a free place waits for, somebody has to look again. */
  #wakeForNextStart(now: number): void {
    const starts = this.#idle().map(({ nextStart }) => nextStart);
    const next = Math.min(...starts.filter((start) => start > now));
    const isPlanned = this.#wakesAt > now && this.#wakesAt <= next;
    if (next === Number.POSITIVE_INFINITY || isPlanned) return;
    this.#wakesAt = next;
    void this.#clock.sleep(next - now).then(() => {
      this.#wakesAt = 0;
      this.#dispatch();
    });
  }

  /** Looks after those who wait: finds more slots, and sends away whose time is up. */
  async #attend(): Promise<void> {
    const me = {};
    this.#attendant = me;
    let pauseMs = patienceMs;
    for (let isPatient = this.#places.size > 0; this.#attendant === me; isPatient = false) {
      for (const { reject } of this.#line.late(this.#now())) reject(new NoTurn("The source was busy with others"));
      if (!isPatient && (await this.#takeOne())) continue;
      this.#dispatch();
      if (this.#attendant !== me) return;
      const untilFirstEnd = this.#line.firstEnd() - this.#now();
      await this.#clock.sleep(Math.max(1, Math.min(untilFirstEnd, pauseMs * (0.5 + Math.random() / 2))));
      if (!isPatient) pauseMs = Math.min(pauseMaxMs, 2 * pauseMs);
    }
  }

  async #takeOne(): Promise<boolean> {
    if (this.#line.length === 0 || this.#places.size >= this.#slots.count) return false;
    if (this.#now() < this.#takesFrom) return false;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #take(): Promise<boolean> {
    try {
      const slot = await this.#slots.take(new Set(this.#places.keys()));
      if (slot) {
        this.#places.set(slot.number, this.#placeOf(slot));
        this.#dispatch();
        return true;
      }
      if (this.#places.size === 0) await this.#slots.want();
    } catch (error) {
      // What passes is tried again as long as somebody waits.
      if (!(error instanceof RetryableError || error instanceof ConflictError)) this.#sendAllAway(error);
    }
    return false;
  }

  #placeOf(slot: Slot): Place {
    const now = this.#now();
    // Whoever held it before may have begun a request just now.
    const nextStart = now + slot.spacingMs;
    const isUnused = { isBusy: false, isRetiring: false, isYielded: false };
    return { ...isUnused, slot, renewing: undefined, renewFrom: 0, nextStart, usedAt: now, takenAt: now, sent: 0 };
  }

  #sendAllAway(error: unknown): void {
    for (const { reject } of this.#line.late(Number.POSITIVE_INFINITY)) reject(error);
    this.#attendant = undefined;
  }

  #renew(place: Place): void {
    if (place.renewing !== undefined) return;
    place.renewing = this.#renewOrYield(place).then((end) => {
      place.renewing = undefined;
      if (end === "lost") this.#forget(place);
      if (end === "yielded") {
        place.isYielded = true;
        this.#giveBack(place);
      }
      this.#dispatch();
    });
  }

  async #renewOrYield(place: Place): Promise<"renewed" | "yielded" | "lost" | "failed"> {
    try {
      if (this.#mayYield(place) && (await this.#slots.isWanted())) {
        this.#yieldedAt = this.#now();
        return "yielded";
      }
      await place.slot.renew();
      return "renewed";
    } catch (error) {
      if (error instanceof ConflictError) return "lost";
      // Tried again while it lasts; without a renewal it just ends.
      place.renewFrom = this.#now() + pauseMaxMs;
      this.#log.warn("a slot of a source could not be renewed", { object: place.slot.name, error: messageOf(error) });
      return "failed";
    }
  }

  /** One at a time: who waits may need no more than one. And not before it was of use: a slow source has few turns in half a minute. */
  #mayYield({ sent, takenAt }: Place): boolean {
    const now = this.#now();
    const wasOfUse = sent >= headRequests || now - takenAt >= turnMaxMs;
    return wasOfUse && now - this.#yieldedAt >= renewAheadMs / 2;
  }

  #idle(): Place[] {
    return [...this.#places.values()].filter(({ isBusy, isRetiring }) => !isBusy && !isRetiring);
  }

  #rest(ms: number): void {
    if (ms < idleMs || this.#line.length > 0) return;
    const idle = this.#idle();
    const isAllIdle = idle.length === this.#places.size;
    for (const place of isAllIdle ? idle : idle.slice(0, 1)) this.#giveBack(place);
  }

  async #leave(): Promise<void> {
    this.#visits -= 1;
    if (this.#visits > 0) return;
    await this.#taking;
    // Somebody may have come meanwhile.
    if (this.#visits > 0) return;
    for (const place of this.#places.values()) this.#giveBack(place);
    // Between two messages a function has no time of its own: what is not given back now is given back when it has expired.
    await Promise.all(this.#returning);
  }

  #giveBack(place: Place): void {
    if (place.isBusy) {
      place.isRetiring = true;
      return;
    }
    if (!this.#forget(place)) return;
    if (place.isYielded) this.#takesFrom = this.#now() + restMs;
    const returning = this.#release(place).finally(() => this.#returning.delete(returning));
    this.#returning.add(returning);
  }

  async #release(place: Place): Promise<void> {
    try {
      await place.renewing;
      await place.slot.release();
    } catch (error) {
      // It ends by itself.
      this.#log.warn("a slot of a source could not be given back", {
        object: place.slot.name,
        error: messageOf(error),
      });
    }
  }

  /** @returns whether it was still among the places: its number may belong to a newer one */
  #forget(place: Place): boolean {
    return this.#places.get(place.slot.number) === place && this.#places.delete(place.slot.number);
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown error";
}
