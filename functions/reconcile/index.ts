import { openWarehouse } from "../../shared/google/warehouse.ts";
import { reconcileMessageSchema } from "../../shared/messages/refresh.ts";
import { reconcile } from "../../shared/reconcile/reconcile.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import { onMessage } from "../on-message.ts";
import { openPorts } from "../ports.ts";
import { prepareOnce } from "../prepare.ts";

const ports = openPorts();
const { environment } = ports;

const warehouse = openWarehouse({
  projectId: environment.projectId,
  location: environment.location,
  endpoint: environment.bigqueryEndpoint,
  maximumBytesBilled: environment.maximumBytesBilled,
  clock: ports.clock,
});

const reconcilePorts = {
  ...ports,
  warehouse,
  extractTopic: ports.topics.topic(environment.topics.extract),
  loadTopic: ports.topics.topic(environment.topics.load),
  refreshTopic: ports.topics.topic(environment.topics.refresh),
  deliverTopic: ports.topics.topic(environment.topics.deliver),
  models: deployedModels(readCatalogue(environment.sqlFolder), ports.sources),
  graceMs: environment.reconcileGraceMs,
  rawRetentionDays: environment.rawRetentionDays,
};

const prepare = prepareOnce(warehouse, []);

onMessage({
  name: "reconcile",
  schema: reconcileMessageSchema,
  deadLetters: ports.deadLetters,
  handle: async () => {
    await prepare();
    return reconcile(reconcilePorts);
  },
});
