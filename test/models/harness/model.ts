import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { typeOfField } from "../../../shared/refresh/column-type.ts";
import { runsTable } from "../../../shared/warehouse/tables.ts";
import { type Column, parseType } from "./type.ts";

/** A model: one SQL file and what its header says. */
export interface Model {
  /** `dataset.table`, from the folder and the file name. */
  readonly name: string;
  readonly file: string;
  readonly sql: string;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  /** Relations the SELECT reads, in name order. */
  readonly inputs: readonly string[];
}

const headerSchema = z.object({
  key: z.array(z.string()),
  columns: z.record(z.string(), z.object({ type: z.string() })),
});

/**
 * Reads every model below a folder.
 * @throws Error naming the file whose header cannot be read
 */
export function readModels(folder: string): Map<string, Model> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sql"));
  const models = files.sort().map((file) => readModel(folder, join(folder, file)));
  return new Map(models.map((model) => [model.name, model]));
}

function readModel(folder: string, file: string): Model {
  const dataset = relative(folder, file).split(sep)[0] ?? "";
  return parseModel(`${dataset}.${basename(file, ".sql")}`, file, readFileSync(file, "utf8"));
}

/** A model from the text of its file. @throws Error naming the file whose header cannot be read */
export function parseModel(name: string, file: string, text: string): Model {
  const [, header, sql] = /^\/\* model\n([\s\S]*?)\*\/\s*([\s\S]*)$/.exec(text) ?? [];
  if (header === undefined || sql === undefined)
    throw new Error(`${file}: no header ("/* model … */") at its beginning`);
  try {
    const { key, columns } = headerSchema.parse(parse(header));
    return {
      name,
      file,
      sql,
      key,
      columns: Object.entries(columns).map(([column, { type }]) => ({ name: column, type: parseType(type) })),
      inputs: relationsIn(sql),
    };
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The `dataset.table` names that a SELECT reads, in name order. */
export function relationsIn(sql: string): string[] {
  const code = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|r?'(?:[^'\\]|\\.)*'/g, " ");
  const found = code.matchAll(/\b(?:from|join)\s+`?([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)`?(?![a-z0-9_.(])/gi);
  return [...new Set([...found].map((match) => match[1] ?? ""))].sort();
}

const currentColumns = columnsOf(
  "source_id STRING, school_year INT64, record_id STRING, change_version INT64, run_id STRING, extracted_at TIMESTAMP, row_hash STRING, data JSON",
);

/** The ledger's tables, as docs/contracts.md has them. */
const ledgerColumns: Readonly<Record<string, readonly Column[]>> = {
  "ops.runs": runsTable.fields.map((field) => ({ name: field.name, type: parseType(typeOfField(field)) })),
  "ops.builds": columnsOf(
    "build_id STRING, model STRING, version STRING, status STRING, row_count INT64, failed_tests INT64, seconds FLOAT64, bytes_processed INT64, started_at TIMESTAMP, finished_at TIMESTAMP, error STRING",
  ),
  "ops.test_results": columnsOf(
    "build_id STRING, model STRING, test_id STRING, severity STRING, status STRING, failing_rows INT64, checked_at TIMESTAMP",
  ),
};

function columnsOf(text: string): Column[] {
  return text.split(", ").map((column) => {
    const [name = "", type = ""] = column.split(" ");
    return { name, type: parseType(type) };
  });
}

/**
 * The columns of any relation a model may read: another model's by its header, `current_*` and `ops.*` by contract.
 * @throws Error when there is no such relation
 */
export function relationColumns(relation: string, models: ReadonlyMap<string, Model>): readonly Column[] {
  const columns = relation.startsWith("current_") ? currentColumns : ledgerColumns[relation];
  const found = columns ?? models.get(relation)?.columns;
  if (found === undefined)
    throw new Error(`there is no relation ${relation}: no file in sql/, no current view, no ledger table`);
  return found;
}
