import type { Case } from "../models/harness/case.ts";
import { checkCase, problemsIn } from "../models/harness/check.ts";
import type { Model } from "../models/harness/model.ts";
import type { TestWarehouse } from "../models/harness/warehouse.ts";
import type { GoogleSql } from "./client.ts";
import { cannotEvaluate, Evaluator } from "./evaluate.ts";
import type { Check } from "./report.ts";

/** Evaluates every case: the evaluator's rows must be those the case expects, and those the emulator gives, in all columns. */
export async function evaluateCases(
  googlesql: GoogleSql,
  warehouse: TestWarehouse,
  cases: readonly Case[],
  models: ReadonlyMap<string, Model>,
): Promise<Check> {
  const evaluator = new Evaluator(googlesql, models, cannotEvaluate());
  const problems: string[] = [];
  let evaluated = 0;
  for (const one of cases) {
    const model = models.get(one.model);
    if (model === undefined) throw new Error(`there is no model ${one.model}`);
    const found = await evaluateCase(one, model, models, warehouse, evaluator);
    if (found.isEvaluated) evaluated += 1;
    problems.push(...found.problems.map((line) => `${one.model}, "${one.name}": ${line}`));
  }
  return {
    title: "Cases evaluated",
    summary: `${evaluated}/${cases.length}, ${evaluator.rowsCompared} rows compared`,
    problems: [...problems, ...evaluator.stale],
  };
}

async function evaluateCase(
  one: Case,
  model: Model,
  models: ReadonlyMap<string, Model>,
  warehouse: TestWarehouse,
  evaluator: Evaluator,
): Promise<{ isEvaluated: boolean; problems: readonly string[] }> {
  try {
    const { inputs, rows, problems } = await checkCase(one, models, warehouse);
    const evaluation = await evaluator.compare(model, inputs, rows);
    const expected = evaluation.rows === undefined ? [] : problemsIn(one, model, evaluation.rows);
    const all = [
      ...problems.map((line) => `emulator: ${line}`),
      ...expected.map((line) => `evaluator: ${line}`),
      ...evaluation.problems,
    ];
    return { isEvaluated: evaluation.rows !== undefined, problems: all };
  } catch (error) {
    return { isEvaluated: false, problems: [error instanceof Error ? error.message : String(error)] };
  }
}
