import type { Connector } from "../config/connector.ts";
import { endpointsOf, findEndpoint, type Source, yearsOf } from "../config/sources.ts";
import { acquireLease, type Lease } from "../control/lease.ts";
import { objectNames, type Place } from "../control/place.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import { type ExtractMessage, type MessageOrigin, roundOf, runIdOf } from "../messages/extract.ts";
import { dropCheckpoint } from "./finish.ts";
import { forgetRun } from "./forget.ts";
import { type Delivered, type ExtractPorts, type ExtractSummary, type Job, logFields } from "./job.ts";
import { extractLeased } from "./run.ts";

export type { ExtractPorts, ExtractSummary } from "./job.ts";

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

/** Finds what a message names. One that names what is not configured any more leaves nothing behind that waits for it. */
async function resolveOrForget(
  message: ExtractMessage,
  origin: MessageOrigin,
  ports: ExtractPorts,
): Promise<ReturnType<typeof resolve>> {
  try {
    return resolve(message, ports);
  } catch (error) {
    await forgetRun(message, origin, ports);
    throw error;
  }
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
  const { source, connector, endpoint } = await resolveOrForget(message, origin, ports);
  const asked = { ...message, endpoint };
  const years = yearsOf(source);
  const [onlyYear] = years;
  if (message.school_year === undefined && years.length > 1) {
    for (const schoolYear of years) {
      await ports.extractTopic.publish({
        ...asked,
        school_year: schoolYear,
        round: roundOf(asked, origin).toISOString(),
        run_id: runIdOf(asked, schoolYear, origin),
      });
    }
    return { status: "fanned out" };
  }
  const schoolYear = message.school_year ?? onlyYear ?? 0;
  const place: Place = { source: source.id, endpoint, schoolYear };
  const runId = runIdOf(asked, schoolYear, origin);
  const job: Job = { message: asked, source, connector, place, runId, round: roundOf(asked, origin) };
  if (await isSettled(job, ports)) {
    // Its end may have been cut off before this.
    await dropCheckpoint(ports.control, place, job.runId);
    return { status: "already done", runId: job.runId };
  }
  const { summary, continuation } = await extractAlone(job, ports);
  // Published when the lease is free again: the continuation may be delivered at once.
  if (continuation) await ports.extractTopic.publish(continuation);
  return summary;
}

async function isSettled({ place, runId }: Job, ports: ExtractPorts): Promise<boolean> {
  return (await ports.landing.stat(objectNames.manifest(place, runId))) !== undefined;
}

/** Works on a run while no other delivery works on the same endpoint. */
async function extractAlone(job: Job, ports: ExtractPorts): Promise<Delivered> {
  const { clock, control, leaseMs } = ports;
  const options = { owner: job.runId, ttlMs: leaseMs, clock };
  const lease = await acquireLease(control, objectNames.extractLease(job.place), options);
  if (!lease) {
    const { source, endpoint, schoolYear } = job.place;
    throw new RetryableError("Another delivery is extracting this endpoint", {
      source_id: source,
      endpoint,
      school_year: schoolYear,
    });
  }
  try {
    // Looked at again: whoever had the lease until now may have settled this very run, and its mark must not come back.
    if (await isSettled(job, ports)) return { summary: { status: "already done", runId: job.runId } };
    return await extractLeased(job, renewer(lease, ports), ports);
  } finally {
    await giveBack(lease, job, ports);
  }
}

/** Renews the lease once half of its life is over; walks that ask at the same time share one renewal. */
function renewer(lease: Lease, { clock, leaseMs }: ExtractPorts): () => Promise<void> {
  let renewing: Promise<void> | undefined;
  return async () => {
    const isFresh = lease.expiresAt.getTime() - clock.now().getTime() > leaseMs / 2;
    if (isFresh && !renewing) return;
    renewing ??= lease.renew().finally(() => {
      renewing = undefined;
    });
    await renewing;
  };
}

/** Failing to give the lease back must not hide how the work ended; it expires by itself. */
async function giveBack(lease: Lease, job: Job, ports: ExtractPorts): Promise<void> {
  try {
    await lease.release();
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    ports.log.warn("a lease could not be given back", { ...logFields(job), error: why });
  }
}
