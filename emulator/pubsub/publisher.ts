import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Broker } from "./broker.ts";
import { invalid, notEmulated } from "./errors.ts";
import type { Topic } from "./records.ts";
import { checkTopic, type PublishedMessage } from "./validation.ts";
import { mask, page, unary } from "./wire.ts";

interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

const mutable = ["labels", "message_retention_duration", "message_storage_policy", "kms_key_name"];

/** The Publisher service (https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#publisher). */
export function publisherService(broker: Broker): UntypedServiceImplementation {
  return {
    createTopic: unary(async (wire: Topic) => {
      const topic = checkTopic(wire);
      await broker.createTopic(topic);
      return topic;
    }),
    getTopic: unary(({ topic }: { topic: string }) => broker.topic(topic)),
    updateTopic: unary(
      async ({ topic, updateMask }: { topic: Topic | null; updateMask: { paths: string[] } | null }) => {
        if (topic === null || !updateMask?.paths.length)
          throw invalid("An update needs a topic and a mask that names its changes.");
        const fixed = updateMask.paths.find((path) => !mutable.includes(path.split(".")[0] ?? ""));
        if (fixed !== undefined) throw invalid(`The topic's field '${fixed}' cannot be changed.`);
        const changed = checkTopic(mask(broker.topic(topic.name), topic, updateMask.paths));
        await broker.updateTopic(changed);
        return changed;
      },
    ),
    deleteTopic: unary(async ({ topic }: { topic: string }) => {
      await broker.deleteTopic(topic);
      return {};
    }),
    listTopics: unary(({ project, ...request }: PageRequest & { project: string }) => {
      const topics = [...broker.topics.values()].filter(({ name }) => name.startsWith(`${project}/topics/`));
      const { items, nextPageToken } = page(topics, request);
      return { topics: items, nextPageToken };
    }),
    listTopicSubscriptions: unary(({ topic, ...request }: PageRequest & { topic: string }) => {
      broker.topic(topic);
      const names = [...broker.subscriptions.values()]
        .filter(({ record }) => record.topic === topic)
        .map(({ record }) => record.name);
      const { items, nextPageToken } = page(names, request);
      return { subscriptions: items, nextPageToken };
    }),
    listTopicSnapshots: unary(() => ({ snapshots: [], nextPageToken: "" })),
    publish: unary(async ({ topic, messages }: { topic: string; messages: PublishedMessage[] }) => ({
      messageIds: await broker.publish(topic, messages),
    })),
    detachSubscription: unary(() => {
      throw notEmulated("detaching of subscriptions");
    }),
  };
}
