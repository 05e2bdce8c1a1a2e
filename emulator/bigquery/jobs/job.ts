import type { DuckDBConnection } from "@duckdb/node-api";
import * as z from "zod";
import type { Result } from "../query/result.ts";
import type { BigQueryError, ErrorProto } from "../wire/errors.ts";
import { stopped } from "../wire/errors.ts";

export const tableReference = z.object({
  projectId: z.string().optional(),
  datasetId: z.string().min(1),
  tableId: z.string().min(1),
});
export type TableReference = z.infer<typeof tableReference>;

/** A job's configuration as it was sent; the part of its kind is read by the code that runs that kind. */
export const jobConfiguration = z.looseObject({
  load: z.record(z.string(), z.unknown()).optional(),
  query: z.record(z.string(), z.unknown()).optional(),
  copy: z.record(z.string(), z.unknown()).optional(),
  extract: z.record(z.string(), z.unknown()).optional(),
  dryRun: z.boolean().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
export type JobConfiguration = z.infer<typeof jobConfiguration>;

export type Statistics = Readonly<Record<string, unknown>>;

/** A job as it is kept and answered. */
export interface JobRecord {
  readonly id: string;
  readonly configuration: JobConfiguration;
  readonly state: "RUNNING" | "DONE";
  readonly createdMs: number;
  readonly endedMs?: number | undefined;
  /** What the kind of job counts: `{query: …}`, `{load: …}`, `{copy: …}`, and `totalBytesProcessed`. */
  readonly statistics: Statistics;
  readonly errors?: readonly ErrorProto[] | undefined;
}

/** An interruption only reaches a statement that is running, so it is repeated until the job has ended. */
const interruptEveryMs = 25;

/** Stops the statements of one job, those that run and those that are still to come. */
export class Cancellation {
  #isRequested = false;
  #connection: DuckDBConnection | undefined;
  #timer: NodeJS.Timeout | undefined;

  request(): void {
    this.#isRequested = true;
    this.#connection?.interrupt();
    this.#timer ??= setInterval(() => this.#connection?.interrupt(), interruptEveryMs);
  }

  /** The job has ended: there is nothing left to stop. */
  end(): void {
    clearInterval(this.#timer);
  }

  /** @throws BigQueryError (stopped) */
  check(): void {
    if (this.#isRequested) throw stopped();
  }

  /** Runs work whose statements on this connection shall be interrupted. */
  async during<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    this.check();
    this.#connection = connection;
    try {
      return await work();
    } catch (error) {
      this.check();
      throw error;
    } finally {
      this.#connection = undefined;
    }
  }
}

/** What a runner is given of its job. */
export interface JobContext {
  readonly id: string;
  readonly configuration: JobConfiguration;
  readonly cancellation: Cancellation;
  /** Says that the job is well formed: the answer to its insertion need not wait any longer. */
  compiled(): void;
  /** Writes the record of the finished job in the transaction of its effect. Called once, as the last thing in it. */
  record(connection: DuckDBConnection, statistics: Statistics): Promise<void>;
}

/** Runs one kind of job to its end. @returns the rows, where the job has some */
export type Runner = (context: JobContext) => Promise<Result | undefined>;

/** A job that this process is running or has just run. */
export interface LiveJob {
  readonly record: JobRecord;
  readonly error: BigQueryError | undefined;
  /** Settles when the job is known to be well formed, or has failed. Never rejects. */
  readonly compiled: Promise<void>;
  /** Settles when the job is done and its record is kept. Never rejects. */
  readonly done: Promise<void>;
  cancel(): void;
}
