import { Command, Option } from "commander";
import { CommandError, exitCodes } from "../exit.ts";
import { openHome } from "../local/home.ts";
import { offerSandboxSecret } from "../local/sandbox-secret.ts";
import { readConfiguration, selectTargets, sourcesFile } from "../local/targets.ts";
import { listOf, schoolYear } from "../options.ts";
import { runAndReport } from "./pipeline.ts";

interface RunOptions {
  readonly sources?: string;
  readonly source?: string[];
  readonly endpoint?: string[];
  readonly schoolYear?: number[];
  readonly mode: "full" | "delta";
  readonly acceptShrink: boolean;
  readonly workSeconds?: number;
  readonly json: boolean;
}

/** `rollcall run` */
export function runCommand(setExitCode: (code: number) => void): Command {
  return new Command("run")
    .description("Run the pipeline once on this machine, against what the sources file names")
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .option("--source <id>", "only this source; may be repeated", listOf(String))
    .option(
      "--endpoint <name>",
      "only this endpoint (students or studentSchoolAssociations); may be repeated",
      listOf(String),
    )
    .option("--school-year <year>", "only this school year; may be repeated", listOf(schoolYear))
    .addOption(
      new Option("--mode <mode>", "delta: what changed since the last run; full: everything")
        .choices(["full", "delta"])
        .default("delta"),
    )
    .option("--accept-shrink", "load a full run even if it lost most of its rows", false)
    .addOption(
      new Option("--work-seconds <seconds>", "how long one function works before it hands over")
        .argParser(Number)
        .hideHelp(),
    )
    .option("--json", "print the summary as JSON", false)
    .addHelpText(
      "after",
      "\nExit codes: 0 all done, 1 something failed (see the list at the end), 2 wrong options or files.",
    )
    .action(async (options: RunOptions) => {
      const file = sourcesFile(options.sources);
      const configuration = readConfiguration(file);
      const targets = selectTargets(configuration, options);
      if (options.workSeconds !== undefined && !(options.workSeconds > 0))
        throw new CommandError("--work-seconds is a number above 0", exitCodes.usage);
      offerSandboxSecret();
      setExitCode(
        await runAndReport({
          home: openHome(),
          sourcesFile: file,
          targets,
          mode: options.mode,
          acceptShrink: options.acceptShrink,
          json: options.json,
          queries: [],
          workSeconds: options.workSeconds,
        }),
      );
    });
}
