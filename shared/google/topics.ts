import { PubSub } from "@google-cloud/pubsub";
import { RetryableError } from "../errors.ts";
import type { Topic } from "../ports/topic.ts";

/** Opens topics of Pub/Sub. The one importer of @google-cloud/pubsub. */
export interface Topics {
  topic(name: string): Topic;
  close(): Promise<void>;
}

export interface TopicsOptions {
  readonly projectId: string;
  /** host:port of an emulator; Google's own when left out. */
  readonly emulatorHost?: string | undefined;
}

export function openTopics(options: TopicsOptions): Topics {
  const client = new PubSub({
    projectId: options.projectId,
    ...(options.emulatorHost ? { apiEndpoint: options.emulatorHost, emulatorMode: true } : {}),
  });
  return {
    topic: (name) => {
      // One message a function: batching would only make it wait.
      const topic = client.topic(name, { batching: { maxMessages: 1 } });
      return {
        publish: async (message, attributes = {}) => {
          try {
            return await topic.publishMessage({ json: message, attributes: { ...attributes } });
          } catch (cause) {
            throw new RetryableError("A message could not be published", { topic: name }, { cause });
          }
        },
      };
    },
    close: () => client.close(),
  };
}
