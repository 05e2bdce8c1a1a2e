import type { Warehouse } from "../shared/ports/warehouse.ts";
import { ensureWarehouse, type Relation } from "../shared/warehouse/ensure.ts";

/**
 * Makes sure that datasets, raw tables and current views are there, once in the life of an instance.
 * @returns a function to await before each message; a failure is tried again with the next one
 */
export function prepareOnce(
  warehouse: Warehouse,
  relations: readonly Relation[],
  modelDatasets: readonly string[] = [],
): () => Promise<void> {
  let prepared: Promise<void> | undefined;
  return () => {
    prepared ??= ensureWarehouse(warehouse, relations, modelDatasets).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
}

/** The same, for each endpoint by itself and when it is needed. */
export function prepareEach(warehouse: Warehouse): (relation: Relation) => Promise<void> {
  const prepared = new Map<string, () => Promise<void>>();
  return (relation) => {
    const name = `${relation.connector.connector}.${relation.endpoint}`;
    const prepare = prepared.get(name) ?? prepareOnce(warehouse, [relation]);
    prepared.set(name, prepare);
    return prepare();
  };
}
