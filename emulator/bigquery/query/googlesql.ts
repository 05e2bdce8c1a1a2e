import type { Statement } from "../../googlesql/translate.ts";
import { translate, UnsupportedSql } from "../../googlesql/translate.ts";
import { invalidQuery } from "../wire/errors.ts";

/**
 * Translates GoogleSQL for DuckDB.
 * @param defaultDataset the dataset of tables that are named without one
 * @throws BigQueryError (invalidQuery) that names what is not GoogleSQL, or not known to the emulator, and where it stands
 */
export function translateQuery(googleSql: string, projectId: string, defaultDataset?: string): Statement[] {
  const options = { projectId, ...(defaultDataset === undefined ? {} : { defaultDataset }) };
  try {
    return translate(googleSql, options);
  } catch (error) {
    if (!(error instanceof UnsupportedSql)) throw error;
    const { construct, line, column, message } = error;
    const position = `at [${line}:${column}]`;
    if (message.startsWith("Unexpected")) throw invalidQuery(`Syntax error: ${message}`);
    throw invalidQuery(`Not supported by the local emulator: ${construct} ${position}`);
  }
}
