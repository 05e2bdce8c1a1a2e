import { CommanderError } from "commander";
import { PermanentError, RetryableError } from "../shared/errors.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { rollcallProgram } from "./program.ts";

let exitCode: number = exitCodes.ok;
const program = rollcallProgram((code) => {
  exitCode = code;
});

/** What a person is told of an error, and the exit code it means. A bug keeps its stack. */
function explain(error: unknown): { text: string; code: number } {
  if (error instanceof CommandError) return { text: error.message, code: error.exitCode };
  if (error instanceof PermanentError) return { text: error.message, code: exitCodes.usage };
  if (error instanceof RetryableError) return { text: error.message, code: exitCodes.failed };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: exitCodes.failed };
}

// A reader that has gone away (`| head`) wants no more; what is under way goes on without it.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** Resolves when all that was printed has left this process: a pipe takes 64 KiB, and an exit cuts off what waits behind it. */
function printed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

process.once("SIGINT", () => {
  process.stderr.write("\nInterrupted. What was under way goes on with the next run.\n");
  process.exit(exitCodes.interrupted);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed what is wrong, or the help that was asked for.
    exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    const { text, code } = explain(error);
    if (text) process.stderr.write(`${text}\n`);
    exitCode = code;
  }
}
await Promise.all([printed(process.stdout), printed(process.stderr)]);
// Open keep-alive connections of the clients must not hold the process back.
process.exit(exitCode);
