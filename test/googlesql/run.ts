import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { answersOf, pagePath } from "../docs/marts-page.ts";
import { readCases } from "../models/harness/case.ts";
import { type Model, readModels } from "../models/harness/model.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
import { analyzeModels, analyzeQueries, analyzeRestricted, analyzeTests, compareInputs } from "./analyze.ts";
import { evaluateCases } from "./cases.ts";
import { connect } from "./client.ts";
import { evaluateSample } from "./evaluate-sample.ts";
import { fuzz } from "./fuzz.ts";
import { refuseIllegal } from "./illegal.ts";
import { fixClock } from "./names.ts";
import { type Check, printCheck, printSummary } from "./report.ts";
import { install, startServer } from "./server.ts";
import { analyzeStatements } from "./statements.ts";
import { analyzeViews, foldLogs } from "./views.ts";

const usage = `Usage: npm run test:googlesql -- [options]

Lets Google's GoogleSQL analyzer and reference evaluator judge the models, and the emulator with them.

  --only <model>       one model (repeat for several), by name: marts.dim_student or dim_student
  --skip-fuzz          no random expressions
  --expressions <n>    random expressions per family (default 12)
  --seed <n>           seed of the random expressions (default 7)
  --help               this text
`;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    "skip-fuzz": { type: "boolean", default: false },
    expressions: { type: "string", default: "12" },
    seed: { type: "string", default: "7" },
    help: { type: "boolean", default: false },
  },
});

/** "Today" in every model: a day of the sample's school year. */
const today = "2011-03-15";

async function run(): Promise<boolean> {
  const started = performance.now();
  const models = modelsOn(today);
  const chosen = choose(models, options.only);
  const cases = readCases(join(import.meta.dirname, "..", "models", "cases"), models);
  install();
  const server = await startServer();
  const warehouse = await openTestWarehouse();
  const checks: Check[] = [];
  const add = (check: Check): void => {
    checks.push(check);
    printCheck(check);
  };
  try {
    const googlesql = await connect(server);
    add(await refuseIllegal(googlesql));
    add(await analyzeModels(googlesql, chosen, models));
    add(await compareInputs(googlesql, chosen));
    add(await analyzeTests(googlesql, chosen, models));
    add(await analyzeRestricted(googlesql, chosen, models));
    if (options.only.length === 0) {
      const queries = answersOf(readFileSync(pagePath, "utf8")).map(({ query }) => query);
      add(await analyzeQueries(googlesql, queries, models));
      add(await analyzeViews(googlesql));
      add(await analyzeStatements(googlesql, models));
      add(await foldLogs(googlesql, warehouse, Number(options.seed)));
    }
    const names = new Set(chosen.map((model) => model.name));
    add(
      await evaluateCases(
        googlesql,
        warehouse,
        cases.filter((one) => names.has(one.model)),
        models,
      ),
    );
    add(await evaluateSample(googlesql, warehouse, models, names));
    if (!options["skip-fuzz"]) add(await fuzz(googlesql, warehouse, Number(options.expressions), Number(options.seed)));
    googlesql.close();
  } finally {
    warehouse.close();
    await server.stop();
  }
  return printSummary(checks, (performance.now() - started) / 1000);
}

function modelsOn(date: string): Map<string, Model> {
  const models = readModels(join(import.meta.dirname, "..", "..", "sql"));
  return new Map([...models].map(([name, model]) => [name, { ...model, sql: fixClock(model.sql, date) }]));
}

function choose(models: ReadonlyMap<string, Model>, only: readonly string[]): Model[] {
  if (only.length === 0) return [...models.values()];
  return only.map((name) => {
    const model = [...models.values()].find((one) => one.name === name || one.name.endsWith(`.${name}`));
    if (model === undefined) throw new Error(`there is no model ${name} in sql/`);
    return model;
  });
}

if (options.help) {
  console.log(usage);
} else {
  const passed = await run();
  process.exitCode = passed ? 0 : 1;
}
