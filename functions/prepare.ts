import type { Connector } from "../shared/config/connector.ts";
import type { Warehouse } from "../shared/ports/warehouse.ts";
import { ensureWarehouse } from "../shared/warehouse/ensure.ts";

/**
 * Makes sure that every dataset, raw table and current view is there, once in the life of an instance.
 * @returns a function to await before each message; a failure is tried again with the next one
 */
export function prepareOnce(
  warehouse: Warehouse,
  connectors: ReadonlyMap<string, Connector>,
  modelDatasets: readonly string[] = [],
): () => Promise<void> {
  let prepared: Promise<void> | undefined;
  return () => {
    prepared ??= ensureWarehouse(warehouse, connectors.values(), modelDatasets).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
}
