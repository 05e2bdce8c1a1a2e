import type { Connector } from "../../shared/config/connector.ts";
import { RetryableError } from "../../shared/errors.ts";
import type { LoadJob, Warehouse } from "../../shared/ports/warehouse.ts";
import type { Model } from "../../shared/refresh/model.ts";
import type { Fold, RawRow } from "../fakes/fold.ts";
import { type FakeLoadWarehouse, fakeLoadWarehouse } from "../fakes/load-warehouse.ts";
import type { FakeObjectStore } from "../fakes/object-store.ts";
import { type FakeWarehouse, fakeWarehouse } from "../fakes/warehouse.ts";
import type { Process, Surroundings } from "./process.ts";

/** A load job from when it was accepted. */
interface Job {
  isDone: boolean;
  result: { readonly rows: number } | undefined;
  error: unknown;
}

export interface SimulatedWarehouseOptions {
  readonly landing: FakeObjectStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly models: readonly Model[];
  readonly fold?: Fold | undefined;
}

/** What models see of the endpoints: the content of their current rows at this moment. */
class Currents extends Map<string, string> {
  readonly #content: (relation: string) => string;

  constructor(content: (relation: string) => string) {
    super();
    this.#content = content;
  }

  override get(relation: string): string {
    return this.#content(relation);
  }
}

/**
 * The warehouse of a world: the one that understands load and reconcile, and the one that understands refresh, over the same rows. Load jobs
 * go on by themselves once they are accepted, whatever becomes of who asked for them.
 */
export class SimulatedWarehouse {
  readonly loads: FakeLoadWarehouse;
  readonly builds: FakeWarehouse;
  readonly currents: ReadonlyMap<string, string>;
  /** What no verb should ask. */
  readonly misunderstood: string[] = [];
  readonly #around: Surroundings;
  readonly #jobs = new Map<string, Job>();

  constructor(options: SimulatedWarehouseOptions, around: Surroundings) {
    const { landing, connectors, models, fold } = options;
    this.#around = around;
    this.loads = fakeLoadWarehouse({ landing, connectors, ...(fold ? { fold } : {}) });
    this.currents = new Currents((relation) => this.#content(relation));
    this.builds = fakeWarehouse({ models, currents: this.currents });
  }

  /** The warehouse as one process sees it. */
  for(process: Process): Warehouse {
    const builds = this.builds;
    const takes = [50, 3000] as const;
    return {
      query: (sql, options = {}) => {
        const asked = isOfLoad(sql) ? this.loads : builds;
        const writes = /^create or replace table (\S+) clone/.exec(sql)?.[1];
        return process.call(`query ${brief(sql)}`, () => this.#understood(asked.query(sql, options)), {
          takes,
          writes,
        });
      },
      dryRun: (sql) => process.call("dry run", () => this.#understood(builds.dryRun(sql))),
      load: (job) => this.#load(process, job),
      ensureDataset: (dataset) => process.call(`ensure ${dataset}`, () => builds.ensureDataset(dataset)),
      ensureTable: (table) => process.call(`ensure ${table.table}`, () => builds.ensureTable(table)),
      listTables: (dataset) => process.call(`list ${dataset}`, () => builds.listTables(dataset)),
    };
  }

  /** Rows of a run in a raw table. */
  rowsOf(connector: string, endpoint: string, runId: string): RawRow[] {
    return (this.loads.raw.get(`raw_${connector}.${endpoint}`) ?? []).filter(({ run_id }) => run_id === runId);
  }

  #content(relation: string): string {
    const [, connector = "", endpoint = ""] = /^current_(\w+)\.(\w+)$/.exec(relation) ?? [];
    const rows = this.loads.raw.get(`raw_${connector}.${endpoint}`) ?? [];
    const places = new Set(rows.map(({ source_id, school_year }) => `${source_id} ${school_year}`));
    const hashes = [...places].flatMap((place) => {
      const [source = "", year] = place.split(" ");
      return this.loads.current(connector, endpoint, source, Number(year)).map(({ row_hash }) => row_hash);
    });
    return hashes.sort().join(" ");
  }

  async #load(process: Process, load: LoadJob): Promise<{ readonly rows: number }> {
    const job = await process.call(`load job ${load.jobId}`, () => this.#insert(load));
    while (!job.isDone) await process.call("look at the load job", () => undefined, { takes: [1000, 20_000] });
    if (job.result) return job.result;
    throw job.error;
  }

  /** Accepts a job, once per id; a failed one may be asked for again. */
  #insert(load: LoadJob): Job {
    const known = this.#jobs.get(load.jobId);
    if (known && !(known.isDone && known.error)) return known;
    const job: Job = { isDone: false, result: undefined, error: undefined };
    this.#jobs.set(load.jobId, job);
    const { agenda, luck, trace } = this.#around;
    agenda.in(luck.skewed(200, 60_000), async () => {
      try {
        job.result = await this.loads.load(load);
        trace("bigquery", `${load.jobId} brings ${job.result.rows} rows`);
      } catch (error) {
        job.error = error ?? new RetryableError("the job failed");
        trace("bigquery", `${load.jobId} fails: ${error instanceof Error ? error.message : "?"}`);
      }
      job.isDone = true;
    });
    return job;
  }

  /** Errors that are no answer of a warehouse are mistakes of the fakes, which nobody may swallow. */
  async #understood<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof Error && "retryable" in error)) this.misunderstood.push(String(error));
      throw error;
    }
  }
}

/** Statements of load and reconcile, by their form; all others are of refresh. */
function isOfLoad(sql: string): boolean {
  return /\bops\.runs\b|\bbit_xor\(|\bgroup by part\b|^create or replace view current_/.test(sql);
}

/** A statement in a few words that are the same in each replay. */
function brief(sql: string): string {
  const start = sql.slice(0, 160).replaceAll(/__next_[0-9a-f]+/g, "__next");
  return start.replaceAll(/\s+/g, " ").slice(0, 90);
}
