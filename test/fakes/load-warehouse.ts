import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Connector } from "../../shared/config/connector.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { LoadJob, QueryOptions, Row, Warehouse } from "../../shared/ports/warehouse.ts";
import type { FakeObjectStore } from "./object-store.ts";

/** A row of a raw table, as a part has it. */
export interface RawRow {
  readonly source_id: string;
  readonly school_year: number;
  readonly record_id: string;
  readonly op: "upsert" | "delete" | "key_change";
  readonly change_version: number | null;
  readonly run_id: string;
  readonly run_started_at: string;
  readonly extracted_at: string;
  readonly row_hash: string;
  readonly data: Record<string, unknown>;
}

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
  /** Comes between the calls. */
  readonly around?: <Result>(what: string, effect: () => Result | Promise<Result>) => Promise<Result>;
}

const text = (value: unknown): string => String(value ?? "");

function newest(a: RawRow, b: RawRow): number {
  return (
    Number(b.change_version ?? -1) - Number(a.change_version ?? -1) ||
    (a.extracted_at < b.extracted_at ? 1 : a.extracted_at > b.extracted_at ? -1 : 0) ||
    (a.record_id < b.record_id ? -1 : 1)
  );
}

/** The first of the rows of each group. */
function firstOf(rows: readonly RawRow[], group: (row: RawRow) => string): RawRow[] {
  const groups = new Map<string, RawRow>();
  for (const row of rows) if (!groups.has(group(row))) groups.set(group(row), row);
  return [...groups.values()];
}

/**
 * A warehouse in memory that understands what load asks of it: load jobs that run once per id, the ledger, the boundary of a view, and the
 * content of a current view, folded by the rules of docs/architecture.md.
 */
export function fakeLoadWarehouse({ landing, connectors, around }: FakeLoadWarehouseOptions): FakeLoadWarehouse {
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
      const lines = gunzipSync(Buffer.from(object.body, "latin1")).toString("utf8").split("\n").filter(Boolean);
      return lines.map((line) => JSON.parse(line) as RawRow);
    });
    const name = `${dataset}.${table}`;
    raw.set(name, [...(raw.get(name) ?? []), ...rows]);
    jobs.push(jobId);
    return { rows: rows.length };
  }

  function current(connector: string, endpoint: string, source: string, schoolYear: number): RawRow[] {
    const key = connectors.get(connector)?.endpoints[endpoint]?.key ?? [];
    const full = runs
      .filter((run) => run.endpoint === endpoint && run.source_id === source && run.school_year === schoolYear)
      .filter((run) => run.mode === "full" && run.status === "succeeded")
      .map((run) => text(run.run_started_at))
      .sort()
      .at(-1);
    const seen = (raw.get(`raw_${connector}.${endpoint}`) ?? []).filter(
      (row) =>
        row.source_id === source &&
        row.school_year === schoolYear &&
        row.op !== "key_change" &&
        (full === undefined || row.run_started_at >= full),
    );
    const byDeath = [...seen].sort((a, b) => Number(b.op === "delete") - Number(a.op === "delete") || newest(a, b));
    const latest = firstOf(byDeath, (row) => row.record_id).filter((row) => row.op === "upsert");
    const natural = (row: RawRow): string => JSON.stringify(key.map(([path = ""]) => row.data[path.slice(2)]));
    return firstOf(latest.sort(newest), natural);
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
    const rows = current(connector, endpoint, text(params.source_id), Number(params.school_year));
    const hashes = rows.map((row) => row.row_hash).sort();
    const digest = createHash("sha256").update(hashes.join(" ")).digest("hex");
    return [{ row_count: rows.length, head: digest.slice(0, 8), tail: digest.slice(8, 16) }];
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
