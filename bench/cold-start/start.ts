import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const listening = fileURLToPath(new URL("../worker/listening.cjs", import.meta.url));

const saidSchema = z.object({ port: z.int(), cpuMs: z.number(), peakMb: z.number() });

/** A start that takes longer has gone wrong. */
const startMs = 60_000;

/** A function at work in a process of its own, as the platform starts it, and what it has cost until it listened. */
export interface Started {
  readonly url: string;
  /** From the start of the process, as seen from outside. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  /** The lines that it has printed since. */
  printed(): readonly string[];
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Where package.json is. */
  readonly folder: string;
  readonly target: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Starts the functions framework in a folder, on a free port of the loopback address. @throws Error with what it printed when it ends */
export async function startFunction({ folder, target, variables }: StartOptions): Promise<Started> {
  const framework = "node_modules/@google-cloud/functions-framework/build/src/main.js";
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--require", listening, framework], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, NODE_ENV: "production", PORT: "0", FUNCTION_TARGET: target, ...variables },
  });
  const printed: string[] = [];
  // "close" comes after all that it printed, "exit" may come before.
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), startMs);
  try {
    const said = await new Promise<z.infer<typeof saidSchema> & { wallMs: number }>((resolve, reject) => {
      createInterface({ input: child.stderr }).on("line", (line) => printed.push(line));
      createInterface({ input: child.stdout }).on("line", (line) => {
        const wallMs = performance.now() - startedAt;
        if (line.startsWith('{"port"')) resolve({ ...saidSchema.parse(JSON.parse(line)), wallMs });
        else printed.push(line);
      });
      child.once("close", () => {
        reject(new Error(`${target} in ${folder} ended before it listened:\n${printed.join("\n")}`));
      });
    });
    return {
      ...said,
      printed: () => printed,
      url: `http://127.0.0.1:${said.port}`,
      stop: async () => {
        child.kill("SIGKILL");
        await ended;
      },
    };
  } finally {
    clearTimeout(timer);
  }
}
