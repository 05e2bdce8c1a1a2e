import { exitCodes } from "../exit.ts";
import { checkAll, emptySecrets } from "./checks.ts";
import type { Deployment, DeployPorts } from "./deployment.ts";
import {
  applyTerraform,
  buildArtefact,
  enableServices,
  ensureStateBucket,
  initTerraform,
  planTerraform,
} from "./steps.ts";

export interface DeployChoice {
  /** Ends when the plan was shown. */
  readonly planOnly: boolean;
  /** Applies without a question. */
  readonly yes: boolean;
}

type Step = readonly [name: string, work: (deployment: Deployment, ports: DeployPorts) => Promise<unknown>];

/** Before the plan. Each looks first what is there, so that a deployment that was broken off goes on where it stopped. */
const preparations: readonly Step[] = [
  ["Turn on the services that Terraform needs", enableServices],
  ["Make the bucket of Terraform's state", ensureStateBucket],
  ["Build the artefact", buildArtefact],
  ["Prepare Terraform", initTerraform],
];
/** Checks, preparations, plan, apply, secrets. */
const stepCount = preparations.length + 4;

const signs = { ok: "ok  ", warn: "NOTE", fail: "FAIL" } as const;

async function checks(deployment: Deployment, ports: DeployPorts): Promise<boolean> {
  ports.say(`[1/${stepCount}] Check what it takes`);
  const findings = await checkAll(deployment, ports);
  for (const { what, level, says } of findings) ports.say(`    ${signs[level]}  ${what}: ${says}`);
  return findings.every(({ level }) => level !== "fail");
}

/** Says which secrets wait for their value. @returns whether all have one */
async function secretsAreFilled(deployment: Deployment, ports: DeployPorts): Promise<boolean> {
  ports.say(`[${stepCount}/${stepCount}] Look whether each secret has its value`);
  const empty = await emptySecrets(deployment, ports);
  for (const name of empty) {
    ports.say(
      `    ${name} has none: read -rs SECRET && printf '%s' "$SECRET" | gcloud secrets versions add ${name} --project=${deployment.project} --data-file=-`,
    );
  }
  if (empty.length === 0) ports.say("    all of them");
  return empty.length === 0;
}

function sayWhatIsNext({ project }: Deployment, { say }: DeployPorts): void {
  say(`\nDeployed. Read the first endpoint: rollcall publish SOURCE ENDPOINT --full --project ${project}`);
  say(`See how it goes: rollcall runs --project ${project}. When it is loaded, set paused = false and deploy again.`);
}

/**
 * Brings a project to what the files here say: checks, build, plan, apply. Broken off anywhere, the same call goes on.
 * @returns the exit code
 * @throws CommandError of the step that failed, saying what to do
 */
export async function deploy(deployment: Deployment, choice: DeployChoice, ports: DeployPorts): Promise<number> {
  if (!(await checks(deployment, ports))) {
    ports.say("\nNothing was changed. Put right what failed, then run the same command.");
    return exitCodes.usage;
  }
  for (const [index, [name, work]] of preparations.entries()) {
    ports.say(`[${index + 2}/${stepCount}] ${name}`);
    await work(deployment, ports);
  }
  ports.say(`[${stepCount - 2}/${stepCount}] Plan`);
  const isChange = await planTerraform(deployment, ports);
  if (choice.planOnly) {
    ports.say(isChange ? "\nThis is the plan; nothing of it was applied." : "\nNothing is to be changed.");
    return exitCodes.ok;
  }
  ports.say(`[${stepCount - 1}/${stepCount}] Apply`);
  if (!isChange) ports.say("    nothing is to be changed");
  else if (choice.yes || (await ports.confirm(`Apply this plan to ${deployment.project}?`))) {
    await applyTerraform(deployment, ports);
  } else {
    ports.say("\nThe plan was not applied.");
    return exitCodes.failed;
  }
  if (!(await secretsAreFilled(deployment, ports))) {
    ports.say("\nDeployed, but the sources above cannot be read before their secrets have a value.");
    return exitCodes.failed;
  }
  sayWhatIsNext(deployment, ports);
  return exitCodes.ok;
}
