import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type ProfileName, profileNames } from "../sandbox/sandbox.ts";
import { type Hop, type LongRun, runLong } from "./long-run.ts";

interface Check {
  readonly what: string;
  readonly is: boolean;
  readonly found: string;
}

/** How much more memory the last quarter of the hops may take than the first, and still count as flat. */
const growthMax = 1.25;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rows after which the process has its size: libraries are loaded (Pub/Sub's at the end of the first hop), the collector knows the work. */
const warmUpRows = 500_000;

/** Mean of the peaks of the first and of the last quarter of the hops that began after the warm-up; undefined when there are too few. */
function quartersOf(hops: readonly Hop[]): { first: number; last: number } | undefined {
  const peaks = hops.flatMap(({ peak_mb }, index) => ((hops[index - 1]?.rows ?? 0) < warmUpRows ? [] : [peak_mb]));
  if (peaks.length < 2) return undefined;
  const size = Math.max(1, Math.floor(peaks.length / 4));
  return { first: mean(peaks.slice(0, size)), last: mean(peaks.slice(-size)) };
}

/** Milliseconds between two pages at a hand-over, in the middle of all. */
function middlePause(hops: readonly Hop[]): number | null {
  const pauses = hops.flatMap(({ pause_ms }) => (pause_ms === null ? [] : [pause_ms])).sort((a, b) => a - b);
  return pauses[Math.floor(pauses.length / 2)] ?? null;
}

function checksOf(run: LongRun, records: number): Check[] {
  const { manifest, content, hops } = run;
  const quarters = quartersOf(hops);
  const inParts = manifest.parts.reduce((sum, { rows }) => sum + rows, 0);
  const equal = (what: string, found: number, wanted: number): Check => ({
    what: `${what}: ${wanted.toLocaleString("en")}`,
    is: found === wanted,
    found: found.toLocaleString("en"),
  });
  return [
    {
      what: "the manifest says that the run is complete",
      is: manifest.outcome === "complete",
      found: manifest.outcome,
    },
    equal("rows of the manifest", manifest.rows, records),
    equal("rows of its parts", inParts, records),
    equal("rows in the files", content.rows, records),
    equal("different ids in the files", content.ids, records),
    equal("first record", content.first, 0),
    equal("last record", content.last, records - 1),
    equal("records that are not as their hash says", content.wronglyHashed, 0),
    { what: "the records are those of the generator", is: content.isAsGenerated, found: String(content.isAsGenerated) },
    {
      what: "the run was handed over (else give fewer seconds)",
      is: hops.length > 1,
      found: `${hops.length - 1} times`,
    },
    {
      what: "no delivery failed but those of a killed function",
      is: run.failedDeliveries === 0 || run.kills > 0,
      found: String(run.failedDeliveries),
    },
    equal("dead letters", run.deadLetters, 0),
    { what: "nothing is left of the work", is: run.leftovers.length === 0, found: run.leftovers.join(", ") },
    {
      what: `memory peaks of the last quarter of the hops are at most ${growthMax} times those of the first`,
      is: quarters === undefined || quarters.last <= growthMax * quarters.first,
      found: `${Math.round(quarters?.first ?? 0)} MB, ${Math.round(quarters?.last ?? 0)} MB`,
    },
  ];
}

function summaryOf(run: LongRun, records: number): Record<string, number | null> {
  const quarters = quartersOf(run.hops);
  const largest = (values: readonly number[]): number => Math.round(Math.max(...values));
  return {
    records,
    seconds: Math.round(run.seconds),
    records_per_second: Math.round(records / run.seconds),
    cpu_seconds: Math.round(run.hops.reduce((sum, hop) => sum + hop.cpu_seconds, 0)),
    hand_overs: run.hops.length - 1,
    kills: run.kills,
    peak_mb: largest(run.hops.map(({ peak_mb }) => peak_mb)),
    peak_mb_first_quarter: quarters ? Math.round(quarters.first) : null,
    peak_mb_last_quarter: quarters ? Math.round(quarters.last) : null,
    parts: run.manifest.parts.length,
    checkpoint_bytes_max: largest(run.hops.map(({ checkpoint_bytes }) => checkpoint_bytes ?? 0)),
    manifest_bytes: run.manifestBytes,
    pause_ms_middle: middlePause(run.hops),
  };
}

function print(run: LongRun, records: number, checks: readonly Check[]): void {
  const line = (cells: readonly (string | number)[]): void => {
    process.stdout.write(`${cells.map((cell) => String(cell).padStart(12)).join("")}\n`);
  };
  line(["hop", "seconds", "rows", "parts", "peak MB", "cpu s", "checkpoint", "pause ms"]);
  for (const hop of run.hops) {
    line([
      hop.hop,
      hop.seconds.toFixed(1),
      hop.rows.toLocaleString("en"),
      hop.parts,
      Math.round(hop.peak_mb),
      hop.cpu_seconds.toFixed(1),
      hop.checkpoint_bytes?.toLocaleString("en") ?? "",
      hop.pause_ms ?? "",
    ]);
  }
  process.stdout.write("\n");
  for (const [name, value] of Object.entries(summaryOf(run, records))) {
    process.stdout.write(`${name.padEnd(28)}${(value ?? "").toLocaleString("en").padStart(14)}\n`);
  }
  process.stdout.write("\n");
  for (const { what, is, found } of checks)
    process.stdout.write(`${is ? "ok  " : "FAIL"} ${what}${is ? "" : ` (${found})`}\n`);
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It takes a whole number from 1.");
  return number;
}

interface Options {
  readonly records: number;
  readonly deadlineSeconds: number;
  readonly profile: ProfileName;
  readonly concurrency: number;
  readonly killEvery: number;
  readonly json: boolean;
}

await new Command("bench:long")
  .description(
    "Extract an endpoint that is far too long for one function run: the extract function goes on through forced deadlines by its own messages. Says how memory and the checkpoint went, and compares every record with what the source has",
  )
  .option("--records <count>", "records of the endpoint", count, 5_000_000)
  .option("--deadline-seconds <count>", "seconds that a delivery may work", count, 20)
  .addOption(
    new Option("--profile <profile>", "the API: from ods-7.3 on partitions, before by offset from the end")
      .choices(profileNames)
      .default("ods-7.3"),
  )
  .option("--concurrency <count>", "partitions read at once", count, 4)
  .option("--kill-every <hops>", "kill the function in the middle of a hop whenever so many have passed", count, 0)
  .option("--json", "print the figures as JSON", false)
  .action(async ({ records, json, ...options }: Options) => {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
    try {
      const onProgress = (line: string): void => {
        process.stderr.write(`${line}\n`);
      };
      const run = await runLong({ ...options, records, folder, onProgress });
      const checks = checksOf(run, records);
      if (json) {
        const figures = {
          profile: options.profile,
          deadline_seconds: options.deadlineSeconds,
          ...summaryOf(run, records),
        };
        process.stdout.write(`${JSON.stringify({ ...figures, hops: run.hops, checks }, undefined, 2)}\n`);
      } else print(run, records, checks);
      if (!checks.every(({ is }) => is)) process.exitCode = 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  })
  .parseAsync();
