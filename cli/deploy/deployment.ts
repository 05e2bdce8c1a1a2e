import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./run.ts";

/** What is deployed, from where, to which project. */
export interface Deployment {
  readonly project: string;
  /** Absolute. */
  readonly sourcesFile: string;
  /** Folder of the Terraform configuration, absolute. */
  readonly terraform: string;
  /** Where the artefact is built, absolute. */
  readonly artefact: string;
  /** As asked for on the command line. */
  readonly region?: string | undefined;
  /** Names of the secrets that the sources file names. */
  readonly secrets: readonly string[];
  /** Mistakes in the sources file, the connectors and the models. */
  readonly mistakes: readonly string[];
}

/** What a deployment does its work by. */
export interface DeployPorts {
  readonly run: Run;
  /** Writes the artefact. @throws CommandError when it cannot be built */
  build(deployment: Deployment): Promise<{ readonly sha256: string; readonly bytes: number }>;
  /** Whether the plan that was shown may be applied. */
  confirm(question: string): Promise<boolean>;
  sleep(ms: number): Promise<void>;
  say(line: string): void;
}

/** The value of a plain text setting in terraform.tfvars, or undefined where it has none (or there is no file). */
export function settingOf({ terraform }: Deployment, name: string): string | undefined {
  const file = join(terraform, "terraform.tfvars");
  if (!existsSync(file)) return undefined;
  return new RegExp(`^\\s*${name}\\s*=\\s*"([^"]*)"`, "m").exec(readFileSync(file, "utf8"))?.[1];
}

/** Where it goes; the default is that of terraform/variables.tf. */
export function regionOf(deployment: Deployment): string {
  return deployment.region ?? settingOf(deployment, "region") ?? "us-central1";
}

/** The bucket of Terraform's state. */
export function stateBucketOf({ project }: Deployment): string {
  return `gs://${project}-terraform`;
}
