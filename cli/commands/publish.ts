import { Command, Option } from "commander";
import { announce } from "../../shared/control/in-flight.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { connect, runningAddresses } from "../local/connect.ts";
import { type Home, openHome } from "../local/home.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { readConfiguration, selectTargets, sourcesFile, type Target } from "../local/targets.ts";
import { schoolYear } from "../options.ts";
import { runAndReport } from "./pipeline.ts";

interface PublishOptions {
  readonly sources?: string;
  readonly mode: "full" | "delta";
  readonly schoolYear?: number;
  readonly acceptShrink: boolean;
  readonly json: boolean;
}

/** `rollcall publish` */
export function publishCommand(setExitCode: (code: number) => void): Command {
  return new Command("publish")
    .description("Publish one endpoint's message by hand, as Cloud Scheduler would")
    .argument("<source>", "id of the source")
    .argument("<endpoint>", "name of the endpoint (students or studentSchoolAssociations)")
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .addOption(
      new Option("--mode <mode>", "delta: what changed; full: everything").choices(["full", "delta"]).default("delta"),
    )
    .addOption(new Option("--full", "the same as --mode full").implies({ mode: "full" }))
    .option("--school-year <year>", "only this school year (default: all of the source)", schoolYear)
    .option("--accept-shrink", "load a full run even if it lost most of its rows", false)
    .option("--json", "print what was published or done as JSON", false)
    .addHelpText(
      "after",
      "\nIf a run is going on in another terminal, the message joins it. If not, this command handles it to the end.",
    )
    .action(async (source: string, endpoint: string, options: PublishOptions) => {
      const home = openHome();
      const file = sourcesFile(options.sources);
      const configuration = readConfiguration(file);
      const years = options.schoolYear === undefined ? {} : { schoolYear: [options.schoolYear] };
      const targets = selectTargets(configuration, { source: [source], endpoint: [endpoint], ...years });
      if (runningAddresses(home)) return publishOnly(home, targets, options);
      offerSandboxSecret();
      const { mode, acceptShrink, json } = options;
      setExitCode(await runAndReport({ home, sourcesFile: file, targets, mode, acceptShrink, json, queries: [] }));
    });
}

async function publishOnly(home: Home, targets: readonly Target[], options: PublishOptions): Promise<void> {
  const connection = await connect(home);
  try {
    const topic = connection.topics.topic("extract");
    const round = systemClock.now().toISOString();
    for (const target of targets) {
      await announce(connection.control, target, target.connector, systemClock);
      const { source, endpoint, schoolYear: year } = target;
      const messageId = await topic.publish({
        v: 1,
        source,
        endpoint,
        school_year: year,
        mode: options.mode,
        round,
        ...(options.acceptShrink ? { accept_shrink: true } : {}),
      });
      const published = { source, endpoint, school_year: year, mode: options.mode, message_id: messageId };
      process.stdout.write(
        options.json
          ? `${JSON.stringify(published)}\n`
          : `Published ${source}/${endpoint}/${year} (${options.mode}) as message ${messageId}\n`,
      );
    }
  } catch (error) {
    throw error instanceof Error && "code" in error
      ? new CommandError(`The message could not be published: ${error.message}`, exitCodes.failed)
      : error;
  } finally {
    await connection.close();
  }
}
