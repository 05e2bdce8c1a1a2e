import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { processVariables } from "../../shared/config/environment.ts";

/** Where the state of a local run lives: the landing and control buckets, the warehouse, the logs. */
export interface Home {
  readonly folder: string;
  /** What the local twin of each source's secret is read from. */
  readonly secretsFile: string;
  readonly logFile: string;
  /** Changes made to the sandbox's data, so that they survive its end. */
  readonly sandboxFile: string;
  /** Names the sources file that the last run read. */
  readonly lastSourcesFile: string;
}

const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/** Files that come with Rollcall. */
export const shipped = {
  connectors: join(projectFolder, "connectors"),
  sql: join(projectFolder, "sql"),
  exampleSources: join(projectFolder, "sources.example.yaml"),
  questions: join(projectFolder, "docs/marts.md"),
  terraform: join(projectFolder, "terraform"),
  buildScript: join(projectFolder, "scripts/build.ts"),
  artefact: join(projectFolder, "dist/rollcall.zip"),
} as const;

/** ROLLCALL_HOME, or `.rollcall` in the folder where the command was started. */
export function openHome(folder = processVariables().ROLLCALL_HOME ?? ".rollcall"): Home {
  const absolute = resolve(folder);
  mkdirSync(absolute, { recursive: true });
  return {
    folder: absolute,
    secretsFile: join(absolute, "secrets.yaml"),
    logFile: join(absolute, "rollcall.log"),
    sandboxFile: join(absolute, "sandbox-changes.jsonl"),
    lastSourcesFile: join(absolute, "last-sources.txt"),
  };
}

/** Keeps in mind what sources a run reads, so that who looks at its state need not name them. */
export function rememberSources({ lastSourcesFile }: Home, file: string): void {
  writeFileSync(lastSourcesFile, file);
}

/** The sources file that the last run read, if it is there. */
export function lastSources({ lastSourcesFile }: Home): string | undefined {
  const file = existsSync(lastSourcesFile) ? readFileSync(lastSourcesFile, "utf8") : "";
  return existsSync(file) ? file : undefined;
}

/** The folder of models: SQL_FOLDER, or the models that come with Rollcall. */
export function sqlFolder(): string {
  return processVariables().SQL_FOLDER ?? shipped.sql;
}
