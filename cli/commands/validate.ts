import { Command } from "commander";
import { CommandError, exitCodes } from "../exit.ts";
import { sourcesFile } from "../local/targets.ts";
import { validate } from "../local/validation.ts";

/** `rollcall validate` */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check the sources file, the connectors and the models; every mistake is listed")
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .option("--json", "print the result as JSON", false)
    .action((options: { sources?: string; json: boolean }) => {
      const file = sourcesFile(options.sources);
      const { sources, problems, connectors, endpoints, models } = validate(file);
      const counts = { sources: sources?.sources.length ?? 0, connectors, endpoints, models };
      if (options.json) process.stdout.write(`${JSON.stringify({ file, ...counts, problems }, undefined, 2)}\n`);
      if (problems.length > 0) throw new CommandError(options.json ? "" : problems.join("\n"), exitCodes.usage);
      if (!options.json) {
        process.stdout.write(
          `${file}: ${counts.sources} sources; ${counts.connectors} connectors with ${counts.endpoints} endpoints; ${counts.models} models. All well.\n`,
        );
      }
    });
}
