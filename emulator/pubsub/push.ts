import { type Agent, request } from "node:http";
import { errorCode } from "../error-code.ts";
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
export async function push(
  subscription: Subscription,
  delivery: Delivery,
  agent: Agent,
  signal: AbortSignal,
): Promise<PushOutcome> {
  const deadline = AbortSignal.timeout(subscription.ackDeadlineSeconds * 1000);
  const endpoint = subscription.pushConfig?.pushEndpoint ?? "";
  const post = (connection: Agent | false) =>
    send(endpoint, envelope(subscription, delivery), connection, AbortSignal.any([deadline, signal]));
  const first = await post(agent);
  // The endpoint had closed a connection that was kept open, just before it was used again: that says nothing about the endpoint.
  const outcome = first.isStale ? await post(false) : first;
  if (!outcome.acknowledged && deadline.aborted) return { acknowledged: false, reason: "ack deadline exceeded" };
  return { acknowledged: outcome.acknowledged, reason: outcome.reason };
}

function send(
  endpoint: string,
  { body, headers }: Envelope,
  agent: Agent | false,
  signal: AbortSignal,
): Promise<PushOutcome & { isStale?: boolean }> {
  return new Promise((resolve) => {
    const outgoing = request(endpoint, {
      method: "POST",
      agent,
      signal,
      headers: { ...headers, "content-length": body.length, "user-agent": "CloudPubSub-Google" },
    });
    const fail = (error: Error) => {
      const isStale = outgoing.reusedSocket && ["ECONNRESET", "EPIPE"].includes(errorCode(error) ?? "");
      resolve({ acknowledged: false, reason: error.message, isStale });
    };
    outgoing.on("error", fail);
    outgoing.on("information", ({ statusCode }) => {
      if (statusCode === 102) resolve({ acknowledged: true, reason: "HTTP 102" });
    });
    outgoing.on("response", (response) => {
      const status = response.statusCode ?? 0;
      const done = () => resolve({ acknowledged: acknowledging.has(status), reason: `HTTP ${status}` });
      response.on("error", (error) => resolve({ acknowledged: false, reason: error.message })).on("end", done);
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
