import { BigQuery, type Job, type JobOptions } from "@google-cloud/bigquery";
import { type AuthClient, PassThroughClient } from "google-auth-library";
import { RetryableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ColumnTags, Field, LoadJob, QueryOptions, Row, TableDefinition, Warehouse } from "../ports/warehouse.ts";
import { jobError, problemOf } from "./job-errors.ts";
import { integer, plainRow } from "./rows.ts";

export interface WarehouseOptions {
  readonly projectId: string;
  readonly location: string;
  readonly clock: Clock;
  /** Address of the emulator; Google's own when left out. */
  readonly endpoint?: string | undefined;
  /** Whom the emulator is asked for; nobody, who may do everything, when left out. */
  readonly user?: string | undefined;
  /** Whose credentials; those that the library finds when left out. */
  readonly credentials?: AuthClient | undefined;
  readonly maximumBytesBilled?: number | undefined;
  /** How long one call waits for its job. The job goes on; the next delivery resumes it by its id. */
  readonly waitMs?: number;
}

/** How often a job whose failure passes by itself is run again, each time under the next derived id. */
const jobAttemptsMax = 12;
/** Pauses between looks at a job: an eighth of the time it has taken so far, so that a short job is not waited for in vain. */
const pauseMinMs = 20;
const pauseMaxMs = 2000;

interface JobMetadata {
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
  };
  readonly statistics?: { readonly load?: { readonly outputRows?: string } };
}

type ClientOptions = Pick<WarehouseOptions, "projectId" | "endpoint" | "credentials"> & Partial<WarehouseOptions>;

/** The emulator asks for no credentials, and without a client for them BigQuery's would look for some. */
class EmulatorClient extends PassThroughClient {
  readonly #user: string | undefined;

  constructor(user: string | undefined) {
    super();
    this.#user = user;
  }

  override async getRequestHeaders(): Promise<Headers> {
    return new Headers(this.#user === undefined ? {} : { authorization: `Bearer emulator-user:${this.#user}` });
  }
}

function openClient({ projectId, location, endpoint, credentials, user }: ClientOptions): BigQuery {
  return new BigQuery({
    projectId,
    ...(location ? { location } : {}),
    ...(endpoint ? { apiEndpoint: endpoint, authClient: new EmulatorClient(user) } : {}),
    ...(credentials && !endpoint ? { authClient: credentials } : {}),
  });
}

interface TaggedField {
  readonly name: string;
  readonly policyTags?: { names?: string[] };
  readonly fields?: TaggedField[];
}

/** A field with a policy tag. A record has none itself: its leaves have it. */
function tagged(field: TaggedField, tag: string): TaggedField {
  if (field.fields) return { ...field, fields: field.fields.map((part) => tagged(part, tag)) };
  return { ...field, policyTags: { names: [tag] } };
}

function hasTag(field: TaggedField, tag: string): boolean {
  return field.fields?.every((part) => hasTag(part, tag)) ?? field.policyTags?.names?.[0] === tag;
}

class BigQueryWarehouse implements Warehouse, ColumnTags {
  readonly #client: BigQuery;
  readonly #options: WarehouseOptions;

  constructor(options: WarehouseOptions) {
    this.#options = options;
    this.#client = openClient(options);
  }

  async query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
    const bytes = options.maximumBytesBilled ?? this.#options.maximumBytesBilled;
    const configuration = {
      query: {
        query: sql,
        useLegacySql: false,
        ...(bytes === undefined ? {} : { maximumBytesBilled: String(bytes) }),
        ...(options.params ? { parameterMode: "NAMED", queryParameters: parametersOf(options.params) } : {}),
      },
      ...(options.labels ? { labels: { ...options.labels } } : {}),
    };
    const job = await this.#run(configuration, options.jobId, "A query failed");
    try {
      const [rows] = await job.getQueryResults({ wrapIntegers: { integerTypeCastFunction: integer } });
      return rows.map(plainRow);
    } catch (error) {
      throw jobError(problemOf(error), "The result of a query could not be read", job.id ?? "");
    }
  }

