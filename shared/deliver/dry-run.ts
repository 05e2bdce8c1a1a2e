import { yearsOf } from "../config/sources.ts";
import { PermanentError } from "../errors.ts";
import { type DeliverPorts, ownDelivery, resourcesOf } from "./deliver.ts";
import { Duplicates } from "./duplicates.ts";
import { Relations } from "./identity.ts";
import type { DeliveredResource, PendingRow, Scope } from "./payloads.ts";
import { missingDescriptors, type PrepareContext, prepare } from "./prepare.ts";

/** What a run would do with one resource. */
export interface Planned {
  readonly resource: string;
  /** Never delivered; delivered, with another payload; delivered as it is. */
  create: number;
  update: number;
  skip: number;
  /** Not sent, because the target would refuse it or has refused it. */
  reject: number;
  /** Delivered before, and without a payload now: deleted if the delivery deletes. */
  delete: number;
  /** The first place and reason of each kind of refusal, with how many there are. */
  readonly reasons: Map<string, number>;
}

/** Kinds of refusal that are told apart. */
const reasonsMax = 50;

/** Looks at all payloads as a run would, and sends nothing. @throws as `deliver` does */
export async function dryRun(id: string, ports: DeliverPorts): Promise<Planned[]> {
  const delivery = ownDelivery(id, ports);
  const payloads = ports.payloadsOf(delivery);
  const resources = resourcesOf(delivery.pipeline, ports.models);
  const source = ports.sources.sources.find((one) => one.id === delivery.to);
  const connector = source && ports.connectors.get(source.connector);
  if (!source || !connector) throw new PermanentError(`The delivery ${id} has no target.`, { source_id: id });
  const names = resources.map(({ resource }) => resource);
  const planned = resources.map(
    (resource): Planned => ({ ...nothing(), resource: resource.resource, reasons: new Map() }),
  );
  for (const schoolYear of yearsOf(source)) {
    const until = ports.clock.now().getTime() + ports.workMs;
    const target = await ports.openTarget(delivery, source, connector, schoolYear, names, { until, visit: undefined });
    const context = { delivery, target, relations: new Relations(names) };
    for (const [index, resource] of resources.entries()) {
      const plan = planned[index];
      if (plan) await look({ ...resource, schoolYear }, plan, context, ports.pageRows ?? 2000, payloads);
    }
  }
  return planned;
}

const nothing = () => ({ create: 0, update: 0, skip: 0, reject: 0, delete: 0 });

async function look(
  scope: Scope & DeliveredResource,
  plan: Planned,
  context: PrepareContext,
  pageRows: number,
  payloads: ReturnType<DeliverPorts["payloadsOf"]>,
): Promise<void> {
  const counts = await payloads.counts(scope);
  plan.skip += counts.current;
  plan.delete += counts.vanished;
  const refuse = (reason: string): void => {
    plan.reject += 1;
    if (plan.reasons.has(reason) || plan.reasons.size < reasonsMax)
      plan.reasons.set(reason, (plan.reasons.get(reason) ?? 0) + 1);
  };
  if (!context.target.order.has(scope.resource)) {
    for (let left = counts.payloads; left > 0; left -= 1) refuse("the target does not have this resource");
    return;
  }
  const duplicates = new Duplicates(scope, payloads);
  for (let after: PendingRow | undefined; ; ) {
    const rows = await payloads.pending(scope, after, pageRows);
    const prepared = rows.map((row) => prepare(scope.resource, row, context));
    const { winners, losers } = duplicates.part(await duplicates.contested(prepared));
    for (const _ of losers) refuse("another row is the same record to the target");
    for (const one of winners) {
      const { row } = one;
      const [problem] = [...one.problems, ...(await missingDescriptors(one, context))];
      const before = row.last?.status === "rejected" && row.last.payloadHash === row.payloadHash;
      if (problem) refuse(`${problem.path.replaceAll(/\[\d+\]/g, "[]")} ${problem.reason}`);
      else if (before) refuse("the target refused it before, and it has not changed");
      else if (row.isThere) plan.update += 1;
      else plan.create += 1;
    }
    after = rows.at(-1);
    if (rows.length < pageRows) return;
  }
}
