import { randomUUID } from "node:crypto";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Result } from "../query/result.ts";
import type { Database } from "../store/database.ts";
import { describeFailure } from "../store/duckdb-error.ts";
import type { BigQueryError } from "../wire/errors.ts";
import { duplicate, invalid, notFound } from "../wire/errors.ts";
import { HeldResults } from "./held-results.ts";
import type { JobConfiguration, JobRecord, LiveJob, Runner, Statistics } from "./job.ts";
import { Cancellation } from "./job.ts";
import type { JobStore } from "./job-store.ts";

/** Jobs whose records could not be kept (a full disk) are still answered, up to this many. */
const unkeptJobsMax = 1_000;
/** Clients ask for a job once more just after it ended: its record is answered from memory then. */
const recentJobsMax = 1_000;

interface Live extends LiveJob {
  record: JobRecord;
  error: BigQueryError | undefined;
  done: Promise<void>;
}

/** Runs jobs, each id once, and remembers how they ended. */
export class Jobs {
  readonly #database: Database;
  readonly #store: JobStore;
  readonly #project: string;
  readonly #location: string;
  readonly #live = new Map<string, Live>();
  /** Ids for which the store is being asked whether they are taken. */
  readonly #admitting = new Map<string, Promise<unknown>>();
  readonly #results = new HeldResults();
  readonly #recent = new Map<string, JobRecord>();
  #isClosing = false;

  constructor(database: Database, store: JobStore, place: { project: string; location: string }) {
    this.#database = database;
    this.#store = store;
    this.#project = place.project;
    this.#location = place.location;
  }

  /**
   * Starts a job.
   * @throws BigQueryError (duplicate) when there is a job of that id, whatever became of it
   */
  async start(configuration: JobConfiguration, runner: Runner, id: string = `job_${randomUUID()}`): Promise<LiveJob> {
    if (!/^[A-Za-z0-9_-]{1,1024}$/.test(id)) {
      throw invalid(
        `Invalid job ID "${id}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
      );
    }
    // The id is taken before the first await, so that of two insertions at once exactly one goes on. The other answers
    // only when the first is known to have been a job or not, so that the client finds what it is told exists.
    const earlier = this.#admitting.get(id);
    if (earlier !== undefined) await earlier;
    if (this.#live.has(id) || this.#admitting.has(id)) throw this.#taken(id);
    const known = this.#database.look((connection) => this.#store.find(connection, id));
    // Those who wait for the answer only need to know that it is there; a failure is thrown below.
    this.#admitting.set(
      id,
      known.catch(() => undefined),
    );
    try {
      if ((await known) !== undefined) throw this.#taken(id);
    } finally {
      this.#admitting.delete(id);
    }
    return this.#launch(id, configuration, runner);
  }

  #taken(id: string): BigQueryError {
    return duplicate(`Job ${this.#project}:${this.#location}.${id}`);
  }

  #launch(id: string, configuration: JobConfiguration, runner: Runner): LiveJob {
    const cancellation = new Cancellation();
    const compiled = Promise.withResolvers<void>();
    const job: Live = {
      record: { id, configuration, state: "RUNNING", createdMs: Date.now(), statistics: {} },
      error: undefined,
      compiled: compiled.promise,
      done: Promise.resolve(),
      cancel: () => cancellation.request(),
    };
    this.#live.set(id, job);
    job.done = this.#run(job, runner, cancellation, compiled.resolve).finally(compiled.resolve);
    return job;
  }

  /** Runs the job to its end and keeps its record. Never throws: how it ended is in the record. */
  async #run(job: Live, runner: Runner, cancellation: Cancellation, compiled: () => void): Promise<void> {
    let finished: JobRecord | undefined;
    const record = async (connection: DuckDBConnection, statistics: Statistics) => {
      finished = { ...job.record, state: "DONE", endedMs: Date.now(), statistics };
      await this.#store.insert(connection, finished);
    };
    const { id, configuration } = job.record;
    try {
      const result = await runner({ id, configuration, cancellation, compiled, record });
      if (finished === undefined) throw new Error(`Job ${id} ended without a record.`);
      if (result !== undefined) this.#results.hold(id, result);
      job.record = finished;
      this.#remember(finished);
      this.#live.delete(id);
    } catch (error) {
      await this.#fail(job, describeFailure(error));
    } finally {
      cancellation.end();
    }
  }

  async #fail(job: Live, error: BigQueryError): Promise<void> {
    const record: JobRecord = { ...job.record, state: "DONE", endedMs: Date.now(), errors: error.toProtos() };
    try {
      // A job that is stopped because the server stops has not happened: it is run again when it is asked for again.
      if (!this.#isClosing) await this.#database.look((connection) => this.#store.insert(connection, record));
      this.#live.delete(record.id);
    } catch (cause) {
      // The record could not be kept (a full disk, say): this process goes on answering for the job from memory.
      error.cause ??= cause;
      const unkept = [...this.#live].filter(
        ([
          ,
          {
            record: { state },
          },
        ]) => state === "DONE",
      );
      if (unkept.length >= unkeptJobsMax && unkept[0] !== undefined) this.#live.delete(unkept[0][0]);
    }
    job.error = error;
    job.record = record;
  }

  #remember(record: JobRecord): void {
    this.#recent.set(record.id, record);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > recentJobsMax && oldest !== undefined) this.#recent.delete(oldest);
  }

