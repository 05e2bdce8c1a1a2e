import type { Statement } from "../../googlesql/translate.ts";
import { translate, UnsupportedSql } from "../../googlesql/translate.ts";
import { invalidQuery, notFound } from "../wire/errors.ts";

/** Tables of one query that are named without their dataset. */
const unqualifiedMax = 1_000;

/** Translations of the texts that came last: the same few statements are sent again and again, with other parameters. */
const translations = new Map<string, readonly Statement[]>();
const translationsMax = 100;
const rememberedLengthMax = 20_000;

/**
 * Translates GoogleSQL for DuckDB.
 * @param defaultDataset the dataset of tables that are named without one
 * @throws BigQueryError (invalidQuery) that names what is not GoogleSQL, or not known to the emulator, and where it stands
 */
export function translateQuery(googleSql: string, projectId: string, defaultDataset?: string): readonly Statement[] {
  const key = JSON.stringify([projectId, defaultDataset, googleSql]);
  const known = translations.get(key);
  // Put last again, as the one used most recently.
  translations.delete(key);
  const statements = known ?? translateNew(googleSql, projectId, defaultDataset);
  if (key.length <= rememberedLengthMax) translations.set(key, statements);
  const [oldest] = translations.keys();
  if (translations.size > translationsMax && oldest !== undefined) translations.delete(oldest);
  return statements;
}

function translateNew(googleSql: string, projectId: string, defaultDataset: string | undefined): Statement[] {
  let text = googleSql;
  for (let qualified = 0; ; qualified += 1) {
    try {
      return translate(text, { projectId });
    } catch (error) {
      if (!(error instanceof UnsupportedSql)) throw error;
      const isUnqualified = /^table .* without a dataset$/.test(error.construct);
      if (!isUnqualified || defaultDataset === undefined || qualified > unqualifiedMax) throw describe(error);
      // The translator knows which names are tables, and says where the first without a dataset stands.
      text = insertAt(text, error, `\`${defaultDataset}\`.`);
    }
  }
}

function insertAt(text: string, { line, column }: UnsupportedSql, insertion: string): string {
  const lines = text.split("\n");
  const before = lines[line - 1] ?? "";
  lines[line - 1] = before.slice(0, column - 1) + insertion + before.slice(column - 1);
  return lines.join("\n");
}

function describe({ construct, line, column, message }: UnsupportedSql): Error {
  if (message.startsWith("Not found: Project")) return notFound(construct.replace(/^project/, "Project"));
  if (message.startsWith("Unexpected")) return invalidQuery(`Syntax error: ${message}`);
  if (/^table .* without a dataset$/.test(construct)) {
    const table = construct.slice("table ".length, -" without a dataset".length);
    return invalidQuery(
      `Table "${table}" must be qualified with a dataset (e.g. dataset.table). at [${line}:${column}]`,
    );
  }
  return invalidQuery(`Not supported by the local emulator: ${construct} at [${line}:${column}]`);
}
