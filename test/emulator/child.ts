import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A script of the tests in a process of its own, which can be killed as a power cut would. */
export interface Child {
  /** Every line the child has printed so far. */
  readonly lines: string[];
  /** Resolves with the first line that fits, also one printed before. */
  line(pattern: RegExp): Promise<string>;
  /** SIGKILL; resolves when the process is gone and its output is read. */
  kill(): Promise<void>;
}

export function startChild(script: string, ...parameters: string[]): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const { stdout } = child;
  if (stdout === null) throw new Error("The child has no output.");
  const reader = createInterface({ input: stdout });
  reader.on("line", (line) => lines.push(line));
  const ended = once(reader, "close");
  return {
    lines,
    line: async (pattern) => {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await Promise.race([
          once(reader, "line"),
          ended.then(() => Promise.reject(new Error(`ended before ${pattern}`))),
        ]);
      }
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
