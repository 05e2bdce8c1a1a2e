import * as z from "zod";
import { told } from "../connector/told.ts";
import { isDone } from "./outcome.ts";
import type { DeliveredResource, Payloads, Tally, Unmatched } from "./payloads.ts";

/** How one resource stands after a run. */
const resourceResultSchema = z.object({
  resource: z.string(),
  /** Payloads that there are, and those that the target has as they are. */
  payloads: z.int(),
  delivered: z.int(),
  /** Records of this run by outcome. */
  outcomes: z.record(z.string(), z.int()),
  /** One reason for each outcome that is none to be glad of, without what it may have quoted. */
  reasons: z.record(z.string(), z.string()),
});

export const deliveryResultSchema = z.object({
  v: z.literal(1),
  delivery: z.string(),
  run_id: z.string(),
  /** ok: the target has every payload. partial: some. failed: the run was stopped, or nothing of it was taken. */
  outcome: z.enum(["ok", "partial", "failed"]),
  finished_at: z.string(),
  resources: z.array(resourceResultSchema),
  /** Rows that could not become payloads. */
  unmatched: z.array(z.object({ resource: z.string(), reason: z.string(), count: z.int() })),
  /** What a person should know besides: guards that held, resources that the target does not have. */
  notes: z.array(z.string()),
});

export type DeliveryResult = z.infer<typeof deliveryResultSchema>;

export const resultName = (delivery: string): string => `deliveries/${delivery}/result.json`;

export interface ResultInput {
  readonly delivery: string;
  readonly runId: string;
  readonly resources: readonly DeliveredResource[];
  readonly schoolYears: readonly number[];
  readonly payloads: Payloads;
  readonly finishedAt: Date;
  readonly notes: readonly string[];
  /** Why the rest was not sent. */
  readonly stopped: string | undefined;
  /** The model of rows that could not become payloads, where the pipeline has one. */
  readonly unmatchedTable: string | undefined;
  readonly unmatchedMaxShare: number;
}

/** Says what a run did and how the target stands now, as the ledger has it. */
export async function resultOf(input: ResultInput): Promise<DeliveryResult> {
  const tallies = await input.payloads.tally(input.runId);
  const resources = await Promise.all(input.resources.map((resource) => resourceResult(resource, tallies, input)));
  const missing = resources.some(({ payloads, delivered }) => delivered < payloads);
  const unmatched = input.unmatchedTable === undefined ? [] : await input.payloads.unmatched(input.unmatchedTable);
  const notes = [...input.notes, ...matchNotes(unmatched, resources, input.unmatchedMaxShare)];
  const failures = tallies.filter(({ status }) => !isDone(status));
  const isAnyThere = resources.some(({ delivered }) => delivered > 0);
  const isFailed = input.stopped !== undefined || (missing && !isAnyThere);
  return {
    v: 1,
    delivery: input.delivery,
    run_id: input.runId,
    outcome: isFailed ? "failed" : missing || failures.length > 0 || notes.length > 0 ? "partial" : "ok",
    finished_at: input.finishedAt.toISOString(),
    resources,
    unmatched,
    notes: [...notes, ...(input.stopped === undefined ? [] : [`stopped, because ${input.stopped}`])],
  };
}

/** Too many rows without a match are as a rule one mistake: an id of another kind, a roster that was not read. */
function matchNotes(
  unmatched: readonly Unmatched[],
  resources: DeliveryResult["resources"],
  maxShare: number,
): string[] {
  return resources.flatMap(({ resource, payloads }) => {
    // The table may write the resource with its address or by its name alone.
    const isOwn = (name: string): boolean => name === resource || resource.endsWith(`/${name}`);
    const missing = unmatched.filter((one) => isOwn(one.resource)).reduce((sum, { count }) => sum + count, 0);
    const all = missing + payloads;
    if (missing === 0 || missing / all <= maxShare) return [];
    return [`${missing} of ${all} rows for ${resource} have no match (more than ${maxShare})`];
  });
}

async function resourceResult(
  resource: DeliveredResource,
  tallies: readonly Tally[],
  { payloads, schoolYears }: ResultInput,
) {
  let total = 0;
  let delivered = 0;
  for (const schoolYear of schoolYears) {
    const counts = await payloads.counts({ ...resource, schoolYear });
    total += counts.payloads;
    delivered += counts.current;
  }
  const own = tallies.filter((tally) => tally.resource === resource.resource);
  const reasons = own.flatMap(({ status, reason }) =>
    reason === null || isDone(status) ? [] : [[status, told(reason)] as const],
  );
  return {
    resource: resource.resource,
    payloads: total,
    delivered,
    outcomes: Object.fromEntries(own.map(({ status, count }) => [status, count])),
    reasons: Object.fromEntries(reasons),
  };
}
