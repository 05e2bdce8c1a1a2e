import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { JobConfiguration, JobRecord, LiveJob } from "../jobs/job.ts";
import { tableReference } from "../jobs/job.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { errorOf, jobIdOfRequest, within } from "../jobs/jobs-api.ts";
import { tableNameOf } from "../load/destination.ts";
import type { Catalog } from "../store/catalog.ts";
import type { Database } from "../store/database.ts";
import type { TimestampFormat } from "../wire/cell.ts";
import { BigQueryError, invalid, notFound } from "../wire/errors.ts";
import { countOf, startOf, timestampFormatOf, timestampFormatOfQuery } from "../wire/query-string.ts";
import type { Querier } from "./query-job.ts";
import type { Result } from "./result.ts";
import { noRows, pageOf, storedResult } from "./result.ts";

const waitDefaultMs = 10_000;
/** Longer waits are cut; the client asks again. */
const waitMaxMs = 200_000;
/** For how long the same request id means the same request. */
const requestIdMs = 15 * 60 * 1000;

const count = z.union([z.number(), z.string()]).transform(Number).pipe(z.int().min(0));

const queryRequest = z.looseObject({
  timeoutMs: count.nullish(),
  maxResults: count.nullish(),
  dryRun: z.boolean().nullish(),
  requestId: z.string().max(36).nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  formatOptions: z
    .looseObject({ useInt64Timestamp: z.unknown().optional(), timestampOutputFormat: z.unknown().optional() })
    .nullish(),
});

interface PageWish {
  readonly start: number;
  readonly max: number | undefined;
  readonly format: TimestampFormat;
}

interface Parts {
  readonly jobs: Jobs;
  readonly catalog: Catalog;
  readonly database: Database;
  readonly querier: Querier;
}

