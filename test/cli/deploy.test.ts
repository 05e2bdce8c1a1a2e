import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { deploy } from "../../cli/deploy/deploy.ts";
import type { Deployment, DeployPorts } from "../../cli/deploy/deployment.ts";
import { lastWords, type RunOptions, runProgram } from "../../cli/deploy/run.ts";
import { rollcallProgram } from "../../cli/program.ts";

const folder = mkdtempSync(join(tmpdir(), "rollcall-deploy-"));
const bin = join(folder, "bin");
const cloud = join(folder, "cloud");
const calls = join(folder, "calls");
const terraform = join(folder, "terraform");

/**
 * Programs in the place of gcloud and terraform. They write down how they were called; what the project has is a file each in the folder
 * `cloud`, and a file `fail-…` there lets a call fail with what is in it, once.
 */
const head = `#!/bin/sh
call="\${0##*/} $*"
echo "$call" >> "${calls}"
for fault in "${cloud}"/fail-*; do
  case "$call" in *"\${fault##*/fail-}"*) cat "$fault" >&2; rm "$fault"; exit 1;; esac
done
`;
const gcloud = `${head}case "$*" in
  "version --format=json") echo '{"Google Cloud SDK":"528.0.0"}';;
  "auth list"*) echo someone@district.example;;
  *print-access-token*) echo a-token-that-nobody-may-see;;
  "projects describe"*) echo '{"lifecycleState":"ACTIVE"}';;
  "billing projects describe"*) echo '{"billingEnabled":true}';;
  "storage buckets describe"*) [ -e "${cloud}/bucket" ];;
  "storage buckets create"*) touch "${cloud}/bucket";;
  "secrets versions list"*) if [ -e "${cloud}/secret" ]; then echo 1; else exit 1; fi;;
esac
`;
const terraformText = `${head}case "$*" in
  "version -json") echo '{"terraform_version":"1.11.4"}';;
  *" plan "*) echo "Plan: 3 to add"; [ -e "${cloud}/applied" ] || exit 2;;
  *" apply "*) touch "${cloud}/applied";;
esac
`;

const said: string[] = [];
let slept = 0;
let answer = true;

/** The real programs' way of being called, found on this PATH. */
const ports: DeployPorts = {
  run: (program, words, options: RunOptions = {}) =>
    runProgram(program, words, { variables: { ...options.variables, PATH: `${bin}:/usr/bin:/bin` } }),
  build: async () => ({ sha256: "0123456789abcdef", bytes: 2_000_000 }),
  confirm: async () => answer,
  sleep: async () => {
    slept += 1;
  },
  say: (line) => {
    said.push(line);
  },
};

const deployment: Deployment = {
  project: "district-prod",
  sourcesFile: "/files/sources.yaml",
  terraform,
  artefact: "/files/rollcall.zip",
  secrets: ["district"],
  mistakes: [],
};

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}

const put = (name: string, content = "") => writeFileSync(join(cloud, name), content);
const called = () => readFileSync(calls, "utf8").trimEnd().split("\n");
const changing = () =>
  called().filter((line) => !/version --format|version -json|auth |describe|versions list/.test(line));
const told = () => said.join("\n");

