import type { Broker } from "./broker.ts";
import type { Holder } from "./holder.ts";
import type { Delivery } from "./queue.ts";

/** What a puller is given. */
export interface ReceivedMessage {
  readonly ackId: string;
  readonly message: unknown;
  readonly deliveryAttempt: number;
}

/**
 * Messages lent to pullers. A lease ends by acknowledgement, by being given back, or by its deadline, which counts as given back. An ack id
 * names a message and the attempt it was lent for, so that an id of an earlier attempt settles nothing.
 */
export class Leases {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Lends up to so many messages. `onLent` is called for each, and what it returns when that message is no longer lent. */
  async lend(holder: Holder, countMax: number, seconds: number, onLent?: () => () => void): Promise<ReceivedMessage[]> {
    const taken = await this.#broker.take(holder, countMax);
    return taken.map((delivery) => {
      this.#startLease(holder, delivery, seconds);
      delivery.released = onLent?.();
      return {
        ackId: encodeAckId(delivery),
        message: wireMessage(delivery),
        deliveryAttempt: holder.record.deadLetterPolicy ? delivery.attempt : 0,
      };
    });
  }

  async acknowledge(holder: Holder, ackIds: readonly string[]): Promise<void> {
    const deliveries = ackIds.flatMap((ackId) => this.#find(holder, ackId) ?? []);
    const unsettled = [...new Set(deliveries)].filter(({ state }) => state !== "settling");
    if (unsettled.length > 0) await this.#broker.acknowledge(holder, unsettled);
  }

  /** Moves the end of leases; 0 seconds gives the messages back. */
  async modify(holder: Holder, ackIds: readonly string[], seconds: number): Promise<void> {
    const lent = ackIds.flatMap((ackId) => this.#find(holder, ackId) ?? []).filter(({ state }) => state === "out");
    for (const delivery of lent) {
      if (seconds > 0) this.#startLease(holder, delivery, seconds);
      else if (delivery.state === "out") await this.#broker.reject(holder, delivery);
    }
  }

  #startLease(holder: Holder, delivery: Delivery, seconds: number): void {
    clearTimeout(delivery.timer);
    delivery.timer = setTimeout(() => {
      if (delivery.state === "out") void this.#broker.reject(holder, delivery);
    }, seconds * 1000);
  }

  #find(holder: Holder, ackId: string): Delivery | undefined {
    const [id = "", attempt] = Buffer.from(ackId, "base64url").toString().split(":");
    const delivery = holder.queue.deliveries.get(id);
    return delivery !== undefined && String(delivery.attempt) === attempt ? delivery : undefined;
  }
}

function encodeAckId({ message, attempt }: Delivery): string {
  return Buffer.from(`${message.id}:${attempt}`).toString("base64url");
}

function wireMessage({ message }: Delivery): unknown {
  const { id, data, attributes, orderingKey, publishedAt } = message;
  const publishTime = { seconds: String(Math.floor(publishedAt / 1000)), nanos: (publishedAt % 1000) * 1e6 };
  return { data, attributes, messageId: id, publishTime, orderingKey };
}
