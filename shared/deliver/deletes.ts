import { PermanentError } from "../errors.ts";
import { throughLanes } from "./lanes.ts";
import type { DeliveredResource, Scope, VanishedRow } from "./payloads.ts";
import { announcedPerLane } from "./resource.ts";
import { isOver, outcomeOf, type Run, type Year } from "./run.ts";
import { type SendResult, sendUntilAnswered } from "./sending.ts";

/**
 * Deletes what was delivered and has no payload any more. Only where the sources file asks for it, only records of the delivery's own
 * namespaces, and none at all when they would be more than the guard allows: a mapping that lost its rows must not empty the target.
 * @returns whether it came to its end, and what was not deleted and why
 */
export async function deleteVanished(
  resource: DeliveredResource,
  year: Year,
  run: Run,
): Promise<{ readonly isDone: boolean; readonly guarded?: string }> {
  const { deletes } = run.delivery;
  if (!deletes || year.stopped.has(resource.resource)) return { isDone: true };
  const scope: Scope = { ...resource, schoolYear: year.schoolYear };
  const { vanished, delivered, payloads } = await run.payloads.counts(scope);
  if (vanished === 0) return { isDone: true };
  // Among what vanished may be records of which nobody knows whether the target took them: they are not counted as delivered.
  const share = vanished / Math.max(delivered, vanished);
  if (vanished > deletes.max || share > deletes.max_share || payloads === 0) {
    const guarded = `${vanished} of ${delivered} records have no payload any more; at most ${deletes.max}, and a share of ${deletes.max_share}, are deleted`;
    run.log.warn("a delivery does not delete, for its guard holds", {
      endpoint: resource.resource,
      count: vanished,
      why: guarded,
    });
    return { isDone: true, guarded };
  }
  const rows = await run.payloads.vanished(scope, "", deletes.max);
  const duplicates = year.duplicates.get(resource.resource);
  // A record that another row is now, such as one under a new key, stays: that row was sent just before.
  const due = rows.filter((row) => isDue(row, run) && !(row.naturalKey && duplicates?.hasWinner(row.naturalKey)));
  const left = await throughLanes(due, {
    lanes: run.delivery.concurrency_per_resource,
    ahead: run.delivery.concurrency_per_resource * announcedPerLane,
    announce: (announced) => run.journal.intend(announced.map((row) => ({ ...intentOf(row, scope) }))),
    work: (row) => remove(row, scope, year, run),
    isOver: () => isOver(run) || year.stopped.has(resource.resource),
  });
  await run.journal.withdraw(left.map((row) => intentOf(row, scope)));
  return { isDone: !isOver(run) };
}

function intentOf({ recordKey, naturalKey }: VanishedRow, { resource, schoolYear }: Scope) {
  return {
    resource,
    schoolYear,
    recordKey,
    op: "delete" as const,
    payloadHash: "",
    ...(naturalKey ? { naturalKey } : {}),
  };
}

/** A deletion that was refused is not tried again in the same run, and one that cannot be done not before a person asks. */
function isDue({ last }: VanishedRow, { runId, retry }: Run): boolean {
  if (last.payloadHash !== "") return true;
  if (last.runId === runId && last.status !== "interrupted") return false;
  return last.status !== "rejected" || retry.has("rejected");
}

function isOwn(naturalKey: Readonly<Record<string, string>>, namespaces: readonly string[]): boolean {
  const namespace = Object.entries(naturalKey).find(([name]) => /namespace$/i.test(name))?.[1];
  return namespace !== undefined && namespaces.some((prefix) => namespace.startsWith(prefix));
}

async function remove(row: VanishedRow, scope: Scope, year: Year, run: Run): Promise<void> {
  const { naturalKey } = row;
  const say = (result: SendResult): Promise<void> => settle(row, scope, year, run, result);
  const refuse = (reason: string): Promise<void> =>
    say({ kind: "failed", status: "rejected", httpStatus: undefined, stops: false, problems: [{ path: "$", reason }] });
  if (!naturalKey) return refuse("is not deleted, for its natural key is not known");
  if (!isOwn(naturalKey, run.delivery.namespaces))
    return refuse("is not deleted, for it is in none of the delivery's namespaces");
  const found = await run.sending.slot(() => year.target.find(scope.resource, naturalKey));
  const [id] = found;
  if (id === undefined) return say({ kind: "done", status: "gone", httpStatus: 200 });
  if (found.length > 1) return refuse("is not deleted, for the target has more than one record of its natural key");
  const sent = { resource: scope.resource, op: "delete" as const };
  return say(await sendUntilAnswered(() => year.target.delete(scope.resource, id), sent, run.sending));
}

async function settle(row: VanishedRow, scope: Scope, year: Year, run: Run, result: SendResult): Promise<void> {
  const { recordKey, naturalKey } = row;
  if (result.kind === "postponed" && !result.wasSent) return run.journal.withdraw([intentOf(row, scope)]);
  if (result.kind === "failed" && result.stops) year.stopped.set(scope.resource, result.status);
  const known = naturalKey ? { naturalKey } : {};
  const status = result.kind === "postponed" ? ("interrupted" as const) : result.status;
  const told = result.kind === "postponed" ? {} : { httpStatus: result.httpStatus };
  const problems = result.kind === "failed" ? { problems: [...result.problems] } : {};
  const record = { recordKey, payloadHash: "" };
  await run.journal.record(
    outcomeOf(scope, record, run.clock, { op: "delete", status, attempt: 1, ...told, ...problems, ...known }),
  );
}

/** @throws PermanentError when payloads are in a namespace that the credentials may not write in: each of them would be refused */
export async function checkNamespaces(resources: readonly DeliveredResource[], year: Year, run: Run): Promise<void> {
  const { target, schoolYear } = year;
  const { namespacePrefixes } = target;
  if (!namespacePrefixes || namespacePrefixes.length === 0) return;
  for (const resource of resources) {
    const names = target.description?.resource(resource.resource)?.identity ?? [];
    // That of something else (an assessment's, in a result) stands in a reference, and is checked where that is delivered.
    if (!names.includes("namespace")) continue;
    const namespaces = await run.payloads.namespaces({ ...resource, schoolYear }, namespacesMax);
    const foreign = namespaces.find((namespace) => !namespacePrefixes.some((prefix) => namespace.startsWith(prefix)));
    if (foreign === undefined) continue;
    throw new PermanentError(
      `The credentials of the delivery may not write in the namespace ${foreign} (${resource.resource}); theirs are ${namespacePrefixes.join(", ")}. Ask the host to add the prefix to the key, or change the namespace of the mapping.`,
      { endpoint: resource.resource },
    );
  }
}

const namespacesMax = 50;
