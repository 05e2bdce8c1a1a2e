import { randomUUID } from "node:crypto";
import * as z from "zod";
import { writeJson } from "../control/json-object.ts";
import { ConflictError, RetryableError } from "../errors.ts";
import { retryableStatuses } from "../messages/deliver.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";

/**
 * Says which run of a delivery is on its way, or was the last: what the journal and the ledger cannot tell of one that stopped between two
 * messages. By it reconcile sees a run that nobody works on any more, and what was asked for and never begun.
 */
export const runMarkSchema = z.object({
  v: z.literal(1),
  run_id: z.string(),
  /** A name that only one message at work has: what was held up must not end what another has begun since. */
  holder: z.string(),
  hop: z.int(),
  idle: z.int(),
  retry: z.array(z.enum(retryableStatuses)),
  /** When its last message began: it looks at every payload as it is from then on. */
  looked_at: z.string(),
  /** Which request of others had come by then: the generation of their marker. */
  request: z.string(),
  /** When the run began, or handed over after it had settled records. */
  moved_at: z.string(),
  /** How often reconcile has asked for the delivery since then. */
  asked: z.int().default(0),
  /** Undefined while the run is on its way. */
  ended_at: z.string().optional(),
});

export type RunMark = z.output<typeof runMarkSchema>;

export const runMarkName = (delivery: string): string => `deliveries/${delivery}/run.json`;

/** How often a compare-and-swap is tried again when another writer was quicker. */
const triesMax = 20;

function parseMark(body: string): RunMark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return runMarkSchema.safeParse(value).data;
}

/** The mark, with the generation to write against. One that nobody can read counts as none: it must not stand in the way of a run. */
export async function readRunMark(
  control: ObjectStore,
  delivery: string,
): Promise<{ readonly mark: RunMark | undefined; readonly generation: string }> {
  const object = await control.read(runMarkName(delivery));
  return { mark: object && parseMark(object.body), generation: object?.generation ?? "0" };
}

/**
 * Changes the mark.
 * @param change returns the next one; undefined leaves it as it is
 * @throws RetryableError when others are quicker again and again
 */
async function changeMark(
  control: ObjectStore,
  delivery: string,
  change: (present: RunMark | undefined) => RunMark | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const { mark, generation } = await readRunMark(control, delivery);
    const next = change(mark);
    if (!next) return;
    try {
      await writeJson(control, runMarkName(delivery), next, generation);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new RetryableError("A control object changes too often to be written", { object: runMarkName(delivery) });
}

export interface MarkPorts {
  readonly control: ObjectStore;
  readonly clock: Clock;
}

/** A message of a run that is at work. */
export interface RunHold {
  readonly delivery: string;
  readonly holder: string;
}

/** Marks a run as on its way, whatever was before. @returns what its end is told by */
export async function markBegun(
  { control, clock }: MarkPorts,
  delivery: string,
  { runId, ...message }: { readonly runId: string } & Pick<RunMark, "hop" | "idle" | "retry" | "request">,
): Promise<RunHold> {
  const holder = randomUUID();
  const now = clock.now().toISOString();
  await changeMark(control, delivery, (present) => {
    const isSameRun = present?.run_id === runId && present.ended_at === undefined;
    const { moved_at, asked } = isSameRun ? present : { moved_at: now, asked: 0 };
    return { v: 1, run_id: runId, holder, ...message, looked_at: now, moved_at, asked };
  });
  return { delivery, holder };
}

/** Says that the run goes on in another message, and whether it has settled records in this one. */
export async function markHandedOver({ control, clock }: MarkPorts, hold: RunHold, idle: number): Promise<void> {
  const moved = idle === 0 ? { moved_at: clock.now().toISOString(), asked: 0 } : {};
  await changeMark(control, hold.delivery, (present) =>
    present?.holder === hold.holder ? { ...present, idle, ...moved } : undefined,
  );
}

/** Says that the run has come to its end, well or not. */
export async function markEnded({ control, clock }: MarkPorts, hold: RunHold): Promise<void> {
  const now = clock.now().toISOString();
  await changeMark(control, hold.delivery, (present) =>
    present?.holder === hold.holder ? { ...present, asked: 0, moved_at: now, ended_at: now } : undefined,
  );
}
