import { type TranslateOptions, translate } from "./translate.ts";

/**
 * The tables and views that a text of GoogleSQL reads, each once, in the order they are first named. Common table
 * expressions, temporary tables, arrays (`FROM t, t.items`) and INFORMATION_SCHEMA are none.
 *
 * @throws UnsupportedSql as {@link translate} does
 */
export function tablesRead(sql: string, options: TranslateOptions): { dataset: string; table: string }[] {
  const reads = translate(sql, options).flatMap((statement) => statement.reads);
  return [...new Map(reads.map((name) => [`${name.dataset}.${name.table}`, name])).values()];
}
