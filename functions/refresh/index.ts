import { openWarehouse } from "../../shared/google/warehouse.ts";
import { refreshMessageSchema } from "../../shared/messages/refresh.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { coalesced } from "../../shared/refresh/coalesce.ts";
import { deployedModels } from "../../shared/refresh/configured.ts";
import type { TextCache } from "../../shared/refresh/control-objects.ts";
import { type RefreshRequest, refresh } from "../../shared/refresh/refresh.ts";
import { allRelations } from "../../shared/warehouse/ensure.ts";
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
const models = deployedModels(readCatalogue(environment.sqlFolder, currents), ports.sources);

/** Each load of a night asks for a look at all models; between two looks few states have changed. */
const cache: TextCache = new Map();

const deliverTopic = ports.topics.topic(environment.topics.deliver);
const refreshTopic = ports.topics.topic(environment.topics.refresh);

/** Every model finds its inputs, if only empty ones. */
const read = new Set(models.flatMap(({ inputs }) => inputs));
const prepare = prepareOnce(
  warehouse,
  allRelations(connectors.values()).filter(({ connector, endpoint }) =>
    read.has(`current_${connector.connector}.${endpoint}`),
  ),
  models.map((model) => model.dataset),
);

const { personalPolicyTag: tag } = environment;
const markPersonal =
  tag === undefined
    ? undefined
    : (table: string, columns: readonly string[]) => warehouse.tagColumns(table, columns, tag);

async function run(request: RefreshRequest): Promise<void> {
  const summary = await refresh(request, {
    control: ports.control,
    warehouse,
    models,
    deliver: deliverTopic,
    clock: ports.clock,
    log: ports.log,
    timeZone: ports.sources.time_zone,
    parallelism: environment.refreshParallelism,
    leaseMs: environment.leaseMs,
    cache,
    markPersonal,
    restrictedDataset: environment.restrictedDataset,
    deadline: new Date(ports.clock.now().getTime() + environment.workMs),
  });
  if (summary.continue) await refreshTopic.publish({ v: 1, reason: "continued" });
}

interface Trigger {
  readonly reason: string;
  readonly messageId: string;
}

/** What lies between the time for work and the platform's timeout must hold this wait too. */
const waitMsMax = 20_000;

const look = coalesced<Trigger, void>(([first, ...others]) => {
  const alsoFor = others.map(({ messageId }) => messageId);
  return run({ reason: first?.reason ?? "asked", owner: first?.messageId, alsoFor });
}, waitMsMax);

onMessage({
  name: "refresh",
  schema: refreshMessageSchema,
  deadLetters: ports.deadLetters,
  handle: async ({ reason, force, select }, { messageId, publishedAt }) => {
    await prepare();
    // What a person asks for is done by itself; events mean all models, and share a look.
    if (force || select) await run({ reason, force, select, owner: messageId, requestedAt: publishedAt });
    else await look({ reason, messageId });
  },
});
