import { Command } from "commander";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { commandFor } from "../deployment/connection.ts";
import { resultText, underWayText } from "../deployment/deliveries.ts";
import { readStatus, type Status } from "../deployment/status.ts";
import { sqlFolder } from "../local/home.ts";
import { readConfiguration } from "../local/targets.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";

function counted(status: Status): string {
  const states = new Map<string, number>();
  for (const { state } of status.models) states.set(state, (states.get(state) ?? 0) + 1);
  return [...states].map(([state, count]) => `${count} ${state}`).join(", ");
}

/** The status for a person: what is loaded, then only what is not as it should be. */
function statusText(status: Status): string {
  const local = status.running ? "A run is going on." : "No run is going on.";
  const lines = [status.project === undefined ? local : `Project ${status.project}`, ""];
  const marks = status.watermarks.map((mark) => ({
    source: mark.source_id,
    endpoint: mark.endpoint,
    year: mark.school_year,
    rows: mark.row_count,
    watermark: mark.change_version,
    last_run: mark.mode,
    loaded_at: mark.loaded_at.slice(0, 19),
  }));
  const start =
    status.project === undefined ? "rollcall demo, or rollcall run" : "rollcall publish SOURCE ENDPOINT --full";
  lines.push(marks.length > 0 ? table(marks) : `Nothing is loaded yet. Start with: ${commandFor(start, status)}`);
  if (status.in_flight.length > 0) lines.push("", `On their way: ${status.in_flight.join(", ")}`);
  if (status.last_failures.length > 0)
    lines.push("", "Endpoints whose last run did not end well:", table(status.last_failures));
  lines.push("", `Models: ${counted(status)}`);
  const notFresh = status.models.filter(({ state }) => state !== "fresh");
  if (notFresh.length > 0 && marks.length > 0) {
    lines.push(table(notFresh.map(({ model, state, why, error }) => ({ model, state, why: error ?? why.join("; ") }))));
  }
  if (status.deliveries.length > 0) lines.push("", ...status.deliveries.map(resultText));
  if (status.deliveries_under_way.length > 0) lines.push("", ...status.deliveries_under_way.map(underWayText));
  lines.push("", `Dead letters: ${status.dead_letters.length}`);
  if (status.dead_letters.length > 0) {
    lines.push(
      table(status.dead_letters),
      `Once the cause is fixed: ${commandFor("rollcall replay MESSAGE_ID", status)}, or --all (docs/runbook.md)`,
    );
  }
  return lines.join("\n");
}

/** `rollcall status` */
export function statusCommand(): Command {
  return choosesDeployment(new Command("status"))
    .description("Show how far each endpoint is loaded, which models are stale, and what failed")
    .option("--sources <file>", "sources file, for its time zone (default: sources.yaml, else what the last run read)")
    .option("--json", "print it as JSON", false)
    .addHelpText("after", "\nWorks while a run is going on in another terminal.")
    .action(async (options: DeploymentOptions & { sources?: string; json: boolean }) => {
      const { sources } = readConfiguration(deploymentSources(options.sources, options));
      const models = deployedModels(readCatalogue(sqlFolder()), sources);
      const status = await withDeployment(options, (connection) => readStatus(connection, models, sources));
      process.stdout.write(`${options.json ? toJson(status, 2) : statusText(status)}\n`);
    });
}
