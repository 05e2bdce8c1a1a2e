import type { Visit } from "../connector/gate.ts";
import { handOver } from "../control/in-flight.ts";
import { PermanentError } from "../errors.ts";
import { type Checkpoint, pagesOf } from "./checkpoint.ts";
import { rowsOf } from "./finish.ts";
import { type Delivered, type ExtractPorts, type Job, logFields } from "./job.ts";

/** Deliveries in a row that only wait for their turn at the source: with the usual work time, a day. */
const waitsMax = 200;

/** One delivery of a run's message. */
export interface Delivery {
  readonly job: Job;
  readonly visit: Visit;
  readonly keepLease: () => Promise<void>;
  readonly ports: ExtractPorts;
}

/**
 * Leaves the rest of the run to another message. It may do so as often as it reads something each time: how long an endpoint is does not
 * matter. Deliveries in which it read nothing count as failed ones, unless they only waited for their turn at the source.
 * @param number counts the deliveries since the run last moved, from 1
 * @param state undefined when the run has not even begun
 */
export async function continueLater(
  { job, visit, keepLease, ports }: Delivery,
  number: number,
  state: Checkpoint | undefined,
  pagesBefore: number,
): Promise<Delivered> {
  const { message, place, connector, runId } = job;
  const isMoving = state !== undefined && pagesOf(state) > pagesBefore;
  const waits = isMoving ? 0 : (message.waits ?? 0) + (visit.hasWaitedInVain ? 1 : 0);
  if (!isMoving) assertMayWait(job, visit, { waits, number, attemptsMax: ports.attemptsMax });
  // One that was held up while another took its place must not set a mark again that the other has taken away.
  await keepLease();
  if (isMoving || visit.hasWaitedInVain) {
    const attempts = isMoving ? 0 : number - 1;
    await handOver(ports.control, place, connector.connector, ports.clock, { runId, attempts });
  }
  const hop = (state?.hop ?? message.hop) + 1;
  ports.log.info("extract continues in another message", {
    ...logFields(job),
    hop,
    rows: state ? rowsOf(state, "upsert") : 0,
    parts: state?.parts.length ?? 0,
    why: waits > 0 ? "the source is busy with others" : undefined,
  });
  // A run that has not begun belongs to the round it was asked for in, however late it begins.
  const round = state ? message.round : job.round.toISOString();
  const counted = { hop, waits: waits || undefined };
  const continuation = { ...message, school_year: place.schoolYear, run_id: runId, round, ...counted };
  return { summary: { status: "continued", runId }, continuation };
}

/** @throws PermanentError when too many deliveries one after the other have read nothing */
function assertMayWait(
  job: Job,
  visit: Visit,
  { waits, number, attemptsMax }: { readonly waits: number; readonly number: number; readonly attemptsMax: number },
): void {
  if (waits > waitsMax) {
    throw new PermanentError(
      `The run waited for its turn at the source in ${waitsMax} deliveries one after the other. Raise concurrency or requests_per_second in the sources file, or spread the schedule`,
      logFields(job),
    );
  }
  if (visit.hasWaitedInVain || number < attemptsMax) return;
  throw new PermanentError(
    `The run was continued without reading a page, ${number} times one after the other. Raise WORK_SECONDS, or lower page_size in the sources file`,
    logFields(job),
  );
}
