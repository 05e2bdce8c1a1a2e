import { Command, InvalidArgumentError } from "commander";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { findEndpoint } from "../../shared/config/sources.ts";
import { type RunLine, type RunStatusName, readRuns, runStatuses } from "../deployment/runs.ts";
import { shipped } from "../local/home.ts";
import { count, listOf, schoolYear } from "../options.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, withDeployment } from "./deployment.ts";

interface RunsOptions extends DeploymentOptions {
  readonly source?: string[];
  readonly endpoint?: string[];
  readonly schoolYear?: number[];
  readonly status?: RunStatusName[];
  readonly limit: number;
  readonly json: boolean;
}

function secondsOf({ started_at: from, finished_at: to }: RunLine): number | null {
  const ms = from && to ? Date.parse(to) - Date.parse(from) : Number.NaN;
  return Number.isNaN(ms) ? null : Math.round(ms / 100) / 10;
}

/** The runs for a person: one line each, and the errors in full below, because they say what to do. */
function runsText(lines: readonly RunLine[], limit: number): string {
  if (lines.length === 0) return "No run is like this. Nothing has run yet, or the filters leave nothing over.";
  const rows = lines.map((line) => ({
    started_at: line.started_at?.slice(0, 19) ?? null,
    source: line.source,
    endpoint: line.endpoint,
    year: line.school_year,
    mode: line.mode,
    status: line.status,
    rows: line.rows,
    deletes: line.deletes,
    seconds: secondsOf(line),
    run_id: line.run_id,
  }));
  const errors = lines.flatMap(({ source, endpoint, school_year, run_id, error }) =>
    error ? [`  ${source}/${endpoint}/${school_year} ${run_id ?? ""}: ${error}`] : [],
  );
  return [
    table(rows),
    ...(errors.length > 0 ? ["", "What they say:", ...errors] : []),
    ...(lines.length === limit ? ["", `Shown are the first ${limit}; --limit shows more.`] : []),
  ].join("\n");
}

function status(text: string): RunStatusName {
  const known = runStatuses.find((name) => name === text);
  if (!known) throw new InvalidArgumentError(`A status is one of ${runStatuses.join(", ")}.`);
  return known;
}

/** `rollcall runs` */
export function runsCommand(): Command {
  return choosesDeployment(new Command("runs"))
    .description("Show what ran: what is under way, then the ledger, newest first")
    .option("--source <id>", "only this source; may be repeated", listOf(String))
    .option("--endpoint <name>", "only this endpoint; may be repeated", listOf(String))
    .option("--school-year <year>", "only this school year; may be repeated", listOf(schoolYear))
    .option(
      "--status <status>",
      `only runs of this status (${runStatuses.join(", ")}); may be repeated`,
      listOf(status),
    )
    .option("--limit <number>", "show at most so many", count, 50)
    .option("--json", "print them as JSON, with all that is known", false)
    .addHelpText("after", "\nWorks while a run is going on in another terminal.")
    .action(async ({ source, endpoint, schoolYear: years, status: statuses, limit, json, ...place }: RunsOptions) => {
      const connectors = readConnectors(shipped.connectors);
      // A name that no connector has any more may still be in the ledger.
      const endpoints = endpoint?.map(
        (name) => [...connectors.values()].flatMap((connector) => findEndpoint(connector, name)?.name ?? [])[0] ?? name,
      );
      const filter = { source, endpoint: endpoints, schoolYear: years, status: statuses };
      const lines = await withDeployment(place, (connection) => readRuns(connection, connectors, filter, limit));
      process.stdout.write(`${json ? toJson(lines, 2) : runsText(lines, limit)}\n`);
    });
}
