import { createHash } from "node:crypto";
import type { Model } from "./model.ts";

/**
 * The models with what the sources file says in the place of one model's SELECT. A change of the file changes that model, and so makes stale
 * whatever reads it.
 * @param sql undefined where the file says nothing: then the SELECT of the model's own file holds
 */
export function filled(models: readonly Model[], name: string, sql: string | undefined): Model[] {
  if (sql === undefined) return [...models];
  return models.map((model) => {
    if (model.name !== name) return model;
    const definition = createHash("sha256")
      .update(JSON.stringify([model.definition, sql]))
      .digest("hex");
    return { ...model, sql, definition };
  });
}

/** A SELECT that gives these rows, each of them columns by name with the expressions of their values; undefined when there are none. */
export function selectOfRows(rows: readonly Readonly<Record<string, string>>[]): string | undefined {
  const selects = rows.map((row) => {
    const columns = Object.entries(row).map(([name, value]) => `${value} as ${name}`);
    return `select ${columns.join(", ")}`;
  });
  return selects.length === 0 ? undefined : selects.join("\nunion all\n");
}
