import { openWarehouse } from "../../shared/google/warehouse.ts";
import { refreshMessageSchema } from "../../shared/messages/refresh.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { onMessage } from "../on-message.ts";
import { openPorts } from "../ports.ts";
import { prepareOnce } from "../prepare.ts";

const ports = openPorts();
const { environment, connectors } = ports;

const warehouse = openWarehouse({
  projectId: environment.projectId,
  location: environment.location,
  endpoint: environment.bigqueryEndpoint,
  maximumBytesBilled: environment.maximumBytesBilled,
  clock: ports.clock,
});

const currents = new Set(
  [...connectors.values()].flatMap(({ connector, endpoints }) =>
    Object.keys(endpoints).map((endpoint) => `current_${connector}.${endpoint}`),
  ),
);
const models = readCatalogue(environment.sqlFolder, currents);

const refreshTopic = ports.topics.topic(environment.topics.refresh);

/** Every model finds its inputs, if only empty ones. */
const prepare = prepareOnce(
  warehouse,
  connectors,
  models.map((model) => model.dataset),
);

onMessage({
  name: "refresh",
  schema: refreshMessageSchema,
  deadLetters: ports.deadLetters,
  handle: async (message, origin) => {
    await prepare();
    const summary = await refresh(
      { reason: message.reason, force: message.force, owner: origin.messageId, requestedAt: origin.publishedAt },
      {
        control: ports.control,
        warehouse,
        models,
        clock: ports.clock,
        log: ports.log,
        timeZone: ports.sources.time_zone,
        parallelism: environment.refreshParallelism,
        leaseMs: environment.leaseMs,
        deadline: new Date(ports.clock.now().getTime() + environment.workMs),
      },
    );
    if (summary.continue) await refreshTopic.publish({ v: 1, reason: "continued" });
  },
});
