import { Command, InvalidArgumentError } from "commander";
import { awaitQuiet, type ForgetPorts, findStudent, forget, isHalfForgotten } from "../../shared/forget/forget.ts";
import type { Student } from "../../shared/forget/student.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { confirm } from "../confirm.ts";
import type { Connection } from "../deployment/connection.ts";
import { type FoundLine, forgetPorts, foundLines, studentOf, whatIsLeft } from "../deployment/forget.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { runningAddresses } from "../local/connect.ts";
import { openHome, sqlFolder } from "../local/home.ts";
import { handleToTheEnd } from "../local/pipeline.ts";
import { readConfiguration } from "../local/targets.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";
import { workAndReport } from "./pipeline.ts";

interface ForgetOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly wait: number;
  readonly json: boolean;
}

function minutes(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 600)
    throw new InvalidArgumentError("Give whole minutes from 0 to 600.");
  return number;
}

const comesBack =
  "The next full run brings back whatever the source still has: delete the student there first. What was delivered into another system stays there.\n" +
  "Deleted rows and objects can be brought back for a while (time travel, soft delete), and files of a laptop hold them until they are written over: docs/security.md.";

function print(lines: readonly FoundLine[], json: boolean): void {
  if (json) process.stdout.write(`${toJson(lines, 2)}\n`);
  else process.stdout.write(`${lines.length > 0 ? table(lines) : "Nothing of this student is here."}\n`);
}

/** What stays after all was deleted is told; only what the command itself deletes makes it fail. */
function verdict(left: readonly FoundLine[]): string | undefined {
  const own = left.filter(({ where }) => where !== "models");
  if (own.length === 0) return undefined;
  return `Something of the student came meanwhile (${own.map(({ what }) => what).join(", ")}). Is the student deleted at the source? Run the same command again`;
}

/** Tells what there is. @returns whether it shall be deleted: there is something, and a person said yes */
async function isAskedFor(
  student: Student,
  ports: ForgetPorts,
  { dryRun, yes, json }: ForgetOptions,
): Promise<boolean> {
  const lines = foundLines(await findStudent(student, ports));
  if (dryRun || !json) print(lines, json);
  if (dryRun) return false;
  if (lines.length === 0 && !(await isHalfForgotten(student, ports))) return false;
  return yes || (await confirm("Delete all of this for good, and build the models anew?"));
}

/** Deletes where functions are at work, which build the models anew. @returns the exit code */
async function forgetThere(student: Student, ports: ForgetPorts, { wait, json }: ForgetOptions): Promise<number> {
  await awaitQuiet(student.source, ports, wait * 60_000);
  const models = await forget(student, await findStudent(student, ports), ports);
  const problem = verdict(await whatIsLeft(student, ports));
  if (json) process.stdout.write(`${toJson({ rebuilding: models, problem: problem ?? null }, 2)}\n`);
  else {
    process.stdout.write(
      `${problem ?? "Deleted."} ${models.length} models are being built anew; the same command with --dry-run says when nothing is left.\n${comesBack}\n`,
    );
  }
  return problem === undefined ? exitCodes.ok : exitCodes.failed;
}

/** `rollcall forget` */
export function forgetCommand(setExitCode: (code: number) => void): Command {
  return choosesDeployment(new Command("forget"))
    .description("Delete one student's data from landing, raw, all models and dead letters")
    .argument("<source>", "id of the source")
    .argument(
      "<student>",
      "the student's number as the source writes it (Ed-Fi: studentUniqueId; Canvas: id of the user)",
    )
    .option("--dry-run", "only count what there is", false)
    .option("--yes", "do not ask", false)
    .option("--wait <minutes>", "how long to wait for runs that are on their way (default: not at all)", minutes, 0)
    .option("--sources <file>", "sources file (default: sources.yaml, else the example that reads the sandbox)")
    .option("--json", "print it as JSON", false)
    .addHelpText("after", `\n${comesBack}\nBroken off? The same command again goes on.`)
    .action(async (source: string, number: string, options: ForgetOptions) => {
      const file = deploymentSources(options.sources, options);
      const configuration = readConfiguration(file);
      const student = studentOf(configuration, source, number);
      if (number.trim() === "") throw new CommandError("Say which student.", exitCodes.usage);
      const models = deployedModels(readCatalogue(sqlFolder()), configuration.sources);
      const portsOf = (connection: Pick<Connection, "landing" | "control" | "warehouse" | "topics">): ForgetPorts =>
        forgetPorts(connection, configuration, models);

      const home = openHome();
      const isElsewhere = options.project !== undefined || runningAddresses(home) !== undefined;
      const isOpen = await withDeployment(options, async (connection) => {
        const ports = portsOf(connection);
        if (!(await isAskedFor(student, ports, options))) return false;
        if (isElsewhere) setExitCode(await forgetThere(student, ports, options));
        return !isElsewhere;
      });
      if (!isOpen) return;
      setExitCode(
        await workAndReport(
          { home, sourcesFile: file, json: options.json, queries: [] },
          async (host, outcome, progress) => {
            const ports = portsOf(host);
            await handleToTheEnd(host, outcome, progress, async () => {
              await awaitQuiet(source, ports, options.wait * 60_000);
              await forget(student, await findStudent(student, ports), ports);
            });
            const left = await whatIsLeft(student, ports);
            const problem = verdict(left);
            if (problem !== undefined) outcome.failures.push({ what: "forget", error: problem });
            for (const { what, rows } of left) progress.say(`Left: ${rows} rows of ${what} hold the number`);
            if (!options.json) process.stdout.write(`${comesBack}\n`);
          },
        ),
      );
    });
}
