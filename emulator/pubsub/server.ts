import { once, setMaxListeners } from "node:events";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Broker } from "./broker.ts";
import { type DeliveryReport, Dispatcher } from "./dispatcher.ts";
import { publisherService } from "./publisher.ts";
import { subscriberService } from "./subscriber.ts";
import { loadServices } from "./wire.ts";

export interface PubSubOptions {
  /** Everything the server keeps is in here. */
  readonly folder: string;
  readonly projectId: string;
  /** The port to listen on; a free one by default. */
  readonly port?: number;
  /** How many push requests of one subscription may be under way at a time. */
  readonly outstandingMax?: number;
  /**
   * How long the push endpoints of an earlier life are left alone, unless they are set anew before: their ports may be another program's by
   * now. 0, the default, delivers at once; Infinity waits for the endpoint.
   */
  readonly holdPushesMs?: number;
}

export interface PubSubServer {
  readonly host: string;
  /** Messages held by push subscriptions, also those that wait for their next attempt. */
  outstanding(): number;
  /** Resolves when no push subscription holds a message; rejects when the server is closed before. */
  whenIdle(): Promise<void>;
  /** Calls the listener after each push. @returns a function that ends this. */
  onDelivery(listener: (report: DeliveryReport) => void): () => void;
  hasTopic(name: string): boolean;
  /** Publishes from within the process; resolves when the message is durable. */
  publish(topic: string, message: { data: Buffer; attributes: Record<string, string> }): Promise<void>;
  close(): Promise<void>;
}

const outstandingMaxDefault = 8;
const requestBytesMax = 32 * 1024 * 1024;

/**
 * Starts Pub/Sub on loopback: the gRPC services as the Google clients use them, and push delivery. A published message and its attempts
 * outlive the process, however that ends.
 */
export async function startPubSub(options: PubSubOptions): Promise<PubSubServer> {
  const broker = await Broker.open(join(options.folder, "broker.journal"));
  const listeners = new Set<(report: DeliveryReport) => void>();
  const dispatcher = new Dispatcher(broker, {
    outstandingMax: options.outstandingMax ?? outstandingMaxDefault,
    holdMs: options.holdPushesMs ?? 0,
    report: (report) => {
      for (const listener of listeners) listener(report);
    },
  });
  const server = new Server({ "grpc.max_receive_message_length": requestBytesMax, "grpc.max_send_message_length": -1 });
  const { publisher, subscriber } = loadServices();
  server.addService(publisher, publisherService(broker));
  server.addService(subscriber, subscriberService(broker));
  const port = await bind(server, options.port ?? 0).catch(async (error: unknown) => {
    await dispatcher.close();
    await broker.close();
    throw error;
  });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const outstanding = () => {
    const holders = [...broker.subscriptions.values()].filter(({ isPush }) => isPush);
    return holders.reduce((count, { queue }) => count + queue.deliveries.size, 0);
  };
  return {
    host: `127.0.0.1:${port}`,
    outstanding,
    whenIdle: async () => {
      while (outstanding() > 0) await once(broker.events, "settled", { signal: closing.signal });
    },
    onDelivery: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hasTopic: (name) => broker.topics.has(name),
    publish: async (topic, message) => {
      await broker.publish(topic, [{ ...message, orderingKey: "" }]);
    },
    close: async () => {
      closing.abort(new Error("Pub/Sub was closed while messages were under way."));
      server.forceShutdown();
      await dispatcher.close();
      await broker.close();
    },
  };
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
}
