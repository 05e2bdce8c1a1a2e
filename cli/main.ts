import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { PermanentError, RetryableError } from "../shared/errors.ts";
import { backfillCommand } from "./commands/backfill.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { publishCommand } from "./commands/publish.ts";
import { queryCommand } from "./commands/query.ts";
import { replayCommand } from "./commands/replay.ts";
import { resetCommand } from "./commands/reset.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { statusCommand } from "./commands/status.ts";
import { validateCommand } from "./commands/validate.ts";
import { CommandError, exitCodes } from "./exit.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

let exitCode: number = exitCodes.ok;
const setExitCode = (code: number): void => {
  exitCode = code;
};

const program = new Command("rollcall")
  .description("School data, brought into BigQuery and kept true. This command runs all of it on one machine.")
  .version(version)
  .showHelpAfterError("(add --help for the options)")
  .configureHelp({ sortSubcommands: false });

const commands = [
  demoCommand(setExitCode),
  sandboxCommand(),
  runCommand(setExitCode),
  publishCommand(setExitCode),
  backfillCommand(setExitCode),
  queryCommand(),
  statusCommand(),
  runsCommand(),
  replayCommand(setExitCode),
  validateCommand(),
  doctorCommand(setExitCode),
  resetCommand(),
];
for (const command of commands)
  program.addCommand(command.exitOverride().showHelpAfterError("(add --help for the options)"));
program.exitOverride();

/** What a person is told of an error, and the exit code it means. A bug keeps its stack. */
function explain(error: unknown): { text: string; code: number } {
  if (error instanceof CommandError) return { text: error.message, code: error.exitCode };
  if (error instanceof PermanentError) return { text: error.message, code: exitCodes.usage };
  if (error instanceof RetryableError) return { text: error.message, code: exitCodes.failed };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: exitCodes.failed };
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
// Open keep-alive connections of the clients must not hold the process back.
process.exit(exitCode);
