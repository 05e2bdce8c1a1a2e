import { CommandError } from "../exit.ts";
import { type Deployment, type DeployPorts, regionOf, stateBucketOf } from "./deployment.ts";
import { lastWords, type Ran } from "./run.ts";

/** Turned on by hand, for Terraform needs them to turn on the others. */
const firstServices = ["serviceusage", "cloudresourcemanager", "storage"].map((name) => `${name}.googleapis.com`);

function failed(ran: Ran, step: string, remedy: string): CommandError {
  return new CommandError(`${step} failed: ${lastWords(ran)}\n${remedy} Then the same command goes on from here.`);
}

/** Turns on what Terraform itself needs. What is on stays on. */
export async function enableServices({ project }: Deployment, { run, say }: DeployPorts): Promise<void> {
  const ran = await run("gcloud", ["services", "enable", ...firstServices, `--project=${project}`, "--quiet"]);
  const remedy = `It takes the role Service Usage Admin on ${project}, and billing (docs/deploy.md).`;
  if (ran.code !== 0) throw failed(ran, "Turning on the first services", remedy);
  say(`    on: ${firstServices.join(", ")}`);
}

/** Makes the bucket of Terraform's state, with its history; one that is there is kept. */
export async function ensureStateBucket(deployment: Deployment, { run, say }: DeployPorts): Promise<void> {
  const bucket = stateBucketOf(deployment);
  const place = [`--project=${deployment.project}`, "--quiet"];
  const isThere = (await run("gcloud", ["storage", "buckets", "describe", bucket, ...place])).code === 0;
  if (!isThere) {
    const access = ["--uniform-bucket-level-access", "--public-access-prevention"];
    const words = ["storage", "buckets", "create", bucket, `--location=${regionOf(deployment)}`, ...access, ...place];
    const made = await run("gcloud", words);
    const remedy = "It takes the role Storage Admin; the name must be free in the whole world.";
    if (made.code !== 0) throw failed(made, `Making ${bucket}`, remedy);
  }
  // Asked for each time: a command that died between the two would leave a state without a history.
  const kept = await run("gcloud", ["storage", "buckets", "update", bucket, "--versioning", ...place]);
  if (kept.code !== 0) throw failed(kept, `Keeping the versions of ${bucket}`, "It takes the role Storage Admin.");
  say(`    ${bucket} ${isThere ? "is there" : "was made"}, and keeps earlier versions`);
}

/** Builds the artefact; the same files give the same bytes, so a build that was done before changes nothing. */
export async function buildArtefact(deployment: Deployment, ports: DeployPorts): Promise<void> {
  const { sha256, bytes } = await ports.build(deployment);
  ports.say(`    ${deployment.artefact}: ${(bytes / 1e6).toFixed(1)} MB, sha256 ${sha256.slice(0, 12)}`);
}

const automation = { TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
/** Overwritten by each plan, and of no use after its apply. */
const planFile = "rollcall.tfplan";

/** Says which state to work on. `-reconfigure`: a folder that was at work on another project must not carry its state over. */
export async function initTerraform(deployment: Deployment, { run, say }: DeployPorts): Promise<void> {
  const bucket = stateBucketOf(deployment).replace("gs://", "");
  const backend = [`-backend-config=bucket=${bucket}`, "-backend-config=prefix=rollcall"];
  const words = [`-chdir=${deployment.terraform}`, "init", "-input=false", "-reconfigure", ...backend];
  const ran = await run("terraform", words, { variables: automation });
  const remedy = "Terraform must reach registry.terraform.io and the bucket of its state.";
  if (ran.code !== 0) throw failed(ran, "terraform init", remedy);
  say(`    state in ${bucket}, under rollcall`);
}

/** Plans, and shows the plan. @returns whether there is anything to apply */
export async function planTerraform(deployment: Deployment, { run }: DeployPorts): Promise<boolean> {
  const values = [
    `-var=project_id=${deployment.project}`,
    `-var=artefact=${deployment.artefact}`,
    `-var=sources_file=${deployment.sourcesFile}`,
    ...(deployment.region === undefined ? [] : [`-var=region=${deployment.region}`]),
  ];
  const words = ["plan", "-input=false", "-detailed-exitcode", `-out=${planFile}`, ...values];
  const ran = await run("terraform", [`-chdir=${deployment.terraform}`, ...words], {
    show: true,
    variables: automation,
  });
  // 0: nothing to do; 2: something to do.
  if (ran.code === 0) return false;
  if (ran.code === 2) return true;
  throw failed(ran, "terraform plan", 'Nothing was changed. See "When apply fails" in docs/deploy.md.');
}

/** What the services say in the first minutes after they were turned on; it passes by itself. */
const passing =
  /Cannot find metric that matches type|has not been used in project|unable to publish to Pub\/Sub topics|Service account \S+ does not exist|Error 409: unable to queue the operation|retry your request/i;
const appliesMax = 3;
const pauseMs = 60_000;

/** Applies the plan. What is known to pass by itself is waited for, planned anew and applied again. */
export async function applyTerraform(deployment: Deployment, ports: DeployPorts): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const words = [`-chdir=${deployment.terraform}`, "apply", "-input=false", planFile];
    const ran = await ports.run("terraform", words, { show: true, variables: automation });
    if (ran.code === 0) return;
    if (attempt === appliesMax || !passing.test(ran.problems + ran.output)) {
      throw failed(ran, "terraform apply", 'What was made stays. See "When apply fails" in docs/deploy.md.');
    }
    ports.say(
      `    That passes by itself. In a minute it is planned and applied again (${attempt + 1} of ${appliesMax}).`,
    );
    await ports.sleep(pauseMs);
    if (!(await planTerraform(deployment, ports))) return;
  }
}
