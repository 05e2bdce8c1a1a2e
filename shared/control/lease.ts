import { randomUUID } from "node:crypto";
import * as z from "zod";
import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";

/** How often a writer that was quicker, and is gone again, is met before the lease counts as held. */
const triesMax = 5;

const leaseSchema = z.object({ owner: z.string(), nonce: z.string().optional(), expires_at: z.string() });

export interface LeaseOptions {
  /** Who holds it, for people who read the object: a run, a message. */
  readonly owner: string;
  /** Longer than the platform lets a function live, because an instance that timed out may still be running. */
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Nobody is thought to have it: it is created at once, and read only if that fails. */
  readonly isLikelyFree?: boolean;
}

/** A lease that is held. Its holder renews it in time, and stops at once when that fails. */
export interface Lease {
  /** Generation of the object as this holder wrote it last. */
  readonly generation: string;
  readonly expiresAt: Date;
  /** Begins the life of the lease anew. @throws ConflictError when somebody else has taken it over */
  renew(): Promise<void>;
  /** Gives the lease back; one that was taken over is left alone. */
  release(): Promise<void>;
}

interface Found {
  readonly body: string;
  readonly generation: string;
  readonly expiresAt: number;
}

/**
 * Takes a lease: creates its object, or takes over one that has expired, by compare-and-swap.
 * @returns undefined while somebody else holds it
 */
export async function acquireLease(
  store: ObjectStore,
  name: string,
  options: LeaseOptions,
): Promise<Lease | undefined> {
  const nonce = randomUUID();
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const found = attempt === 0 && options.isLikelyFree ? undefined : await find(store, name);
    if (found && found.expiresAt > options.clock.now().getTime()) return undefined;
    const body = leaseBody(options, nonce);
    const generation = await writeOwn(store, name, body, found?.generation ?? "0");
    if (generation !== undefined) return new HeldLease(store, name, options, nonce, body, generation);
  }
  return undefined;
}

/** One hold of a lease: whose it is, and a name that no other hold has. */
export interface Hold {
  readonly owner: string;
  readonly nonce: string;
}

/** The hold that is on a lease now, or undefined when nobody holds it. */
export async function leaseHold(store: ObjectStore, name: string, clock: Clock): Promise<Hold | undefined> {
  const found = await find(store, name);
  const lease = found && found.expiresAt > clock.now().getTime() ? parseLease(found.body) : undefined;
  return lease && { owner: lease.owner, nonce: lease.nonce ?? lease.owner };
}

/** Who holds a lease now, or undefined when nobody does. */
export async function leaseOwner(store: ObjectStore, name: string, clock: Clock): Promise<string | undefined> {
  return (await leaseHold(store, name, clock))?.owner;
}

class HeldLease implements Lease {
  readonly #store: ObjectStore;
  readonly #name: string;
  readonly #options: LeaseOptions;
  readonly #nonce: string;
  /** Asked for before each request: it must not be parsed each time. */
  #expiresAt: Date;
  #generation: string;
  /** Renewals wait for each other: two at once would take each other for a stranger. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    store: ObjectStore,
    name: string,
    options: LeaseOptions,
    nonce: string,
    body: string,
    generation: string,
  ) {
    this.#store = store;
    this.#name = name;
    this.#options = options;
    this.#nonce = nonce;
    this.#expiresAt = expiryOf(body);
    this.#generation = generation;
  }

  get generation(): string {
    return this.#generation;
  }

  get expiresAt(): Date {
    return this.#expiresAt;
  }

  renew(): Promise<void> {
    this.#last = this.#last.then(
      () => this.#renewNow(),
      () => this.#renewNow(),
    );
    return this.#last;
  }

  async release(): Promise<void> {
    await this.#store.delete(this.#name, this.#generation);
  }

  async #renewNow(): Promise<void> {
    const body = leaseBody(this.#options, this.#nonce);
    const generation = await writeOwn(this.#store, this.#name, body, this.#generation);
    if (generation === undefined) throw new ConflictError("The lease was taken over", { object: this.#name });
    this.#expiresAt = expiryOf(body);
    this.#generation = generation;
  }
}

function expiryOf(body: string): Date {
  return new Date(expiryIn(body) ?? 0);
}

function leaseBody({ owner, ttlMs, clock }: LeaseOptions, nonce: string): string {
  return `${JSON.stringify({ owner, nonce, expires_at: new Date(clock.now().getTime() + ttlMs).toISOString() })}\n`;
}

/**
 * Writes the lease; undefined means that somebody else was quicker. A write whose answer was lost is repeated by the
 * client and then answered 412 though it succeeded, so what is there is compared with what was meant to be there.
 */
async function writeOwn(
  store: ObjectStore,
  name: string,
  body: string,
  ifGeneration: string,
): Promise<string | undefined> {
  try {
    return await store.write(name, body, ifGeneration);
  } catch (error) {
    const there = await store.read(name);
    if (there?.body === body) return there.generation;
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

async function find(store: ObjectStore, name: string): Promise<Found | undefined> {
  const object = await store.read(name);
  if (!object) return undefined;
  return { ...object, expiresAt: expiryIn(object.body) ?? 0 };
}

/** When the lease in this text ends. One that cannot be read ends at once: nobody could ever renew it. */
function expiryIn(body: string): number | undefined {
  const lease = parseLease(body);
  const time = lease ? Date.parse(lease.expires_at) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function parseLease(body: string): z.output<typeof leaseSchema> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return leaseSchema.safeParse(value).data;
}