  async dryRun(sql: string): Promise<{ fields: readonly Field[]; bytes: number }> {
    try {
      const [job] = await this.#client.createJob({
        configuration: { dryRun: true, query: { query: sql, useLegacySql: false } },
      });
      const statistics = job.metadata.statistics as
        | { totalBytesProcessed?: string; query?: { schema?: { fields?: Field[] } } }
        | undefined;
      return { fields: statistics?.query?.schema?.fields ?? [], bytes: Number(statistics?.totalBytesProcessed ?? 0) };
    } catch (error) {
      throw jobError(problemOf(error), "The SQL does not hold", "dry-run");
    }
  }

  async load(load: LoadJob): Promise<{ rows: number }> {
    const configuration = {
      load: {
        destinationTable: { projectId: this.#options.projectId, datasetId: load.dataset, tableId: load.table },
        sourceUris: [...load.uris],
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        schema: { fields: load.fields.map(wireField) },
        writeDisposition: "WRITE_APPEND",
        createDisposition: "CREATE_NEVER",
        ignoreUnknownValues: false,
        maxBadRecords: 0,
      },
    };
    const job = await this.#run(configuration, load.jobId, `Loading ${load.dataset}.${load.table} failed`);
    const metadata = job.metadata as JobMetadata;
    return { rows: Number(metadata.statistics?.load?.outputRows ?? 0) };
  }

  async ensureDataset(dataset: string): Promise<void> {
    // Looked for first: in the cloud Terraform has made it, and the functions have no right to create datasets.
    if (await this.#hasDataset(dataset)) return;
    await this.#createUnlessThere(
      () => this.#client.createDataset(dataset, { location: this.#options.location }),
      dataset,
    );
  }

  async #hasDataset(dataset: string): Promise<boolean> {
    try {
      await this.#client.dataset(dataset).getMetadata();
      return true;
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 404) return false;
      throw jobError(problem, `${dataset} could not be looked at`, "");
    }
  }

  async ensureTable(table: TableDefinition): Promise<void> {
    await this.#createUnlessThere(
      () =>
        this.#client.dataset(table.dataset).createTable(table.table, {
          schema: { fields: table.fields.map(wireField) },
          ...(table.description ? { description: table.description } : {}),
          ...(table.partitionByDay ? { timePartitioning: { type: "DAY", field: table.partitionByDay } } : {}),
          ...(table.clusterBy ? { clustering: { fields: [...table.clusterBy] } } : {}),
        }),
      `${table.dataset}.${table.table}`,
    );
  }

  async listTables(dataset: string): Promise<string[]> {
    try {
      const [tables] = await this.#client.dataset(dataset).getTables();
      return tables.flatMap((table) => (table.id ? [table.id] : []));
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 404) return [];
      throw jobError(problem, `The tables of ${dataset} could not be listed`, "");
    }
  }

  async tagColumns(name: string, columns: readonly string[], tag: string): Promise<void> {
    const [dataset = "", table = ""] = name.split(".");
    const handle = this.#client.dataset(dataset).table(table);
    try {
      const [metadata] = await handle.getMetadata();
      const { fields = [] } = (metadata as { schema?: { fields?: TaggedField[] } }).schema ?? {};
      const wanted = new Set(columns);
      const isDone = fields.every((field) => !wanted.has(field.name) || hasTag(field, tag));
      if (isDone) return;
      // The whole schema goes back: a field that is left out would be one that is taken away.
      const all = fields.map((field) => (wanted.has(field.name) ? tagged(field, tag) : field));
      await handle.setMetadata({ schema: { fields: all } });
    } catch (error) {
      throw jobError(problemOf(error), `The columns of ${name} could not be tagged`, "");
    }
  }

  async #createUnlessThere(create: () => Promise<unknown>, name: string): Promise<void> {
    try {
      await create();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status !== 409) throw jobError(problem, `${name} could not be created`, "");
    }
  }

  /** Runs a job to its end. With a derived id it runs once however often it is asked for (gcp.md, exactly-once recipe). */
  async #run(configuration: JobOptions & object, jobId: string | undefined, action: string): Promise<Job> {
    for (let attempt = 1; ; attempt += 1) {
      const id = jobId === undefined || attempt === 1 ? jobId : `${jobId}_a${attempt}`;
      const { job, resumed } = await this.#insert(configuration, id, action);
      const metadata = await this.#wait(job, action);
      const failure = metadata.status?.errorResult;
      if (!failure) return job;
      const error = jobError(
        { reason: failure.reason ?? "unknown", message: failure.message ?? "" },
        action,
        job.id ?? "",
      );
      // A failure of an earlier delivery does not bind this one: its cause may have been mended, which is what a replay is for.
      const again = resumed || error instanceof RetryableError;
      if (!again || attempt >= jobAttemptsMax) throw error;
      if (!resumed) await this.#options.clock.sleep(1000 * attempt);
    }
  }

  async #insert(
    configuration: object,
    jobId: string | undefined,
    action: string,
  ): Promise<{ job: Job; resumed: boolean }> {
    const location = this.#options.location;
    try {
      const [job] = await this.#client.createJob({ configuration, location, ...(jobId ? { jobId } : {}) });
      return { job, resumed: false };
    } catch (error) {
      const problem = problemOf(error);
      // The id is taken: by an earlier delivery, or by this one before its answer was lost. Either way that job is ours.
      if (jobId && (problem.status === 409 || problem.reason === "duplicate")) {
        return { job: this.#client.job(jobId, { location }), resumed: true };
      }
      throw jobError(problem, action, jobId ?? "");
    }
  }

  async #wait(job: Job, action: string): Promise<JobMetadata> {
    const { clock, waitMs = 400_000 } = this.#options;
    const startedAt = clock.now().getTime();
    for (let elapsed = 0; elapsed < waitMs; elapsed = clock.now().getTime() - startedAt) {
      const metadata = await this.#look(job, action);
      if (metadata.status?.state === "DONE") return metadata;
      await clock.sleep(Math.min(Math.max(pauseMinMs, elapsed / 8), pauseMaxMs));
    }
    throw new RetryableError(`${action}: the job is still at work`, { job_id: job.id ?? "" });
  }

  async #look(job: Job, action: string): Promise<JobMetadata> {
    const known = job.metadata as JobMetadata | undefined;
    if (known?.status?.state === "DONE") return known;
    try {
      const [metadata] = await job.getMetadata();
      return metadata as JobMetadata;
    } catch (error) {
      throw jobError(problemOf(error), action, job.id ?? "");
    }
  }
}

