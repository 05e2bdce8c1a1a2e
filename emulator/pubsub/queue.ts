import type { Message } from "./records.ts";

/**
 * A message that a subscription has not acknowledged. It is `idle` while an earlier one of its ordering key holds it up, `ready` to be
 * delivered, `out` with a subscriber, `waiting` for its next delivery, or `settling` while its acknowledgement is being written down.
 */
export interface Delivery {
  readonly message: Message;
  attempt: number;
  state: "idle" | "ready" | "out" | "waiting" | "settling";
  /** Ends the lease, or the wait. */
  timer?: NodeJS.Timeout | undefined;
  /** Told when the subscriber that has the message no longer answers for it. */
  released?: (() => void) | undefined;
}

/** What one subscription holds. Order is kept within an ordering key; among keys, and without one, messages come as they are ready. */
export class Queue {
  readonly deliveries = new Map<string, Delivery>();
  readonly #ready = new Set<Delivery>();
  readonly #lanes = new Map<string, Delivery[]>();
  readonly #onReady: () => void;
  readonly #isOrdered: boolean;
  readonly #isOneAtATime: () => boolean;
  #isClosed = false;

  /**
   * @param options.isOneAtATime whether only one message of an ordering key may be out, as with push.
   * @param options.onReady called whenever a message has become ready.
   */
  constructor(options: { isOrdered: boolean; isOneAtATime: () => boolean; onReady: () => void }) {
    this.#isOrdered = options.isOrdered;
    this.#isOneAtATime = options.isOneAtATime;
    this.#onReady = options.onReady;
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  add(message: Message, attempt: number): void {
    if (this.deliveries.has(message.id)) return;
    const delivery: Delivery = { message, attempt, state: "idle" };
    this.deliveries.set(message.id, delivery);
    const lane = this.#laneOf(delivery);
    lane?.push(delivery);
    this.#advance(delivery, lane);
  }

  /** Takes up to so many ready messages, oldest first. They are out until they are removed or deferred. */
  take(countMax: number): Delivery[] {
    const taken: Delivery[] = [];
    if (this.#isClosed) return taken;
    for (const delivery of this.#ready) {
      if (taken.length >= countMax) break;
      this.#ready.delete(delivery);
      delivery.state = "out";
      taken.push(delivery);
    }
    return taken;
  }

  /** The message is acknowledged, or gone for another reason. */
  remove(id: string): void {
    const delivery = this.deliveries.get(id);
    if (delivery === undefined) return;
    this.#letGo(delivery);
    this.deliveries.delete(id);
    const lane = this.#laneOf(delivery);
    if (lane === undefined) return;
    lane.splice(lane.indexOf(delivery), 1);
    if (lane.length === 0) this.#lanes.delete(delivery.message.orderingKey);
    else this.#advance(delivery, lane);
  }

  /** The message was not acknowledged: it comes again after a while, and with it all later ones of its ordering key. */
  defer(delivery: Delivery, delayMs: number): void {
    if (this.#isClosed || !this.deliveries.has(delivery.message.id)) return;
    const lane = this.#laneOf(delivery);
    for (const later of lane?.slice(lane.indexOf(delivery) + 1) ?? []) {
      if (later.state !== "out" && later.state !== "ready") continue;
      this.#letGo(later);
      later.state = "idle";
    }
    this.#letGo(delivery);
    delivery.state = "waiting";
    const resume = () => {
      delivery.timer = undefined;
      delivery.state = "idle";
      this.#advance(delivery, lane);
    };
    if (delayMs <= 0) resume();
    else delivery.timer = setTimeout(resume, delayMs);
  }

  /** Wakes whoever waits, after the way of delivery has changed. */
  reconsider(): void {
    for (const lane of this.#lanes.values()) this.#advanceLane(lane);
    if (this.#ready.size > 0) this.#onReady();
  }

  /** Nothing is delivered any more, and no timer is left. */
  close(): void {
    this.#isClosed = true;
    for (const delivery of this.deliveries.values()) this.#letGo(delivery);
  }

  #letGo(delivery: Delivery): void {
    clearTimeout(delivery.timer);
    delivery.timer = undefined;
    this.#ready.delete(delivery);
    const { released } = delivery;
    delivery.released = undefined;
    released?.();
  }

  #laneOf({ message }: Delivery): Delivery[] | undefined {
    if (!this.#isOrdered || message.orderingKey === "") return undefined;
    const lane = this.#lanes.get(message.orderingKey) ?? [];
    this.#lanes.set(message.orderingKey, lane);
    return lane;
  }

  #advance(delivery: Delivery, lane: Delivery[] | undefined): void {
    const before = this.#ready.size;
    if (lane !== undefined) this.#advanceLane(lane);
    else if (delivery.state === "idle" && this.deliveries.has(delivery.message.id)) this.#makeReady(delivery);
    if (this.#ready.size > before) this.#onReady();
  }

  /** Makes ready what no earlier message of the lane holds up. */
  #advanceLane(lane: readonly Delivery[]): void {
    for (const delivery of lane) {
      if (delivery.state === "waiting") return;
      if (delivery.state === "idle") this.#makeReady(delivery);
      if (this.#isOneAtATime()) return;
    }
  }

  #makeReady(delivery: Delivery): void {
    delivery.state = "ready";
    this.#ready.add(delivery);
  }
}
