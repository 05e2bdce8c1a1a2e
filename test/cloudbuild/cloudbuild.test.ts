import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readBuild, readTriggers, type Trigger } from "./files.ts";
import { inBuckets, isShell, newDeployment, type RehearsalOptions, rehearse } from "./rehearsal.ts";

const build = readBuild();
const triggers = readTriggers();
const stages = ["check", "plan", "deploy", "apply"];
const scripts = build.steps.map(({ script }) => script).join("\n");

/** What Cloud Build itself gives each build. */
const given = ["PROJECT_ID", "BUILD_ID", "LOCATION", "TAG_NAME"];

function trigger(name: string): Trigger {
  const found = triggers.get(`rollcall-${name}`);
  if (!found) throw new Error(`no trigger ${name}`);
  return found;
}

describe("cloudbuild.yaml", () => {
  test("has steps that wait for steps before them", () => {
    const before: string[] = ["-"];
    for (const { id, waitFor } of build.steps) {
      for (const other of waitFor) expect(before).toContain(other);
      expect(before).not.toContain(id);
      before.push(id);
    }
  });

  test("lets no step begin before what it uses: only the first does not wait", () => {
    expect(build.steps.filter(({ waitFor }) => waitFor.includes("-")).map(({ id }) => id)).toEqual(["install"]);
  });

  test.each(build.steps.map((step) => [step.id, step] as const))(
    "%s is a script that stops at its first failure",
    (_, step) => {
      expect(step.script).toMatch(/^#!\/bin\/sh -eu\n/);
      expect(isShell(step.script)).toBe(true);
    },
  );

  test("uses substitutions that it defines or that Cloud Build gives, and defines none in vain", () => {
    const used = new Set([...scripts.matchAll(/\$\{?([A-Z_]+)\b/g)].map(([, name = ""]) => name));
    expect([...used].filter((name) => !given.includes(name)).sort()).toEqual(
      Object.keys(build.substitutions)
        .filter((name) => name !== "_STAGE")
        .sort(),
    );
    expect(readFileSync(".ci/only", "utf8")).toContain("$_STAGE");
  });

  test("calls scripts and programs that are there", () => {
    const { scripts: known } = JSON.parse(readFileSync("package.json", "utf8"));
    const npm = [...scripts.matchAll(/^\s*npm (run ([\w:-]+)|test)/gm)].map(([, , name]) => name ?? "test");
    expect(npm).toEqual(["test", "test:system", "test:googlesql", "audit", "build"]);
    for (const name of npm) expect(Object.keys(known)).toContain(name);
    for (const [, file = ""] of scripts.matchAll(/\bnode ([\w/.-]+\.ts)/g)) expect(existsSync(file)).toBe(true);
    for (const [, names = ""] of scripts.matchAll(/^\s*\.ci\/only ([a-z ]+) \|\| exit 0$/gm)) {
      for (const name of names.split(" ")) expect(stages).toContain(name);
    }
  });

  test("gives Terraform variables that it has", () => {
    const variables = [...readFileSync("terraform/variables.tf", "utf8").matchAll(/^variable "(\w+)"/gm)].map(
      ([, name]) => name,
    );
    const set = [...scripts.matchAll(/-var="(\w+)=/g)].map(([, name]) => name);
    expect(new Set(set)).toEqual(new Set(["project_id", "artefact", "sources_file"]));
    for (const name of set) expect(variables).toContain(name);
    expect(readFileSync("terraform/outputs.tf", "utf8")).toContain('output "artefact"');
    // Where the artefact lies that was deployed by hand, and under which name.
    expect(readFileSync("terraform/buckets.tf", "utf8")).toMatch(/"\$\{var\.project_id\}-source"/);
    expect(readFileSync("terraform/functions.tf", "utf8")).toMatch(/"rollcall-\$\{filesha256\(var\.artefact\)\}\.zip"/);
  });

  test("runs in Terraform of a fixed version, and in the Node of the project", () => {
    const { node } = JSON.parse(readFileSync("package.json", "utf8")).devDependencies;
    const images = new Set(build.steps.map(({ name }) => name));
    expect([...images].sort()).toEqual([
      "gcr.io/google.com/cloudsdktool/google-cloud-cli:stable",
      "hashicorp/terraform:1.11.4",
      `node:${node}`,
    ]);
  });
});

describe("the triggers", () => {
  test("are one for pull requests, one for dev, and two for prod, each with its stage", () => {
    expect([...triggers].map(([name, { substitutions }]) => [name, substitutions._STAGE]).sort()).toEqual([
      ["rollcall-dev", "deploy"],
      ["rollcall-prod", "plan"],
      ["rollcall-prod-apply", "apply"],
      ["rollcall-pull-request", "check"],
    ]);
    expect(readdirSync(".ci/triggers")).toHaveLength(triggers.size);
  });

  test("set substitutions that cloudbuild.yaml has", () => {
    for (const { substitutions } of triggers.values()) {
      for (const name of Object.keys(substitutions)) expect(Object.keys(build.substitutions)).toContain(name);
    }
  });

  test("need an approval exactly where prod is changed, and let a pull request act as nobody who may change anything", () => {
    const approved = [...triggers.values()].filter(({ approvalConfig }) => approvalConfig?.approvalRequired);
    expect(approved.map(({ name }) => name)).toEqual(["rollcall-prod-apply"]);
    const accounts = (name: string) => /serviceAccounts\/([\w-]+)@/.exec(trigger(name).serviceAccount)?.[1];
    expect(["pull-request", "prod", "dev", "prod-apply"].map(accounts)).toEqual([
      "rollcall-check",
      "rollcall-plan",
      "rollcall-deploy",
      "rollcall-deploy",
    ]);
    expect(trigger("pull-request").github?.pullRequest).toBeDefined();
    expect(trigger("prod-apply").github).toBeUndefined();
    expect(trigger("prod").substitutions._APPLY_TRIGGER).toBe("rollcall-prod-apply");
  });
});

describe("a rehearsal with stubs for npm, node, Terraform and gcloud", () => {
  const folders: string[] = [];
  const artefact = `rollcall-${createHash("sha256").update("the new artefact\n").digest("hex")}.zip`;

  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  function deployment() {
    const folder = newDeployment();
    folders.push(folder);
    const run = (name: string, options: Partial<RehearsalOptions> = {}) =>
      rehearse({ folder, build, trigger: trigger(name), buildId: `build-${name}`, ...options });
    return { folder, run };
  }

  test("of a pull request tests and builds, and speaks to no cloud", () => {
    const { calls, failedAt } = deployment().run("pull-request");
    expect(failedAt).toBeUndefined();
    expect(calls).toEqual([
      "npm ci --no-audit --no-fund",
      "npm test",
      "npm run test:system",
      "npm run test:googlesql",
      "npm run audit",
      "npm run build -- --sources sources.example.yaml --out dist/rollcall.zip",
    ]);
  });

  test("of dev keeps the artefact under its hash, applies its plan, sends the canary, and leaves it at that", () => {
    const { folder, run } = deployment();
    const { calls, failedAt } = run("dev");
    expect(failedAt).toBeUndefined();
    expect(inBuckets(folder, `PROJECT-terraform/artefacts/${artefact}`)).toBe("the new artefact\n");
    expect(inBuckets(folder, `PROJECT-terraform/artefacts/${artefact}.sbom.json`)).toBe("what it is made of\n");
    const order = ["npm test", "terraform validate", "terraform plan", "terraform apply", "node scripts/canary.ts"];
    expect(order.map((call) => calls.findIndex((line) => line.startsWith(call)))).toEqual(
      order.map((call) => calls.findIndex((line) => line.startsWith(call))).toSorted((a, b) => a - b),
    );
    expect(calls.filter((call) => call.startsWith("terraform apply"))).toEqual([
      "terraform apply -input=false ../plan/terraform.tfplan",
    ]);
    expect(calls.at(-1)).toBe(
      "node scripts/canary.ts --project demo --location us-central1 --sources sources.yaml --endpoint schools --name build-dev",
    );
  });

  test.each(["apply", "canary"] as const)(
    "of dev with a failing %s applies the artefact before, and fails",
    (failing) => {
      const { calls, failedAt, printed } = deployment().run("dev", { failing });
      expect(failedAt).toBe("verdict");
      expect(calls.at(-1)).toMatch(/^terraform apply .*-auto-approve .*-var=artefact=\.\.\/dist\/previous\.zip/);
      expect(printed).toContain("the artefact before\n");
      expect(printed).toContain(`Failed at: ${failing}. The artefact before this one is deployed: rollcall-old.zip.`);
    },
  );

  test("of the first deployment ever has no way back, and says so", () => {
    const { failedAt, printed } = deployment().run("dev", { failing: "canary", first: true });
    expect(failedAt).toBe("roll-back");
    expect(printed).toContain("There is no artefact before this one.");
  });

  test("of prod stops at the plan and asks; the other build applies that plan and that artefact and builds nothing", () => {
    const { folder, run } = deployment();
    const planned = run("prod");
    expect(planned.failedAt).toBeUndefined();
    expect(planned.calls.filter((call) => /terraform apply|canary/.test(call))).toEqual([]);
    const asked =
      /^gcloud builds triggers run rollcall-prod-apply --region=us-central1 --tag=v1.2.3 --substitutions=(_PLAN)=(.+)$/;
    const [, name = "", value = ""] = asked.exec(planned.calls.at(-1) ?? "") ?? [];
    const applied = run("prod-apply", { substitutions: { [name]: value } });
    expect(applied.failedAt).toBeUndefined();
    expect(applied.calls.filter((call) => /npm (test|run)|terraform plan/.test(call))).toEqual([]);
    expect(applied.calls).toContain("terraform apply -input=false ../plan/terraform.tfplan");
    expect(applied.calls.at(-1)).toMatch(/^node scripts\/canary.ts /);
    expect(inBuckets(folder, `PROJECT-terraform/plans/build-prod/plan/artefact`)).toBe(`${artefact}\n`);
  });
});