function wireField({ name, type, mode, description }: Field): {
  name: string;
  type: string;
  mode?: string;
  description?: string;
} {
  return { name, type, ...(mode ? { mode } : {}), ...(description ? { description } : {}) };
}

function parametersOf(params: Readonly<Record<string, string | number | boolean>>): object[] {
  return Object.entries(params).map(([name, value]) => ({
    name,
    parameterType: {
      type:
        typeof value === "string"
          ? "STRING"
          : typeof value === "boolean"
            ? "BOOL"
            : Number.isInteger(value)
              ? "INT64"
              : "FLOAT64",
    },
    parameterValue: { value: String(value) },
  }));
}

/**
 * Where a dataset is: jobs that read it must be there, too. Undefined when there is no such dataset.
 * @throws PermanentError when the caller may not look at it
 */
export async function datasetLocation(options: ClientOptions, dataset: string): Promise<string | undefined> {
  try {
    const [metadata] = await openClient(options).dataset(dataset).getMetadata();
    return String((metadata as { location?: string }).location ?? "US");
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status === 404) return undefined;
    throw jobError(problem, `${dataset} could not be looked at`, "");
  }
}

/** Opens BigQuery. The one importer of @google-cloud/bigquery. */
export function openWarehouse(options: WarehouseOptions): Warehouse & ColumnTags {
  return new BigQueryWarehouse(options);
}
