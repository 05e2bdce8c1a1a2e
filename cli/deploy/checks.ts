import * as z from "zod";
import { type Deployment, type DeployPorts, settingOf } from "./deployment.ts";
import { lastWords, type Ran } from "./run.ts";

/** What was found before anything is changed. */
export interface Finding {
  readonly what: string;
  /** warn: it can be deployed, and something is still to be done. */
  readonly level: "ok" | "warn" | "fail";
  readonly says: string;
}

type Check = (deployment: Deployment, ports: DeployPorts) => Promise<Finding>;

/** The oldest version with which terraform/ was tried. */
const terraformMin = [1, 11];

const ok = (what: string, says: string): Finding => ({ what, level: "ok", says });
const warn = (what: string, says: string): Finding => ({ what, level: "warn", says });
const fail = (what: string, says: string): Finding => ({ what, level: "fail", says });

function parsed<Schema extends z.ZodType>(ran: Ran, schema: Schema): z.output<Schema> | undefined {
  if (ran.code !== 0) return undefined;
  try {
    return schema.safeParse(JSON.parse(ran.output)).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

const terraformIsThere: Check = async (_, { run }) => {
  const found = parsed(await run("terraform", ["version", "-json"]), z.object({ terraform_version: z.string() }));
  const wanted = terraformMin.join(".");
  if (!found) return fail("terraform", `is not there. Install Terraform ${wanted} or later.`);
  const [major = 0, minor = 0] = found.terraform_version.split(".").map(Number);
  const isEnough = major > (terraformMin[0] ?? 0) || (major === terraformMin[0] && minor >= (terraformMin[1] ?? 0));
  return isEnough
    ? ok("terraform", found.terraform_version)
    : fail("terraform", `is ${found.terraform_version}. Install ${wanted} or later.`);
};

const gcloudIsThere: Check = async (_, { run }) => {
  const ran = await run("gcloud", ["version", "--format=json"]);
  const found = parsed(ran, z.object({ "Google Cloud SDK": z.string() }));
  return found
    ? ok("gcloud", found["Google Cloud SDK"])
    : fail("gcloud", "is not there. Install the Google Cloud CLI: https://cloud.google.com/sdk/docs/install");
};

const someoneLoggedIn: Check = async (_, { run }) => {
  const ran = await run("gcloud", ["auth", "list", "--filter=status:ACTIVE", "--format=value(account)"]);
  const account = ran.code === 0 ? ran.output.trim() : "";
  return account ? ok("gcloud's account", account) : fail("gcloud's account", "nobody is logged in: gcloud auth login");
};

const terraformMayAct: Check = async (_, { run }) => {
  // The token is looked at and thrown away; only whether there is one matters.
  const { code } = await run("gcloud", ["auth", "application-default", "print-access-token", "--quiet"]);
  return code === 0
    ? ok("credentials for Terraform", "Application Default Credentials")
    : fail("credentials for Terraform", "there are none, or they have expired: gcloud auth application-default login");
};

const projectIsThere: Check = async ({ project }, { run }) => {
  const ran = await run("gcloud", ["projects", "describe", project, "--format=json(lifecycleState)", "--quiet"]);
  const found = parsed(ran, z.object({ lifecycleState: z.string() }));
  if (!found) return fail("project", `${project} cannot be seen: ${lastWords(ran)}`);
  return found.lifecycleState === "ACTIVE"
    ? ok("project", project)
    : fail("project", `${project} is ${found.lifecycleState}, not ACTIVE`);
};

const someonePays: Check = async ({ project }, { run }) => {
  const ran = await run("gcloud", [
    "billing",
    "projects",
    "describe",
    project,
    "--format=json(billingEnabled)",
    "--quiet",
  ]);
  const found = parsed(ran, z.object({ billingEnabled: z.boolean() }));
  // Who deploys need not be let into billing; then it shows when services are turned on.
  if (!found) return warn("billing", `could not be looked at (${lastWords(ran)})`);
  return found.billingEnabled
    ? ok("billing", "is on")
    : fail("billing", `is off. Link an account: gcloud billing projects link ${project} --billing-account=…`);
};

const configurationHolds: Check = async ({ sourcesFile, mistakes }) =>
  mistakes.length === 0
    ? ok("configuration", `${sourcesFile}, connectors and models are well`)
    : fail("configuration", mistakes.join("\n"));

const settingsFit: Check = async (deployment) => {
  const given = settingOf(deployment, "project_id");
  if (given === undefined) {
    return warn(
      "terraform.tfvars",
      "names no project. Without the file all has its default: nobody is told of failures, and schedules begin at once (terraform.tfvars.example)",
    );
  }
  return given === deployment.project
    ? ok("terraform.tfvars", `is for ${given}`)
    : fail("terraform.tfvars", `is for ${given}, not ${deployment.project}. Keep one for each project.`);
};

/** Secrets that have no value, or that cannot be looked at. */
export async function emptySecrets({ project, secrets }: Deployment, { run }: DeployPorts): Promise<string[]> {
  const empty: string[] = [];
  for (const name of secrets) {
    const words = ["secrets", "versions", "list", name, `--project=${project}`, "--quiet"];
    const ran = await run("gcloud", [...words, "--filter=state=ENABLED", "--format=value(name)", "--limit=1"]);
    if (ran.code !== 0 || !ran.output.trim()) empty.push(name);
  }
  return empty;
}

const secretsHaveValues: Check = async (deployment, ports) => {
  const empty = await emptySecrets(deployment, ports);
  return empty.length === 0
    ? ok("secrets", `${deployment.secrets.length} have a value`)
    : warn("secrets", `without a value so far: ${empty.join(", ")}. Terraform makes those that are missing, empty`);
};

/** All that can be known before anything is changed; every check is made, so that one look shows all that is to be done. */
export async function checkAll(deployment: Deployment, ports: DeployPorts): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of [configurationHolds, settingsFit, terraformIsThere, gcloudIsThere])
    findings.push(await check(deployment, ports));
  // Without gcloud, or without somebody in it, what follows would only say so again.
  const isMissing = (name: string): boolean => findings.some(({ what, level }) => what === name && level === "fail");
  if (isMissing("gcloud")) return findings;
  for (const check of [someoneLoggedIn, terraformMayAct]) findings.push(await check(deployment, ports));
  if (isMissing("gcloud's account")) return findings;
  for (const check of [projectIsThere, someonePays, secretsHaveValues]) findings.push(await check(deployment, ports));
  return findings;
}
