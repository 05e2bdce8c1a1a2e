import { createHttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { openGates } from "../../shared/control/source-slots.ts";
import { deliver, type OpenTarget } from "../../shared/deliver/deliver.ts";
import { ensureLedger } from "../../shared/deliver/ledger.ts";
import { openTarget } from "../../shared/deliver/target.ts";
import { WarehousePayloads } from "../../shared/deliver/warehouse-payloads.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { deliverMessageSchema } from "../../shared/messages/deliver.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { onMessage } from "../on-message.ts";
import { openPorts, openSecrets } from "../ports.ts";

const ports = openPorts();
const { environment } = ports;

const warehouse = openWarehouse({
  projectId: environment.projectId,
  location: environment.location,
  endpoint: environment.bigqueryEndpoint,
  maximumBytesBilled: environment.maximumBytesBilled,
  clock: ports.clock,
});

const session = {
  ...ports,
  http: createHttpClient({ userAgent: "rollcall" }),
  secrets: openSecrets(environment),
  tokens: new TokenCache(),
};

const deliverPorts = {
  ...ports,
  models: readCatalogue(environment.sqlFolder),
  payloadsOf: (delivery: ConstructorParameters<typeof WarehousePayloads>[2]) =>
    new WarehousePayloads(warehouse, ports.control, delivery),
  openTarget: (...[delivery, source, connector, year, resources, limits]: Parameters<OpenTarget>) =>
    openTarget(delivery, source, connector, year, resources, session, limits),
  deliverTopic: ports.topics.topic(environment.topics.deliver),
  missingTables: async (tables: readonly string[]) => {
    const there = new Set((await warehouse.listTables("delivery")).map((table) => `delivery.${table}`));
    return tables.filter((table) => !there.has(table));
  },
  gateOf: openGates(ports),
  workMs: environment.workMs,
  leaseMs: environment.leaseMs,
};

let prepared: Promise<void> | undefined;

/** Once in the life of an instance; a failure is tried again with the next message. */
function prepare(): Promise<void> {
  prepared ??= ensureLedger(warehouse).catch((error: unknown) => {
    prepared = undefined;
    throw error;
  });
  return prepared;
}

onMessage({
  name: "deliver",
  schema: deliverMessageSchema,
  deadLetters: ports.deadLetters,
  handle: async (message, origin) => {
    await prepare();
    await deliver(message, origin, deliverPorts);
  },
});
