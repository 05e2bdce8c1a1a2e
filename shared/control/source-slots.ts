import { randomUUID } from "node:crypto";
import type { Source } from "../config/sources.ts";
import { Gate, renewAheadMs, sendMs } from "../connector/gate.ts";
import { spacingsOf } from "../connector/pace.ts";
import type { Slot, Slots } from "../connector/slots.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { acquireLease, type Lease, leaseOwner } from "./lease.ts";
import { objectNames } from "./place.ts";

/** How far the clocks of two processes may be apart: so long before it expires nothing is under way any more with a slot. */
const skewMs = 60_000;
/** How long the mark of somebody who waits counts; then whoever still waits sets it again. */
const wantedMs = 60_000;

interface SlotPorts {
  readonly control: ObjectStore;
  readonly clock: Clock;
}

/**
 * The slots of a source as leases in the control bucket: one object each, because Cloud Storage takes one write of an object a second. A slot
 * whose holder was killed ends by itself: the longest request, a minute of use, and a minute for clocks that differ after its last renewal.
 */
export class SourceSlots implements Slots {
  readonly count: number;
  readonly requestMs: number;
  readonly #source: string;
  readonly #owner = `extract ${randomUUID()}`;
  readonly #spacings: readonly number[];
  readonly #ports: SlotPorts;
  /** Set by this process while it waits. It is itself a lease: one mark stands for all who wait. */
  #mark: Lease | undefined;

  constructor(source: Source, ports: SlotPorts) {
    this.#source = source.id;
    this.#spacings = spacingsOf(source.concurrency, source.requests_per_second);
    this.count = this.#spacings.length;
    this.requestMs = source.timeout_seconds * 1000;
    this.#ports = ports;
  }

  async take(held: ReadonlySet<number>): Promise<Slot | undefined> {
    const { control, clock } = this.#ports;
    const ttlMs = this.requestMs + sendMs + 2 * renewAheadMs + skewMs;
    // Processes that look at the same time look at different ones. At an idle source the first one is free.
    let isLikelyFree = held.size === 0;
    for (const number of shuffled(this.#spacings.keys())) {
      if (held.has(number)) continue;
      const name = objectNames.slot(this.#source, number + 1);
      const lease = await acquireLease(control, name, { owner: this.#owner, ttlMs, clock, isLikelyFree });
      if (lease) {
        await this.#unwant();
        return slotOf(number, name, this.#spacings[number] ?? 0, lease);
      }
      isLikelyFree = false;
    }
    return undefined;
  }

  async want(): Promise<void> {
    const { control, clock } = this.#ports;
    const leftMs = (this.#mark?.expiresAt.getTime() ?? 0) - clock.now().getTime();
    if (leftMs > wantedMs / 2) return;
    // Before it ends: a holder may look at any moment.
    if (this.#mark && leftMs > 0) return this.#mark.renew();
    const name = objectNames.slotWanted(this.#source);
    this.#mark = await acquireLease(control, name, { owner: this.#owner, ttlMs: wantedMs, clock });
  }

  async #unwant(): Promise<void> {
    const mark = this.#mark;
    this.#mark = undefined;
    try {
      await mark?.release();
    } catch {
      // A mark that stays costs others a slot once; a slot that is taken must not get lost over it.
    }
  }

  async isWanted(): Promise<boolean> {
    const { control, clock } = this.#ports;
    const owner = await leaseOwner(control, objectNames.slotWanted(this.#source), clock);
    return owner !== undefined && owner !== this.#owner;
  }
}

function slotOf(number: number, name: string, spacingMs: number, lease: Lease): Slot {
  let heldUntil = lease.expiresAt.getTime() - skewMs;
  return {
    number,
    name,
    spacingMs,
    get heldUntil() {
      return heldUntil;
    },
    renew: async () => {
      await lease.renew();
      heldUntil = lease.expiresAt.getTime() - skewMs;
    },
    release: () => lease.release(),
  };
}

function shuffled(numbers: Iterable<number>): number[] {
  const rest = [...numbers];
  const order: number[] = [];
  while (rest.length > 0) order.push(...rest.splice(Math.floor(Math.random() * rest.length), 1));
  return order;
}

/** The gates of a process, one for each source, over slots in the control bucket. */
export function openGates(ports: SlotPorts & { readonly log: Log }): (source: Source) => Gate {
  const gates = new Map<string, Gate>();
  return (source) => {
    const gate = gates.get(source.id) ?? new Gate(new SourceSlots(source, ports), ports);
    gates.set(source.id, gate);
    return gate;
  };
}
