import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { stringify } from "yaml";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { openHome } from "../local/home.ts";
import { offerSandboxSecret, sandboxCredentials } from "../local/sandbox-secret.ts";
import { readConfiguration, selectTargets } from "../local/targets.ts";
import { runAndReport } from "./pipeline.ts";

/** Queries that show what the marts are for. */
export const demoQueries = [
  `npx rollcall query 'select grade_level, count(*) as students from marts.dim_student group by grade_level order by 1'`,
  `npx rollcall query 'select s.school_name, countif(a.is_chronically_absent) as chronically_absent, count(*) as students from marts.agg_student_attendance as a join marts.dim_school as s on s.school_key = a.scope_key where a.scope = "school" group by s.school_name'`,
  `npx rollcall query 'select s.course_title, countif(g.is_dorf) as d_or_f, count(*) as grades from marts.fct_student_grade as g join marts.dim_section as s on s.section_key = g.section_key group by s.course_title order by d_or_f desc limit 10'`,
];

interface DemoOptions {
  readonly mode: "full" | "delta";
  readonly json: boolean;
}

/** `rollcall demo`, which is `npm start` */
export function demoCommand(setExitCode: (code: number) => void): Command {
  return new Command("demo")
    .description("Serve the sandbox APIs and run the whole pipeline against them on this machine (npm start)")
    .addOption(
      new Option("--mode <mode>", "delta: what changed since the last demo; full: everything")
        .choices(["full", "delta"])
        .default("delta"),
    )
    .option("--json", "print the summary as JSON", false)
    .addHelpText(
      "after",
      "\nThe state stays in .rollcall (or ROLLCALL_HOME). A second demo reads only what changed: nothing.",
    )
    .action(async (options: DemoOptions) => {
      const home = openHome();
      const sandbox = await startSandbox({ ...sandboxCredentials, stateFile: home.sandboxFile });
      try {
        const file = join(home.folder, "demo-sources.yaml");
        const source = {
          id: "grand-bend",
          connector: "edfi",
          url: sandbox.url,
          secret: "sandbox",
          school_years: [2011],
        };
        writeFileSync(file, stringify({ time_zone: "America/Chicago", sources: [source] }));
        offerSandboxSecret();
        const targets = selectTargets(readConfiguration(file), {});
        process.stderr.write(
          `Sandbox Ed-Fi API at ${sandbox.url}: ${targets.length} endpoints of the fictional Grand Bend ISD, school year 2011\n`,
        );
        setExitCode(
          await runAndReport({
            home,
            sourcesFile: file,
            targets,
            mode: options.mode,
            json: options.json,
            queries: demoQueries,
          }),
        );
      } finally {
        await sandbox.close();
      }
    });
}
