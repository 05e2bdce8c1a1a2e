import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PubSub, v1 } from "@google-cloud/pubsub";
import { type PubSubOptions, type PubSubServer, startPubSub } from "../../../emulator/pubsub/server.ts";
import { temporaryFolder } from "../temporary-folder.ts";

export const projectId = "test-project";

/** What an endpoint received: the request, and the message in it. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export interface PushBody {
  readonly subscription: string;
  readonly deliveryAttempt?: number;
  readonly message: {
    readonly data?: string;
    readonly attributes?: Record<string, string>;
    readonly messageId: string;
    readonly message_id: string;
    readonly publishTime: string;
    readonly publish_time: string;
    readonly orderingKey?: string;
  };
}

export const bodyOf = ({ body }: Received): PushBody => JSON.parse(body) as PushBody;
export const textOf = (received: Received): string =>
  Buffer.from(bodyOf(received).message.data ?? "", "base64").toString();

/** A push endpoint that answers as it is told and remembers what it received. */
export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Resolves when so many requests have come. */
  count(wanted: number): Promise<void>;
}

type Answer = (received: Received, count: number) => number | Promise<number>;

export async function startEndpoint(answer: Answer = () => 204, port = 0): Promise<Endpoint> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const entry = { headers: request.headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
        received.push(entry);
        void Promise.resolve(answer(entry, received.length)).then((status) => {
          if (status === 102) response.writeProcessing();
          else response.writeHead(status).end();
        });
      });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}/push`,
    port: bound,
    received,
    count: (wanted) => until(() => received.length >= wanted),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Waits for a condition that must come true within some seconds. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await condition()); await sleep(5)) {
    if (Date.now() > end) throw new Error(`did not come true: ${condition}`);
  }
}

export interface Fixture extends AsyncDisposable {
  readonly folder: string;
  readonly server: PubSubServer;
  readonly client: PubSub;
  readonly subscriber: v1.SubscriberClient;
  readonly publisher: v1.PublisherClient;
  restart(options?: Partial<PubSubOptions>): Promise<Fixture>;
}

/** A server and the real clients. */
export async function pubsubFixture(options: Partial<PubSubOptions> = {}): Promise<Fixture> {
  const folder = await temporaryFolder();
  return openFixture(folder.path, options, () => folder[Symbol.asyncDispose]());
}

async function openFixture(
  folder: string,
  options: Partial<PubSubOptions>,
  remove: () => Promise<void>,
): Promise<Fixture> {
  const server = await startPubSub({ folder, projectId, ...options });
  const client = openClient(server.host);
  type Options = ConstructorParameters<typeof v1.SubscriberClient>[0];
  const config = (await client.getClientConfig()) as Options;
  const subscriber = new v1.SubscriberClient(config);
  const publisher = new v1.PublisherClient(config);
  let isOpen = true;
  const close = async () => {
    isOpen = false;
    await Promise.all([subscriber.close(), publisher.close(), client.close()]);
    await server.close();
  };
  return {
    folder,
    server,
    client,
    subscriber,
    publisher,
    restart: async (changed) => {
      await close();
      return openFixture(folder, changed ?? options, remove);
    },
    [Symbol.asyncDispose]: async () => {
      if (!isOpen) return;
      await close();
      await remove();
    },
  };
}

/** The options that keep the client from asking for credentials, and the metadata server for them. */
export function openClient(host: string): PubSub {
  return new PubSub({ projectId, apiEndpoint: host, emulatorMode: true, universeDomain: "googleapis.com" });
}

export const topicName = (id: string) => `projects/${projectId}/topics/${id}`;
export const subscriptionName = (id: string) => `projects/${projectId}/subscriptions/${id}`;

export async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as { code?: number }).code;
  }
}
