import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { type Form, forms } from "./cold-start/forms.ts";
import { type Started, startFunction } from "./cold-start/start.ts";

/** What Terraform sets in the cloud. Nothing of it is called before a message comes. */
const variables = {
  GOOGLE_CLOUD_PROJECT: "rollcall-bench",
  LANDING_BUCKET: "landing",
  CONTROL_BUCKET: "control",
  METADATA_SERVER_DETECTION: "none",
  NODE_OPTIONS: "--max-semi-space-size=4",
};

interface Figures {
  readonly function: string;
  readonly form: string;
  /** Medians, from the start of the process to listening. */
  readonly wall_ms: number;
  /** The round that neighbours disturbed least. */
  readonly wall_min_ms: number;
  readonly cpu_ms: number;
  readonly peak_mb: number;
}

type Cost = Pick<Started, "wallMs" | "cpuMs" | "peakMb">;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return Math.round((low + high) / 2);
}

async function startOnce(form: Form, folder: string, target: string): Promise<Cost> {
  const started = await startFunction({
    folder,
    target,
    variables: { ...variables, ...form.variables?.(folder) },
  });
  await started.stop();
  return started;
}

async function measure(functions: readonly string[], rounds: number, folder: string): Promise<Figures[]> {
  const places = forms.map((form, index) => ({ form, folder: join(folder, String(index)) }));
  for (const place of places) {
    mkdirSync(place.folder);
    await place.form.prepare(place.folder);
  }
  const costs = new Map<string, Cost[]>();
  // The first round, which finds nothing in the system's file cache, does not count. Forms take turns, so that all meet the same neighbours.
  for (let round = 0; round <= rounds; round += 1) {
    for (const target of functions) {
      for (const place of places) {
        const cost = await startOnce(place.form, place.folder, target);
        const key = `${target} ${place.form.name}`;
        if (round > 0) costs.set(key, [...(costs.get(key) ?? []), cost]);
      }
    }
  }
  return functions.flatMap((target) =>
    forms.map(({ name }) => {
      const seen = costs.get(`${target} ${name}`) ?? [];
      return {
        function: target,
        form: name,
        wall_ms: median(seen.map(({ wallMs }) => wallMs)),
        wall_min_ms: Math.round(Math.min(...seen.map(({ wallMs }) => wallMs))),
        cpu_ms: median(seen.map(({ cpuMs }) => cpuMs)),
        peak_mb: median(seen.map(({ peakMb }) => peakMb)),
      };
    }),
  );
}

function print(figures: readonly Figures[]): void {
  const line = (cells: readonly (string | number)[]) =>
    `${cells.map((cell, index) => (index < 2 ? String(cell).padEnd(index === 0 ? 12 : 26) : String(cell).padStart(10))).join("")}\n`;
  process.stdout.write(line(["function", "form", "wall ms", "least", "CPU ms", "peak MB"]));
  for (const { function: name, form, wall_ms, wall_min_ms, cpu_ms, peak_mb } of figures) {
    process.stdout.write(line([name, form, wall_ms, wall_min_ms, cpu_ms, peak_mb]));
  }
}

await new Command("bench:cold")
  .description(
    "Measure how long a function takes from the start of its process to listening: as source, as tsc writes it, bundled",
  )
  .option("--functions <list>", "which functions", "extract,load,refresh,reconcile")
  .option("--rounds <number>", "how often each is started; the medians count", "11")
  .option("--json", "print the figures as JSON", false)
  .action(async (options: { functions: string; rounds: string; json: boolean }) => {
    const rounds = Number(options.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number such as 11");
    const folder = mkdtempSync(join(tmpdir(), "rollcall-cold-start-"));
    try {
      const figures = await measure(options.functions.split(","), rounds, folder);
      if (options.json) process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
      else print(figures);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  })
  .parseAsync();
