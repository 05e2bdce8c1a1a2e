import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { loadMessageSchema } from "../../shared/messages/load.ts";
import { onMessage } from "../on-message.ts";
import { openPorts } from "../ports.ts";
import { prepareOnce } from "../prepare.ts";

const ports = openPorts();
const { environment } = ports;

const loadPorts = {
  ...ports,
  warehouse: openWarehouse({
    projectId: environment.projectId,
    location: environment.location,
    endpoint: environment.bigqueryEndpoint,
    maximumBytesBilled: environment.maximumBytesBilled,
    clock: ports.clock,
  }),
  refreshTopic: ports.topics.topic(environment.topics.refresh),
};

const prepare = prepareOnce(loadPorts.warehouse, ports.connectors);

onMessage({
  name: "load",
  schema: loadMessageSchema,
  deadLetters: ports.deadLetters,
  handle: async (message) => {
    await prepare();
    return load(message, loadPorts);
  },
});
