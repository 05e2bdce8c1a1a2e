import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Build, Trigger } from "./files.ts";

export interface Rehearsed {
  /** How the tools were called, a line each. */
  readonly calls: readonly string[];
  readonly printed: string;
  /** The step that failed; the steps after it were not run. */
  readonly failedAt: string | undefined;
}

export interface RehearsalOptions {
  readonly folder: string;
  readonly build: Build;
  readonly trigger: Trigger;
  readonly buildId: string;
  /** What is given by whoever runs the trigger. */
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly failing?: "apply" | "canary";
  /** Nothing has been deployed before. */
  readonly first?: boolean;
}

/** A folder for the rehearsals of one deployment, in whose buckets lies what was deployed by hand. */
export function newDeployment(): string {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-cloudbuild-"));
  mkdirSync(join(folder, "bin"));
  for (const tool of ["npm", "node", "terraform", "gcloud"]) {
    symlinkSync(resolve("test/cloudbuild/stub.sh"), join(folder, "bin", tool));
  }
  mkdirSync(join(folder, "buckets/demo-source"), { recursive: true });
  writeFileSync(join(folder, "buckets/demo-source/rollcall-old.zip"), "the artefact before\n");
  return folder;
}

/** Runs each step's script as Cloud Build does, in a workspace of its own, with stubs for what would leave this machine. */
export function rehearse({ folder, build, trigger, buildId, ...options }: RehearsalOptions): Rehearsed {
  const workspace = join(folder, buildId);
  mkdirSync(join(workspace, "terraform"), { recursive: true });
  cpSync(".ci", join(workspace, ".ci"), { recursive: true });
  const calls = join(folder, `${buildId}.calls`);
  writeFileSync(calls, "");
  const env = {
    PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
    CALLS: calls,
    BUCKETS: join(folder, "buckets"),
    FAILING: options.failing ?? "",
    FIRST: options.first ? "first" : "",
    PROJECT_ID: "demo",
    LOCATION: "us-central1",
    BUILD_ID: buildId,
    TAG_NAME: "v1.2.3",
    ...build.substitutions,
    ...trigger.substitutions,
    ...options.substitutions,
  };
  let printed = "";
  const said = () => readFileSync(calls, "utf8").split("\n").filter(Boolean);
  for (const { id, script } of build.steps) {
    const file = join(folder, `${buildId}.${id}`);
    writeFileSync(file, script, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync(file, { cwd: workspace, env, encoding: "utf8" });
    printed += stdout + stderr;
    if (status !== 0) return { calls: said(), printed, failedAt: id };
  }
  return { calls: said(), printed, failedAt: undefined };
}

/** Whether a shell can read a script. */
export function isShell(script: string): boolean {
  try {
    execFileSync("/bin/sh", ["-n"], { input: script, stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

export function inBuckets(folder: string, object: string): string | undefined {
  const file = join(folder, "buckets", object);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
