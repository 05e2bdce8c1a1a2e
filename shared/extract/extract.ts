import type { Connector } from "../config/connector.ts";
import { endpointsOf, findEndpoint, type Source, type Sources, yearsOf } from "../config/sources.ts";
import { type Collection, planRecords } from "../connector/plan.ts";
import { Refusal } from "../connector/refusal.ts";
import { openSession, type SessionPorts } from "../connector/session.ts";
import { handOver, startAttempt } from "../control/in-flight.ts";
import { acquireLease } from "../control/lease.ts";
import { objectNames, type Place } from "../control/place.ts";
import { ConflictError, PermanentError, RetryableError } from "../errors.ts";
import { type ExtractMessage, type MessageOrigin, runIdOf } from "../messages/extract.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";
import { beginRun } from "./begin.ts";
import type { Checkpoint, CheckpointKeeper } from "./checkpoint.ts";
import {
  countNow,
  dropCheckpoint,
  type Ending,
  manifestOf,
  rowsOf,
  rowsOfLastPass,
  unplanned,
  writeManifest,
} from "./finish.ts";
import { runWalk } from "./walk-runner.ts";

export interface ExtractPorts extends SessionPorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  /** Topic `extract`, for continuations and for the years of a source. */
  readonly extractTopic: Topic;
  readonly partBytes: number;
  /** How long this delivery may work before it hands over, in milliseconds. */
  readonly workMs: number;
  readonly leaseMs: number;
  /** Deliveries that may fail one after the other before the run is given up. */
  readonly attemptsMax: number;
}

/** A run that hands over this often is not moving. */
const hopsMax = 200;
/** How often the records are walked again when fewer came than the source counts. */
const rewalksMax = 1;

export interface ExtractSummary {
  readonly status: "complete" | "failed" | "forbidden" | "unsupported" | "continued" | "already done" | "fanned out";
  readonly runId?: string;
  readonly rows?: number;
  readonly parts?: number;
}

interface Job {
  readonly message: ExtractMessage;
  readonly source: Source;
  readonly connector: Connector;
  readonly place: Place;
  readonly runId: string;
}

function resolve(
  message: ExtractMessage,
  ports: ExtractPorts,
): { source: Source; connector: Connector; endpoint: string } {
  const source = ports.sources.sources.find((candidate) => candidate.id === message.source);
  if (!source) {
    const known = ports.sources.sources.map((candidate) => candidate.id).join(", ");
    throw new PermanentError(`There is no source "${message.source}" in the sources file (there are: ${known}).`, {
      source_id: message.source,
    });
  }
  const connector = ports.connectors.get(source.connector);
  const found = connector && findEndpoint(connector, message.endpoint);
  if (!connector || !found || !endpointsOf(source, connector).includes(found.name)) {
    throw new PermanentError(
      `The source "${source.id}" has no endpoint "${message.endpoint}". See connectors/${source.connector}.yaml.`,
      {
        source_id: source.id,
        endpoint: message.endpoint,
      },
    );
  }
  const years = yearsOf(source);
  if (message.school_year !== undefined && !years.includes(message.school_year)) {
    throw new PermanentError(
      `The source "${source.id}" is not configured for school year ${message.school_year} (it has: ${years.join(", ")}).`,
      {
        source_id: source.id,
        school_year: message.school_year,
      },
    );
  }
  return { source, connector, endpoint: found.name };
}

/**
 * The verb: reads one endpoint of one source and year into landing, and ends with a manifest.
 * A redelivery goes on where the last one stopped; a message without a year becomes one message for each year.
 * @throws PermanentError for a message that can never succeed, RetryableError when it should be delivered again
 */
export async function extract(
  message: ExtractMessage,
  origin: MessageOrigin,
  ports: ExtractPorts,
): Promise<ExtractSummary> {
  const { source, connector, endpoint } = resolve(message, ports);
  const years = yearsOf(source);
  const [onlyYear] = years;
  if (message.school_year === undefined && years.length > 1) {
    for (const schoolYear of years) {
      await ports.extractTopic.publish({
        ...message,
        endpoint,
        school_year: schoolYear,
        run_id: runIdOf(message, schoolYear, origin),
      });
    }
    return { status: "fanned out" };
  }
  const schoolYear = message.school_year ?? onlyYear ?? 0;
  const place: Place = { source: source.id, endpoint, schoolYear };
  const job: Job = { message, source, connector, place, runId: runIdOf(message, schoolYear, origin) };
  if (await ports.landing.stat(objectNames.manifest(place, job.runId)))
    return { status: "already done", runId: job.runId };
  const lease = await acquireLease(ports.control, objectNames.extractLease(place), {
    owner: job.runId,
    ttlMs: ports.leaseMs,
    clock: ports.clock,
  });
  if (!lease)
    throw new RetryableError("Another delivery is extracting this endpoint", {
      source_id: source.id,
      endpoint,
      school_year: schoolYear,
    });
  try {
    return await extractLeased(job, ports);
  } finally {
    await lease.release();
  }
}

