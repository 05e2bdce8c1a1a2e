import { PermanentError, RetryableError } from "../errors.ts";
import { throughLanes } from "./lanes.ts";
import type { DeliveredResource, Scope, VanishedRow } from "./payloads.ts";
import { announcedPerLane } from "./resource.ts";
import { isOver, lanesOf, outcomeOf, type Run, type Year } from "./run.ts";
import { type SendResult, sendUntilAnswered } from "./sending.ts";
import type { Found } from "./target.ts";
import type { Subject } from "./verdict.ts";

/** Records of one resource may hang on each other so deep: what others refer to is deleted after them. */
const passesMax = 10;

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
  let due = rows.filter((row) => isDue(row, run) && !(row.naturalKey && duplicates?.hasWinner(row.naturalKey)));
  for (let pass = 1; pass <= passesMax && due.length > 0 && !isOver(run); pass += 1) {
    const kept = await removeAll(due, pass, scope, year, run);
    if (kept.length === due.length) break;
    due = kept;
  }
  return { isDone: !isOver(run) };
}

/** Deletes records as far as nothing refers to them. @returns those that something refers to */
async function removeAll(
  due: readonly VanishedRow[],
  pass: number,
  scope: Scope,
  year: Year,
  run: Run,
): Promise<VanishedRow[]> {
  const kept: VanishedRow[] = [];
  const lanes = lanesOf(run);
  const left = await throughLanes(due, {
    lanes,
    ahead: lanes * announcedPerLane,
    announce: (announced) => run.journal.intend(announced.map((row) => intentOf(row, scope))),
    work: async (row) => {
      const result = await remove(row, scope, year, run);
      await settle(row, pass, scope, year, run, result);
      if (result.kind === "failed" && result.status === "unresolved") kept.push(row);
    },
    isOver: () => isOver(run) || year.stopped.has(scope.resource),
  });
  if (left.length > 0) await run.journal.withdraw(left.map((row) => intentOf(row, scope)));
  return kept;
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

type Failed = Extract<SendResult, { kind: "failed" }>;

function refused(status: Failed["status"], reason: string, about: Subject = "record"): Failed {
  return { kind: "failed", status, httpStatus: undefined, about, problems: [{ path: "$", reason }] };
}

async function remove({ naturalKey }: VanishedRow, { resource }: Scope, year: Year, run: Run): Promise<SendResult> {
  if (!naturalKey) return refused("rejected", "is not deleted, for its natural key is not known");
  if (!isOwn(naturalKey, run.delivery.namespaces))
    return refused("rejected", "is not deleted, for it is in none of the delivery's namespaces");
  const found = await find(resource, naturalKey, year, run);
  if ("kind" in found) return found;
  const [one] = found;
  if (one === undefined) return { kind: "done", status: "gone", httpStatus: 200 };
  if (found.length > 1)
    return refused("rejected", "is not deleted, for the target has more than one record of its natural key");
  if (!one.isIt)
    return refused(
      "rejected",
      "is not deleted, for the target shows another record when it is asked for its natural key",
    );
  const isWanted = (): boolean => !year.stopped.has(resource) && !run.sending.breaker.isOpen;
  const begun = { resource, op: "delete" as const, isWanted };
  return sendUntilAnswered(() => year.target.delete(resource, one.id), begun, run.sending);
}

/** What the target has under a natural key. That it cannot say so of one record, or of one resource, must not end the run. */
async function find(
  resource: string,
  naturalKey: NonNullable<VanishedRow["naturalKey"]>,
  { target }: Year,
  { sending }: Run,
): Promise<readonly Found[] | SendResult> {
  await sending.pause.wait(sending.deadline);
  try {
    return await sending.slot(() => target.find(resource, naturalKey));
  } catch (error) {
    if (error instanceof Error && error.name === "NoTurn") return { kind: "postponed", wasSent: false };
    if (error instanceof RetryableError) return refused("failed", error.message);
    if (error instanceof PermanentError && error.details.status !== 401)
      return refused("forbidden", error.message, "resource");
    throw error;
  }
}

async function settle(
  row: VanishedRow,
  attempt: number,
  scope: Scope,
  year: Year,
  run: Run,
  result: SendResult,
): Promise<void> {
  const { recordKey, naturalKey } = row;
  if (result.kind === "postponed" && !result.wasSent) return run.journal.withdraw([intentOf(row, scope)]);
  if (result.kind === "failed") year.refused(scope.resource, result.about, result.status);
  const known = naturalKey ? { naturalKey } : {};
  const status = result.kind === "postponed" ? ("interrupted" as const) : result.status;
  const told = result.kind === "postponed" ? {} : { httpStatus: result.httpStatus };
  const problems = result.kind === "failed" ? { problems: [...result.problems] } : {};
  const record = { recordKey, payloadHash: "" };
  await run.journal.record(
    outcomeOf(scope, record, run.clock, { op: "delete", status, attempt, ...told, ...problems, ...known }),
  );
}

/** @throws PermanentError when payloads are in a namespace that the credentials may not write in: each of them would be refused */
export async function checkNamespaces(resources: readonly DeliveredResource[], year: Year, run: Run): Promise<void> {
  const { target, schoolYear } = year;
  const { namespacePrefixes } = target;
  if (!namespacePrefixes || namespacePrefixes.length === 0) return;
  for (const resource of resources) {
    // That of something else (an assessment's, in a result) stands in a reference, and is checked where that is delivered.
    if (!target.keyParts(resource.resource).some((names) => names.includes("namespace"))) continue;
    const namespaces = await run.payloads.namespaces({ ...resource, schoolYear }, namespacesMax);
    // As the API compares them: in any letters.
    const isTheirs = (namespace: string): boolean =>
      namespacePrefixes.some((prefix) => namespace.toLowerCase().startsWith(prefix.toLowerCase()));
    const foreign = namespaces.find((namespace) => !isTheirs(namespace));
    if (foreign === undefined) continue;
    throw new PermanentError(
      `The credentials of the delivery may not write in the namespace ${foreign} (${resource.resource}); theirs are ${namespacePrefixes.join(", ")}. Ask the host to add the prefix to the key, or change the namespace of the mapping.`,
      { endpoint: resource.resource },
    );
  }
}

const namespacesMax = 50;