  /** The rows of a job, if they are still held. */
  result(id: string): Result | undefined {
    return this.#results.get(id);
  }

  /** A job that is running (or that ended a moment ago). */
  live(id: string): LiveJob | undefined {
    return this.#live.get(id);
  }

  async find(id: string): Promise<JobRecord | undefined> {
    await this.#admitting.get(id);
    const live = this.#live.get(id);
    if (live !== undefined) return live.record;
    const recent = this.#recent.get(id);
    if (recent !== undefined) return recent;
    const known = await this.#database.look((connection) => this.#store.find(connection, id));
    // It may have ended, or begun, while the store was asked.
    return known ?? this.#live.get(id)?.record;
  }

  /** @throws BigQueryError (notFound) */
  async get(id: string): Promise<JobRecord> {
    const record = await this.find(id);
    if (record === undefined) throw notFound(`Job ${this.#project}:${this.#location}.${id}`);
    return record;
  }

  /** Records of all jobs, the newest first. */
  async list(filter: Parameters<JobStore["list"]>[1]): Promise<JobRecord[]> {
    const kept = await this.#database.look((connection) => this.#store.list(connection, filter));
    const { before, minCreatedMs = 0, maxCreatedMs = Number.POSITIVE_INFINITY } = filter;
    const keptIds = new Set(kept.map(({ id }) => id));
    const running = [...this.#live.values()]
      .map((job) => job.record)
      .filter(({ id, createdMs }) => {
        const isAfter =
          before === undefined || createdMs < before.createdMs || (createdMs === before.createdMs && id < before.id);
        return isAfter && createdMs >= minCreatedMs && createdMs <= maxCreatedMs && !keptIds.has(id);
      });
    const newestFirst = (left: JobRecord, right: JobRecord) =>
      right.createdMs - left.createdMs || (left.id < right.id ? 1 : -1);
    return [...running, ...kept].sort(newestFirst).slice(0, filter.limit);
  }

  /** Forgets a finished job. @throws BigQueryError (notFound, invalid) */
  async remove(id: string): Promise<void> {
    const record = await this.get(id);
    if (record.state !== "DONE") throw invalid(`Job ${id} is still running.`);
    this.#results.drop(id);
    this.#live.delete(id);
    this.#recent.delete(id);
    await this.#database.write((connection) => this.#store.remove(connection, id));
  }

  /** Waits until no job runs. */
  async whenIdle(): Promise<void> {
    for (;;) {
      const running = [...this.#live.values()].filter((job) => job.record.state !== "DONE");
      if (running.length === 0) return;
      await Promise.all(running.map((job) => job.done));
    }
  }

  /** Stops what runs, as a crash would, and lets go of all results. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const job of this.#live.values()) job.cancel();
    await this.whenIdle();
    this.#results.close();
  }
}
