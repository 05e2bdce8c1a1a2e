import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { checkConnectorFile } from "../../shared/config/connectors-folder.ts";
import { processVariables } from "../../shared/config/environment.ts";
import { openLocalSecrets } from "../../shared/config/local-secrets.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { Refusal } from "../../shared/connector/refusal.ts";
import type { SessionPorts } from "../../shared/connector/session.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { previewEndpoint } from "../../shared/extract/preview.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { connectorTemplate } from "../local/connector-template.ts";
import { openHome, shipped } from "../local/home.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { readConfiguration, selectTargets, sourcesFile } from "../local/targets.ts";

function connectorName(text: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(text)) return text;
  throw new InvalidArgumentError("A connector is named in lower case letters, digits and underscores.");
}

function rowCount(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Rows are a number from 1 on.");
}

/** `rollcall connector new` */
function newCommand(): Command {
  return new Command("new")
    .description("Write a connector file to begin with")
    .argument("<name>", "name of the connector", connectorName)
    .option("--folder <folder>", "where to write it", join(shipped.connectors, "custom"))
    .action((name: string, { folder }: { folder: string }) => {
      const file = join(folder, `${name}.yaml`);
      if (existsSync(file)) throw new CommandError(`${file} is there already.`, exitCodes.usage);
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, connectorTemplate(name), { flag: "wx" });
      process.stdout.write(`${file}\nChange it, then: rollcall connector check ${file}\n`);
    });
}

/** `rollcall connector check` */
function checkCommand(): Command {
  return new Command("check")
    .description("Check one connector file; every mistake is listed")
    .argument("<file>", "connector file")
    .action((file: string) => {
      const { connector, endpoints } = checkConnectorFile(file, shipped.connectors);
      process.stdout.write(`${file}: ${connector} with ${Object.keys(endpoints).length} endpoints. All well.\n`);
    });
}

interface PreviewOptions {
  readonly sources?: string;
  readonly rows: number;
}

/** What is tried again is no news here. */
const sessionPorts = (): SessionPorts => ({
  http: createHttpClient({ userAgent: "rollcall" }),
  secrets: openLocalSecrets(openHome().secretsFile, processVariables()),
  tokens: new TokenCache(),
  clock: systemClock,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
});

async function preview(id: string, name: string, options: PreviewOptions): Promise<void> {
  offerSandboxSecret();
  const configuration = readConfiguration(sourcesFile(options.sources));
  const [target] = selectTargets(configuration, { source: [id], endpoint: [name] });
  const source = configuration.sources.sources.find((candidate) => candidate.id === target?.source);
  const connector = source && configuration.connectors.get(source.connector);
  if (!target || !connector) throw new CommandError(`${id} does not read ${name}.`, exitCodes.usage);
  try {
    const { lines, hasMore, total } = await previewEndpoint(
      source,
      connector,
      target.endpoint,
      target.schoolYear,
      sessionPorts(),
    );
    for (const line of lines.slice(0, options.rows)) process.stdout.write(`${line}\n`);
    const others = `${hasMore ? "; there are more pages" : ""}${total === undefined ? "" : `; the source counts ${total}`}`;
    process.stderr.write(
      `${lines.length} records on the first page of ${target.endpoint}${others}. Nothing was written.\n`,
    );
  } catch (error) {
    throw error instanceof Refusal ? new CommandError(error.message) : error;
  }
}

/** `rollcall connector preview` */
function previewCommand(): Command {
  return new Command("preview")
    .description("Read the first page of an endpoint and print what would land of it")
    .argument("<source>", "id of the source")
    .argument("<endpoint>", "name of the endpoint")
    .option("--rows <number>", "how many lines to print", rowCount, 3)
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .addHelpText("after", "\nIt prints records as they are: names, addresses and all.")
    .action(preview);
}

/** `rollcall connector` */
export function connectorCommand(): Command {
  const command = new Command("connector").description("Make a connector file, check it, and look at what it brings");
  for (const part of [newCommand(), checkCommand(), previewCommand()]) {
    command.addCommand(part.exitOverride().showHelpAfterError("(add --help for the options)"));
  }
  return command;
}
