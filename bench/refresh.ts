import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { readConnectors } from "../shared/config/connectors-folder.ts";
import { setVariables } from "../shared/config/environment.ts";
import { parseSources } from "../shared/config/sources.ts";
import { RetryableError } from "../shared/errors.ts";
import { openStorage } from "../shared/google/storage.ts";
import { openWarehouse } from "../shared/google/warehouse.ts";
import { systemClock } from "../shared/ports/clock.ts";
import { readCatalogue } from "../shared/refresh/catalogue.ts";
import { deployedModels } from "../shared/refresh/configured.ts";
import { graphOf, selectModels } from "../shared/refresh/graph.ts";
import { type RefreshPorts, refresh } from "../shared/refresh/refresh.ts";
import { ensureWarehouse } from "../shared/warehouse/ensure.ts";
import { startWorker } from "./child.ts";
import { type Cloud, projectId } from "./cloud.ts";
import { usageOf } from "./extract.ts";
import { bringDistrict, changeOneStudent, studentsPerCopy } from "./refresh/district.ts";
import { straightSeconds } from "./refresh/straight.ts";

/** What the emulator takes by default, and DuckDB by itself as well. */
const memoryDefault = "1GB";
/** How often a refresh is asked for that said "later", as its message would be delivered again. */
const deliveriesMax = 20;

interface Measured {
  readonly students: number;
  readonly raw_rows: number;
  readonly models: number;
  readonly full_seconds: number;
  /** Time of the SELECTs by themselves, divided by that of the refresh. */
  readonly full_to_duckdb: number;
  readonly change_models: number;
  readonly change_seconds: number;
  readonly change_to_duckdb: number;
  readonly nothing_seconds: number;
  readonly warehouse_peak_mb: number;
}

const round = (value: number): number => Math.round(value * 100) / 100;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Ed-Fi's models, or those that are selected. */
function edfiModels(select: readonly string[]) {
  const connectors = readConnectors("connectors");
  const connector = connectors.get("edfi");
  if (!connector) throw new Error("connectors/ has no edfi");
  const text =
    'sources:\n  - { id: bench, connector: edfi, url: "http://127.0.0.1:1", secret: s, school_years: [2011] }\n';
  const sources = parseSources(text, "sources.yaml", connectors);
  const graph = graphOf(deployedModels(readCatalogue("sql"), sources));
  const chosen = select.length === 0 ? undefined : selectModels(graph, select);
  return { connector, models: graph.models.filter(({ name }) => chosen?.has(name) ?? true) };
}

/** Builds what is stale, as often as the warehouse takes longer than one call waits for it. */
async function refreshAll(ports: RefreshPorts): Promise<Set<string>> {
  const all = new Set<string>();
  for (let delivery = 1; ; delivery += 1) {
    try {
      const { built, failed } = await refresh({ reason: "bench" }, ports);
      if (failed.length > 0) throw new Error(`${failed.join(", ")} failed`);
      for (const name of built) all.add(name);
      return all;
    } catch (error) {
      if (!(error instanceof RetryableError) || delivery === deliveriesMax) throw error;
      process.stderr.write(`  ${error.message}; once more\n`);
    }
  }
}

interface Size {
  readonly copies: number;
  readonly select: readonly string[];
  readonly folder: string;
  readonly memoryLimit: string;
}

async function measureSize({ copies, select, folder, memoryLimit }: Size): Promise<Measured> {
  const { connector, models } = edfiModels(select);
  const emulator = startWorker("emulator", { folder, projectId, memoryLimit });
  let isStopped = false;
  try {
    const cloud = await emulator.next<Cloud>();
    const buckets = openStorage({ projectId, endpoint: cloud.storageUrl });
    for (const name of ["landing", "control"]) await buckets.ensureBucket(name);
    const [landing, control] = [buckets.bucket("landing"), buckets.bucket("control")];
    const warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: cloud.bigqueryUrl });
    const relations = Object.keys(connector.endpoints).map((endpoint) => ({ connector, endpoint }));
    await ensureWarehouse(warehouse, relations, new Set(models.map(({ dataset }) => dataset)));
    const place = { landing, control, warehouse, connector };
    const read = new Set(models.flatMap(({ inputs }) => inputs));
    const rows = await bringDistrict(copies, place, read);
    process.stderr.write(`  ${rows.toLocaleString("en")} rows are in raw\n`);

    const look = async () => {
      const startedAt = performance.now();
      const ports = { control, warehouse, models, clock: systemClock, log: silent, timeZone: "UTC" };
      const built = await refreshAll(ports);
      const seconds = (performance.now() - startedAt) / 1000;
      process.stderr.write(`  ${built.size} models built in ${seconds.toFixed(1)} s\n`);
      return { seconds, built };
    };
    const full = await look();
    const nothing = await look();
    await changeOneStudent(place);
    const change = await look();
    const { peakMb } = await usageOf(emulator);
    await emulator.stop();
    isStopped = true;

    const straight = await straightSeconds({ file: join(folder, "warehouse.duckdb"), projectId, memoryLimit }, models);
    const straightOf = (names: ReadonlySet<string>): number =>
      [...straight].reduce((sum, [name, seconds]) => sum + (names.has(name) ? seconds : 0), 0);
    return {
      students: copies * studentsPerCopy,
      raw_rows: rows,
      models: full.built.size,
      full_seconds: round(full.seconds),
      full_to_duckdb: round(straightOf(full.built) / full.seconds),
      change_models: change.built.size,
      change_seconds: round(change.seconds),
      change_to_duckdb: round(straightOf(change.built) / change.seconds),
      nothing_seconds: round(nothing.seconds),
      warehouse_peak_mb: Math.round(peakMb),
    };
  } finally {
    if (!isStopped) await emulator.stop();
  }
}

function print(results: readonly Measured[]): void {
  for (const name of Object.keys(results[0] ?? {}) as (keyof Measured)[]) {
    const cells = results.map((result) => result[name].toLocaleString("en").padStart(14));
    process.stdout.write(`${name.padEnd(20)}${cells.join("")}\n`);
  }
}

await new Command("bench:refresh")
  .description("Measure a full refresh and one after a single change, against the same SELECTs straight in DuckDB")
  .option("--students <list>", "numbers of students, in copies of the sample district of 960", "1000,10000,100000")
  .option("--select <models...>", "only these models, such as +dim_student", [])
  .option("--memory <size>", "what DuckDB may take, such as 8GB", memoryDefault)
  .option("--json", "print the figures as JSON", false)
  .action(async (options: { students: string; select: string[]; memory: string; json: boolean }) => {
    const sizes = options.students.split(",").map(Number);
    if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
      throw new Error("--students takes whole numbers such as 1000,10000");
    }
    setVariables({ METADATA_SERVER_DETECTION: "none" });
    const results: Measured[] = [];
    for (const size of sizes) {
      const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-refresh-"));
      try {
        process.stderr.write(`${size.toLocaleString("en")} students …\n`);
        const copies = Math.max(1, Math.round(size / studentsPerCopy));
        results.push(await measureSize({ copies, select: options.select, folder, memoryLimit: options.memory }));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    if (options.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
    else print(results);
  })
  .parseAsync();
