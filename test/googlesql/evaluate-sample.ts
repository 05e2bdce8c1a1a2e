import { type Model, relationColumns } from "../models/harness/model.ts";
import type { CellRow } from "../models/harness/value.ts";
import type { TestWarehouse } from "../models/harness/warehouse.ts";
import type { GoogleSql } from "./client.ts";
import { cannotEvaluate, Evaluator } from "./evaluate.ts";
import type { Check } from "./report.ts";
import { readSample } from "./sample.ts";

/** Builds every model from the sample with the emulator, and evaluates the chosen ones on the same inputs. */
export async function evaluateSample(
  googlesql: GoogleSql,
  warehouse: TestWarehouse,
  models: ReadonlyMap<string, Model>,
  chosen: ReadonlySet<string>,
): Promise<Check> {
  const sample = readSample();
  const built = new Map(sample.rows);
  const excused = cannotEvaluate();
  const evaluator = new Evaluator(googlesql, models, excused);
  const problems: string[] = [];
  const notes: string[] = [];
  const given: string[] = [];
  for (const model of inBuildOrder(upstream(models, chosen))) {
    // What a deployment's sources file fills is given; the model itself is judged by its cases.
    if (sample.rows.has(model.name)) {
      if (chosen.has(model.name))
        given.push(`${model.name} is filled by a deployment's sources file, here by the sample`);
      continue;
    }
    const inputs = new Map(model.inputs.map((name) => [name, built.get(name) ?? []]));
    try {
      const rows = await build(model, inputs, models, warehouse);
      built.set(model.name, rows);
      if (!chosen.has(model.name)) continue;
      const { problems: found } = await evaluator.compare(model, inputs, rows);
      problems.push(...found.map((line) => `${model.name}: ${line}`));
      if (rows.length === 0) notes.push(`${model.name} is empty on the sample`);
    } catch (error) {
      problems.push(`${model.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const left = [...given, ...[...excused].map(([name, reason]) => `${name} cannot be evaluated: ${reason}`)];
  return {
    title: "Models evaluated on sample data",
    summary: `${evaluator.evaluated}/${chosen.size}, ${sample.students} students, ${evaluator.rowsCompared} rows compared`,
    problems: [...problems, ...evaluator.stale],
    notes: [...left, ...notes],
  };
}

async function build(
  model: Model,
  inputs: ReadonlyMap<string, readonly CellRow[]>,
  models: ReadonlyMap<string, Model>,
  warehouse: TestWarehouse,
): Promise<CellRow[]> {
  for (const [name, rows] of inputs) await warehouse.fill(name, relationColumns(name, models), rows);
  return await warehouse.select(model.sql, model.columns);
}

/** The chosen models and all that they read, directly or not. */
function upstream(models: ReadonlyMap<string, Model>, chosen: ReadonlySet<string>): Map<string, Model> {
  const needed = new Map<string, Model>();
  const add = (name: string): void => {
    const model = models.get(name);
    if (model === undefined || needed.has(name)) return;
    needed.set(name, model);
    for (const input of model.inputs) add(input);
  };
  for (const name of chosen) add(name);
  return needed;
}

/** Models after those they read. @throws Error naming the models of a cycle */
function inBuildOrder(models: ReadonlyMap<string, Model>): Model[] {
  const ordered: Model[] = [];
  const left = new Map(models);
  while (left.size > 0) {
    const ready = [...left.values()].filter((model) => !model.inputs.some((input) => left.has(input)));
    if (ready.length === 0) throw new Error(`these models read each other: ${[...left.keys()].join(", ")}`);
    for (const model of ready) {
      ordered.push(model);
      left.delete(model.name);
    }
  }
  return ordered;
}
