import { readJson } from "../../shared/control/json-object.ts";
import { leaseOwner } from "../../shared/control/lease.ts";
import { type DeliveryResult, deliveryResultSchema, resultName } from "../../shared/deliver/result.ts";
import { readRunMark } from "../../shared/deliver/run-mark.ts";
import { leaseName } from "../../shared/deliver/state.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { exitCodes } from "../exit.ts";
import { table } from "../output/rows.ts";

/** How the last run of a delivery ended; undefined when there was none. */
export async function readResult(control: ObjectStore, delivery: string): Promise<DeliveryResult | undefined> {
  return (await readJson(control, resultName(delivery), deliveryResultSchema)).value;
}

/** A run of a delivery that is begun and not ended. */
export interface DeliveryUnderWay {
  readonly delivery: string;
  readonly run_id: string;
  /** Whether a function works on it now, or it waits for its next message. */
  readonly state: "running" | "paused";
  /** When it began, or last settled records. */
  readonly moved_at: string;
  /** How often reconcile has asked for it since. */
  readonly asked: number;
}

/** The run of a delivery that is on its way, or stands still; undefined when there is none. */
export async function readUnderWay(
  control: ObjectStore,
  delivery: string,
  clock: Clock,
): Promise<DeliveryUnderWay | undefined> {
  const { mark } = await readRunMark(control, delivery);
  if (!mark || mark.ended_at !== undefined) return undefined;
  const owner = await leaseOwner(control, leaseName(delivery), clock);
  const { run_id, moved_at, asked } = mark;
  return { delivery, run_id, state: owner === undefined ? "paused" : "running", moved_at, asked };
}

/** A line on a run that is on its way, and where to look when it does not move. */
export function underWayText({ delivery, run_id, state, moved_at, asked }: DeliveryUnderWay): string {
  const since = `run ${run_id} is ${state}, last moved ${moved_at.slice(0, 19)}`;
  const help = asked === 0 ? "" : `; asked for again ${asked} times (docs/runbook.md, A delivery stands still)`;
  return `${delivery}: ${since}${help}`;
}

/** A result for a person: a line for each resource, then what is not as it should be. */
export function resultText({ delivery, outcome, finished_at, resources, unmatched, notes }: DeliveryResult): string {
  const rows = resources.map(({ resource, payloads, delivered, outcomes }) => ({
    resource,
    payloads,
    delivered,
    this_run: Object.entries(outcomes)
      .map(([status, count]) => `${count} ${status}`)
      .join(", "),
  }));
  const reasons = resources.flatMap(({ resource, reasons: why }) =>
    Object.entries(why).map(([status, reason]) => `${resource} ${status}: ${reason}`),
  );
  const missing = unmatched.map(
    ({ resource, reason, count }) => `${count} rows for ${resource} have no match: ${reason}`,
  );
  return [
    `${delivery}: ${outcome}, ${finished_at.slice(0, 19)}`,
    table(rows),
    ...[...notes, ...reasons, ...missing].map((line) => `  ${line}`),
    ...(outcome === "ok" ? [] : ["What is not delivered, and why: select * from ops.delivery_dead_letters"]),
  ].join("\n");
}

/** What the exit code says of a delivery. */
export function exitCodeOf({ outcome }: Pick<DeliveryResult, "outcome">): number {
  if (outcome === "ok") return exitCodes.ok;
  return outcome === "partial" ? exitCodes.partial : exitCodes.failed;
}
