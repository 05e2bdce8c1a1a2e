import { type Agent, request } from "node:http";
import type { Delivery } from "./queue.ts";
import type { Subscription } from "./records.ts";

/** How a delivery went: acknowledged, or not and why. */
export interface PushOutcome {
  readonly acknowledged: boolean;
  readonly reason: string;
}

const acknowledging = new Set([102, 200, 201, 202, 204]);

/**
 * Posts one message to a subscription's endpoint, as a push subscription does or, with the push attribute `x-rollcall-delivery=eventarc`, as
 * Eventarc does: the same body as a CloudEvent in binary mode. The ack deadline is the time the endpoint has to answer.
 */
export function push(
  subscription: Subscription,
  delivery: Delivery,
  agent: Agent,
  signal: AbortSignal,
): Promise<PushOutcome> {
  const { body, headers } = envelope(subscription, delivery);
  const endpoint = subscription.pushConfig?.pushEndpoint ?? "";
  const deadline = AbortSignal.timeout(subscription.ackDeadlineSeconds * 1000);
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({ acknowledged: false, reason: deadline.aborted ? "ack deadline exceeded" : error.message });
    const outgoing = request(endpoint, {
      method: "POST",
      agent,
      signal: AbortSignal.any([deadline, signal]),
      headers: { ...headers, "content-length": body.length, "user-agent": "CloudPubSub-Google" },
    });
    outgoing.on("error", fail);
    outgoing.on("information", ({ statusCode }) => {
      if (statusCode === 102) resolve({ acknowledged: true, reason: "HTTP 102" });
    });
    outgoing.on("response", (response) => {
      const status = response.statusCode ?? 0;
      response
        .on("error", fail)
        .on("end", () => resolve({ acknowledged: acknowledging.has(status), reason: `HTTP ${status}` }));
      response.resume();
    });
    outgoing.end(body);
  });
}

interface Envelope {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

function envelope(subscription: Subscription, delivery: Delivery): Envelope {
  const { pushConfig } = subscription;
  if (pushConfig?.noWrapper) return unwrapped(subscription, delivery, pushConfig.noWrapper.writeMetadata === true);
  const body = Buffer.from(JSON.stringify(wrapped(subscription, delivery)));
  const isEventarc = pushConfig?.attributes?.["x-rollcall-delivery"] === "eventarc";
  return {
    body,
    headers: { "content-type": "application/json", ...(isEventarc ? cloudEvent(subscription, delivery) : {}) },
  };
}

/** https://cloud.google.com/pubsub/docs/push#receive_push: both spellings of the id and the time are there. */
function wrapped(subscription: Subscription, { message, attempt }: Delivery): unknown {
  const { id, data, attributes, orderingKey } = message;
  const publishTime = new Date(message.publishedAt).toISOString();
  return {
    ...(subscription.deadLetterPolicy ? { deliveryAttempt: attempt } : {}),
    message: {
      ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
      ...(data.length > 0 ? { data: data.toString("base64") } : {}),
      messageId: id,
      message_id: id,
      ...(orderingKey === "" ? {} : { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: subscription.name,
  };
}

/** https://cloud.google.com/eventarc/docs/cloudevents */
function cloudEvent({ topic }: Subscription, { message }: Delivery): Record<string, string> {
  return {
    "ce-id": message.id,
    "ce-source": `//pubsub.googleapis.com/${topic}`,
    "ce-specversion": "1.0",
    "ce-time": new Date(message.publishedAt).toISOString(),
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
  };
}

/** https://cloud.google.com/pubsub/docs/payload-unwrapping: the data alone, with what describes it in headers if that is asked for. */
function unwrapped(subscription: Subscription, { message, attempt }: Delivery, writesMetadata: boolean): Envelope {
  if (!writesMetadata) return { body: message.data, headers: {} };
  const attributes = Object.entries(message.attributes).filter(
    ([key, value]) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(key) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
  );
  return {
    body: message.data,
    headers: {
      ...Object.fromEntries(attributes),
      "x-goog-pubsub-subscription-name": subscription.name,
      "x-goog-pubsub-message-id": message.id,
      "x-goog-pubsub-publish-time": new Date(message.publishedAt).toISOString(),
      ...(message.orderingKey === "" ? {} : { "x-goog-pubsub-ordering-key": message.orderingKey }),
      ...(subscription.deadLetterPolicy ? { "x-goog-pubsub-delivery-attempt": String(attempt) } : {}),
    },
  };
}
