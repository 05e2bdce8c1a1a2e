import { join } from "node:path";
import { exitCodes } from "../exit.ts";
import type { Home } from "../local/home.ts";
import { startHost } from "../local/host.ts";
import { Outcome } from "../local/outcome.ts";
import { type PipelineRequest, runPipeline } from "../local/pipeline.ts";
import { readWatermarks } from "../local/watermarks.ts";
import { Progress } from "../output/progress.ts";
import { toJson } from "../output/rows.ts";
import { summarize, summaryText } from "../output/summary.ts";

export interface PipelineRun extends PipelineRequest {
  readonly home: Home;
  readonly sourcesFile: string;
  readonly json: boolean;
  /** Queries to suggest at the end. */
  readonly queries: readonly string[];
  readonly workSeconds?: number | undefined;
}

/** Runs the whole pipeline once in this process and prints what it did. @returns the exit code */
export async function runAndReport(run: PipelineRun): Promise<number> {
  const startedAt = Date.now();
  const outcome = new Outcome();
  const progress = new Progress(outcome, run.home.logFile);
  progress.start();
  const host = await startHost({
    home: run.home,
    sourcesFile: run.sourcesFile,
    onLog: progress.take,
    onPrint: progress.keep,
    ...(run.workSeconds ? { workSeconds: run.workSeconds } : {}),
  });
  try {
    await runPipeline(host, run, outcome, progress);
    const watermarks = await readWatermarks(host.control);
    const summary = summarize(
      outcome,
      watermarks,
      (Date.now() - startedAt) / 1000,
      join(run.home.folder, "warehouse.duckdb"),
    );
    progress.stop();
    process.stdout.write(`${run.json ? toJson(summary, 2) : summaryText(summary, run.queries)}\n`);
    return summary.failures.length > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    progress.stop();
    await host.close();
  }
}
