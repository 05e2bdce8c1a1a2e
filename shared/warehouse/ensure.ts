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

/** Creates every dataset, raw table and current view that is missing, so that each model finds its inputs, if only empty ones. */
export async function ensureWarehouse(
  warehouse: Warehouse,
  connectors: Iterable<Connector>,
  modelDatasets: Iterable<string>,
): Promise<void> {
  const all = [...connectors];
  const datasets = [
    "ops",
    ...modelDatasets,
    ...all.flatMap(({ connector }) => [rawDataset(connector), currentDataset(connector)]),
  ];
  await each([...new Set(datasets)], (dataset) => warehouse.ensureDataset(dataset));
  await warehouse.ensureTable(runsTable);
  for (const { connector, endpoints } of all) {
    const tables = new Set(await warehouse.listTables(rawDataset(connector)));
    const views = new Set(await warehouse.listTables(currentDataset(connector)));
    await each(Object.entries(endpoints), async ([endpoint, { key }]) => {
      if (!tables.has(endpoint)) await warehouse.ensureTable(rawTable(connector, endpoint));
      if (!views.has(endpoint)) await warehouse.query(createCurrentView({ connector, endpoint, key }));
    });
  }
}
