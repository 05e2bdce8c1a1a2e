import { openPorts } from "../../functions/ports.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { allRelations, ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { answer, options, peakMb } from "./answer.ts";

const { manifest } = options<{ manifest: string }>();
const ports = openPorts();
const { environment } = ports;
const warehouse = openWarehouse({
  projectId: environment.projectId,
  location: environment.location,
  endpoint: environment.bigqueryEndpoint,
  clock: ports.clock,
});
await ensureWarehouse(warehouse, allRelations(ports.connectors.values()), ["ref", "staging", "marts"]);
const startedAt = performance.now();
const summary = await load(
  { name: manifest },
  {
    ...ports,
    warehouse,
    refreshTopic: { publish: async () => "0" },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  },
);
answer({ ms: performance.now() - startedAt, ...summary, peakMb: peakMb() });
process.exit(0);
