import { createHash } from "node:crypto";
import * as z from "zod";
import type { Loader, Sources } from "../load/load-job.ts";
import type { ResolveUri } from "../load/source-file.ts";
import type { Querier } from "../query/query-job.ts";
import type { Catalog } from "../store/catalog.ts";
import { describeFailure } from "../store/duckdb-error.ts";
import { etagOf } from "../tables/datasets.ts";
import { accessDenied, BigQueryError, codeOfReason, invalid, notImplemented } from "../wire/errors.ts";
import { countOf } from "../wire/query-string.ts";
import type { Copier } from "./copy-job.ts";
import type { JobConfiguration, JobRecord, LiveJob, Runner } from "./job.ts";
import { jobConfiguration } from "./job.ts";
import type { Jobs } from "./jobs.ts";

/** How long the insertion of a job waits for it to end: a small job is then DONE in the first answer. */
const briefMs = 100;

const insertBody = z.looseObject({
  jobReference: z.looseObject({ jobId: z.string().optional(), location: z.string().nullish() }).optional(),
  configuration: jobConfiguration,
});

interface Parts {
  readonly jobs: Jobs;
  readonly catalog: Catalog;
  readonly loader: Loader;
  readonly copier: Copier;
  readonly querier: Querier;
  readonly resolveUri: ResolveUri;
}

