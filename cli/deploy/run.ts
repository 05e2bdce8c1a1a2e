import { spawn } from "node:child_process";
import { processVariables } from "../../shared/config/environment.ts";

/** How a program ended and what it printed. */
export interface Ran {
  /** 127 when there is no such program. */
  readonly code: number;
  readonly output: string;
  /** What it said on standard error. */
  readonly problems: string;
}

export interface RunOptions {
  /** Also shows what it prints while it prints it. */
  readonly show?: boolean;
  /** Set for it on top of this process's environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs a program to its end; it is asked nothing, for its input is closed. */
export type Run = (program: string, words: readonly string[], options?: RunOptions) => Promise<Ran>;

const notThere = 127;

export const runProgram: Run = (program, words, { show = false, variables = {} } = {}) =>
  new Promise((resolve, reject) => {
    const env = { ...processVariables(), ...variables };
    const child = spawn(program, words, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let problems = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      output += piece;
      if (show) process.stdout.write(piece);
    });
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      problems += piece;
      if (show) process.stderr.write(piece);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve({ code: notThere, output, problems });
      else reject(error);
    });
    child.on("close", (code) => resolve({ code: code ?? 1, output, problems }));
  });

/** Why a program failed, in its own words: from where it says "error" on, else its last lines. */
export function lastWords({ output, problems }: Ran): string {
  const lines = (problems.trim() || output.trim()).split("\n").filter((line) => line.trim());
  const from = lines.findIndex((line) => /^\W*error\b/i.test(line));
  return (from < 0 ? lines.slice(-3) : lines.slice(from, from + 4))
    .map((line) => line.replace(/^[│╷╵\s]+/, ""))
    .join(" ")
    .slice(0, 600);
}