/** `jobs.query` and `jobs.getQueryResults`. */
export class QueriesApi {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Runs a query and answers with its first page, if it is done in time.
   * @param user whom it is run as; nobody may do everything
   */
  async query(body: Readonly<Record<string, unknown>>, user?: string): Promise<unknown> {
    const parsed = queryRequest.safeParse(body);
    if (!parsed.success) throw invalid(`Invalid query request: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
    const { timeoutMs, maxResults, dryRun, requestId, labels, formatOptions, ...query } = parsed.data;
    const kind = "bigquery#queryResponse";
    if (dryRun) {
      const statistics = await this.#parts.querier.dryRun(query, user);
      const { schema } = statistics.query as { schema?: unknown };
      const { totalBytesProcessed } = statistics;
      return {
        kind,
        schema,
        totalRows: "0",
        totalBytesProcessed,
        jobComplete: true,
        jobReference: this.#reference(undefined),
      };
    }
    const configuration = { query, ...(labels ? { labels } : {}) };
    const id = await this.#start(configuration, requestId ?? undefined, user);
    const job = this.#parts.jobs.live(id);
    if (job !== undefined) await within(job.done, Math.min(timeoutMs ?? waitDefaultMs, waitMaxMs));
    const format = timestampFormatOf(formatOptions?.useInt64Timestamp, formatOptions?.timestampOutputFormat);
    return { kind, ...(await this.#page(id, { start: 0, max: maxResults ?? undefined, format })) };
  }

  /** @returns the id of the job, which is an earlier one when this request was sent before */
  async #start(
    configuration: JobConfiguration,
    requestId: string | undefined,
    user: string | undefined,
  ): Promise<string> {
    const { jobs, querier } = this.#parts;
    const runner = querier.runnerFor(user);
    const fresh = `job_${randomUUID()}`;
    if (requestId === undefined) return await startNew(jobs.start(configuration, runner, fresh));
    const id = jobIdOfRequest(requestId, [configuration.query, user]);
    try {
      return await startNew(jobs.start(configuration, runner, id));
    } catch (error) {
      if (!(error instanceof BigQueryError && error.reason === "duplicate")) throw error;
    }
    const earlier = await jobs.get(id);
    const isSame =
      Date.now() - earlier.createdMs < requestIdMs && (earlier.state !== "DONE" || this.#hasAnswer(earlier));
    return isSame ? id : await startNew(jobs.start(configuration, runner, fresh));
  }

  /** Whether a finished job can still be answered for: the rows of a SELECT do not survive a restart. */
  #hasAnswer(record: JobRecord): boolean {
    return record.errors !== undefined || this.#parts.jobs.result(record.id) !== undefined || !mayHaveRows(record);
  }

  async results(id: string, query: URLSearchParams): Promise<unknown> {
    const job = this.#parts.jobs.live(id);
    const timeoutMs = countOf(query, "timeoutMs") ?? waitDefaultMs;
    if (job !== undefined) await within(job.done, Math.min(timeoutMs, waitMaxMs));
    const wish = { start: startOf(query), max: countOf(query, "maxResults"), format: timestampFormatOfQuery(query) };
    return { kind: "bigquery#getQueryResultsResponse", ...(await this.#page(id, wish)) };
  }

  async #page(id: string, wish: PageWish): Promise<object> {
    const record = await this.#parts.jobs.get(id);
    if (record.configuration.query === undefined) throw invalid(`Job ${id} is not a query job: it has no results.`);
    const jobReference = this.#reference(id);
    if (record.state !== "DONE") return { jobReference, jobComplete: false };
    const error = errorOf(record);
    if (error !== undefined) throw error;
    const result = this.#parts.jobs.result(id) ?? (await this.#storedResult(record));
    const rows = await result.page(wish);
    const next = wish.start + rows.length;
    const counts = (record.statistics.query ?? {}) as Record<string, unknown>;
    const { numDmlAffectedRows, dmlStats, statementType, ddlOperationPerformed, ddlTargetTable } = counts;
    return {
      etag: `${id}-${wish.start}-${rows.length}`,
      jobReference,
      jobComplete: true,
      schema: { fields: result.fields },
      totalRows: String(result.totalRows),
      ...pageOf(rows, next, result.totalRows),
      totalBytesProcessed: record.statistics.totalBytesProcessed,
      cacheHit: false,
      numDmlAffectedRows,
      dmlStats,
      statementType,
      ddlOperationPerformed,
      ddlTargetTable,
    };
  }

  /** What a job left behind, when its rows are not held any more. @throws BigQueryError (notFound) */
  async #storedResult(record: JobRecord): Promise<Result> {
    if (!mayHaveRows(record)) return noRows;
    const { catalog, database } = this.#parts;
    const { destinationTable } = record.configuration.query ?? {};
    if (destinationTable === undefined || destinationTable === null) {
      throw notFound(
        `Results of job ${catalog.project}:${catalog.location}.${record.id}: the job is done, but the emulator holds its rows no longer. Run the query again`,
      );
    }
    const name = tableNameOf(catalog, tableReference.parse(destinationTable));
    return await database.look(async (connection) => {
      const entry = await catalog.table(connection, name);
      const select = `SELECT * FROM ${catalog.sqlName(name)}`;
      const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${catalog.sqlName(name)}`);
      return storedResult(database, {
        select,
        fields: await catalog.fields(connection, entry),
        totalRows: Number(counted.getRows()[0]?.[0]),
      });
    });
  }

  #reference(jobId: string | undefined): object {
    const { project, location } = this.#parts.catalog;
    return { projectId: project, location, ...(jobId === undefined ? {} : { jobId }) };
  }
}

async function startNew(job: Promise<LiveJob>): Promise<string> {
  return (await job).record.id;
}

function mayHaveRows(record: JobRecord): boolean {
  const { statementType } = (record.statistics.query ?? {}) as { statementType?: string };
  return statementType === "SELECT" || statementType === "SCRIPT";
}
