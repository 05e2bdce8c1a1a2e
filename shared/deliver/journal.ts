import { randomUUID } from "node:crypto";
import * as z from "zod";
import { ConflictError, PermanentError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { atMost } from "../refresh/at-most.ts";
import { doneStatuses, failedStatuses, type Outcome, type RecordName, recordText } from "./outcome.ts";

/**
 * The journal of a delivery: small objects in control, numbered without a gap and created once. Before a record is sent, an object says that it
 * will be; when the answer is there, a later object says what came of it. So after a death everybody can see which records may have been
 * sent without anybody knowing how that ended, and those are at most as many as were announced at once. Its rows go into `ops.deliveries` by
 * a load job now and then, because a table takes 1,500 jobs a day and not one for each record.
 */

const named = { resource: z.string(), schoolYear: z.int(), recordKey: z.string() };

const outcomeSchema = z.object({
  kind: z.literal("outcome"),
  ...named,
  op: z.enum(["upsert", "delete"]),
  status: z.enum([...doneStatuses, ...failedStatuses]),
  payloadHash: z.string(),
  attempt: z.int(),
  httpStatus: z.int().optional(),
  problems: z.array(z.object({ path: z.string(), reason: z.string() })).optional(),
  naturalKey: z.record(z.string(), z.string()).optional(),
  at: z.string(),
});

/** A record that is about to be sent. */
export const intentSchema = z.object({
  ...named,
  op: z.enum(["upsert", "delete"]),
  payloadHash: z.string(),
  naturalKey: z.record(z.string(), z.string()).optional(),
});

const lineSchema = z.discriminatedUnion("kind", [
  outcomeSchema,
  intentSchema.extend({ kind: z.literal("intent") }),
  /** It was announced and never sent. */
  z.object({ kind: z.literal("withdrawn"), ...named }),
]);

type Line = z.output<typeof lineSchema>;

const entrySchema = z.object({ v: z.literal(1), nonce: z.string(), run_id: z.string(), lines: z.array(lineSchema) });

/** A record that is about to be sent. */
export interface Intent extends RecordName {
  readonly op: "upsert" | "delete";
  readonly payloadHash: string;
  readonly naturalKey?: Readonly<Record<string, string>> | undefined;
}

const digits = 10;

export const journalNames = {
  prefix: (delivery: string) => `deliveries/${delivery}/journal/`,
  entry: (delivery: string, number: number) =>
    `deliveries/${delivery}/journal/${String(number).padStart(digits, "0")}.json`,
} as const;

function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf("/") + 1, -".json".length));
}

/** One entry as it was read. */
export interface Entry {
  readonly number: number;
  readonly runId: string;
  readonly lines: readonly Line[];
}

/** Objects that are read or deleted at once: a run leaves some thousand, and each takes its time. */
const atOnce = 32;

/** Reads the entries that are there, in their order. @throws PermanentError when one is not what this version writes */
export async function readJournal(control: ObjectStore, delivery: string): Promise<Entry[]> {
  const names = (await Array.fromAsync(control.list(journalNames.prefix(delivery)))).map(({ name }) => name);
  const slot = atMost(atOnce);
  const entries = await Promise.all(names.map((name) => slot(() => readEntry(control, name))));
  return entries.flatMap((entry) => entry ?? []);
}

