import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { processVariables } from "../../shared/config/environment.ts";
import type { LogSink, Severity } from "../../shared/log.ts";
import type { LogFields } from "../../shared/ports/log.ts";

export const functionNames = ["extract", "load", "refresh", "deliver", "reconcile"] as const;
export type FunctionName = (typeof functionNames)[number];

/** What the thread of the functions tells the one that started it. */
export type ThreadSays =
  | {
      readonly kind: "log";
      readonly severity: Severity;
      readonly message: string;
      readonly fields: LogFields;
    }
  | { readonly kind: "listening"; readonly ports: Readonly<Partial<Record<FunctionName, number>>> }
  | { readonly kind: "reached"; readonly number: number };

/** The deployed functions at work in a thread of this process, each on its own port of the loopback address. */
export interface FunctionHost {
  url(name: FunctionName): string;
  /** Rejects when the thread has come to an end that nobody asked for. */
  readonly failed: Promise<never>;
  /** Resolves when all that the functions have logged by now was handed to `onLog`. */
  flushLog(): Promise<void>;
  close(): Promise<void>;
}

export interface FunctionHostOptions {
  /** The environment of the functions, on top of this process's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onLog: LogSink;
  /** Takes what the functions framework prints by itself, line by line. */
  readonly onPrint: (line: string) => void;
}

/**
 * Loads the functions as they are deployed (functions/) and serves them by the functions framework.
 * @throws whatever a function throws while it is loaded
 */
export async function startFunctions({ variables, onLog, onPrint }: FunctionHostOptions): Promise<FunctionHost> {
  const thread = new Worker(new URL("./functions-thread.ts", import.meta.url), {
    env: { ...processVariables(), ...variables },
    stdout: true,
    stderr: true,
  });
  for (const input of [thread.stdout, thread.stderr]) createInterface({ input }).on("line", onPrint);
  const waiting = new Map<number, () => void>();
  let asked = 0;
  const failed = new Promise<never>((_, reject) => {
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`The thread of the functions ended with ${code}`)));
  });
  // Whoever waits learns of it; a failure between two waits is met at the next one, and the end that `close` brings is none.
  failed.catch(() => undefined);
  const listening = new Promise<Readonly<Partial<Record<FunctionName, number>>>>((resolve) => {
    thread.on("message", (said: ThreadSays) => {
      if (said.kind === "log") onLog(said.severity, said.message, said.fields);
      else if (said.kind === "listening") resolve(said.ports);
      else waiting.get(said.number)?.();
    });
  });
  const ports = await Promise.race([listening, failed]);
  return {
    url: (name) => `http://127.0.0.1:${ports[name]}`,
    failed,
    flushLog: () => {
      asked += 1;
      const number = asked;
      const reached = new Promise<void>((resolve) => waiting.set(number, resolve));
      thread.postMessage(number);
      return Promise.race([reached, failed]).finally(() => waiting.delete(number));
    },
    close: async () => {
      await thread.terminate();
    },
  };
}
