import type { Statement } from "./statement.ts";

/** Turns GoogleSQL into statements for DuckDB. */
export interface Translator {
  /** @throws BigQueryError (invalidQuery) for what is not GoogleSQL, or not known to the emulator */
  translate(googleSql: string): Statement[];
}
