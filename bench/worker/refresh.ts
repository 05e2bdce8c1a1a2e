import { openPorts } from "../../functions/ports.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { answer, options, peakMb } from "./answer.ts";

/** Builds one model by refresh, then runs the same SELECT straight into a table: what the tests, the swap and the ledger cost on top. */
const { model } = options<{ model: string }>();
const ports = openPorts();
const { environment } = ports;
const warehouse = openWarehouse({
  projectId: environment.projectId,
  location: environment.location,
  endpoint: environment.bigqueryEndpoint,
  clock: ports.clock,
});
const models = readCatalogue(environment.sqlFolder);
const found = models.find(({ name }) => name.endsWith(`.${model}`));
if (!found) throw new Error(`there is no model ${model}`);

const startedAt = performance.now();
const summary = await refresh(
  { reason: "bench", select: [model] },
  {
    control: ports.control,
    warehouse,
    models,
    clock: ports.clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    timeZone: "UTC",
  },
);
const seconds = (performance.now() - startedAt) / 1000;
if (summary.built.length !== 1) throw new Error(`refresh did not build ${model}: ${JSON.stringify(summary)}`);

const straightAt = performance.now();
await warehouse.query(`create or replace table staging.bench_straight as ${found.sql}`);
answer({ ms: seconds * 1000, seconds, duckdbSeconds: (performance.now() - straightAt) / 1000, peakMb: peakMb() });
process.exit(0);
