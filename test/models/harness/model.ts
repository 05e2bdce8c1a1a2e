import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { deliveriesTable } from "../../../shared/deliver/ledger.ts";
import type { TableDefinition } from "../../../shared/ports/warehouse.ts";
import { parseModel as parse } from "../../../shared/refresh/catalogue.ts";
import { typeOfField } from "../../../shared/refresh/column-type.ts";
import { tablesRead } from "../../../shared/refresh/dependencies.ts";
import { buildsTable, testResultsTable } from "../../../shared/refresh/ledger.ts";
import { isCurrent, type Model as RefreshModel } from "../../../shared/refresh/model.ts";
import { tokensOf } from "../../../shared/refresh/tokens.ts";
import { runsTable } from "../../../shared/warehouse/tables.ts";
import { type Column, parseType } from "./type.ts";

/** A model: one SQL file and what its header says. */
export interface Model {
  /** `dataset.table`, from the folder and the file name. */
  readonly name: string;
  readonly sql: string;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  /** Relations the SELECT reads, in name order. */
  readonly inputs: readonly string[];
  /** The model as a refresh sees it, with its tests. */
  readonly refresh: RefreshModel;
}

/**
 * Reads every model below a folder, each as a refresh reads it.
 * @throws Error naming the file whose header cannot be read, with every mistake in it
 */
export function readModels(folder: string): Map<string, Model> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sql"));
  const models = files.sort().map((file) => {
    return parseModel(file.split(sep).join("/"), readFileSync(join(folder, file), "utf8"));
  });
  return new Map(models.map((model) => [model.name, model]));
}

/** A model from its path below the SQL folder and its text. @throws Error as {@link readModels} */
export function parseModel(path: string, text: string): Model {
  const parsed = parse({ path, text });
  if ("problems" in parsed) throw new Error(`${path}: ${parsed.problems.join("; ")}`);
  const { model } = parsed;
  return {
    name: model.name,
    sql: model.sql,
    key: model.header.key,
    columns: model.header.columns.map(({ name, type }) => ({ name, type: parseType(type) })),
    inputs: relationsIn(model.sql),
    refresh: model,
  };
}

/** The `dataset.table` names that a SELECT reads, in name order. */
export function relationsIn(sql: string): string[] {
  return [...new Set(tablesRead(tokensOf(sql)).map(({ path }) => path))].sort();
}

const currentColumns: readonly Column[] = [
  ["source_id", "STRING"],
  ["school_year", "INT64"],
  ["record_id", "STRING"],
  ["change_version", "INT64"],
  ["run_id", "STRING"],
  ["extracted_at", "TIMESTAMP"],
  ["row_hash", "STRING"],
  ["data", "JSON"],
].map(([name = "", type = ""]) => ({ name, type: parseType(type) }));

const ledger = new Map(
  [runsTable, buildsTable, testResultsTable, deliveriesTable].map((table) => [
    `${table.dataset}.${table.table}`,
    columnsOf(table),
  ]),
);

/** A table's columns, as models write their types. */
export function columnsOf(table: TableDefinition): Column[] {
  return table.fields.map((field) => ({ name: field.name, type: parseType(typeOfField(field)) }));
}

/**
 * The columns of any relation a model may read: another model's by its header, `current_*` and `ops.*` by contract.
 * @throws Error when there is no such relation
 */
export function relationColumns(relation: string, models: ReadonlyMap<string, Model>): readonly Column[] {
  const fixed = isCurrent(relation) ? currentColumns : ledger.get(relation);
  const found = fixed ?? models.get(relation)?.columns;
  if (found === undefined) {
    throw new Error(`there is no relation ${relation}: no file in sql/, no current view, no ledger table`);
  }
  return found;
}
