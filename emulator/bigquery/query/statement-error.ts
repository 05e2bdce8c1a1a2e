import { describeFailure, readDuckDbError } from "../store/duckdb-error.ts";
import type { BigQueryError } from "../wire/errors.ts";
import { duplicate, invalidQuery, notFound } from "../wire/errors.ts";

export interface SqlPlace {
  readonly project: string;
  readonly location: string;
  /** The statement as it was sent. */
  readonly googleSql: string;
  /** The statement as DuckDB ran it. */
  readonly duckSql: string;
  readonly defaultDataset?: string | undefined;
}

/** Says what is wrong with a statement in BigQuery's words, with the place in the text as it was sent where that is known. */
export function describeStatementError(error: unknown, place: SqlPlace): BigQueryError {
  const failure = readDuckDbError(error);
  const described = describeFailure(error);
  if (failure === undefined || described.reason !== "invalidQuery") return described;
  const refined = refine(failure.message, place);
  if (refined === undefined) return described;
  refined.cause = error;
  return refined;
}

function refine(message: string, place: SqlPlace): BigQueryError | undefined {
  const table = /^Table with name "?(.+?)"? does not exist/.exec(message)?.[1];
  if (table !== undefined) return missingTable(message, table.split(".").at(-1) ?? table, place);
  const existing = /^(?:Table|View) with name "(.+?)" already exists/.exec(message)?.[1];
  if (existing !== undefined) return duplicate(`Table ${displayName(existing, place)}`);
  const schema = /^Schema with name "?(.+?)"? does not exist/.exec(message)?.[1];
  if (schema !== undefined)
    return notFound(`Dataset ${place.project}:${schema} was not found in location ${place.location}`);
  const existingSchema = /^Schema with name "(.+?)" already exists/.exec(message)?.[1];
  if (existingSchema !== undefined) return duplicate(`Dataset ${place.project}:${existingSchema}`);
  const column =
    /^Referenced column "(.+?)" not found/.exec(message)?.[1] ??
    /^Referenced table "(.+?)" not found/.exec(message)?.[1] ??
    /^Column "(.+?)" referenced that exists in the SELECT clause/.exec(message)?.[1] ??
    /does not have a column named "(.+?)"/.exec(message)?.[1];
  if (column !== undefined) return invalidQuery(`Unrecognized name: ${column}${positionOf(column, place.googleSql)}`);
  const ungrouped = /^column "?(.+?)"? must appear in the GROUP BY clause/.exec(message)?.[1];
  if (ungrouped !== undefined) {
    const position = positionOf(ungrouped, place.googleSql);
    return invalidQuery(
      `SELECT list expression references column ${ungrouped} which is neither grouped nor aggregated${position}`,
    );
  }
  const ambiguous = /^Ambiguous reference to column name "(.+?)"/.exec(message)?.[1];
  if (ambiguous !== undefined)
    return invalidQuery(`Column name ${ambiguous} is ambiguous${positionOf(ambiguous, place.googleSql)}`);
  const required = /^NOT NULL constraint failed: .+\.(.+)$/.exec(message)?.[1];
  if (required !== undefined) return invalidQuery(`Required field ${required} cannot be null`);
  return undefined;
}

function missingTable(message: string, table: string, place: SqlPlace): BigQueryError {
  const path = pathOf(table, place.duckSql);
  const dataset = path.at(-2) ?? place.defaultDataset;
  const isDatasetMissing = /because schema/.test(message);
  const where = `was not found in location ${place.location}`;
  if (isDatasetMissing && dataset !== undefined) return notFound(`Dataset ${place.project}:${dataset} ${where}`);
  // A name that is not in the statement stands in a view that it reads.
  if (dataset === undefined) return notFound(`Table ${table}, which a view reads, ${where}`);
  return notFound(`Table ${place.project}:${dataset}.${table} ${where}`);
}

function displayName(table: string, place: SqlPlace): string {
  const dataset = pathOf(table, place.duckSql).at(-2) ?? place.defaultDataset ?? "";
  return `${place.project}:${dataset}.${table}`;
}

/** The parts of the qualified name in the statement that ends with this table; DuckDB's message has only the last. */
function pathOf(table: string, duckSql: string): string[] {
  const part = '(?:"(?:[^"]|"")+"|[A-Za-z_]\\w*)';
  const last = table.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`(?:${part}\\s*\\.\\s*){0,2}(?:"${last}"|\\b${last}\\b)`, "i").exec(duckSql)?.[0];
  return (found?.match(new RegExp(part, "g")) ?? []).map((name) => name.replace(/^"|"$/g, "").replaceAll('""', '"'));
}

/** The first place in the text, outside of texts and comments, where a name stands: ` at [line:column]`. */
export function positionOf(name: string, googleSql: string): string {
  const last = name.split(".").at(-1) ?? name;
  const tokens =
    /--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|'''[\s\S]*?'''|"""[\s\S]*?"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*/g;
  for (const match of googleSql.matchAll(tokens)) {
    if (match[0].toLowerCase() !== last.toLowerCase()) continue;
    const before = googleSql.slice(0, match.index).split("\n");
    return ` at [${before.length}:${(before.at(-1)?.length ?? 0) + 1}]`;
  }
  return "";
}
