import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import * as z from "zod";
import { confirm } from "../confirm.ts";
import { deploy } from "../deploy/deploy.ts";
import type { Deployment, DeployPorts } from "../deploy/deployment.ts";
import { lastWords, runProgram } from "../deploy/run.ts";
import { CommandError } from "../exit.ts";
import { shipped } from "../local/home.ts";
import { validate } from "../local/validation.ts";
import { deploymentSources, projectId } from "./deployment.ts";

interface DeployOptions {
  readonly project: string;
  readonly region?: string;
  readonly sources?: string;
  readonly plan: boolean;
  readonly yes: boolean;
}

const builtSchema = z.object({ sha256: z.string(), bytes: z.number() });

/** Builds in a process of its own, as `npm run build` does. */
async function build({ sourcesFile, artefact }: Deployment): Promise<z.infer<typeof builtSchema>> {
  const words = [shipped.buildScript, "--sources", sourcesFile, "--out", artefact, "--json"];
  const ran = await runProgram(process.execPath, words);
  if (ran.code !== 0) throw new CommandError(`The artefact could not be built: ${lastWords(ran)}`);
  return builtSchema.parse(JSON.parse(ran.output));
}

const ports: DeployPorts = {
  run: runProgram,
  build,
  confirm,
  sleep,
  say: (line) => process.stdout.write(`${line}\n`),
};

/** `rollcall deploy` */
export function deployCommand(setExitCode: (code: number) => void): Command {
  return new Command("deploy")
    .description("Bring a Google Cloud project to what the files here say: check, build, plan, apply")
    .requiredOption("--project <id>", "the project", projectId)
    .option(
      "--region <region>",
      "where it goes, once and for all (default: that of terraform.tfvars, else us-central1)",
    )
    .option("--sources <file>", "sources file (default: sources.yaml)")
    .option("--plan", "end when the plan was shown", false)
    .option("--yes", "apply the plan without a question", false)
    .addHelpText(
      "after",
      "\nIt calls terraform and gcloud, with the credentials that they have; settings are in terraform/terraform.tfvars" +
        "\n(docs/deploy.md). Broken off or failed? The same command goes on: what is done is looked at and left." +
        "\nExit codes: 0 deployed, or the plan was shown; 1 a step failed, or a secret has no value yet; 2 something that it" +
        "\ntakes is missing, and nothing was changed.",
    )
    .action(async ({ project, region, sources, plan, yes }: DeployOptions) => {
      const sourcesFile = deploymentSources(sources, { project });
      const found = validate(sourcesFile);
      const deployment: Deployment = {
        project,
        region,
        sourcesFile,
        terraform: shipped.terraform,
        artefact: shipped.artefact,
        secrets: [...new Set(found.sources?.sources.map(({ secret }) => secret))].sort(),
        mistakes: found.problems,
      };
      setExitCode(await deploy(deployment, { planOnly: plan, yes }, ports));
    });
}
