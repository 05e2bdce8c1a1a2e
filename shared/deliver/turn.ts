import { acquireLease, type Lease, leaseHold } from "../control/lease.ts";
import { ConflictError, RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { leaseName } from "./state.ts";

export const requestMarkerName = (delivery: string): string => `deliveries/${delivery}/requested.json`;
const triesMax = 20;

/** Which request is there now: equal, nobody asked in between. */
export async function requestGeneration(control: ObjectStore, delivery: string): Promise<string> {
  return (await control.read(requestMarkerName(delivery)))?.generation ?? "0";
}

async function moveRequest(control: ObjectStore, delivery: string, clock: Clock): Promise<void> {
  const generation = await requestGeneration(control, delivery);
  try {
    await control.write(
      requestMarkerName(delivery),
      `${JSON.stringify({ v: 1, requested_at: clock.now().toISOString() })}\n`,
      generation,
    );
  } catch (error) {
    // Another moved it meanwhile: that is all this is for.
    if (!(error instanceof ConflictError)) throw error;
  }
}

export interface TurnOptions {
  readonly control: ObjectStore;
  readonly clock: Clock;
  readonly delivery: string;
  /** Equal in each delivery of a message. */
  readonly owner: string;
  readonly ttlMs: number;
}

/**
 * Takes the lease of a delivery, or makes sure that its holder asks for another run when it is done: the mark that is moved here is compared by
 * the holder with the one that it saw before it began (as `shared/refresh` does it, where the argument is written out).
 * @returns undefined when the holder will see to it
 * @throws RetryableError when the holder is an earlier delivery of the same message, which may be dead
 */
export async function takeTurn({ control, clock, delivery, owner, ttlMs }: TurnOptions): Promise<Lease | undefined> {
  const name = leaseName(delivery);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const lease = await acquireLease(control, name, { owner, ttlMs, clock });
    if (lease) return lease;
    const before = await leaseHold(control, name, clock);
    if (!before) continue;
    if (before.owner === owner)
      throw new RetryableError("An earlier delivery of this message is still sending, or died while it did");
    await moveRequest(control, delivery, clock);
    const after = await leaseHold(control, name, clock);
    if (after?.nonce === before.nonce) return undefined;
  }
  throw new RetryableError("The lease of the delivery changes hands too often");
}