beforeEach(() => {
  for (const each of [bin, cloud, terraform]) {
    rmSync(each, { recursive: true, force: true });
    mkdirSync(each);
  }
  writeFileSync(calls, "");
  writeFileSync(join(terraform, "terraform.tfvars"), 'project_id = "district-prod"\nregion     = "europe-west3"\n');
  program("gcloud", gcloud);
  program("terraform", terraformText);
  said.length = 0;
  slept = 0;
  answer = true;
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(() => rmSync(folder, { recursive: true }));

const plan = `terraform -chdir=${terraform} plan -input=false -detailed-exitcode -out=rollcall.tfplan -var=project_id=district-prod -var=artefact=/files/rollcall.zip -var=sources_file=/files/sources.yaml`;
const apply = `terraform -chdir=${terraform} apply -input=false rollcall.tfplan`;

describe("a first deployment", () => {
  test("makes what Terraform needs, plans and applies, and says which secrets wait", async () => {
    expect(await deploy(deployment, { planOnly: false, yes: true }, ports)).toBe(1);
    expect(changing()).toEqual([
      "gcloud services enable serviceusage.googleapis.com cloudresourcemanager.googleapis.com storage.googleapis.com --project=district-prod --quiet",
      "gcloud storage buckets create gs://district-prod-terraform --location=europe-west3 --uniform-bucket-level-access --public-access-prevention --project=district-prod --quiet",
      "gcloud storage buckets update gs://district-prod-terraform --versioning --project=district-prod --quiet",
      `terraform -chdir=${terraform} init -input=false -reconfigure -backend-config=bucket=district-prod-terraform -backend-config=prefix=rollcall`,
      plan,
      apply,
    ]);
    expect(told()).toMatch(/\[8\/8\][^\n]*\n {4}district has none:.*gcloud secrets versions add district/);
    expect(told()).not.toMatch(/a-token/);
  });

  test("done again changes nothing, and is done when the secrets have values", async () => {
    await deploy(deployment, { planOnly: false, yes: true }, ports);
    put("secret");
    writeFileSync(calls, "");
    expect(await deploy(deployment, { planOnly: false, yes: true }, ports)).toBe(0);
    expect(changing().filter((line) => /create|apply/.test(line))).toEqual([]);
    expect(told()).toMatch(
      /nothing is to be changed[\s\S]*rollcall publish SOURCE ENDPOINT --full --project district-prod/,
    );
  });

  test("only shows the plan when that is asked for, and applies nothing without a yes", async () => {
    expect(await deploy(deployment, { planOnly: true, yes: false }, ports)).toBe(0);
    expect(told()).toMatch(/nothing of it was applied/);
    answer = false;
    expect(await deploy(deployment, { planOnly: false, yes: false }, ports)).toBe(1);
    expect(existsSync(join(cloud, "applied"))).toBe(false);
  });
});

describe("what a deployment takes", () => {
  test.each([
    [
      "a mistake in the configuration",
      () => undefined,
      { mistakes: ["sources.yaml: no url"] },
      /FAIL {2}configuration: .*no url/,
    ],
    ["no terraform", () => rmSync(join(bin, "terraform")), {}, /FAIL {2}terraform: is not there/],
    [
      "an old terraform",
      () => program("terraform", '#!/bin/sh\necho \'{"terraform_version":"1.9.0"}\''),
      {},
      /is 1\.9\.0\. Install 1\.11/,
    ],
    ["no login", () => put("fail-auth list", "x"), {}, /nobody is logged in: gcloud auth login/],
    ["no credentials", () => put("fail-print-access-token", "x"), {}, /gcloud auth application-default login/],
    [
      "no such project",
      () => put("fail-projects describe", "not found"),
      {},
      /district-prod cannot be seen: not found/,
    ],
    [
      "another project's settings",
      () => undefined,
      { project: "district-test" },
      /is for district-prod, not district-test/,
    ],
  ])("is looked at before anything is changed: %s", async (_, spoil, changes, expected) => {
    spoil();
    expect(await deploy({ ...deployment, ...changes }, { planOnly: false, yes: true }, ports)).toBe(2);
    expect(told()).toMatch(expected);
    expect(told()).toMatch(/Nothing was changed/);
    expect(changing()).toEqual([]);
  });

  test("may be hidden from whoever deploys: billing", async () => {
    put("fail-billing", "PERMISSION_DENIED");
    put("secret");
    expect(await deploy(deployment, { planOnly: false, yes: true }, ports)).toBe(0);
    expect(told()).toMatch(/NOTE {2}billing: could not be looked at \(PERMISSION_DENIED\)/);
  });
});

test("a program's own words begin where it says that something is wrong", () => {
  const said = { code: 1, output: "" };
  const gcloudSays =
    "WARNING: old\nERROR: (gcloud.x) You do not have an account.\nPlease run:\n\n  $ gcloud auth login\n\nto log in.\nor so\n";
  expect(lastWords({ ...said, problems: gcloudSays })).toBe(
    "ERROR: (gcloud.x) You do not have an account. Please run: $ gcloud auth login to log in.",
  );
  expect(lastWords({ ...said, problems: "╷\n│ Error: Unsupported argument\n│\n│ on x.tf\n╵\n" })).toMatch(
    /^Error: Unsupported argument .*on x\.tf/,
  );
  expect(lastWords({ ...said, problems: "1\n2\n3\n4\n" })).toBe("2 3 4");
});

describe("a step that fails", () => {
  test.each([
    ["services enable", "denied", /Turning on the first services failed: denied\n.*Service Usage Admin/],
    ["buckets create", "taken", /Making gs:\/\/district-prod-terraform failed: taken/],
    ["buckets update", "died", /Keeping the versions/],
    ["init", "no registry", /terraform init failed: no registry\n.*registry\.terraform\.io/],
    ["plan", "bad variable", /terraform plan failed: bad variable\nNothing was changed/],
    ["apply", "Error 403: denied", /terraform apply failed: Error 403: denied\nWhat was made stays/],
  ])("says what to do, and the same command goes on: %s", async (call, problem, expected) => {
    put("secret");
    put(`fail-${call}`, problem);
    await expect(deploy(deployment, { planOnly: false, yes: true }, ports)).rejects.toThrow(expected);
    expect(await deploy(deployment, { planOnly: false, yes: true }, ports)).toBe(0);
    expect(existsSync(join(cloud, "applied"))).toBe(true);
    expect(called().filter((line) => line.includes("buckets create")).length).toBe(call === "buckets create" ? 2 : 1);
    expect(called().filter((line) => line.includes("--versioning")).length).toBeGreaterThan(0);
  });

  test("for what passes by itself is waited for, planned anew and applied again", async () => {
    put("secret");
    put("fail-apply", "Error: Cannot find metric that matches type logging.googleapis.com/user/x");
    expect(await deploy(deployment, { planOnly: false, yes: true }, ports)).toBe(0);
    expect(slept).toBe(1);
    expect(changing().slice(-4)).toEqual([plan, apply, plan, apply]);
  });
});

describe("the command", () => {
  test("needs a project, and a sources.yaml that is a deployment's own", async () => {
    jest.spyOn(process.stderr, "write").mockImplementation(() => true);
    const run = (...words: string[]) =>
      rollcallProgram(() => undefined).parseAsync(["deploy", ...words], { from: "user" });
    await expect(run()).rejects.toThrow(/--project/);
    await expect(run("--project", "Not An Id")).rejects.toThrow(/id of the project/);
    await expect(run("--project", "district-prod")).rejects.toThrow(/no sources.yaml here/);
  });
});
