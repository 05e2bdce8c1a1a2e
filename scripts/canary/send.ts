import { createHash } from "node:crypto";
import * as z from "zod";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { type RunStatus, runStatusSchema } from "../../shared/load/ledger.ts";
import type { ExtractMessage } from "../../shared/messages/extract.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Topic } from "../../shared/ports/topic.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";

/** What the canary asks for: one small endpoint, of which every run that ends leaves a row in the ledger. */
export interface Canary {
  readonly source: string;
  readonly endpoint: string;
  readonly schoolYear: number;
  /** What this canary is named for: a build. Published again under its name within a second, it is the same run. */
  readonly name: string;
}

export interface CanaryPorts {
  readonly extractTopic: Topic;
  readonly warehouse: Pick<Warehouse, "query">;
  readonly clock: Clock;
  /** How long the pipeline may take. */
  readonly waitMs: number;
}

export interface CanaryResult {
  readonly runId: string;
  /** Undefined when the ledger says nothing of the run in time. */
  readonly status: RunStatus | undefined;
  readonly error: string | null;
}

const lookEveryMs = 2_000;

const rowSchema = z.object({ status: runStatusSchema, error: z.string().nullable() });

function runIdFor({ name }: Canary, now: Date): string {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${time}-delta-${createHash("sha256").update(name).digest("hex").slice(0, 10)}`;
}

async function look(
  warehouse: CanaryPorts["warehouse"],
  canary: Canary,
  runId: string,
): Promise<z.infer<typeof rowSchema> | undefined> {
  const { source: source_id, endpoint, schoolYear: school_year } = canary;
  try {
    const [row] = await warehouse.query(
      `select status, error
from ops.runs
where run_id = @run_id and source_id = @source_id and endpoint = @endpoint and school_year = @school_year`,
      { params: { run_id: runId, source_id, endpoint, school_year } },
    );
    return row && rowSchema.parse(row);
  } catch (error) {
    // The first load of a new project makes the ledger; and what passes by itself is no answer either.
    if (error instanceof RetryableError) return undefined;
    if (error instanceof PermanentError && error.details.code === "notFound") return undefined;
    throw error;
  }
}

/**
 * Publishes a message as Cloud Scheduler would, and waits until the ledger says how its run ended: then topic, extract, landing, the
 * notification, load and BigQuery have all done their part.
 */
export async function sendCanary(canary: Canary, ports: CanaryPorts): Promise<CanaryResult> {
  const startedAt = ports.clock.now();
  const runId = runIdFor(canary, startedAt);
  const message: Partial<ExtractMessage> = {
    v: 1,
    source: canary.source,
    endpoint: canary.endpoint,
    school_year: canary.schoolYear,
    mode: "delta",
    run_id: runId,
  };
  await ports.extractTopic.publish(message);
  while (ports.clock.now().getTime() - startedAt.getTime() < ports.waitMs) {
    const row = await look(ports.warehouse, canary, runId);
    if (row) return { runId, ...row };
    await ports.clock.sleep(lookEveryMs);
  }
  return { runId, status: undefined, error: null };
}
