import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "../../shared/ports/warehouse.ts";
import { queryHome } from "./tables.ts";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command at work in its own state folder, as a person runs it. */
export interface Rollcall {
  readonly home: string;
  run(...args: string[]): Promise<Finished>;
  /** Starts the command and gives its process, for a test that kills it. */
  start(...args: string[]): { readonly child: ChildProcess; readonly finished: Promise<Finished> };
  /** Rows of a query, when no command is at work on the state folder. */
  query(sql: string): Promise<Row[]>;
  /** Writes a sources file into the state folder's neighbour and gives its path. */
  sources(text: string): string;
  remove(): void;
}

const command = join(import.meta.dirname, "../../cli/rollcall.js");
/** Longest time one command may take in a test. */
const commandMs = 840_000;

/** A fresh state folder. `secrets` by the name of the secret. */
export function rollcall(
  secrets: Record<string, { key: string; secret: string }> = {},
  more: Record<string, string> = {},
): Rollcall {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-system-"));
  const home = join(folder, "home");
  const variables = Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [
      `ROLLCALL_SECRET_${name.toUpperCase()}`,
      JSON.stringify({ key: value.key, secret: value.secret }),
    ]),
  );
  const start: Rollcall["start"] = (...args) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", command, ...args], {
      env: { ...process.env, ROLLCALL_HOME: home, ...variables, ...more },
      cwd: folder,
      timeout: commandMs,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    const finished = new Promise<Finished>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
    return { child, finished };
  };
  const run: Rollcall["run"] = (...args) => start(...args).finished;
  return {
    home,
    run,
    start,
    query: (sql) => queryHome(home, sql),
    sources: (text) => {
      const file = join(folder, "sources.yaml");
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The summary that `run --json` prints. */
export interface Summary {
  readonly endpoints: readonly {
    source: string;
    endpoint: string;
    school_year: number;
    status: string;
    read: number;
    live: number;
  }[];
  readonly sources: readonly {
    source: string;
    endpoints: number;
    read: number;
    live: number;
    parts: number;
    whole: number;
  }[];
  readonly models: number;
  readonly built: readonly string[];
  readonly parts: number;
  readonly failures: readonly { what: string; error: string }[];
}

export function summaryOf(finished: Finished): Summary {
  if (!finished.stdout.trim().startsWith("{"))
    throw new Error(`no summary (exit ${finished.code}): ${finished.stderr}`);
  return JSON.parse(finished.stdout) as Summary;
}
