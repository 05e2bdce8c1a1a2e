import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { connectCloud } from "../cloud/connect.ts";
import { cloudProblem } from "../cloud/problem.ts";
import type { Connection } from "../deployment/connection.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { connect } from "../local/connect.ts";
import { lastSources, openHome } from "../local/home.ts";
import { sourcesFile } from "../local/targets.ts";

/** Which deployment a command is about: this machine's, unless a project is named. */
export interface DeploymentOptions {
  readonly project?: string;
  readonly location?: string;
}

/** Parses the id of a project. */
export function projectId(text: string): string {
  if (/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text)) return text;
  throw new InvalidArgumentError("Use the id of the project (rollcall-prod), not its name or number.");
}

/** Adds the options that choose a deployment. */
export function choosesDeployment(command: Command): Command {
  return command
    .option("--project <id>", "the deployment in this Google Cloud project, with your own credentials", projectId)
    .option("--location <place>", "where its datasets are (default: it is looked up)");
}

/**
 * The sources file of a deployment. On this machine it is the one that the last run read, where none lies here. The example that reads the
 * sandbox is no deployment's.
 * @throws CommandError without any
 */
export function deploymentSources(given: string | undefined, { project }: DeploymentOptions): string {
  if (project === undefined && given === undefined && !existsSync("sources.yaml")) {
    return sourcesFile(lastSources(openHome()));
  }
  if (project === undefined || given !== undefined || existsSync("sources.yaml")) return sourcesFile(given);
  throw new CommandError(
    `There is no sources.yaml here. Name the one that ${project} is deployed from with --sources.`,
    exitCodes.usage,
  );
}

/** Opens the deployment for as long as `work` takes. @throws CommandError for what the cloud refused, saying what to do */
export async function withDeployment<Result>(
  { project, location, as }: DeploymentOptions & { readonly as?: string },
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  if (project === undefined) {
    if (location !== undefined) throw new CommandError("--location belongs to --project.", exitCodes.usage);
    return closing(await connect(openHome(), as), work);
  }
  if (as !== undefined)
    throw new CommandError("In the cloud everybody asks as themselves: leave out --as.", exitCodes.usage);
  try {
    return await closing(await connectCloud({ project, location }), work);
  } catch (error) {
    throw cloudProblem(error, project) ?? error;
  }
}

async function closing<Result>(
  connection: Connection,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
