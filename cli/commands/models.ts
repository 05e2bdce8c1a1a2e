import { Command } from "commander";
import { PermanentError } from "../../shared/errors.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { readPrices } from "../cost/prices.ts";
import { type ModelLine, mermaidOf, modelLines, totalOf } from "../deployment/models.ts";
import { CommandError } from "../exit.ts";
import { sqlFolder } from "../local/home.ts";
import { readConfiguration } from "../local/targets.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";

interface ModelsOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly select?: readonly string[];
  readonly estimate: boolean;
  readonly graph: boolean;
  readonly tests: boolean;
  readonly json: boolean;
}

const mebibyte = 1024 ** 2;
/** BigQuery bills a table that a query reads for at least this much. */
const billedMin = 10 * mebibyte;
/** So many models have their neighbours named in full. */
const namedMax = 12;

function totalText(lines: readonly ModelLine[]): string {
  const { models, ran, passed, warned, failed } = totalOf(lines);
  return `${models} models built; with their last builds ${ran} tests ran: ${passed} passed, ${warned} warned, ${failed} failed.`;
}

/** What ran with the last build of each model, then what did not pass. */
function testsText(lines: readonly ModelLine[]): string {
  const rows = lines.map(({ model, state, rows: count, built_at, tests }) => ({
    model,
    state,
    built_at: built_at?.slice(0, 19) ?? null,
    rows: count,
    tests: tests?.ran ?? null,
    passed: tests?.passed ?? null,
    warned: tests?.warned ?? null,
    failed: tests?.failed ?? null,
  }));
  const problems = lines.flatMap(({ model, not_passed }) => not_passed.map((test) => `  ${model}  ${test}`));
  return [
    table(rows),
    ...(problems.length > 0 ? ["", "Did not pass (rows that fail):", ...problems] : []),
    "",
    totalText(lines),
  ].join("\n");
}

function text(lines: readonly ModelLine[]): string {
  const rows = lines.map(({ model, state, rows: count, seconds, bytes, built_at, reads, read_by }) => ({
    model,
    state,
    rows: count,
    seconds: seconds === null ? null : Number(seconds.toFixed(1)),
    MB: bytes === null ? null : Number((bytes / mebibyte).toFixed(1)),
    built_at: built_at?.slice(0, 19) ?? null,
    reads: reads.length,
    read_by: read_by.length,
  }));
  const neighbours = lines.flatMap(({ model, reads, read_by, why }) => [
    "",
    model,
    `  reads    ${reads.join(", ") || "nothing"}`,
    `  read by  ${read_by.join(", ") || "nothing"}`,
    ...(why.length > 0 ? [`  why      ${why.join("; ")}`] : []),
  ]);
  const billed = lines.reduce((sum, { bytes, reads }) => sum + Math.max(bytes ?? 0, reads.length * billedMin), 0);
  const usd = (billed / 1024 ** 4) * (readPrices().prices.scanned_tib?.usd ?? 0);
  return [
    table(rows),
    ...(lines.length <= namedMax ? neighbours : []),
    "",
    totalText(lines),
    `Building ${lines.length === 1 ? "it" : `all ${lines.length}`} once reads ${(billed / 1024 ** 3).toFixed(2)} GiB as BigQuery counts (at least 10 MiB a table), USD ${usd.toFixed(4)} at the list price without the free part; tests read the new table once more.`,
  ].join("\n");
}

/** `rollcall models` */
export function modelsCommand(): Command {
  return choosesDeployment(new Command("models"))
    .description("Show the models: what each reads and is read by, whether it is fresh, and what its last build took")
    .option(
      "--select <models...>",
      "only these: dim_student, dim_student+ (and what reads it), +dim_student (and what it reads)",
    )
    .option(
      "--estimate",
      "ask the warehouse what each would read now (a dry run), instead of what its last build read",
      false,
    )
    .option("--tests", "the tests that ran with each last build, and how many passed, warned and failed", false)
    .option("--graph", "print the graph as Mermaid", false)
    .option("--sources <file>", "sources file, for its time zone (default: sources.yaml, else what the last run read)")
    .option("--json", "print it as JSON", false)
    .action(async ({ sources: file, select = [], estimate, tests, graph, json, ...place }: ModelsOptions) => {
      const { sources } = readConfiguration(deploymentSources(file, place));
      const models = deployedModels(readCatalogue(sqlFolder()), sources);
      const request = { select, estimate };
      try {
        const lines = await withDeployment(place, (connection) =>
          modelLines(connection, models, sources.time_zone, request),
        );
        const told = tests ? { models: lines, total: totalOf(lines) } : lines;
        const shown = graph ? mermaidOf : tests ? testsText : text;
        const output = json ? toJson(told, 2) : shown(lines);
        process.stdout.write(`${output}\n`);
      } catch (error) {
        if (error instanceof PermanentError) throw new CommandError(error.message);
        throw error;
      }
    });
}
