import { readFileSync } from "node:fs";
import { Command } from "commander";
import { backfillCommand } from "./commands/backfill.ts";
import { connectorCommand } from "./commands/connector.ts";
import { costCommand } from "./commands/cost.ts";
import { deliverCommand } from "./commands/deliver.ts";
import { demoCommand } from "./commands/demo.ts";
import { deployCommand } from "./commands/deploy.ts";
import { docsCommand } from "./commands/docs.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { forgetCommand } from "./commands/forget.ts";
import { modelsCommand } from "./commands/models.ts";
import { publishCommand } from "./commands/publish.ts";
import { queryCommand } from "./commands/query.ts";
import { refreshCommand } from "./commands/refresh.ts";
import { replayCommand } from "./commands/replay.ts";
import { resetCommand } from "./commands/reset.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { statusCommand } from "./commands/status.ts";
import { validateCommand } from "./commands/validate.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** The command with all its subcommands; what one of them says of how it ended goes to `setExitCode`. Throws CommanderError instead of exiting. */
export function rollcallProgram(setExitCode: (code: number) => void): Command {
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
    deliverCommand(setExitCode),
    queryCommand(),
    statusCommand(),
    runsCommand(),
    replayCommand(setExitCode),
    modelsCommand(),
    refreshCommand(setExitCode),
    docsCommand(),
    validateCommand(),
    doctorCommand(setExitCode),
    connectorCommand(),
    deployCommand(setExitCode),
    costCommand(),
    forgetCommand(setExitCode),
    resetCommand(),
  ];
  for (const command of commands)
    program.addCommand(command.exitOverride().showHelpAfterError("(add --help for the options)"));
  return program.exitOverride();
}
