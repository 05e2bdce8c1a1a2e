import type { PubSub, protos, v1 } from "@google-cloud/pubsub";
import type { AuthClient } from "google-auth-library";
import { RetryableError } from "../errors.ts";
import type { ReceivedMessage } from "../messages/dead-letter.ts";
import type { Topic } from "../ports/topic.ts";

/** Topics and subscriptions of one project. */
export interface Topics {
  topic(name: string): Topic;
  /** Creates a topic; one that exists is left as it is. */
  createTopic(name: string): Promise<void>;
  /** Creates a subscription, or points the one that exists to the endpoint. */
  ensurePushSubscription(subscription: PushSubscription): Promise<void>;
  ensurePullSubscription(name: string, topic: string): Promise<void>;
  hasSubscription(name: string): Promise<boolean>;
  /** Looks at messages of a pull subscription and leaves them there. */
  peek(subscription: string, countMax: number): Promise<ReceivedMessage[]>;
  /**
   * Hands every message that a pull subscription has now to `handle`, one after the other. A message is acknowledged when it returns true,
   * right then; all others stay.
   * @throws what `handle` throws; the message it was given stays, too
   */
  consume(subscription: string, handle: (message: ReceivedMessage) => Promise<boolean>): Promise<void>;
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

export interface TopicsOptions {
  readonly projectId: string;
  /** host:port of an emulator; Google's own when left out. */
  readonly emulatorHost?: string | undefined;
  /** Whose credentials; those that the library finds when left out. */
  readonly credentials?: AuthClient | undefined;
  /**
   * How long a pull waits for a first message. Google's Pub/Sub may have messages and give none at once; the emulator of this project gives
   * what there is, and needs no patience.
   */
  readonly patienceMs?: number;
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

/** Messages in one request. */
const pullMax = 1000;

type Pulled = protos.google.pubsub.v1.IReceivedMessage;

/** What is asked of a pull subscription, without the streams and buffers of the client above it. */
interface Puller {
  pull(countMax: number): Promise<readonly Pulled[]>;
  acknowledge(pulled: readonly Pulled[]): Promise<void>;
  /** Keeps messages for so many seconds more; zero gives them back at once. */
  keep(pulled: readonly Pulled[], seconds: number): Promise<void>;
  close(): Promise<void>;
}

const deadlineExceeded = 4;

async function openPuller(client: PubSub, options: TopicsOptions, subscription: string): Promise<Puller> {
  type Options = ConstructorParameters<typeof v1.SubscriberClient>[0];
  const { SubscriberClient } = (await import("@google-cloud/pubsub")).v1;
  const subscriber = new SubscriberClient((await client.getClientConfig()) as Options);
  const name = subscriber.subscriptionPath(options.projectId, subscription);
  const { patienceMs = 0 } = options;
  const attempt = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    try {
      return await ask();
    } catch (cause) {
      throw new RetryableError("A subscription could not be read", { topic: subscription }, { cause });
    }
  };
  const idsOf = (pulled: readonly Pulled[]): string[] => pulled.flatMap(({ ackId }) => (ackId ? [ackId] : []));
  return {
    pull: (countMax) =>
      attempt(async () => {
        const request = { subscription: name, maxMessages: countMax, returnImmediately: patienceMs === 0 };
        try {
          const [response] = await subscriber.pull(request, patienceMs > 0 ? { timeout: patienceMs } : {});
          return response.receivedMessages ?? [];
        } catch (error) {
          // Waited in vain: there is none.
          if (patienceMs > 0 && (error as { code?: number }).code === deadlineExceeded) return [];
          throw error;
        }
      }),
    acknowledge: (pulled) =>
      attempt(async () => {
        await subscriber.acknowledge({ subscription: name, ackIds: idsOf(pulled) });
      }),
    keep: async (pulled, seconds) => {
      const ids = idsOf(pulled);
      for (let at = 0; at < ids.length; at += pullMax) {
        const ackIds = ids.slice(at, at + pullMax);
        await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: seconds });
      }
    },
    close: () => subscriber.close(),
  };
}

function received({ message }: Pulled): ReceivedMessage {
  return {
    messageId: message?.messageId ?? "",
    publishedAt: new Date(Number(message?.publishTime?.seconds ?? 0) * 1000),
    text: Buffer.from(message?.data ?? "").toString("utf8"),
    attributes: message?.attributes ?? {},
  };
}

async function peek(puller: Puller, countMax: number): Promise<ReceivedMessage[]> {
  // One pull may bring some of the messages only. What was brought is ours for a minute, so the next pull brings others.
  const pulled: Pulled[] = [];
  for (let more = await puller.pull(countMax); more.length > 0; ) {
    pulled.push(...more);
    if (pulled.length >= countMax) break;
    more = await puller.pull(countMax - pulled.length);
  }
  await puller.keep(pulled, 0);
  return pulled.map(received);
}

/** The longest that Pub/Sub lets a message be kept without another word. */
const keepSeconds = 600;
/** More messages than this are left for another time. */
const consumedMax = 100_000;

async function consume(puller: Puller, handle: (message: ReceivedMessage) => Promise<boolean>): Promise<void> {
  // All are taken before the first is handled: what the handling itself brings about is for another time.
  const open = new Set<Pulled>();
  for (let pulled = await puller.pull(pullMax); pulled.length > 0 && open.size < consumedMax; ) {
    await puller.keep(pulled, keepSeconds);
    for (const message of pulled) open.add(message);
    pulled = await puller.pull(pullMax);
  }
  try {
    for (const message of [...open]) {
      if (!(await handle(received(message)))) continue;
      await puller.acknowledge([message]);
      open.delete(message);
    }
  } finally {
    await puller.keep([...open], 0);
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
export function openTopics(options: TopicsOptions): Topics {
  const { projectId, emulatorHost, credentials } = options;
  let opening: Promise<PubSub> | undefined;
  const open = (): Promise<PubSub> => {
    opening ??= import("@google-cloud/pubsub").then(
      ({ PubSub }) =>
        new PubSub({
          projectId,
          ...(emulatorHost ? { apiEndpoint: emulatorHost, emulatorMode: true, universeDomain: "googleapis.com" } : {}),
          ...(credentials && !emulatorHost ? { authClient: credentials } : {}),
        }),
    );
    return opening;
  };
  const pulling = async <Result>(subscription: string, work: (puller: Puller) => Promise<Result>): Promise<Result> => {
    const puller = await openPuller(await open(), options, subscription);
    try {
      return await work(puller);
    } finally {
      await puller.close();
    }
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
    hasSubscription: async (name) => {
      const [isThere] = await (await open()).subscription(name).exists();
      return isThere;
    },
    peek: (subscription, countMax) => pulling(subscription, (puller) => peek(puller, countMax)),
    consume: (subscription, handle) => pulling(subscription, (puller) => consume(puller, handle)),
    close: async () => {
      await (await opening)?.close();
    },
  };
}
