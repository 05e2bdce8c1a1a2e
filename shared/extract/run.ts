import { reasonForNotFound } from "../connector/always-there.ts";
import { NoTurn } from "../connector/gate.ts";
import { StuckAtRecord } from "../connector/page.ts";
import { type Collection, planRecords } from "../connector/plan.ts";
import { Refusal, SnapshotGone } from "../connector/refusal.ts";
import { openSession } from "../connector/session.ts";
import { assertSameSnapshot, inSnapshot } from "../connector/snapshot.ts";
import { handOver, startAttempt } from "../control/in-flight.ts";
import { objectNames } from "../control/place.ts";
import { ConflictError, PermanentError, RetryableError } from "../errors.ts";
import { type BeginRequest, beginAnew, beginRun, windowOf } from "./begin.ts";
import {
  type CheckpointKeeper,
  createCheckpoint,
  type Ending,
  newCheckpoint,
  pagesOf,
  takeUpCheckpoint,
} from "./checkpoint.ts";
import { continueLater, type Delivery } from "./continue.ts";
import { compareWithCount, rowsOfLastPass } from "./finish.ts";
import { type Delivered, type ExtractPorts, type Job, logFields, overtimeMs } from "./job.ts";
import { inParallel } from "./parallel.ts";
import { settle, settleAs } from "./settle.ts";
import { maySkip, runWalk } from "./walk-runner.ts";

/** How often a run is begun anew because its snapshot has gone. */
const restartsMax = 3;
/** How often the records are walked again when fewer came than the source counts. */
const rewalksMax = 1;
/** A delivery that was killed did not even fail; killed this many times more often than it may fail, a run is given up. */
const killsPerFailure = 4;

/**
 * Works on a run whose endpoint this delivery has to itself, from where the last one stopped, until it ends or the time is up.
 * @param keepLease is called while it works, and throws a ConflictError when the lease was taken over
 * @throws ConflictError when another attempt has taken the run over, RetryableError when it is to be tried again
 */
export async function extractLeased(job: Job, keepLease: () => Promise<void>, ports: ExtractPorts): Promise<Delivered> {
  const deadline = ports.clock.now().getTime() + ports.workMs;
  const visit = ports.gateOf(job.source).enter(deadline);
  try {
    return await extractVisiting({ job, visit, deadline, keepLease, ports });
  } finally {
    await visit.leave();
  }
}

/** One delivery's work on a run. */
interface Work extends Delivery {
  /** When its time is up (milliseconds since the epoch). */
  readonly deadline: number;
}

async function extractVisiting(work: Work): Promise<Delivered> {
  const { job, ports } = work;
  const { place, connector, runId, message, round } = job;
  const { control, clock } = ports;
  const name = objectNames.checkpoint(place, runId);
  const attempt = await startAttempt(control, place, connector.connector, clock, runId);
  let keeper = await takeUpCheckpoint(control, name, message.hop);
  // Decided by an earlier attempt, which did not get to write it down.
  if (keeper?.state.ending) return settleAs(job, keeper.state, keeper.state.ending, ports);
  const pagesBefore = keeper ? pagesOf(keeper.state) : 0;
  try {
    if (attempt > killsPerFailure * ports.attemptsMax) {
      throw new PermanentError(`The run was begun ${attempt} times and was broken off each time`, logFields(job));
    }
    try {
      const collection = await openCollection(work);
      const { mode, hop, accept_shrink: acceptShrink } = message;
      try {
        const request: BeginRequest = { place, runId, mode, hop, acceptShrink, round };
        keeper ??= await beginRun(request, collection, control, clock);
        return await walkFrozen({ ...work, number: attempt, collection, keeper }, request);
      } catch (error) {
        const isNotFound = error instanceof Refusal && error.outcome === "unsupported";
        throw isNotFound ? await reasonForNotFound(collection, error) : error;
      }
    } catch (error) {
      if (!(error instanceof NoTurn)) throw error;
      return await continueLater(work, attempt, keeper?.state, pagesBefore);
    }
  } catch (error) {
    const end = endOf(error, attempt, ports.attemptsMax);
    // An ending that is decided stands: what failed was only to write it down.
    if (!end || keeper?.state.ending) throw error;
    const run = { runId, mode: message.mode, acceptShrink: message.accept_shrink };
    keeper ??= await createCheckpoint(control, name, newCheckpoint(run, clock.now()));
    return settle(job, keeper, { ...end, api_total_count: null }, ports);
  }
}

async function openCollection({ job, visit, deadline, ports }: Work): Promise<Collection> {
  const { source, connector, place } = job;
  const limits = { until: deadline + overtimeMs, visit };
  const session = await openSession(source, connector, place.schoolYear, ports, limits);
  const endpoint = connector.endpoints[place.endpoint];
  if (!endpoint) throw new PermanentError("The endpoint has left the connector file", { endpoint: place.endpoint });
  return { source, connector, name: place.endpoint, endpoint, session };
}

/** How an error ends the run; undefined when the message is to be delivered again. */
function endOf(error: unknown, attempt: number, attemptsMax: number): Pick<Ending, "outcome" | "error"> | undefined {
  // Another attempt has taken the run over: this one must not settle anything.
  if (error instanceof ConflictError) return undefined;
  if (error instanceof Refusal) return { outcome: error.outcome, error: error.message };
  if (error instanceof PermanentError) return { outcome: "failed", error: error.message };
  if (attempt < attemptsMax) return undefined;
  // An error that nobody foresaw may quote anything; the log has it.
  const what = error instanceof RetryableError ? error.message : "An unexpected error; see the log of extract";
  return { outcome: "failed", error: `${what} (given up after ${attempt} attempts)` };
}

