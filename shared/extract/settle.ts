import type { Checkpoint, CheckpointKeeper, Ending } from "./checkpoint.ts";
import { dropCheckpoint, manifestOf, writeManifest } from "./finish.ts";
import { type Delivered, type ExtractPorts, type Job, logFields } from "./job.ts";

/** Decides how the run ends, unless another attempt has taken it over, and writes it down. */
export async function settle(
  job: Job,
  keeper: CheckpointKeeper,
  end: Omit<Ending, "finished_at">,
  ports: ExtractPorts,
): Promise<Delivered> {
  const ending: Ending = { ...end, finished_at: ports.clock.now().toISOString() };
  await keeper.save((checkpoint) => {
    checkpoint.ending = ending;
  });
  return settleAs(job, keeper.state, ending, ports);
}

/** Writes an ending that was decided: the manifest, and nothing else is left. Any attempt writes the same. */
export async function settleAs(job: Job, state: Checkpoint, ending: Ending, ports: ExtractPorts): Promise<Delivered> {
  const manifest = manifestOf(job.place, job.connector.connector, state, ending);
  await writeManifest(ports.landing, job.place, manifest);
  await dropCheckpoint(ports.control, job.place, job.runId);
  const { rows, deletes, pages, mode, reason, outcome } = manifest;
  const parts = manifest.parts.length;
  const fields = { ...logFields(job), rows, deletes, parts, pages, mode, reason, outcome };
  const skipped = manifest.skipped?.length ?? 0;
  if (skipped > 0) ports.log.warn("records were left out that the source cannot give", { ...fields, count: skipped });
  if (ending.error === null) ports.log.info("extracted", fields);
  else if (outcome === "unsupported") ports.log.info("extract: not offered", { ...fields, error: ending.error });
  else ports.log.error("extract failed", { ...fields, error: ending.error });
  return { summary: { status: outcome, runId: job.runId, rows, parts } };
}
