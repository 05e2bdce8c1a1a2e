import { readJson } from "../../shared/control/json-object.ts";
import { type DeliveryResult, deliveryResultSchema, resultName } from "../../shared/deliver/result.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import { exitCodes } from "../exit.ts";
import { table } from "../output/rows.ts";

/** How the last run of a delivery ended; undefined when there was none. */
export async function readResult(control: ObjectStore, delivery: string): Promise<DeliveryResult | undefined> {
  return (await readJson(control, resultName(delivery), deliveryResultSchema)).value;
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
