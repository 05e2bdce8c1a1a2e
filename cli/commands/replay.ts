import { Command } from "commander";
import type { Connection } from "../deployment/connection.ts";
import { type ReplayLine, type ReplayRequest, replay } from "../deployment/replay.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { runningAddresses } from "../local/connect.ts";
import { openHome } from "../local/home.ts";
import { handleToTheEnd } from "../local/pipeline.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { type Configuration, readConfiguration } from "../local/targets.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";
import { workAndReport } from "./pipeline.ts";

interface ReplayOptions extends DeploymentOptions {
  readonly all: boolean;
  readonly drop: boolean;
  readonly sources?: string;
  readonly json: boolean;
}

function lineText({ what, kind, did, function: name, message_id, error }: ReplayLine): string {
  if (error !== null) return error;
  if (did === "dropped") return `Dropped ${kind} ${what} (${name})`;
  return `Published ${kind} ${what} to ${name} as message ${message_id}`;
}

/** Replays where functions are at work, which handle what is published. */
async function publishOnly(
  connection: Connection,
  request: ReplayRequest,
  configuration: Configuration,
  json: boolean,
): Promise<number> {
  const lines = await replay(request, connection, configuration);
  for (const line of lines) process.stdout.write(`${json ? JSON.stringify(line) : lineText(line)}\n`);
  if (lines.length === 0 && !json) process.stdout.write("There are no dead letters.\n");
  return lines.some(({ error }) => error !== null) ? exitCodes.failed : exitCodes.ok;
}

/** `rollcall replay` */
export function replayCommand(setExitCode: (code: number) => void): Command {
  return choosesDeployment(new Command("replay"))
    .description("Publish again: the load of a manifest, or a dead letter once its cause is fixed")
    .argument(
      "[what...]",
      "a manifest by its name or run id (rollcall runs), a dead letter by its id (rollcall status)",
    )
    .option("--all", "every dead letter", false)
    .option("--drop", "take the dead letters away instead of publishing them", false)
    .option("--sources <file>", "sources file (default: sources.yaml, else what the last run read)")
    .option("--json", "print what was published or done as JSON", false)
    .addHelpText(
      "after",
      "\nA dead letter is taken away when its message has been published. Replaying twice does nothing twice.\n" +
        "If a run is going on in another terminal, the messages join it. If not, this command handles them to the end.",
    )
    .action(async (what: string[], { all, drop, sources, json, ...place }: ReplayOptions) => {
      if (what.length === 0 && !all)
        throw new CommandError(
          "Say what to replay: a manifest, a run id, a dead letter's id, or --all.",
          exitCodes.usage,
        );
      const file = deploymentSources(sources, place);
      const configuration = readConfiguration(file);
      const request: ReplayRequest = { what, all, drop };
      if (place.project !== undefined || runningAddresses(openHome()) || drop) {
        setExitCode(await withDeployment(place, (connection) => publishOnly(connection, request, configuration, json)));
        return;
      }
      offerSandboxSecret();
      const run = { home: openHome(), sourcesFile: file, json, queries: [] };
      setExitCode(
        await workAndReport(run, (host, outcome, progress) =>
          handleToTheEnd(host, outcome, progress, async () => {
            for (const line of await replay(request, host, configuration)) {
              if (line.error === null) progress.say(lineText(line));
              else outcome.failures.push({ what: `${line.kind} ${line.what}`, error: line.error });
            }
          }),
        ),
      );
    });
}
