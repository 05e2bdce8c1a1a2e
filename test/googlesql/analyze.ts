import { testQuery } from "../../shared/refresh/model-tests.ts";
import { restrictedSelect, rightsModel } from "../../shared/refresh/restricted.ts";
import { type Model, relationColumns, relationsIn } from "../models/harness/model.ts";
import { type Column, typeName } from "../models/harness/type.ts";
import type { GoogleSql, Relation } from "./client.ts";
import type { Check } from "./report.ts";

/** Every model must analyze against the columns of what it reads, and give exactly the columns of its header. */
export async function analyzeModels(
  googlesql: GoogleSql,
  chosen: readonly Model[],
  models: ReadonlyMap<string, Model>,
): Promise<Check> {
  const problems: string[] = [];
  for (const model of chosen)
    problems.push(...(await analyze(googlesql, model, models)).map((line) => `${model.name}: ${line}`));
  const wrong = new Set(problems.map((line) => line.split(":")[0])).size;
  return { title: "Models analyzed", summary: `${chosen.length - wrong}/${chosen.length}`, problems };
}

async function analyze(googlesql: GoogleSql, model: Model, models: ReadonlyMap<string, Model>): Promise<string[]> {
  try {
    const columns = await googlesql.analyze(model.sql, relationsOf(model, models));
    return columnProblems(model.columns, columns);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** What a model reads, without rows. @throws Error naming a relation that does not exist */
export function relationsOf(model: Model, models: ReadonlyMap<string, Model>): Relation[] {
  return model.inputs.map((name) => ({ name, columns: relationColumns(name, models) }));
}

/** How columns differ from those expected, by position. */
export function columnProblems(expected: readonly Column[], found: readonly Column[]): string[] {
  const length = Math.max(expected.length, found.length);
  return Array.from({ length }, (_, i) => [shown(expected[i]), shown(found[i])] as const)
    .map(([header, select], i) =>
      header === select ? "" : `column ${i + 1}: the header says ${header}, the SELECT gives ${select}`,
    )
    .filter((line) => line !== "");
}

function shown(column: Column | undefined): string {
  return column === undefined ? "nothing" : `${column.name} ${typeName(column.type)}`;
}

/** The inputs that the refresh reads from a model's text must be those that the parser finds. */
export async function compareInputs(googlesql: GoogleSql, chosen: readonly Model[]): Promise<Check> {
  const problems: string[] = [];
  for (const model of chosen) {
    const found = await googlesql.tables(model.sql).catch((error: Error) => [error.message]);
    if (found.join() !== model.inputs.join()) {
      problems.push(`${model.name}: the runner reads ${model.inputs.join(", ")}; the parser ${found.join(", ")}`);
    }
  }
  return { title: "Inputs extracted", summary: `${chosen.length - problems.length}/${chosen.length}`, problems };
}

/** The query by which a refresh tests a model must analyze too: it carries the expressions of the header. */
export async function analyzeTests(
  googlesql: GoogleSql,
  chosen: readonly Model[],
  models: ReadonlyMap<string, Model>,
): Promise<Check> {
  const refresh = new Map([...models].map(([name, model]) => [name, model.refresh]));
  const problems: string[] = [];
  for (const model of chosen) {
    try {
      const names = [...new Set([model.name, ...model.refresh.inputs])];
      const relations = names.map((name) => ({ name, columns: relationColumns(name, models) }));
      await googlesql.analyze(testQuery(model.refresh, refresh, model.name), relations);
    } catch (error) {
      problems.push(`${model.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { title: "Test queries analyzed", summary: `${chosen.length - problems.length}/${chosen.length}`, problems };
}

/** What the dataset `restricted` shows of a model must analyze against the model and who may see whom. */
export async function analyzeRestricted(
  googlesql: GoogleSql,
  chosen: readonly Model[],
  models: ReadonlyMap<string, Model>,
): Promise<Check> {
  const problems: string[] = [];
  const shown = chosen.flatMap((model) => {
    const select = restrictedSelect(model.refresh);
    return select === undefined ? [] : [{ name: model.name, select }];
  });
  for (const { name, select } of shown) {
    try {
      const relations = [name, rightsModel].map((read) => ({ name: read, columns: relationColumns(read, models) }));
      await googlesql.analyze(select, relations);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    title: "Views for readers analyzed",
    summary: `${shown.length - problems.length}/${shown.length}`,
    problems,
  };
}

/** Queries that a page shows to people must analyze against the models that they read. */
export async function analyzeQueries(
  googlesql: GoogleSql,
  queries: readonly string[],
  models: ReadonlyMap<string, Model>,
): Promise<Check> {
  const problems: string[] = [];
  for (const [index, query] of queries.entries()) {
    try {
      const relations = relationsIn(query).map((name) => ({ name, columns: relationColumns(name, models) }));
      await googlesql.analyze(query, relations);
    } catch (error) {
      problems.push(`query ${index + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    title: "Queries of docs/marts.md analyzed",
    summary: `${queries.length - problems.length}/${queries.length}`,
    problems,
  };
}
