import type { Delivery } from "../config/deliveries.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Duplicates } from "./duplicates.ts";
import { Relations } from "./identity.ts";
import type { Journal } from "./journal.ts";
import type { Outcome, Status } from "./outcome.ts";
import type { DeliveredResource, Payloads, PendingRow, Scope } from "./payloads.ts";
import type { SendingPorts } from "./sending.ts";
import type { Target } from "./target.ts";
import type { Subject } from "./verdict.ts";

/** What all parts of one delivery run share. */
export interface Run {
  readonly delivery: Delivery;
  readonly runId: string;
  /** Outcomes that a person wants to be tried again. */
  readonly retry: ReadonlySet<string>;
  readonly payloads: Payloads;
  readonly journal: Journal;
  readonly sending: SendingPorts;
  readonly clock: Clock;
  readonly log: Log;
  /** When the work has to be handed over (milliseconds since the epoch). */
  readonly deadline: number;
  /** Requests under way at once, over all resources. */
  readonly atOnce: number;
  /** Rows that are read from the warehouse at once. */
  readonly pageRows: number;
}

/** Why the target does not have a record. */
export interface Missing {
  readonly why: string;
  /** The second round may bring it. */
  readonly mayCome: boolean;
}

/** Refusals in a row of which nobody knows what they are about: so many are about the resource. */
const unclearMax = 3;

/** What one school year's target has shown so far. */
export class Year {
  readonly target: Target;
  readonly schoolYear: number;
  readonly relations: Relations;
  /** Records that the target does not have, by resource, as others refer to them. */
  readonly #missing = new Map<string, Map<string, Missing>>();
  /** Resources of which nothing more is sent in this run, and why. */
  readonly stopped = new Map<string, string>();
  /** Which rows were the records of a resource in this run, by resource. */
  readonly duplicates = new Map<string, Duplicates>();
  readonly #unclear = new Map<string, number>();
  /** Whether a record waits for the second round: for what it refers to. */
  hasParked = false;
  /** Rows that were not sent because of what was known before, and those that there was no time for. */
  heldCount = 0;

  constructor(target: Target, schoolYear: number, resources: readonly DeliveredResource[]) {
    this.target = target;
    this.schoolYear = schoolYear;
    this.relations = new Relations(resources.map(({ resource }) => resource));
  }

  /** Takes note of a refusal. One that is about the whole resource ends it. */
  refused(resource: string, about: Subject, why: string): void {
    if (about === "record") return;
    const inARow = (this.#unclear.get(resource) ?? 0) + 1;
    this.#unclear.set(resource, inARow);
    if (about === "resource" || inARow >= unclearMax) this.stopped.set(resource, why);
  }

  /** Takes note that a record of the resource was taken. */
  taken(resource: string): void {
    this.#unclear.delete(resource);
  }

  lacks(resource: string, key: string | undefined, missing: Missing): void {
    if (key === undefined) return;
    const ofResource = this.#missing.get(resource) ?? new Map<string, Missing>();
    ofResource.set(key, missing);
    this.#missing.set(resource, ofResource);
  }

  has(resource: string, key: string | undefined): void {
    if (key !== undefined) this.#missing.get(resource)?.delete(key);
  }

  missing(resource: string, key: string): Missing | undefined {
    return this.#missing.get(resource)?.get(key);
  }
}

/** Whether no more is to be begun. */
export function isOver({ clock, deadline, sending }: Run): boolean {
  return clock.now().getTime() >= deadline || sending.breaker.isOpen || !sending.isOurs();
}

/** How many records of one resource are worked on at once. */
export function lanesOf({ delivery, atOnce }: Run): number {
  return Math.min(delivery.concurrency_per_resource, atOnce);
}

/** For so long what may pass by itself is left alone, unless its payload changes or a person asks for it. */
const restMs = 60 * 60 * 1000;
/** Passes by itself, when something else happens: an enrollment, a grant. */
const passing: ReadonlySet<Status> = new Set(["unresolved", "not_enrolled", "forbidden", "failed"]);

/** What is done about a row: it is sent, or what was known of it stands. */
export type Decision = "send" | "hold" | "skip";

/**
 * Whether a row is sent in this round. The first is for all; the second is for those that were refused for a reference in this run, because
 * what they refer to may have come after them.
 */
export function decide(row: PendingRow, round: 1 | 2, { runId, retry, clock }: Run): Decision {
  const { last } = row;
  const isOfThisRun = last?.runId === runId && last.payloadHash === row.payloadHash && last.status !== "interrupted";
  const isParked = isOfThisRun && last.attempt === 1 && (last.status === "unresolved" || last.status === "blocked");
  if (round === 2) return isParked ? "send" : "skip";
  if (!last || last.payloadHash !== row.payloadHash) return "send";
  if (isOfThisRun) return "hold";
  if (retry.has(last.status)) return "send";
  if (last.status === "rejected") return "hold";
  return passing.has(last.status) && clock.now().getTime() - last.at.getTime() < restMs ? "hold" : "send";
}

/** An outcome of a row, as the journal takes it. */
export function outcomeOf(
  scope: Scope,
  row: Pick<PendingRow, "recordKey" | "payloadHash">,
  clock: Clock,
  rest: Pick<Outcome, "status" | "attempt"> & Partial<Outcome>,
): Outcome {
  return {
    resource: scope.resource,
    schoolYear: scope.schoolYear,
    recordKey: row.recordKey,
    payloadHash: row.payloadHash,
    op: "upsert",
    at: clock.now().toISOString(),
    ...rest,
  };
}
