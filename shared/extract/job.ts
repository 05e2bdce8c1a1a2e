import type { Connector } from "../config/connector.ts";
import type { Source, Sources } from "../config/sources.ts";
import type { Gate } from "../connector/gate.ts";
import type { SessionPorts } from "../connector/session.ts";
import type { Place } from "../control/place.ts";
import type { ExtractMessage } from "../messages/extract.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Topic } from "../ports/topic.ts";

export interface ExtractPorts extends SessionPorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  /** The gate of a source, one for all that this process does. */
  readonly gateOf: (source: Source) => Pick<Gate, "enter">;
  /** Topic `extract`, for continuations and for the years of a source. */
  readonly extractTopic: Topic;
  readonly partBytes: number;
  /** How long this delivery may work before it hands over, in milliseconds. */
  readonly workMs: number;
  readonly leaseMs: number;
  /** Deliveries that may fail one after the other before the run is given up. */
  readonly attemptsMax: number;
}

export interface ExtractSummary {
  readonly status: "complete" | "failed" | "forbidden" | "unsupported" | "continued" | "already done" | "fanned out";
  readonly runId?: string;
  readonly rows?: number;
  readonly parts?: number;
}

/** One run that a message asks for. */
export interface Job {
  readonly message: ExtractMessage;
  readonly source: Source;
  readonly connector: Connector;
  readonly place: Place;
  readonly runId: string;
  /** When the round was asked for that the run belongs to. */
  readonly round: Date;
}

/** What a delivery came to; with a continuation the rest of the run is left to another one. */
export interface Delivered {
  readonly summary: ExtractSummary;
  readonly continuation?: ExtractMessage;
}

/** What a delivery may take beyond its time: the last page and closing the parts. The platform has to allow for it. */
export const overtimeMs = 60_000;

/** What every log line about a run says. */
export function logFields(job: Job): { source_id: string; endpoint: string; school_year: number; run_id: string } {
  return {
    source_id: job.place.source,
    endpoint: job.place.endpoint,
    school_year: job.place.schoolYear,
    run_id: job.runId,
  };
}
