import { Command, InvalidArgumentError } from "commander";
import { endpointsOf, yearsOf } from "../../shared/config/sources.ts";
import { resourcesOf } from "../../shared/deliver/deliver.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels, modelsOfPipeline } from "../../shared/refresh/configured.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { billOf, totalOf } from "../cost/bill.ts";
import { type Measured, measure } from "../cost/measure.ts";
import { assumed, deliveredOf, operationsOf, type Plan, secondsOf, volumeOf } from "../cost/operations.ts";
import { readPrices } from "../cost/prices.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { sqlFolder } from "../local/home.ts";
import { type Configuration, readConfiguration } from "../local/targets.ts";
import { count } from "../options.ts";
import { table, toJson } from "../output/rows.ts";
import { choosesDeployment, type DeploymentOptions, deploymentSources, withDeployment } from "./deployment.ts";

interface CostOptions extends DeploymentOptions {
  readonly sources?: string;
  readonly students?: number;
  readonly days: number;
  readonly json: boolean;
}

/** Months of a deployment's life that are shown: what is kept grows. */
const months = [1, 12] as const;

function students(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000_000)
    throw new InvalidArgumentError("Give a whole number of students.");
  return number;
}

/** What is set by the files: schedules as terraform/schedules.tf makes them, secrets, and what the models read. */
function planOf({ sources, connectors }: Configuration, models: readonly Model[], scale: number): Plan {
  const counted = sources.sources.map((source) => {
    const connector = connectors.get(source.connector);
    const endpoints = connector ? endpointsOf(source, connector).length : 0;
    return { endpoints, runs: endpoints * yearsOf(source).length };
  });
  const deliveries = sources.deliveries ?? [];
  const secrets = [...sources.sources, ...deliveries].map(({ secret }) => secret);
  return {
    endpoints: counted.reduce((total, { runs }) => total + runs, 0),
    // A job for each endpoint and mode, whatever its school years; and the reconciler's.
    schedulerJobs: counted.reduce((total, { endpoints }) => total + endpoints * 2, 1),
    secrets: new Set(secrets).size,
    modelInputs: models.reduce((total, model) => total + model.inputs.length, 0),
    deliveries: deliveries.map(({ pipeline, concurrency }) => ({
      models: modelsOfPipeline(pipeline, models).length,
      resources: resourcesOf(pipeline, models).length,
      lanes: concurrency,
    })),
    scale,
  };
}

function scaleFor(measured: Measured, wanted: number | undefined): number {
  if (wanted === undefined) return 1;
  if (measured.students > 0) return wanted / measured.students;
  throw new CommandError(
    "No students are loaded, so there is nothing to scale from: leave out --students.",
    exitCodes.usage,
  );
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

function report(measured: Measured, plan: Plan, wanted: number | undefined) {
  const prices = readPrices();
  const bills = months.map((month) => ({ month, lines: billOf(operationsOf(measured, plan, month), prices) }));
  return {
    currency: prices.currency,
    prices_as_of: prices.as_of,
    region: prices.region,
    students: wanted ?? measured.students,
    measured,
    plan,
    month: {
      ...volumeOf(measured, plan),
      seconds: secondsOf(measured, plan, 1),
      deliveries: deliveredOf(measured, plan, 1),
    },
    assumed,
    bills: bills.map(({ month, lines }) => ({ month, total: rounded(totalOf(lines), 2), lines })),
  };
}

type Report = ReturnType<typeof report>;

/** What is known of deliveries, where there are any. */
function deliveriesText({ measured, plan, month }: Report): string[] {
  if (plan.deliveries.length === 0) return [];
  if (!measured.deliveries)
    return [`${plan.deliveries.length} deliveries are configured and none has run: they are not in it.`];
  const { runs, sent, payloads } = measured.deliveries;
  const wholes = [payloads, sent, runs, Math.round(month.deliveries.records)].map((value) =>
    value.toLocaleString("en"),
  );
  const [all, requests, done, records] = wholes;
  return [
    `Deliveries: ${all} payloads, ${requests} requests in ${done} runs; ${records} records in month 1, which brings all.`,
  ];
}

function reportText(result: Report): string {
  const { students: about, measured, month, bills, prices_as_of, region } = result;
  const [first, last] = bills;
  const rows = (first?.lines ?? []).map(({ item, amount, free, usd }, index) => ({
    item,
    amount: rounded(amount, amount < 100 ? 2 : 0),
    free,
    [`USD in month ${months[0]}`]: usd.toFixed(2),
    [`in month ${months[1]}`]: (last?.lines[index]?.usd ?? 0).toFixed(2),
  }));
  const total = {
    item: "all of it",
    amount: null,
    free: null,
    [`USD in month ${months[0]}`]: (first?.total ?? 0).toFixed(2),
    [`in month ${months[1]}`]: (last?.total ?? 0).toFixed(2),
  };
  return [
    `${about.toLocaleString("en")} students; measured: ${measured.runs} runs, ${measured.liveRows.toLocaleString("en")} live rows, ${measured.students.toLocaleString("en")} students.`,
    `A month: ${Math.round(month.runs).toLocaleString("en")} runs, ${Math.round(month.rows).toLocaleString("en")} rows. Amounts are of month ${months[0]}.`,
    ...deliveriesText(result),
    "",
    table([...rows, total]),
    "",
    `List prices of ${region} as of ${prices_as_of} (cli/cost/prices.json), without tax, support and static_egress. What is assumed: docs/cost.md`,
  ].join("\n");
}

/** `rollcall cost` */
export function costCommand(): Command {
  return choosesDeployment(new Command("cost"))
    .description("Estimate a month's bill of Google Cloud from what the ledger says was done")
    .option("--sources <file>", "sources file (default: sources.yaml, else what the last run read)")
    .option("--students <number>", "scale what was measured to so many students", students)
    .option("--days <number>", "measure so many days back", count, 30)
    .option("--json", "print it as JSON, with all that was measured and assumed", false)
    .addHelpText("after", "\nWithout --project it measures what was done on this machine. No prices are looked up.")
    .action(async ({ sources, students: wanted, days, json, ...place }: CostOptions) => {
      const configuration = readConfiguration(deploymentSources(sources, place));
      const since = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
      const models = deployedModels(readCatalogue(sqlFolder()), configuration.sources);
      const sent = models.flatMap(({ name, header }) => (header.deliver ? [name] : []));
      const measured = await withDeployment(place, (connection) => measure(connection, sent, since));
      const result = report(measured, planOf(configuration, models, scaleFor(measured, wanted)), wanted);
      process.stdout.write(`${json ? toJson(result, 2) : reportText(result)}\n`);
    });
}
