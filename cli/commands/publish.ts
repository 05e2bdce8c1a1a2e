import { Command, Option } from "commander";
import { announce } from "../../shared/control/in-flight.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Connection } from "../deployment/connection.ts";
import { runningAddresses } from "../local/connect.ts";
import { openHome } from "../local/home.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { readConfiguration, selectTargets, type Target } from "../local/targets.ts";
import { schoolYear } from "../options.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";
import { runAndReport } from "./pipeline.ts";

interface PublishOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly mode: "full" | "delta";
  readonly schoolYear?: number;
  readonly acceptShrink: boolean;
  readonly json: boolean;
}

/** `rollcall publish` */
export function publishCommand(setExitCode: (code: number) => void): Command {
  return choosesDeployment(new Command("publish"))
    .description("Publish one endpoint's message by hand, as Cloud Scheduler would")
    .argument("<source>", "id of the source")
    .argument("<endpoint>", "name of the endpoint (students or studentSchoolAssociations)")
    .option("--sources <file>", "sources file (default: sources.yaml, else what the last run read)")
    .addOption(
      new Option("--mode <mode>", "delta: what changed; full: everything").choices(["full", "delta"]).default("delta"),
    )
    .addOption(new Option("--full", "the same as --mode full").implies({ mode: "full" }))
    .option("--school-year <year>", "only this school year (default: all of the source)", schoolYear)
    .option("--accept-shrink", "load a full run even if it lost most of its rows", false)
    .option("--json", "print what was published or done as JSON", false)
    .addHelpText(
      "after",
      "\nIf a run is going on in another terminal, the message joins it. If not, this command handles it to the end.\n" +
        "With --project the functions of that project handle it: rollcall runs --project ID shows how it goes.",
    )
    .action(async (source: string, endpoint: string, options: PublishOptions) => {
      const file = deploymentSources(options.sources, options);
      const configuration = readConfiguration(file);
      const years = options.schoolYear === undefined ? {} : { schoolYear: [options.schoolYear] };
      const targets = selectTargets(configuration, { source: [source], endpoint: [endpoint], ...years });
      if (options.project !== undefined || runningAddresses(openHome()))
        return withDeployment(options, (connection) => publishOnly(connection, targets, options));
      offerSandboxSecret();
      const { mode, acceptShrink, json } = options;
      setExitCode(
        await runAndReport({ home: openHome(), sourcesFile: file, targets, mode, acceptShrink, json, queries: [] }),
      );
    });
}

/** Publishes where functions are at work, which handle what is published. */
async function publishOnly(
  { control, topics }: Connection,
  targets: readonly Target[],
  { mode, acceptShrink, json }: PublishOptions,
): Promise<void> {
  const topic = topics.topic("extract");
  const round = systemClock.now().toISOString();
  for (const target of targets) {
    await announce(control, target, target.connector, systemClock);
    const { source, endpoint, schoolYear: year } = target;
    const messageId = await topic.publish({
      v: 1,
      source,
      endpoint,
      school_year: year,
      mode,
      round,
      ...(acceptShrink ? { accept_shrink: true } : {}),
    });
    const published = { source, endpoint, school_year: year, mode, message_id: messageId };
    process.stdout.write(
      json
        ? `${JSON.stringify(published)}\n`
        : `Published ${source}/${endpoint}/${year} (${mode}) as message ${messageId}\n`,
    );
  }
}
