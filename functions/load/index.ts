import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { loadMessageSchema } from "../../shared/messages/load.ts";
import { onMessage } from "../on-message.ts";
import { openPorts } from "../ports.ts";
import { prepareEach } from "../prepare.ts";

const ports = openPorts();
const { environment } = ports;

const warehouse = openWarehouse({
  projectId: environment.projectId,
  location: environment.location,
  endpoint: environment.bigqueryEndpoint,
  maximumBytesBilled: environment.maximumBytesBilled,
  clock: ports.clock,
});

const loadPorts = {
  ...ports,
  warehouse,
  prepare: prepareEach(warehouse),
  refreshTopic: ports.topics.topic(environment.topics.refresh),
};

onMessage({
  name: "load",
  schema: loadMessageSchema,
  deadLetters: ports.deadLetters,
  handle: (message) => load(message, loadPorts),
});
