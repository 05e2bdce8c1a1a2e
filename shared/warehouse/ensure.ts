import type { Connector } from "../config/connector.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { createCurrentView } from "./current-view.ts";
import { currentDataset, rawDataset, rawTable, runsTable } from "./tables.ts";

/** Tables created at once. */
const parallel = 8;

async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, queue.length) }, worker));
}

/** An endpoint whose raw table and current view must be there. */
export interface Relation {
  readonly connector: Connector;
  readonly endpoint: string;
}

/** All endpoints of some connectors. */
export function allRelations(connectors: Iterable<Connector>): Relation[] {
  return [...connectors].flatMap((connector) =>
    Object.keys(connector.endpoints).map((endpoint) => ({ connector, endpoint })),
  );
}

/** Creates the ledger of runs, and each dataset, raw table and current view of these that is missing. */
export async function ensureWarehouse(
  warehouse: Warehouse,
  relations: readonly Relation[],
  modelDatasets: Iterable<string> = [],
): Promise<void> {
  const connectors = [...new Set(relations.map(({ connector }) => connector))];
  const datasets = [
    "ops",
    ...modelDatasets,
    ...connectors.flatMap(({ connector }) => [rawDataset(connector), currentDataset(connector)]),
  ];
  await each([...new Set(datasets)], (dataset) => warehouse.ensureDataset(dataset));
  await warehouse.ensureTable(runsTable);
  for (const { connector } of connectors) {
    const tables = new Set(await warehouse.listTables(rawDataset(connector)));
    const views = new Set(await warehouse.listTables(currentDataset(connector)));
    const own = relations.filter((relation) => relation.connector.connector === connector);
    await each(own, async ({ connector: { endpoints }, endpoint }) => {
      const description = endpoints[endpoint];
      if (!description) return;
      const { key, replaces, key_may_change: keyMayChange } = description;
      if (!tables.has(endpoint)) await warehouse.ensureTable(rawTable(connector, endpoint));
      if (!views.has(endpoint))
        await warehouse.query(createCurrentView({ connector, endpoint, key, keyMayChange, replaces }));
    });
  }
}