/** One attempt at a run, planned and at work. */
interface Attempt extends Work {
  /** Counts the deliveries since the run last moved, from 1. */
  readonly number: number;
  readonly collection: Collection;
  readonly keeper: CheckpointKeeper;
}

/** Walks all of a run's snapshot, where it reads one; begins anew, with nothing kept, when it has gone or become another. */
async function walkFrozen(attempt: Attempt, request: BeginRequest): Promise<Delivered> {
  const { job, collection, keeper, deadline, ports } = attempt;
  // To open the source does not count, as long as time is left for the last page: a run that only opens it would never move.
  const walkUntil = Math.min(ports.clock.now().getTime() + ports.workMs, deadline + (3 / 4) * overtimeMs);
  for (;;) {
    try {
      return await walkAll({ ...attempt, collection: inSnapshot(collection, keeper.state.snapshot) }, walkUntil);
    } catch (error) {
      if (!(error instanceof SnapshotGone)) throw error;
      if (keeper.state.restarts >= restartsMax) {
        throw new PermanentError(
          `The source's snapshot went away ${restartsMax + 1} times while it was being read. Extract when it stands still, or set snapshot to never.`,
          logFields(job),
        );
      }
      ports.log.warn("the snapshot went away; reading another from the start", logFields(job));
      await beginAnew(keeper, request, collection, ports.control, ports.clock);
    }
  }
}

async function walkAll(attempt: Attempt, deadline: number): Promise<Delivered> {
  const { job, collection, keeper, ports } = attempt;
  const pagesBefore = pagesOf(keeper.state);
  for (;;) {
    if (!(await walkOpen(attempt, deadline))) return continueLater(attempt, attempt.number, keeper.state, pagesBefore);
    const { isWhole, counted } = await compareWithCount(collection, keeper.state);
    const { snapshot, walks } = keeper.state;
    if (snapshot && walks.length > 0) await assertSameSnapshot(collection, snapshot);
    if (isWhole) {
      return settle(job, keeper, { outcome: "complete", error: null, api_total_count: counted ?? null }, ports);
    }
    const fields = { ...logFields(job), rows: rowsOfLastPass(keeper.state), count: counted };
    if (!(await walkAgain(collection, keeper, counted ?? null))) {
      throw new RetryableError("The source counts more records than it gives, twice over", fields);
    }
    ports.log.warn("fewer records came than the source counts; reading them again", fields);
  }
}

/** Walks what is not finished, several at once. @returns whether all is finished now (false: the deadline came first) */
async function walkOpen(attempt: Attempt, deadline: number): Promise<boolean> {
  const { job, collection, keeper, keepLease, ports } = attempt;
  const { landing, clock, partBytes, control } = ports;
  const halt = new AbortController();
  const walkPorts = { landing, clock, partBytes, deadline, halt: halt.signal, keepLease };
  const open = keeper.state.walks.flatMap((walk, index) => (walk.position ? [index] : []));
  const pagesBefore = pagesOf(keeper.state);
  try {
    return await inParallel(open, job.source.concurrency, async (index) => {
      try {
        return await runWalk(index, job.place, collection, keeper, walkPorts);
      } catch (error) {
        if (!(error instanceof RetryableError)) halt.abort();
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof StuckAtRecord && (await walkByOffset(collection, keeper, error))) {
      ports.log.warn("a record cannot be read by cursor; reading all by offset to go past it", logFields(job));
      return walkOpen(attempt, deadline);
    }
    if (!(error instanceof RetryableError) || pagesOf(keeper.state) === pagesBefore) throw error;
    if (clock.now().getTime() >= deadline) return false;
    // The run moves: the attempts that failed before do not count any more.
    await handOver(control, job.place, job.connector.connector, clock, { runId: job.runId, attempts: 0 });
    throw error;
  }
}

/**
 * Begins another pass by offset over the records, where a walk by cursor cannot go past one that the source cannot give.
 * @returns false where such a record is not to be left out, or that was tried
 */
async function walkByOffset(collection: Collection, keeper: CheckpointKeeper, stuck: StuckAtRecord): Promise<boolean> {
  const { state } = keeper;
  const walk = state.walks.find(({ op, position }) => op === "upsert" && position?.type === "cursor");
  if (stuck.position.type !== "cursor" || !walk || !maySkip(collection, state, walk)) return false;
  const window = windowOf({ mode: state.mode, ...state.window });
  const walks = await planRecords(collection, window, { byOffset: true });
  await keeper.save((checkpoint) => {
    for (const open of checkpoint.walks) if (open.op === "upsert") open.position = null;
    checkpoint.pass_from = checkpoint.walks.length;
    checkpoint.walks.push(...walks);
  });
  return true;
}

/** Plans the records once more; rows met twice are folded into one. @returns false when they were walked again before */
async function walkAgain(collection: Collection, keeper: CheckpointKeeper, counted: number | null): Promise<boolean> {
  const { state } = keeper;
  if (state.rewalks >= rewalksMax) return false;
  const walks = await planRecords(collection, windowOf({ mode: state.mode, ...state.window }));
  await keeper.save((checkpoint) => {
    checkpoint.rewalks += 1;
    checkpoint.pass_from = checkpoint.walks.length;
    checkpoint.counted_before = counted;
    checkpoint.walks.push(...walks);
  });
  return true;
}
