import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { openGates } from "../../shared/control/source-slots.ts";
import { deliver } from "../../shared/deliver/deliver.ts";
import { ensureLedger } from "../../shared/deliver/ledger.ts";
import { openTarget } from "../../shared/deliver/target.ts";
import { WarehousePayloads } from "../../shared/deliver/warehouse-payloads.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { type Cloud, projectId } from "../cloud.ts";
import { deliveredModel, resultsTable } from "../results.ts";
import { answer, cpuSeconds, options, peakMb } from "./answer.ts";

/** The verb with the shipped clients, until all is delivered. `fill` makes the payloads first; `id` tells runs apart that share a state. */
const { cloud, url, id, concurrency, fill } = options<{
  cloud: Cloud;
  url: string;
  id: string;
  concurrency: number;
  fill?: number;
}>();

const connectors = readConnectors("connectors");
const sources = parseSources(
  `sources:
  - {id: map, connector: nwea, url: "http://127.0.0.1:1", secret: map}
  - {id: ods, connector: edfi, url: "${url}", secret: ods, school_years: [2026], concurrency: ${concurrency}, timeout_seconds: 30}
deliveries:
  - {id: ${id}, pipeline: bench, from: map, to: ods, secret: ods, concurrency: ${concurrency}, concurrency_per_resource: ${concurrency}}`,
  "sources.yaml",
  connectors,
);
const buckets = openStorage({ projectId, endpoint: cloud.storageUrl });
const warehouse = openWarehouse({ projectId, location: "US", endpoint: cloud.bigqueryUrl, clock: systemClock });
const control = buckets.bucket("control");
if (fill !== undefined) {
  await buckets.ensureBucket("control");
  await warehouse.ensureDataset("delivery");
  await ensureLedger(warehouse);
  await warehouse.query(resultsTable(fill));
  answer({ filled: fill });
  process.exit(0);
}
// The process that held them is dead: its state is this one's alone, as on a laptop.
for (const prefix of ["leases/", "slots/"])
  for await (const { name } of control.list(prefix)) await control.delete(name);

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const session = {
  http: createHttpClient({ userAgent: "rollcall" }),
  secrets: { read: async () => '{"key":"bench","secret":"bench"}' },
  tokens: new TokenCache(),
  control,
  clock: systemClock,
  log: silent,
};
const messages: object[] = [{ delivery: id }];
const startedAt = performance.now();
const cpuBefore = cpuSeconds();
let outcome = "";
for (let hop = 0; messages.length > 0 && hop < 100; hop += 1) {
  const message = deliverMessageSchema.parse(messages.shift());
  const done = await deliver(
    message,
    { messageId: `${id} ${Date.now()}`, publishedAt: new Date() },
    {
      sources,
      connectors,
      models: catalogueOf([deliveredModel]),
      control,
      payloadsOf: (delivery) => new WarehousePayloads(warehouse, control, delivery),
      openTarget: (delivery, source, connector, year, names, limits) =>
        openTarget(delivery, source, connector, year, names, session, limits),
      deliverTopic: { publish: async (next) => String(messages.push(next)) },
      gateOf: openGates({ control, clock: systemClock, log: silent }),
      clock: systemClock,
      log: silent,
      workMs: 450_000,
      leaseMs: 720_000,
    },
  );
  if (done.kind === "finished") outcome = done.result.outcome;
}
answer({ ms: performance.now() - startedAt, outcome, peakMb: peakMb(), cpuSeconds: cpuSeconds() - cpuBefore });
process.exit(0);
