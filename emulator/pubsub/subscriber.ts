import { type ServerDuplexStream, status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Broker } from "./broker.ts";
import { invalid, notEmulated, PubSubError } from "./errors.ts";
import type { Holder } from "./holder.ts";
import { Leases, type ReceivedMessage } from "./leases.ts";
import type { PushConfig, Subscription } from "./records.ts";
import { type StreamingPullRequest, serveStreamingPull } from "./streaming.ts";
import { checkSubscription } from "./validation.ts";
import { mask, page, unary } from "./wire.ts";

const mutable = [
  ...["push_config", "ack_deadline_seconds", "retain_acked_messages", "message_retention_duration", "labels"],
  ...["expiration_policy", "dead_letter_policy", "retry_policy", "enable_exactly_once_delivery"],
];
const messagesPerPullMax = 1000;
const pullWaitMs = 15_000;

/** The Subscriber service (https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber). */
export function subscriberService(broker: Broker): UntypedServiceImplementation {
  const leases = new Leases(broker);
  return {
    ...administration(broker),
    pull: unary(async (request: PullRequest, { onCancelled }) => {
      const holder = pullable(broker, request.subscription);
      if (request.maxMessages <= 0) throw invalid("maxMessages must be greater than 0.");
      return { receivedMessages: await pull(leases, holder, request, onCancelled) };
    }),
    streamingPull: (call: ServerDuplexStream<StreamingPullRequest, unknown>) => {
      serveStreamingPull(call, leases, (name) => pullable(broker, name));
    },
    acknowledge: unary(async ({ subscription, ackIds }: { subscription: string; ackIds: string[] }) => {
      if (ackIds.length === 0) throw invalid("No ack ids were given.");
      await leases.acknowledge(broker.subscription(subscription), ackIds);
      return {};
    }),
    modifyAckDeadline: unary(
      async ({
        subscription,
        ackIds,
        ackDeadlineSeconds,
      }: {
        subscription: string;
        ackIds: string[];
        ackDeadlineSeconds: number;
      }) => {
        if (ackIds.length === 0) throw invalid("No ack ids were given.");
        if (ackDeadlineSeconds < 0 || ackDeadlineSeconds > 600)
          throw invalid("ackDeadlineSeconds must be between 0 and 600.");
        await leases.modify(broker.subscription(subscription), ackIds, ackDeadlineSeconds);
        return {};
      },
    ),
    ...notOffered("seek", "snapshots", [
      "seek",
      "createSnapshot",
      "getSnapshot",
      "updateSnapshot",
      "deleteSnapshot",
      "listSnapshots",
    ]),
  };
}

interface PullRequest {
  readonly subscription: string;
  readonly maxMessages: number;
  readonly returnImmediately: boolean;
}

function administration(broker: Broker): UntypedServiceImplementation {
  return {
    createSubscription: unary(async (wire: Subscription) => {
      const subscription = checkSubscription(wire);
      await broker.createSubscription(subscription);
      return subscription;
    }),
    getSubscription: unary(({ subscription }: { subscription: string }) => broker.subscription(subscription).record),
    updateSubscription: unary(
      async ({
        subscription,
        updateMask,
      }: {
        subscription: Subscription | null;
        updateMask: { paths: string[] } | null;
      }) => {
        if (subscription === null || !updateMask?.paths.length) {
          throw invalid("An update needs a subscription and a mask that names its changes.");
        }
        const fixed = updateMask.paths.find((path) => !mutable.includes(path.split(".")[0] ?? ""));
        if (fixed !== undefined) throw invalid(`The subscription's field '${fixed}' cannot be changed.`);
        const { record } = broker.subscription(subscription.name);
        const changed = checkSubscription(mask(record, subscription, updateMask.paths));
        await broker.updateSubscription(changed);
        return changed;
      },
    ),
    deleteSubscription: unary(async ({ subscription }: { subscription: string }) => {
      await broker.deleteSubscription(subscription);
      return {};
    }),
    listSubscriptions: unary(({ project, ...request }: { project: string; pageSize: number; pageToken: string }) => {
      const records = [...broker.subscriptions.values()].map(({ record }) => record);
      const { items, nextPageToken } = page(
        records.filter(({ name }) => name.startsWith(`${project}/subscriptions/`)),
        request,
      );
      return { subscriptions: items, nextPageToken };
    }),
    modifyPushConfig: unary(
      async ({ subscription, pushConfig }: { subscription: string; pushConfig: PushConfig | null }) => {
        const { record } = broker.subscription(subscription);
        await broker.updateSubscription(checkSubscription({ ...record, pushConfig }));
        return {};
      },
    ),
  };
}

/** @throws PubSubError NOT_FOUND, or FAILED_PRECONDITION for a subscription that pushes. */
function pullable(broker: Broker, name: string): Holder {
  const holder = broker.subscription(name);
  if (holder.isPush) throw new PubSubError(status.FAILED_PRECONDITION, "Pull is not offered for a push subscription.");
  return holder;
}

/** Lends what is ready; with nothing ready, waits for a while unless the caller asked not to. */
async function pull(
  leases: Leases,
  holder: Holder,
  { maxMessages, returnImmediately }: PullRequest,
  onCancelled: (listener: () => void) => void,
): Promise<ReceivedMessage[]> {
  const until = Date.now() + (returnImmediately ? 0 : pullWaitMs);
  let isCancelled = false;
  onCancelled(() => {
    isCancelled = true;
    holder.emit("ready");
  });
  for (;;) {
    if (isCancelled) return [];
    const messages = await leases.lend(
      holder,
      Math.min(maxMessages, messagesPerPullMax),
      holder.record.ackDeadlineSeconds,
    );
    const leftMs = until - Date.now();
    if (messages.length > 0 || leftMs <= 0) return messages;
    await nextReady(holder, leftMs);
  }
}

function nextReady(holder: Holder, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      holder.off("ready", done).off("gone", done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    holder.on("ready", done).on("gone", done);
  });
}

function notOffered(one: string, other: string, methods: readonly string[]): UntypedServiceImplementation {
  const refuse = unary(() => {
    throw notEmulated(`${one} and ${other}`);
  });
  return Object.fromEntries(methods.map((method) => [method, refuse]));
}
