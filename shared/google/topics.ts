import type { PubSub, v1 } from "@google-cloud/pubsub";
import { RetryableError } from "../errors.ts";
import type { Topic } from "../ports/topic.ts";

/** Topics and subscriptions of one project. */
export interface Topics {
  topic(name: string): Topic;
  /** Creates a topic; one that exists is left as it is. */
  createTopic(name: string): Promise<void>;
  /** Creates a subscription, or points the one that exists to the endpoint. */
  ensurePushSubscription(subscription: PushSubscription): Promise<void>;
  ensurePullSubscription(name: string, topic: string): Promise<void>;
  /** Looks at messages of a pull subscription and leaves them there. */
  peek(subscription: string, countMax: number): Promise<PeekedMessage[]>;
  close(): Promise<void>;
}

export interface PushSubscription {
  readonly name: string;
  readonly topic: string;
  readonly endpoint: string;
  readonly ackDeadlineSeconds: number;
  readonly backoffSeconds: { readonly minimum: number; readonly maximum: number };
  readonly deadLetters: { readonly topic: string; readonly attemptsMax: number };
}

export interface PeekedMessage {
  readonly messageId: string;
  readonly publishedAt: Date;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TopicsOptions {
  readonly projectId: string;
  /** host:port of an emulator; Google's own when left out. */
  readonly emulatorHost?: string | undefined;
}

const alreadyExists = 6;

/** Runs a creation; what exists already is fine. @returns whether it was created now */
async function createUnlessThere(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === alreadyExists) return false;
    throw error;
  }
}

async function peek(
  client: PubSub,
  projectId: string,
  subscription: string,
  countMax: number,
): Promise<PeekedMessage[]> {
  type Options = ConstructorParameters<typeof v1.SubscriberClient>[0];
  const { SubscriberClient } = (await import("@google-cloud/pubsub")).v1;
  const subscriber = new SubscriberClient((await client.getClientConfig()) as Options);
  const name = subscriber.subscriptionPath(projectId, subscription);
  try {
    const [response] = await subscriber.pull({ subscription: name, maxMessages: countMax, returnImmediately: true });
    const received = response.receivedMessages ?? [];
    const ackIds = received.flatMap(({ ackId }) => (ackId ? [ackId] : []));
    // A deadline of zero gives the messages back at once.
    if (ackIds.length > 0) await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 0 });
    return received.map(({ message }) => ({
      messageId: message?.messageId ?? "",
      publishedAt: new Date(Number(message?.publishTime?.seconds ?? 0) * 1000),
      text: Buffer.from(message?.data ?? "").toString("utf8"),
      attributes: message?.attributes ?? {},
    }));
  } finally {
    await subscriber.close();
  }
}

function publisher(open: () => Promise<PubSub>, name: string): Topic {
  return {
    publish: async (message, attributes = {}) => {
      const client = await open();
      // One message a function: batching would only make it wait.
      const topic = client.topic(name, { batching: { maxMessages: 1 } });
      try {
        return await topic.publishMessage({ json: message, attributes: { ...attributes } });
      } catch (cause) {
        throw new RetryableError("A message could not be published", { topic: name }, { cause });
      }
    },
  };
}

async function ensurePush(client: PubSub, subscription: PushSubscription): Promise<void> {
  const { name, topic, endpoint, backoffSeconds, deadLetters } = subscription;
  const created = await createUnlessThere(() =>
    client.topic(topic).createSubscription(name, {
      pushConfig: { pushEndpoint: endpoint },
      ackDeadlineSeconds: subscription.ackDeadlineSeconds,
      retryPolicy: {
        minimumBackoff: { seconds: backoffSeconds.minimum },
        maximumBackoff: { seconds: backoffSeconds.maximum },
      },
      deadLetterPolicy: {
        deadLetterTopic: client.topic(deadLetters.topic).name,
        maxDeliveryAttempts: deadLetters.attemptsMax,
      },
    }),
  );
  if (!created) await client.subscription(name).modifyPushConfig({ pushEndpoint: endpoint });
}

/**
 * Opens Pub/Sub. The one importer of @google-cloud/pubsub, which is loaded when it is needed first: it is the heaviest library here, and most
 * extractions publish nothing.
 */
export function openTopics({ projectId, emulatorHost }: TopicsOptions): Topics {
  let opening: Promise<PubSub> | undefined;
  const open = (): Promise<PubSub> => {
    opening ??= import("@google-cloud/pubsub").then(
      ({ PubSub }) =>
        new PubSub({
          projectId,
          ...(emulatorHost ? { apiEndpoint: emulatorHost, emulatorMode: true, universeDomain: "googleapis.com" } : {}),
        }),
    );
    return opening;
  };
  return {
    topic: (name) => publisher(open, name),
    createTopic: async (name) => {
      const client = await open();
      await createUnlessThere(() => client.createTopic(name));
    },
    ensurePushSubscription: async (subscription) => ensurePush(await open(), subscription),
    ensurePullSubscription: async (name, topic) => {
      const client = await open();
      await createUnlessThere(() => client.topic(topic).createSubscription(name, { ackDeadlineSeconds: 60 }));
    },
    peek: async (subscription, countMax) => peek(await open(), projectId, subscription, countMax),
    close: async () => {
      await (await opening)?.close();
    },
  };
}