async function extractLeased(job: Job, ports: ExtractPorts): Promise<ExtractSummary> {
  const { place, connector, runId } = job;
  const attempt = await startAttempt(ports.control, place, connector.connector, ports.clock, runId);
  let keeper: CheckpointKeeper | undefined;
  const end = (outcome: Ending["outcome"], error: string): Promise<ExtractSummary> => {
    const state = keeper?.state ?? unplanned(runId, job.message.mode, ports.clock.now());
    return settle(job, state, { outcome, error, apiTotalCount: null, acceptShrink: false }, ports);
  };
  try {
    const session = await openSession(job.source, connector, place.schoolYear, ports);
    const endpoint = connector.endpoints[place.endpoint];
    if (!endpoint) throw new PermanentError("The endpoint has left the connector file", { endpoint: place.endpoint });
    const collection: Collection = { source: job.source, connector, name: place.endpoint, endpoint, session };
    const request = { place, runId, mode: job.message.mode, hop: job.message.hop };
    keeper = await beginRun(request, collection, ports.control, ports.clock);
    return await walkAll(job, collection, keeper, ports);
  } catch (error) {
    // Another attempt has taken the run over: this one must not settle anything.
    if (error instanceof ConflictError) throw error;
    if (error instanceof Refusal) return end(error.outcome, error.message);
    if (error instanceof PermanentError) return end("failed", error.message);
    if (error instanceof RetryableError && attempt >= ports.attemptsMax)
      return end("failed", `${error.message} (given up after ${attempt} attempts)`);
    throw error;
  }
}

async function walkAll(
  job: Job,
  collection: Collection,
  keeper: CheckpointKeeper,
  ports: ExtractPorts,
): Promise<ExtractSummary> {
  const { place, runId } = job;
  const deadline = ports.clock.now().getTime() + ports.workMs;
  const walkPorts = { landing: ports.landing, clock: ports.clock, partBytes: ports.partBytes, deadline };
  for (;;) {
    const open = keeper.state.walks.flatMap((walk, index) => (walk.position ? [index] : []));
    const finished = await inParallel(open, job.source.concurrency, (index) =>
      runWalk(index, place, collection, keeper, walkPorts),
    );
    if (!finished) return continueLater(job, keeper.state, ports);
    const counted = keeper.state.walks.length > 0 ? await countNow(collection, keeper.state) : undefined;
    const brought = rowsOfLastPass(keeper.state);
    if (counted === undefined || brought >= counted) {
      const ending: Ending = {
        outcome: "complete",
        error: null,
        apiTotalCount: counted ?? null,
        acceptShrink: job.message.accept_shrink,
      };
      return settle(job, keeper.state, ending, ports);
    }
    if (!(await walkAgain(collection, keeper))) {
      throw new RetryableError("The source counts more records than it gives, twice over", {
        ...logFields(job),
        rows: brought,
        count: counted,
      });
    }
    ports.log.warn("fewer records came than the source counts; reading them again", {
      ...logFields(job),
      count: counted,
      run_id: runId,
    });
  }
}

/** Plans the records once more; rows met twice are folded into one. @returns false when they were walked again before */
async function walkAgain(collection: Collection, keeper: CheckpointKeeper): Promise<boolean> {
  const { state } = keeper;
  if (state.rewalks >= rewalksMax) return false;
  const window =
    state.mode === "delta" ? { from: state.window.from ?? undefined, to: state.window.to ?? undefined } : {};
  const walks = await planRecords(collection, window);
  await keeper.save((checkpoint) => {
    checkpoint.rewalks += 1;
    checkpoint.pass_from = checkpoint.walks.length;
    checkpoint.walks.push(...walks);
  });
  return true;
}

async function continueLater(job: Job, state: Checkpoint, ports: ExtractPorts): Promise<ExtractSummary> {
  const hop = state.hop + 1;
  if (hop > hopsMax) throw new PermanentError(`The run was continued ${hopsMax} times without an end`, logFields(job));
  await handOver(ports.control, job.place, job.connector.connector, ports.clock, job.runId);
  await ports.extractTopic.publish({
    ...job.message,
    endpoint: job.place.endpoint,
    school_year: job.place.schoolYear,
    run_id: job.runId,
    hop,
  });
  ports.log.info("extract continues in another message", {
    ...logFields(job),
    hop,
    rows: rowsOf(state, "upsert"),
    parts: state.parts.length,
  });
  return { status: "continued", runId: job.runId };
}

async function settle(job: Job, state: Checkpoint, ending: Ending, ports: ExtractPorts): Promise<ExtractSummary> {
  const manifest = manifestOf(job.place, job.connector.connector, state, ending, ports.clock.now());
  await writeManifest(ports.landing, job.place, manifest);
  await dropCheckpoint(ports.control, job.place, job.runId);
  const fields = {
    ...logFields(job),
    rows: manifest.rows,
    deletes: manifest.deletes,
    parts: manifest.parts.length,
    pages: manifest.pages,
  };
  const reason = { mode: manifest.mode, reason: manifest.reason, outcome: manifest.outcome };
  if (ending.error === null) ports.log.info("extracted", { ...fields, ...reason });
  else if (ending.outcome === "unsupported")
    ports.log.info("extract: not offered", { ...fields, ...reason, error: ending.error });
  else ports.log.error("extract failed", { ...fields, ...reason, error: ending.error });
  return { status: ending.outcome, runId: job.runId, rows: manifest.rows, parts: manifest.parts.length };
}

function logFields(job: Job): { source_id: string; endpoint: string; school_year: number; run_id: string } {
  return {
    source_id: job.place.source,
    endpoint: job.place.endpoint,
    school_year: job.place.schoolYear,
    run_id: job.runId,
  };
}

/** Runs work over items, at most `limit` at once. After a failure no new item is begun, and the first failure is thrown when all have stopped. */
async function inParallel(
  items: readonly number[],
  limit: number,
  work: (item: number) => Promise<boolean>,
): Promise<boolean> {
  const queue = [...items];
  const failures: unknown[] = [];
  let finished = true;
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && failures.length === 0; item = queue.shift()) {
      try {
        finished = (await work(item)) && finished;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return finished;
}
