import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { measure, startWorker } from "./child.ts";
import { type Api, type Cloud, functionOptions, projectId, variablesOf } from "./cloud.ts";
import { type ExtractFigures, lastRunId, measureExtract, usageOf } from "./extract.ts";

const endpoint = "student_section_attendance_events";
const concurrency = 4;
const pageSize = 500;

interface Timed {
  readonly ms: number;
  readonly peakMb: number;
}

interface LoadAndRefreshFigures {
  readonly load_records_per_second: number;
  readonly load_to_duckdb: number;
  readonly warehouse_peak_mb: number;
  readonly refresh_seconds: number;
  readonly refresh_to_duckdb: number;
}

type Measured = { readonly records: number } & ExtractFigures & Partial<LoadAndRefreshFigures>;

/** Where the parts lie, for a reader that knows no Cloud Storage: fetched over HTTP into a folder. */
async function fetchParts(storageUrl: string, folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const prefix = encodeURIComponent(`bench/${endpoint}/2026/run=${lastRunId}/`);
  const list = (await (await fetch(`${storageUrl}/storage/v1/b/landing/o?prefix=${prefix}`)).json()) as {
    items?: { name: string }[];
  };
  const files: string[] = [];
  for (const [index, { name }] of (list.items ?? []).entries()) {
    const body = await fetch(`${storageUrl}/storage/v1/b/landing/o/${encodeURIComponent(name)}?alt=media`);
    const file = join(folder, `part-${index}.ndjson.gz`);
    writeFileSync(file, Buffer.from(await body.arrayBuffer()));
    files.push(file);
  }
  return files;
}

async function measureSize(attendanceEvents: number, folder: string, extractOnly: boolean): Promise<Measured> {
  const sandbox = startWorker("sandbox", { attendanceEvents });
  const api = await sandbox.next<Api>();
  const emulator = startWorker("emulator", { folder: join(folder, "state"), projectId });
  const cloud = await emulator.next<Cloud>();
  try {
    const sourcesFile = join(folder, "sources.yaml");
    writeFileSync(
      sourcesFile,
      `sources:\n  - { id: bench, connector: edfi, url: "${api.url}", secret: bench, school_years: [2026], concurrency: ${concurrency}, page_size: ${pageSize} }\n`,
    );
    const variables = variablesOf(cloud, sourcesFile, api);
    await createBuckets(cloud.storageUrl);
    const extractFigures = await measureExtract({
      records: attendanceEvents,
      sandbox,
      emulator,
      bareLoop: { ...api, resource: "studentSectionAttendanceEvents", concurrency, size: pageSize },
      source: "bench",
      endpoint,
      variables: { ...variables, NODE_OPTIONS: functionOptions },
    });
    if (extractOnly) return { records: attendanceEvents, ...extractFigures };

    const manifest = `manifests/bench/${endpoint}/2026/${lastRunId}.json`;
    const loaded = await measure<Timed & { rows: number }>("load", { manifest }, variables);
    const parts = await fetchParts(cloud.storageUrl, join(folder, "parts"));
    const duckdb = await measure<Timed & { rows: number }>("raw-duckdb", { file: join(folder, "raw.duckdb"), parts });
    if (duckdb.rows !== attendanceEvents) throw new Error(`DuckDB read ${duckdb.rows} of ${attendanceEvents} records`);
    const refreshed = await measure<Timed & { seconds: number; duckdbSeconds: number }>(
      "refresh",
      { model: `stg_edfi__${endpoint}` },
      variables,
    );
    const warehouse = await usageOf(emulator);
    return {
      records: attendanceEvents,
      ...extractFigures,
      load_records_per_second: Math.round(attendanceEvents / (loaded.ms / 1000)),
      load_to_duckdb: round(duckdb.ms / loaded.ms),
      warehouse_peak_mb: Math.round(warehouse.peakMb),
      refresh_seconds: round(refreshed.seconds),
      refresh_to_duckdb: round(refreshed.duckdbSeconds / refreshed.seconds),
    };
  } finally {
    await sandbox.stop();
    await emulator.stop();
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

async function createBuckets(storageUrl: string): Promise<void> {
  for (const name of ["landing", "control"]) {
    await fetch(`${storageUrl}/storage/v1/b?project=${projectId}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  }
}

function print(results: readonly Measured[]): void {
  const names = Object.keys(results[0] ?? {}) as (keyof Measured)[];
  for (const name of names) {
    process.stdout.write(
      `${name.padEnd(28)}${results.map((result) => (result[name] ?? "").toLocaleString("en").padStart(14)).join("")}\n`,
    );
  }
}

await new Command("bench")
  .description("Measure extract, load and refresh against a bare loop and against DuckDB by itself, with peak memory")
  .option("--sizes <list>", "numbers of records", "10000,100000,1000000")
  .option("--extract-only", "leave load and refresh out", false)
  .option("--json", "print the figures as JSON", false)
  .option("--keep <folder>", "keep the last size's state there, to look at it")
  .action(async (options: { sizes: string; extractOnly: boolean; json: boolean; keep?: string }) => {
    const sizes = options.sizes.split(",").map(Number);
    if (sizes.some((size) => !Number.isInteger(size) || size < 1))
      throw new Error("--sizes takes whole numbers such as 10000,100000");
    const results: Measured[] = [];
    for (const size of sizes) {
      const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
      try {
        process.stderr.write(`${size.toLocaleString("en")} records …\n`);
        results.push(await measureSize(size, folder, options.extractOnly));
        if (options.keep) cpSync(folder, options.keep, { recursive: true });
      } finally {
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
        rmSync(folder, { recursive: true, force: true });
      }
    }
    if (options.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
    else print(results);
  })
  .parseAsync();