async function readEntry(control: ObjectStore, name: string): Promise<Entry | undefined> {
  const object = await control.read(name);
  if (!object) return undefined;
  let parsed: z.output<typeof entrySchema> | undefined;
  try {
    parsed = entrySchema.safeParse(JSON.parse(object.body)).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (parsed) return { number: numberOf(name), runId: parsed.run_id, lines: parsed.lines };
  throw new PermanentError("An entry of a delivery's journal is not what this version writes", { object: name });
}

/** Takes away entries that are in the ledger. */
export async function deleteEntries(control: ObjectStore, delivery: string, entries: readonly Entry[]): Promise<void> {
  const slot = atMost(atOnce);
  await Promise.all(entries.map(({ number }) => slot(() => control.delete(journalNames.entry(delivery, number)))));
}

/** Records that were announced, before these entries or in them, and of which nothing was said after that. */
export function openIntents(before: readonly Intent[], entries: readonly Entry[]): Intent[] {
  const open = new Map(before.map((intent) => [recordText(intent), intent]));
  for (const { lines } of entries) {
    for (const line of lines) {
      if (line.kind === "intent") {
        const { kind: _, ...intent } = line;
        open.set(recordText(intent), intent);
      } else open.delete(recordText(line));
    }
  }
  return [...open.values()];
}

export interface JournalOptions {
  readonly control: ObjectStore;
  readonly clock: Clock;
  readonly delivery: string;
  readonly runId: string;
  /** The number of the next entry. */
  readonly next: number;
  /** Makes sure that we still hold the lease. @throws ConflictError */
  readonly fence: () => Promise<void>;
  /** The shortest time between two entries that nobody waits for: what comes together is written together. */
  readonly pauseMs?: number;
  /** Outcomes of what was sent that may be unwritten at once: whoever has one more waits. */
  readonly unwrittenMax: number;
  /** No outcome is older than this, whatever the clock says: those of a delivery are in order, whoever wrote them. */
  readonly notBefore?: string;
}

/** Outcomes of what was not sent that may be unwritten: they are worked out again by whoever follows. */
const unsentMax = 5000;

/** Whether something went to the target: not what was refused, blocked or reported before it was sent. */
function wasSent({ status, httpStatus }: Outcome): boolean {
  return httpStatus !== undefined || !["rejected", "blocked", "duplicate"].includes(status);
}

/** Writes the journal; what several workers have to say goes into one object. */
export class Journal {
  readonly #options: JournalOptions;
  #next: number;
  #lines: Line[] = [];
  #unwritten = 0;
  #settled = 0;
  #latest: string;
  #writing: Promise<void> | undefined;
  /** When the last entry was begun. */
  #begunAt = 0;
  /** Ends the pause before the entry that is being written. */
  #hurry: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#next = options.next;
    this.#latest = options.notBefore ?? "";
  }

  /** The number that the next entry will have. */
  get next(): number {
    return this.#next;
  }

  /** Records that came to an end so far, whichever it was. */
  get settledCount(): number {
    return this.#settled;
  }

  /** Announces records; they may be sent once this resolves. @throws ConflictError when somebody else has taken over */
  async intend(intents: readonly Intent[]): Promise<void> {
    for (const intent of intents) this.#lines.push({ kind: "intent", ...intent });
    await this.flush();
  }

  /** Takes an outcome; resolves at once while few are unwritten. */
  async record(outcome: Outcome): Promise<void> {
    if (outcome.at > this.#latest) this.#latest = outcome.at;
    const problems = outcome.problems?.map((problem) => ({ ...problem }));
    this.#lines.push({ ...outcome, kind: "outcome", problems, at: this.#latest });
    if (outcome.status !== "interrupted") this.#settled += 1;
    if (wasSent(outcome)) this.#unwritten += 1;
    this.#begin();
    // What is being written does not hold what was said since; the next one does.
    while (this.#isFull && !this.#failure) {
      this.#begin();
      this.#hurry?.();
      await this.#writing;
    }
    this.#throwFailure();
  }

  get #isFull(): boolean {
    return this.#unwritten >= this.#options.unwrittenMax || this.#lines.length >= unsentMax;
  }

  /** Says of records that were announced that they were not sent. */
  async withdraw(names: readonly RecordName[]): Promise<void> {
    this.#lines.push(...names.map((name): Line => ({ kind: "withdrawn", ...pick(name) })));
    await this.flush();
  }

  /** Resolves when all that was said before is written. */
  async flush(): Promise<void> {
    this.#throwFailure();
    // One that is being written does not hold what was said since; the next one does. One that pauses still takes it.
    if (!this.#hurry) await this.#writing;
    this.#throwFailure();
    this.#begin();
    this.#hurry?.();
    await this.#writing;
    this.#throwFailure();
  }

  #begin(): void {
    if (this.#writing || this.#failure || this.#lines.length === 0) return;
    this.#writing = this.#write()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #write(): Promise<void> {
    const { control, clock, delivery, runId, fence, pauseMs = 0 } = this.#options;
    const waitMs = this.#begunAt + pauseMs - clock.now().getTime();
    if (waitMs > 0) await this.#pause(clock.sleep(waitMs));
    await fence();
    this.#begunAt = clock.now().getTime();
    const lines = this.#lines;
    const saved = this.#unwritten;
    this.#lines = [];
    const nonce = randomUUID();
    await create(
      control,
      journalNames.entry(delivery, this.#next),
      `${JSON.stringify({ v: 1, nonce, run_id: runId, lines })}\n`,
    );
    this.#next += 1;
    this.#unwritten -= saved;
  }

  /** Resolves when the sleep is over, or when somebody waits for the entry. */
  async #pause(sleep: Promise<void>): Promise<void> {
    const hurried = new Promise<void>((resolve) => {
      this.#hurry = resolve;
    });
    await Promise.race([sleep, hurried]);
    this.#hurry = undefined;
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** Creates an object. A create whose answer was lost is repeated by the client and refused: then what is there is ours. @throws ConflictError */
async function create(control: ObjectStore, name: string, body: string): Promise<void> {
  try {
    await control.write(name, body, "0");
  } catch (error) {
    const there = await control.read(name);
    if (there?.body === body) return;
    throw error instanceof ConflictError
      ? new ConflictError("Another delivery has written on in this journal", { object: name })
      : error;
  }
}

function pick({ resource, schoolYear, recordKey }: RecordName): RecordName {
  return { resource, schoolYear, recordKey };
}
