import { Command } from "commander";
import { announce } from "../../shared/control/in-flight.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Connection } from "../deployment/connection.ts";
import { exitCodes } from "../exit.ts";
import { type BackfillRequest, type BackfillStep, backfillTargets, planBackfill } from "../local/backfill.ts";
import { runningAddresses } from "../local/connect.ts";
import { openHome } from "../local/home.ts";
import { announceTargets, handleToTheEnd, publishTargets } from "../local/pipeline.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { readConfiguration, type Target } from "../local/targets.ts";
import { schoolYear } from "../options.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";
import { workAndReport } from "./pipeline.ts";

interface BackfillOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly from: number;
  readonly to: number;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

function isOpen({ loadedAt }: BackfillStep): boolean {
  return loadedAt === null;
}

function counted(steps: readonly BackfillStep[]): string {
  const open = steps.filter(isOpen).length;
  const loaded = steps.length - open;
  return `${open} full run${open === 1 ? "" : "s"} to do${loaded > 0 ? `; what is loaded is left out: ${loaded} (--force reads it again)` : ""}`;
}

/** The plan as it is printed; `publish` says of each whether it would be published. */
function printPlan(steps: readonly BackfillStep[], json: boolean): void {
  const rows = steps.map((step) => ({
    source: step.source,
    school_year: step.schoolYear,
    endpoint: step.endpoint,
    mode: "full",
    publish: isOpen(step),
    loaded_at: step.loadedAt,
  }));
  process.stdout.write(`${json ? toJson(rows, 2) : `${table(rows)}\n\n${counted(steps)}`}\n`);
}

/** Publishes where functions are at work, in another process or in the cloud: oldest year first, all at once; the functions' own limits hold. */
async function publishOnly(connection: Connection, steps: readonly BackfillStep[], json: boolean): Promise<void> {
  const open = steps.filter(isOpen);
  for (const target of open) await announce(connection.control, target, target.connector, systemClock);
  await publishTargets(connection, { targets: open, mode: "full" });
  for (const { source, endpoint, schoolYear: year } of open) {
    const published = { source, endpoint, school_year: year, mode: "full" };
    process.stdout.write(json ? `${JSON.stringify(published)}\n` : `Published ${source}/${endpoint}/${year} (full)\n`);
  }
  if (!json) process.stdout.write(`${counted(steps)}\n`);
}

function byYear(targets: readonly Target[]): [number, Target[]][] {
  const years = [...new Set(targets.map((target) => target.schoolYear))];
  return years.map((year) => [year, targets.filter((target) => target.schoolYear === year)]);
}

/** `rollcall backfill` */
export function backfillCommand(setExitCode: (code: number) => void): Command {
  return choosesDeployment(new Command("backfill"))
    .description("Load earlier school years: one full run of each endpoint and year, oldest year first")
    .argument("<source>", "id of the source")
    .argument("[endpoints...]", "names of endpoints (default: all of the source)")
    .requiredOption("--from <year>", "first school year", schoolYear)
    .requiredOption("--to <year>", "last school year", schoolYear)
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .option("--force", "also what a full run has loaded already", false)
    .option("--dry-run", "only list what would be published", false)
    .option("--json", "print it as JSON", false)
    .addHelpText(
      "after",
      "\nBroken off, or failed in part? The same command again does what is left." +
        "\nIf a run is going on in another terminal, the messages join it. If not, this command handles them to the end." +
        "\nWith --project the functions of that project handle them, oldest year first as far as they keep the order: rollcall runs --project ID.",
    )
    .action(async (source: string, endpoints: string[], { from, to, force, ...options }: BackfillOptions) => {
      const file = deploymentSources(options.sources, options);
      const request: BackfillRequest = { source, endpoints, from, to, force };
      const targets = backfillTargets(request, readConfiguration(file));
      const home = openHome();
      const { dryRun, json } = options;
      if (dryRun || options.project !== undefined || runningAddresses(home)) {
        await withDeployment(options, async (connection) => {
          const steps = await planBackfill(targets, connection.control, force);
          if (dryRun) printPlan(steps, json);
          else await publishOnly(connection, steps, json);
        });
        setExitCode(exitCodes.ok);
        return;
      }
      offerSandboxSecret();
      setExitCode(
        await workAndReport({ home, sourcesFile: file, json, queries: [] }, (host, outcome, progress) =>
          handleToTheEnd(host, outcome, progress, async () => {
            // Only now: what an earlier backfill left under way has come to its end meanwhile.
            const steps = await planBackfill(targets, host.control, force);
            progress.say(counted(steps));
            const years = byYear(steps.filter(isOpen));
            for (const [index, [year, due]] of years.entries()) {
              // All that is still to come is announced, and again with each year, so that models wait for the last one.
              await announceTargets(
                host,
                years.slice(index).flatMap(([, later]) => later),
                outcome,
              );
              progress.say(`School year ${year} (${index + 1} of ${years.length}): ${due.length} endpoints`);
              await publishTargets(host, { targets: due, mode: "full" });
              await host.whenIdle();
            }
          }),
        ),
      );
    });
}
