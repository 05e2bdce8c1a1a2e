import { join } from "node:path";
import { readWatermarks } from "../deployment/watermarks.ts";
import { exitCodes } from "../exit.ts";
import { type Home, rememberSources } from "../local/home.ts";
import { type Host, startHost } from "../local/host.ts";
import { Outcome } from "../local/outcome.ts";
import { type PipelineRequest, runPipeline } from "../local/pipeline.ts";
import { Progress } from "../output/progress.ts";
import { toJson } from "../output/rows.ts";
import { summarize, summaryText } from "../output/summary.ts";

/** What the commands that run the pipeline in this process have in common. */
export interface ReportedRun {
  readonly home: Home;
  readonly sourcesFile: string;
  readonly json: boolean;
  /** Queries to suggest at the end. */
  readonly queries: readonly string[];
  readonly workSeconds?: number | undefined;
  /** What the command tells beside the summary. */
  readonly addition?: ((host: Host) => Promise<Addition>) | undefined;
}

/** More than the summary. */
export interface Addition {
  /** Members of the summary as JSON. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface PipelineRun extends PipelineRequest, ReportedRun {}

/** Runs the whole pipeline once in this process and prints what it did. @returns the exit code */
export function runAndReport(run: PipelineRun): Promise<number> {
  return workAndReport(run, (host, outcome, progress) => runPipeline(host, run, outcome, progress));
}

/** Starts all that a local run needs, has `work` done there and prints what came of it. @returns the exit code */
export async function workAndReport(
  run: ReportedRun,
  work: (host: Host, outcome: Outcome, progress: Progress) => Promise<void>,
): Promise<number> {
  const startedAt = Date.now();
  rememberSources(run.home, run.sourcesFile);
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
    await work(host, outcome, progress);
    const addition = await run.addition?.(host);
    const watermarks = await readWatermarks(host.control);
    const summary = summarize(
      outcome,
      watermarks,
      (Date.now() - startedAt) / 1000,
      join(run.home.folder, "warehouse.duckdb"),
    );
    progress.stop();
    const text = run.json
      ? toJson({ ...summary, ...addition?.json }, 2)
      : [summaryText(summary, run.queries), ...(addition ? ["", addition.text] : [])].join("\n");
    process.stdout.write(`${text}\n`);
    return summary.failures.length > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    progress.stop();
    await host.close();
  }
}
