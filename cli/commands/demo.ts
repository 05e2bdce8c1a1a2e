import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { CommandError, exitCodes } from "../exit.ts";
import { type DemoSource, demoSources, type ServedSource, serveDemoSource } from "../local/demo-sources.ts";
import { openHome } from "../local/home.ts";
import { readConfiguration, selectTargets } from "../local/targets.ts";
import { runAndReport } from "./pipeline.ts";

interface DemoOptions {
  readonly source?: string[];
  readonly without?: string[];
  readonly mode: "full" | "delta";
  readonly json: boolean;
}

const kinds = demoSources.map(({ connector }) => connector);

/** An option that names kinds of sources and may be repeated. */
function kindOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(kinds).argParser((text: string, list: string[] | undefined) => {
    if (kinds.includes(text)) return [...(list ?? []), text];
    throw new InvalidArgumentError(`Allowed choices are ${kinds.join(", ")}.`);
  });
}

/** The sources that are asked for. @throws CommandError when none is left */
function chosen({ source, without }: DemoOptions): readonly DemoSource[] {
  const found = demoSources.filter(
    ({ connector }) => (source?.includes(connector) ?? true) && !without?.includes(connector),
  );
  if (found.length > 0) return found;
  throw new CommandError("No source is left to show.", exitCodes.usage);
}

/** `rollcall demo`, which is `npm start` */
export function demoCommand(setExitCode: (code: number) => void): Command {
  return new Command("demo")
    .description("Serve the sandbox APIs and run the whole pipeline against them on this machine (npm start)")
    .addOption(kindOption("--source <connector>", "only this kind of source; may be repeated"))
    .addOption(kindOption("--without <connector>", "all but this kind of source; may be repeated"))
    .addOption(
      new Option("--mode <mode>", "delta: what changed since the last demo; full: everything")
        .choices(["full", "delta"])
        .default("delta"),
    )
    .option("--json", "print the summary as JSON", false)
    .addHelpText(
      "after",
      "\nThe state stays in .rollcall (or ROLLCALL_HOME). A second demo reads only what changed, and of sources that do not tell changes everything.",
    )
    .action(async (options: DemoOptions) => {
      const home = openHome();
      const sources = chosen(options);
      const served: ServedSource[] = [];
      try {
        for (const source of sources) served.push(await serveDemoSource(source, home));
        const file = join(home.folder, "demo-sources.yaml");
        writeFileSync(file, stringify({ time_zone: "America/Chicago", sources: served.map(({ entry }) => entry) }));
        const targets = selectTargets(readConfiguration(file), {});
        for (const { title, entry } of served) {
          const endpoints = targets.filter((target) => target.source === entry.id).length;
          process.stderr.write(`Sandbox API at ${entry.url}: ${endpoints} endpoints of ${title}\n`);
        }
        setExitCode(
          await runAndReport({
            home,
            sourcesFile: file,
            targets,
            mode: options.mode,
            json: options.json,
            queries: sources.flatMap(({ queries }) => queries),
          }),
        );
      } finally {
        await Promise.all(served.map((source) => source.close()));
      }
    });
}
