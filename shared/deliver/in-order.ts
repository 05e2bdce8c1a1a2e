import { compact } from "./compact.ts";
import { checkNamespaces, deleteVanished } from "./deletes.ts";
import type { DeliverPorts } from "./deliver.ts";
import type { DeliveredResource } from "./payloads.ts";
import { deliverResource } from "./resource.ts";
import { isOver, type Run, type Year } from "./run.ts";
import type { Target } from "./target.ts";

/** Resources by when they can be written; those of one group do not depend on each other. */
function groupsOf(resources: readonly DeliveredResource[], { order }: Target): DeliveredResource[][] {
  const groups = new Map<number, DeliveredResource[]>();
  for (const resource of resources) {
    const place = order.get(resource.resource);
    if (place !== undefined) groups.set(place, [...(groups.get(place) ?? []), resource]);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group);
}

/**
 * Delivers one school year: what others refer to first, then what was refused for a reference once more, then what vanished, in the opposite
 * order.
 * @returns whether it came to its end, and what a person should know
 */
export async function deliverYear(
  resources: readonly DeliveredResource[],
  year: Year,
  run: Run,
  { control }: Pick<DeliverPorts, "control">,
): Promise<{ isDone: boolean; notes: string[] }> {
  const offered = resources.filter(({ resource }) => year.target.order.has(resource));
  const notes: string[] = [];
  for (const one of resources) {
    if (offered.includes(one)) continue;
    const { payloads } = await run.payloads.counts({ ...one, schoolYear: year.schoolYear });
    if (payloads > 0) notes.push(`the target has no ${one.resource}`);
  }
  await checkNamespaces(offered, year, run);
  const groups = groupsOf(offered, year.target);
  const send = async (round: 1 | 2): Promise<boolean> => {
    for (const group of groups) {
      // Nothing of the next group is sent before this one has settled, in the ledger, too: a death must not change the order.
      const ended = await settled(group.map((resource) => deliverResource(resource, year, round, run)));
      await run.journal.flush();
      if (ended.includes(false)) return false;
    }
    return true;
  };
  let isDone = await send(1);
  if (isDone && year.hasParked) {
    // What the first round refused is known to the ledger now; so the second asks for just that.
    await compact(run.delivery.id, { control, payloads: run.payloads });
    isDone = await send(2);
  }
  for (const group of isDone ? [...groups].reverse() : []) {
    const ended = await settled(group.map((resource) => deleteVanished(resource, year, run)));
    notes.push(...ended.flatMap(({ guarded }) => guarded ?? []));
    isDone &&= ended.every((one) => one.isDone);
  }
  for (const [resource, why] of year.stopped) notes.push(`${resource} is not taken (${why})`);
  return { isDone: isDone && !isOver(run), notes };
}

/** Waits for all, also when one fails: what the others do is not left to itself. */
async function settled<Value>(work: readonly Promise<Value>[]): Promise<Value[]> {
  const ends = await Promise.allSettled(work);
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}
