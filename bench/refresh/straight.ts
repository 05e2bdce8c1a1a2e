import { Database } from "../../emulator/bigquery/store/database.ts";
import { preludeStatements } from "../../emulator/googlesql/prelude.ts";
import { translate } from "../../emulator/googlesql/translate.ts";
import type { Model } from "../../shared/refresh/model.ts";

/**
 * Runs the SELECT of each model straight in DuckDB, into a table beside the models, over the tables that refresh has built: no tests, swap,
 * states, ledger, jobs or HTTP. @returns seconds by model
 */
export async function straightSeconds(
  options: { readonly file: string; readonly projectId: string; readonly memoryLimit: string },
  models: readonly Model[],
): Promise<ReadonlyMap<string, number>> {
  const { file, projectId, memoryLimit } = options;
  const prelude = preludeStatements({ shared: true });
  const database = await Database.open({ file, catalog: projectId, memoryLimit, prelude });
  const seconds = new Map<string, number>();
  try {
    const connection = await database.connect();
    await connection.run(`create schema if not exists "${projectId}".straight`);
    for (const { name, sql } of models) {
      const startedAt = performance.now();
      const [statement] = translate(sql, { projectId });
      await connection.run(`create or replace table "${projectId}".straight.result as ${statement?.sql}`);
      seconds.set(name, (performance.now() - startedAt) / 1000);
    }
    await connection.run(`drop schema "${projectId}".straight cascade`);
    connection.closeSync();
  } finally {
    await database.close();
  }
  return seconds;
}
