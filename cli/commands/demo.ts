import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { CommandError, exitCodes } from "../exit.ts";
import { type DemoSource, demoSources, type ServedSource, serveDemoSource } from "../local/demo-sources.ts";
import { openHome } from "../local/home.ts";
import type { Host } from "../local/host.ts";
import { loopCounts, loopEntries, loopPipelines } from "../local/loop.ts";
import { runPipeline } from "../local/pipeline.ts";
import { readConfiguration, selectTargets, type Target } from "../local/targets.ts";
import { table } from "../output/rows.ts";
import { type Addition, workAndReport } from "./pipeline.ts";

interface DemoOptions {
  readonly source?: string[];
  readonly without?: string[];
  readonly mode: "full" | "delta";
  readonly loop: boolean;
  readonly gradebook: boolean;
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
function chosen({ source, without, loop, gradebook }: DemoOptions): readonly DemoSource[] {
  if (gradebook && !loop)
    throw new CommandError("--gradebook says where the loop goes: give --loop, too.", exitCodes.usage);
  const found = demoSources.filter(
    ({ connector, isForLoop }) =>
      (source?.includes(connector) ?? (loop || isForLoop !== true)) && !without?.includes(connector),
  );
  const isLoop = found.some(({ connector }) => connector === "edfi") && pipelinesOf(found, { gradebook }).length > 0;
  if (loop && !isLoop)
    throw new CommandError(
      "The loop needs Ed-Fi, and Canvas, NWEA or Google Forms to deliver into it.",
      exitCodes.usage,
    );
  if (found.length > 0) return found;
  throw new CommandError("No source is left to show.", exitCodes.usage);
}

function pipelinesOf(sources: readonly DemoSource[], { gradebook }: Pick<DemoOptions, "gradebook">): string[] {
  return loopPipelines(
    sources.map(({ connector }) => connector),
    { gradebook },
  );
}

/** What the loop brought where, by kind of record. */
function loopAddition(pipelines: readonly string[]): (host: Host) => Promise<Addition> {
  return async ({ warehouse }) => {
    const rows = await loopCounts(warehouse, pipelines);
    return {
      json: { loop: rows },
      text: `The closed loop: what was sent into Ed-Fi, taken there, read again, and stands in the marts.\n\n${table(rows)}`,
    };
  };
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
    .option("--loop", "deliver classwork, MAP results and surveys into Ed-Fi, and read them there again", false)
    .option("--gradebook", "in the loop, deliver classwork into gradebooks instead of the LMSX extension", false)
    .option("--json", "print the summary as JSON", false)
    .addHelpText(
      "after",
      "\nThe state stays in .rollcall (or ROLLCALL_HOME). A second demo reads only what changed, and of sources that do not tell changes everything.",
    )
    .action(async (options: DemoOptions) => {
      const home = openHome();
      const sources = chosen(options);
      const pipelines = options.loop ? pipelinesOf(sources, options) : [];
      const served: ServedSource[] = [];
      try {
        for (const source of sources) served.push(await serveDemoSource(source, home, options));
        const file = join(home.folder, "demo-sources.yaml");
        const deliveries = options.loop ? { deliveries: loopEntries(pipelines) } : {};
        const entries = served.map(({ entry }) => entry);
        writeFileSync(file, stringify({ time_zone: "America/Chicago", sources: entries, ...deliveries }));
        const targets = selectTargets(readConfiguration(file), {});
        for (const { title, entry } of served) {
          const endpoints = targets.filter((target) => target.source === entry.id).length;
          process.stderr.write(`Sandbox API at ${entry.url}: ${endpoints} endpoints of ${title}\n`);
        }
        const run = {
          home,
          sourcesFile: file,
          json: options.json,
          queries: sources.flatMap(({ queries }) => queries),
          ...(options.loop ? { addition: loopAddition(pipelines) } : {}),
        };
        const isInEdFi = (target: Target): boolean => target.connector === "edfi";
        setExitCode(
          await workAndReport(run, async (host, outcome, progress) => {
            await runPipeline(host, { targets, mode: options.mode }, outcome, progress);
            if (!options.loop) return;
            progress.say("Reading in Ed-Fi what was delivered …");
            await runPipeline(host, { targets: targets.filter(isInEdFi), mode: "delta" }, outcome, progress);
          }),
        );
      } finally {
        await Promise.all(served.map((source) => source.close()));
      }
    });
}
