import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject } from "./configuration.ts";
import { startProviders } from "./provider-server.ts";
import { readSchemas } from "./schema.ts";

/** The tests of terraform/tests mock values while planning, which Terraform can do from here on. */
const versionMin = [1, 11] as const;

function found(): string | undefined {
  try {
    const text = execFileSync("terraform", ["version", "-json"], {
      encoding: "utf8",
      env: { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { terraform_version: version } = JSON.parse(text) as { terraform_version: string };
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major > versionMin[0] || (major === versionMin[0] && minor >= versionMin[1]) ? version : undefined;
  } catch {
    return undefined;
  }
}

/** The version of Terraform on this machine, if it has one that is new enough. */
export const terraformVersion = found();

export interface Output {
  readonly code: number;
  readonly text: string;
}

/** Terraform at work in a folder, with providers that tell their schemas and do nothing. */
export interface Terraform {
  run(folder: string, ...words: readonly string[]): Promise<Output>;
  close(): void;
}

/** Starts the providers; nothing is downloaded and nothing is written into the folders that Terraform works in. */
export async function openTerraform(): Promise<Terraform> {
  const providers = await startProviders(readSchemas());
  const data = mkdtempSync(join(tmpdir(), "rollcall-terraform-"));
  const env = {
    ...process.env,
    TF_REATTACH_PROVIDERS: providers.reattach,
    TF_DATA_DIR: data,
    TF_CLI_CONFIG_FILE: "/dev/null",
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
  };
  return {
    run: (folder, ...words) =>
      new Promise((resolve, reject) => {
        const child = spawn("terraform", words, { cwd: folder, env });
        let text = "";
        const take = (piece: Buffer): void => {
          text += piece.toString();
        };
        child.stdout.on("data", take);
        child.stderr.on("data", take);
        child.on("error", reject);
        child.on("close", (code) => resolve({ code: code ?? 1, text }));
      }),
    close: () => {
      providers.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** One resource as it would be made. */
export interface Planned {
  readonly type: string;
  readonly name: string;
  readonly index: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface TestRun {
  readonly name: string;
  readonly status: string;
  readonly resources: readonly Planned[];
}

interface TestLine {
  readonly type?: string;
  readonly "@testrun"?: string;
  readonly test_run?: { readonly progress: string; readonly status?: string };
  readonly test_plan?: { readonly resource_changes?: readonly ResourceChange[] };
}

interface ResourceChange {
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly change: { readonly after: unknown };
}

function planned({ type, name, index, change }: ResourceChange): Planned[] {
  const { after } = change as { after: Parameters<typeof isObject>[0] };
  return isObject(after) ? [{ type, name, index: index === undefined ? undefined : String(index), values: after }] : [];
}

/** Reads what `terraform test -json -verbose` printed: how each run ended, and what it planned. */
export function testRunsIn(text: string): TestRun[] {
  const lines = text.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as TestLine] : []));
  const ends = lines.filter(({ test_run: run }) => run?.progress === "complete");
  return ends.map((end) => {
    const name = end["@testrun"] ?? "";
    const plan = lines.find((line) => line.test_plan && line["@testrun"] === name)?.test_plan;
    return { name, status: end.test_run?.status ?? "", resources: (plan?.resource_changes ?? []).flatMap(planned) };
  });
}
