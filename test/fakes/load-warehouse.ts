import { gunzipSync } from "node:zlib";
import type { Connector } from "../../shared/config/connector.ts";
import { firstTextAt } from "../../shared/connector/json-value.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { LoadJob, QueryOptions, Row, Warehouse } from "../../shared/ports/warehouse.ts";
import { contentRow, type Fold, foldLog, type RawRow } from "./fold.ts";
import type { FakeObjectStore } from "./object-store.ts";

export type { RawRow } from "./fold.ts";

export interface FakeLoadWarehouse extends Warehouse {
  /** Rows of the raw tables, by `dataset.table`. */
  readonly raw: Map<string, RawRow[]>;
  /** Rows of `ops.runs`. */
  readonly runs: Row[];
  /** The last statement that wrote each view. */
  readonly views: Map<string, string>;
  /** Ids of the load jobs that ran. */
  readonly jobs: string[];
  /** What the current view of an endpoint shows of a source and year. */
  current(connector: string, endpoint: string, source: string, schoolYear: number): RawRow[];
}

export interface FakeLoadWarehouseOptions {
  readonly landing: FakeObjectStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** How a log becomes current rows; as the view does it when left out. */
  readonly fold?: Fold;
  /** Comes between the calls. */
  readonly around?: <Result>(what: string, effect: () => Result | Promise<Result>) => Promise<Result>;
}

/** The lines of a part, compressed or not. Its bytes are kept as latin1. */
export function linesOf(body: string): string[] {
  const bytes = Buffer.from(body, "latin1");
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isPacked ? gunzipSync(bytes) : bytes).toString("utf8").split("\n").filter(Boolean);
}

const text = (value: unknown): string => String(value ?? "");

/**
 * A warehouse in memory that understands what load asks of it: load jobs that run once per id, the ledger, the boundary of a view, and the
 * content of a current view, folded by the rules of docs/architecture.md.
 */
export function fakeLoadWarehouse(options: FakeLoadWarehouseOptions): FakeLoadWarehouse {
  const { landing, connectors, around, fold = foldLog } = options;
  const raw = new Map<string, RawRow[]>();
  const runs: Row[] = [];
  const views = new Map<string, string>();
  const jobs: string[] = [];
  const outcomes = new Map<string, unknown>();
  const step = around ?? (async (_, effect) => effect());

  /** Runs a job once per id; the first outcome stands. */
  function once<Result>(jobId: string | undefined, work: () => Result): Result {
    if (jobId !== undefined && outcomes.has(jobId)) return outcomes.get(jobId) as Result;
    const result = work();
    if (jobId !== undefined) outcomes.set(jobId, result);
    return result;
  }

  function append({ jobId, dataset, table, uris }: LoadJob): { rows: number } {
    const rows = uris.flatMap((uri) => {
      const object = landing.objects.get(uri.slice(landing.uri.length + 1));
      if (!object) throw new PermanentError(`Not found: URI ${uri}`);
      return linesOf(object.body).map((line) => JSON.parse(line) as RawRow);
    });
    const name = `${dataset}.${table}`;
    raw.set(name, [...(raw.get(name) ?? []), ...rows]);
    jobs.push(jobId);
    return { rows: rows.length };
  }

  function current(connector: string, endpoint: string, source: string, schoolYear: number): RawRow[] {
    const isOfPlace = (row: RawRow | Row): boolean => row.source_id === source && row.school_year === schoolYear;
    const view = views.get(`current_${connector}.${endpoint}`) ?? "";
    return fold({
      rows: (raw.get(`raw_${connector}.${endpoint}`) ?? []).filter(isOfPlace),
      runs: runs.filter((run) => run.connector === connector && run.endpoint === endpoint && isOfPlace(run)),
      key: connectors.get(connector)?.endpoints[endpoint]?.key ?? [],
      replaces: connectors.get(connector)?.endpoints[endpoint]?.replaces,
      oldestDay: /extracted_at >= timestamp '([\d-]+)/.exec(view)?.[1],
    });
  }

  const same = (run: Row, params: QueryOptions["params"] = {}): boolean =>
    ["run_id", "source_id", "endpoint", "school_year"].every((name) => run[name] === params[name]);

  function insertRun(params: NonNullable<QueryOptions["params"]>): Row[] {
    if (!runs.some((run) => same(run, params))) runs.push({ ...params, error: params.error || null });
    return [];
  }

  function boundary(endpoint: unknown): Row[] {
    const succeeded = runs.filter((run) => run.endpoint === endpoint && run.status === "succeeded");
    const places = new Map<string, string | null>();
    for (const run of succeeded) {
      const place = `${text(run.source_id)}/${text(run.school_year)}`;
      const started = run.mode === "full" ? text(run.run_started_at) : null;
      const known = places.get(place) ?? null;
      places.set(place, started !== null && (known === null || started > known) ? started : known);
    }
    const starts = [...places.values()].filter((start) => start !== null).sort();
    return [{ oldest_day: starts[0]?.slice(0, 10) ?? null, without_full_run: places.size - starts.length }];
  }

  function content(sql: string, params: NonNullable<QueryOptions["params"]>): Row[] {
    const [, connector = "", endpoint = ""] = /from current_(\w+)\.(\w+)/.exec(sql) ?? [];
    return [contentRow(current(connector, endpoint, text(params.source_id), Number(params.school_year)))];
  }

  function parts(sql: string, params: NonNullable<QueryOptions["params"]>): Row[] {
    const [, path = "", connector = "", endpoint = ""] =
      /json_value\(data, '([^']+)'\)[\s\S]*from current_(\w+)\.(\w+)/.exec(sql) ?? [];
    const rows = current(connector, endpoint, text(params.source_id), Number(params.school_year));
    const counted = Map.groupBy(rows, ({ data }) => firstTextAt(data, [path]) ?? "");
    return [...counted].map(([part, own]) => ({ part, row_count: own.length }));
  }

  function run(sql: string, { params = {}, jobId }: QueryOptions): Row[] {
    const [, view] = /^create or replace view (\S+)/.exec(sql) ?? [];
    if (view !== undefined) {
      views.set(view, sql);
      return [];
    }
    if (sql.startsWith("insert into ops.runs")) return once(jobId, () => insertRun(params));
    if (sql.startsWith("select status, error\nfrom ops.runs")) return runs.filter((row) => same(row, params));
    if (sql.startsWith("select source_id, endpoint, school_year, run_id from ops.runs")) {
      return runs.filter((row) => text(row.loaded_at) >= text(params.since));
    }
    if (sql.includes("without_full_run")) return boundary(params.endpoint);
    if (sql.includes("group by part")) return parts(sql, params);
    if (sql.includes("bit_xor")) return content(sql, params);
    throw new Error(`the fake warehouse does not understand: ${sql.slice(0, 80)}`);
  }

  return {
    raw,
    runs,
    views,
    jobs,
    current,
    load: (job) => step(`warehouse load ${job.jobId}`, () => once(job.jobId, () => append(job))),
    query: (sql, options = {}) => step(`warehouse query ${sql.slice(0, 60)}`, () => run(sql, options)),
    dryRun: () => Promise.reject(new Error("load checks nothing")),
    ensureDataset: () => Promise.resolve(),
    ensureTable: () => Promise.resolve(),
    listTables: () => Promise.resolve([]),
  };
}
