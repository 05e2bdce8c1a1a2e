import { Command } from "commander";
import { PermanentError } from "../../shared/errors.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import type { Connection } from "../deployment/connection.ts";
import { CommandError } from "../exit.ts";
import { runningAddresses } from "../local/connect.ts";
import { openHome, sqlFolder } from "../local/home.ts";
import { handleToTheEnd } from "../local/pipeline.ts";
import { readConfiguration } from "../local/targets.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";
import { workAndReport } from "./pipeline.ts";

interface RefreshOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly select?: readonly string[];
  readonly force: boolean;
  readonly json: boolean;
}

/** The message that asks for it. Forcing without a selection means every model. */
function messageOf(names: readonly string[], { select, force }: Pick<RefreshOptions, "select" | "force">): object {
  return {
    v: 1,
    reason: "asked by a person",
    ...(select ? { select } : {}),
    ...(force ? { force: select ?? names } : {}),
  };
}

/** Publishes where functions are at work, which handle what is published. */
async function publishOnly({ topics }: Connection, message: object, json: boolean): Promise<void> {
  const messageId = await topics.topic("refresh").publish(message);
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...message, message_id: messageId })}\n`
      : `Published to refresh as message ${messageId}\n`,
  );
}

/** The names of all models, once the selection is known to be clear. @throws CommandError when it is not */
function namesOf(file: string, select: readonly string[] | undefined): string[] {
  const { sources } = readConfiguration(file);
  const graph = graphOf(deployedModels(readCatalogue(sqlFolder()), sources));
  try {
    if (select) selectModels(graph, select);
  } catch (error) {
    if (error instanceof PermanentError) throw new CommandError(error.message);
    throw error;
  }
  return graph.models.map(({ name }) => name);
}

/** `rollcall refresh` */
export function refreshCommand(setExitCode: (code: number) => void): Command {
  return choosesDeployment(new Command("refresh"))
    .description("Build the models that are stale, without reading any source")
    .option(
      "--select <models...>",
      "only these: dim_student, dim_student+ (and what reads it), +dim_student (and what it reads)",
    )
    .option(
      "--force",
      "build them even if they are fresh, or failed and nothing changed; lost rows are then no failure",
      false,
    )
    .option("--sources <file>", "sources file (default: sources.yaml, else what the last run read)")
    .option("--json", "print what was published or done as JSON", false)
    .addHelpText(
      "after",
      "\nrollcall models --estimate says before what it would read. If a run is going on in another terminal, it does the work.\n" +
        "With --project the functions of that project do: rollcall status --project ID shows how it goes.",
    )
    .action(async ({ sources, select, force, json, ...place }: RefreshOptions) => {
      const file = deploymentSources(sources, place);
      const message = messageOf(namesOf(file, select), { ...(select && { select }), force });
      if (place.project !== undefined || runningAddresses(openHome())) {
        return withDeployment(place, (connection) => publishOnly(connection, message, json));
      }
      const run = { home: openHome(), sourcesFile: file, json, queries: [] };
      setExitCode(
        await workAndReport(run, (host, outcome, progress) =>
          handleToTheEnd(host, outcome, progress, async () => {
            await host.topics.topic("refresh").publish(message);
          }),
        ),
      );
    });
}