/** The `jobs` collection of the API. */
export class JobsApi {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Starts a job. The answer comes when the job is known to be well formed, and is soon done or still running. A query
   * that cannot be run is done with its error in this first answer; other errors are found by asking for the job again.
   * @param user whom it is run as; nobody may do everything
   */
  async insert(body: unknown, uploaded?: Sources, user?: string): Promise<unknown> {
    const parsed = insertBody.safeParse(body);
    if (!parsed.success) throw invalid(`Invalid job: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
    const { configuration, jobReference } = parsed.data;
    if (user !== undefined && configuration.query === undefined) throw accessDenied(`${user} may only query`);
    if (configuration.dryRun) return await this.#dryRun(configuration, user);
    const runner = this.#runnerOf(configuration, { sources: uploaded ?? { resolve: this.#parts.resolveUri }, user });
    const job = await this.#parts.jobs.start(configuration, runner, jobReference?.jobId);
    const running = job.record;
    await job.compiled;
    if (job.error !== undefined) return this.resource(configuration.query === undefined ? running : job.record);
    await within(job.done, briefMs);
    return this.resource(job.error === undefined ? job.record : running);
  }

  #runnerOf(
    configuration: JobConfiguration,
    { sources, user }: { sources: Sources; user: string | undefined },
  ): Runner {
    const { loader, copier, querier } = this.#parts;
    if (configuration.query !== undefined) return querier.runnerFor(user);
    if (configuration.load !== undefined) return loader.runner(sources);
    if (configuration.copy !== undefined) return copier.run;
    if (configuration.extract !== undefined) throw notImplemented("extract jobs");
    throw invalid(
      "Job configuration must contain exactly one job-specific configuration object (e.g., query, load, extract, spark), but there were 0: ",
    );
  }

  async #dryRun(configuration: JobConfiguration, user: string | undefined): Promise<unknown> {
    if (configuration.query === undefined) throw invalid("dryRun is only for query jobs.");
    try {
      const statistics = await this.#parts.querier.dryRun(configuration.query, user);
      const nowMs = Date.now();
      const record = { id: "", configuration, state: "DONE" as const, createdMs: nowMs, endedMs: nowMs, statistics };
      const resource = this.resource(record);
      const { project, location } = this.#parts.catalog;
      return { ...resource, id: `${project}:${location}.`, jobReference: { projectId: project, location } };
    } catch (error) {
      throw describeFailure(error);
    }
  }

  /** Waits a little for a job that is running: whoever asks wants to know of its end, and asks again only after a pause. */
  async get(id: string): Promise<unknown> {
    const live = this.#parts.jobs.live(id);
    if (live !== undefined) await within(live.done, briefMs);
    return this.resource(await this.#parts.jobs.get(id));
  }

  async list(query: URLSearchParams): Promise<unknown> {
    const limit = Math.min(countOf(query, "maxResults") ?? 50, 1000);
    const states = query.getAll("stateFilter").map((state) => state.toUpperCase());
    const records = await this.#parts.jobs.list({
      before: readToken(query.get("pageToken")),
      minCreatedMs: countOf(query, "minCreationTime"),
      maxCreatedMs: countOf(query, "maxCreationTime"),
      limit: limit + 1,
    });
    const page = records.slice(0, limit);
    const last = page.at(-1);
    const shown = page.filter(({ state }) => states.length === 0 || states.includes(state));
    const jobs = shown.map((record) => {
      const { status, ...resource } = this.resource(record);
      return {
        ...resource,
        status,
        state: status.state,
        ...("errorResult" in status ? { errorResult: status.errorResult } : {}),
      };
    });
    const hasMore = records.length > limit && last !== undefined;
    return {
      kind: "bigquery#jobList",
      etag: etagOf(jobs.map(({ etag }) => etag)),
      jobs,
      ...(hasMore ? { nextPageToken: `${last.createdMs}.${last.id}` } : {}),
    };
  }

  async cancel(id: string): Promise<unknown> {
    await this.#parts.jobs.get(id);
    const live = this.#parts.jobs.live(id);
    live?.cancel();
    if (live !== undefined) await within(live.done, briefMs);
    return { kind: "bigquery#jobCancelResponse", job: this.resource(await this.#parts.jobs.get(id)) };
  }

  async remove(id: string): Promise<void> {
    await this.#parts.jobs.remove(id);
  }

  resource(record: JobRecord) {
    const { project, location } = this.#parts.catalog;
    const { id, configuration, state, createdMs, endedMs, statistics, errors } = record;
    const jobType = ["QUERY", "LOAD", "COPY", "EXTRACT"].find(
      (type) => configuration[type.toLowerCase()] !== undefined,
    );
    const resource = {
      kind: "bigquery#job",
      id: `${project}:${location}.${id}`,
      user_email: "local@example.invalid",
      configuration: { ...configuration, jobType },
      jobReference: { projectId: project, jobId: id, location },
      statistics: {
        creationTime: String(createdMs),
        startTime: String(createdMs),
        ...(endedMs === undefined
          ? {}
          : { endTime: String(endedMs), finalExecutionDurationMs: String(endedMs - createdMs) }),
        ...statistics,
      },
      status: { state, ...(errors?.[0] === undefined ? {} : { errorResult: errors[0], errors }) },
    };
    return { ...resource, etag: etagOf(resource) };
  }
}

/** @returns the error with which a job ended */
export function errorOf(record: JobRecord): BigQueryError | undefined {
  const [first, ...causes] = record.errors ?? [];
  if (first === undefined) return undefined;
  return new BigQueryError(codeOfReason(first.reason), first.reason, first.message, {
    location: first.location,
    causes,
  });
}

/** Waits for a job, but not longer than this. */
export async function within(done: LiveJob["done"], milliseconds: number): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, milliseconds);
  try {
    await Promise.race([done, timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

function readToken(token: string | null): { createdMs: number; id: string } | undefined {
  if (token === null || token === "") return undefined;
  const match = /^(\d{1,15})\.([A-Za-z0-9_-]+)$/.exec(token);
  if (match?.[2] === undefined) throw invalid(`Invalid page token: ${token}`);
  return { createdMs: Number(match[1]), id: match[2] };
}

/** The id of the job that a request of `jobs.query` makes, the same for the same request id and query. */
export function jobIdOfRequest(requestId: string, query: unknown): string {
  return `query_${createHash("sha256")
    .update(`${requestId}\n${JSON.stringify(query)}`)
    .digest("hex")
    .slice(0, 32)}`;
}
