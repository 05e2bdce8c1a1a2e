import { Command } from "commander";
import { readConnectors } from "../shared/config/connectors-folder.ts";
import { processVariables } from "../shared/config/environment.ts";
import { findEndpoint, readSources, yearsOf } from "../shared/config/sources.ts";
import { PermanentError, RetryableError } from "../shared/errors.ts";
import { openTopics } from "../shared/google/topics.ts";
import { openWarehouse } from "../shared/google/warehouse.ts";
import { systemClock } from "../shared/ports/clock.ts";
import { type Canary, sendCanary } from "./canary/send.ts";

interface Options {
  readonly project: string;
  readonly location: string;
  readonly topic: string;
  readonly sources: string;
  readonly source?: string;
  readonly endpoint: string;
  readonly name: string;
  readonly wait: string;
  readonly json: boolean;
}

/** The endpoint asked for, of the source asked for or the first, in its newest school year. @throws PermanentError when there is none */
function canaryOf(options: Options): Canary {
  const connectors = readConnectors("connectors");
  const { sources } = readSources(options.sources, connectors);
  const source = sources.find(({ id }) => options.source === undefined || id === options.source);
  if (!source) throw new PermanentError(`There is no source "${options.source}" in ${options.sources}.`);
  const connector = connectors.get(source.connector);
  const found = connector && findEndpoint(connector, options.endpoint);
  if (!found) throw new PermanentError(`${source.connector} has no endpoint "${options.endpoint}".`);
  return { source: source.id, endpoint: found.name, schoolYear: Math.max(...yearsOf(source)), name: options.name };
}

/** @returns the exit code */
async function run(options: Options): Promise<number> {
  const canary = canaryOf(options);
  // The addresses of the emulator, where the functions find them too.
  const { PUBSUB_EMULATOR_HOST: emulatorHost, ROLLCALL_BIGQUERY_ENDPOINT: endpoint } = processVariables();
  const topics = openTopics({ projectId: options.project, emulatorHost });
  try {
    const result = await sendCanary(canary, {
      extractTopic: topics.topic(options.topic),
      warehouse: openWarehouse({
        projectId: options.project,
        location: options.location,
        endpoint,
        clock: systemClock,
      }),
      clock: systemClock,
      waitMs: Number(options.wait) * 1000,
    });
    if (options.json) process.stdout.write(`${JSON.stringify({ ...canary, ...result })}\n`);
    const where = `${canary.source}/${canary.endpoint}/${canary.schoolYear}, run ${result.runId}`;
    const said =
      result.status ?? `no row in the ledger after ${options.wait} s; see the dead letters and the functions' logs`;
    process.stderr.write(`Canary ${where}: ${said}${result.error ? ` (${result.error})` : ""}\n`);
    return result.status === "succeeded" ? 0 : 1;
  } finally {
    await topics.close();
  }
}

await new Command("canary")
  .description(
    "Send one message through a deployment and wait for its row in the ledger; exit code 1 when it did not arrive",
  )
  .requiredOption("--project <id>", "the Google Cloud project")
  .requiredOption("--endpoint <name>", "a small endpoint, such as schools")
  .option("--source <id>", "a source of the sources file (default: its first)")
  .option("--sources <file>", "the sources.yaml of the deployment", "sources.yaml")
  .option("--location <name>", "where BigQuery has its data", "US")
  .option("--topic <name>", "the topic that extract listens to", "extract")
  .option("--name <text>", "what this canary is named for, such as the id of a build", "by hand")
  .option("--wait <seconds>", "how long the pipeline may take", "900")
  .option("--json", "print the result as JSON", false)
  .action(async (options: Options) => {
    try {
      process.exitCode = await run(options);
    } catch (error) {
      if (!(error instanceof PermanentError || error instanceof RetryableError)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();
