import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A measurement runs in a process of its own, so that its memory is its own. */
export interface Child {
  /** The next JSON line that the worker prints. */
  next<Result>(): Promise<Result>;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Longest time that one step of a benchmark may take. */
const stepMs = 15 * 60 * 1000;

/** Starts bench/worker/<name>.ts with its options as JSON. */
export function startWorker(name: string, options: object, variables: Record<string, string> = {}): Child {
  const file = fileURLToPath(new URL(`./worker/${name}.ts`, import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", file, JSON.stringify(options)],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...variables },
    },
  );
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  const ended = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const take = waiting.shift();
      if (take) take(line);
      else lines.push(line);
    });
  }
  return {
    next: async <Result>() => {
      const line = lines.shift();
      if (line !== undefined) return JSON.parse(line) as Result;
      let timer: NodeJS.Timeout | undefined;
      const failed = ended.then((code): never => {
        throw new Error(`bench/worker/${name}.ts ended with ${code} before it answered`);
      });
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`bench/worker/${name}.ts gave no answer in time`)), stepMs);
      });
      const answer = new Promise<string>((resolve) => waiting.push(resolve));
      const text = await Promise.race([answer, failed, late]).finally(() => clearTimeout(timer));
      failed.catch(() => undefined);
      return JSON.parse(text) as Result;
    },
    signal: (signal) => child.kill(signal),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Runs a worker that answers once and ends. */
export async function measure<Result>(
  name: string,
  options: object,
  variables: Record<string, string> = {},
): Promise<Result> {
  const child = startWorker(name, options, variables);
  try {
    return await child.next<Result>();
  } finally {
    await child.stop();
  }
}
