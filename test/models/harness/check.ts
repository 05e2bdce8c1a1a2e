import type { Case } from "./case.ts";
import { differences, keyProblems } from "./compare.ts";
import { type Model, relationColumns } from "./model.ts";
import type { CellRow } from "./value.ts";
import type { TestWarehouse } from "./warehouse.ts";

/** What a case found: the rows of the result, and what is wrong with them (nothing, if the case passes). */
export interface Outcome {
  /** What the model's inputs held. */
  readonly inputs: ReadonlyMap<string, readonly CellRow[]>;
  readonly rows: readonly CellRow[];
  readonly problems: readonly string[];
}

/**
 * Runs a case in the warehouse: fills what the model reads, runs it, compares.
 * @throws Error naming model and case when the SELECT itself fails
 */
export async function checkCase(
  one: Case,
  models: ReadonlyMap<string, Model>,
  warehouse: TestWarehouse,
): Promise<Outcome> {
  const model = models.get(one.model);
  if (model === undefined) throw new Error(`there is no model ${one.model}`);
  try {
    const inputs = await fillInputs(model, one, models, warehouse);
    const rows = await warehouse.select(model.sql, model.columns);
    return { inputs, rows, problems: problemsIn(one, model, rows) };
  } catch (error) {
    throw new Error(`${one.model}, "${one.name}": ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function fillInputs(
  model: Model,
  one: Case,
  models: ReadonlyMap<string, Model>,
  warehouse: TestWarehouse,
): Promise<Map<string, readonly CellRow[]>> {
  const inputs = new Map<string, readonly CellRow[]>();
  for (const relation of model.inputs) {
    const columns = relationColumns(relation, models);
    const source = one.build.includes(relation) ? models.get(relation) : undefined;
    if (source !== undefined) await fillInputs(source, one, models, warehouse);
    const rows = source === undefined ? one.inputs.get(relation) : await warehouse.select(source.sql, columns);
    inputs.set(relation, rows ?? []);
    await warehouse.fill(relation, columns, rows ?? []);
  }
  return inputs;
}

/** What is wrong with the rows of a result, given what the case expects and the key the model promises. */
export function problemsIn(one: Case, model: Model, rows: readonly CellRow[]): string[] {
  const problems = keyProblems(model.key, rows);
  if (one.expected !== undefined) problems.push(...differences(one.expected, rows));
  for (const present of one.present ?? []) problems.push(...differences(present, rows, { complete: false }));
  for (const absent of one.absent ?? []) {
    const isThere = differences(absent, rows, { complete: false }).length === 0;
    if (isThere) problems.push(`a row that must not be there: ${JSON.stringify(pick(absent.columns, absent.rows[0]))}`);
  }
  if (one.count !== undefined && one.count !== rows.length)
    problems.push(`${one.count} rows expected, got ${rows.length}`);
  return problems;
}

function pick(columns: readonly { readonly name: string }[], row: CellRow | undefined): CellRow {
  return Object.fromEntries(columns.map(({ name }) => [name, row?.[name] ?? null]));
}
