import * as z from "zod";
import { invalid, notEmulated } from "./errors.ts";
import { parseFilter } from "./filter.ts";
import {
  milliseconds,
  type PushConfig,
  type Subscription,
  subscriptionSchema,
  type Topic,
  topicSchema,
} from "./records.ts";

/** A message as a publisher sends it. */
export interface PublishedMessage {
  readonly data: Buffer;
  readonly attributes: Record<string, string>;
  readonly orderingKey: string;
}

const limits = {
  messageBytes: 10_000_000,
  messagesPerPublish: 1000,
  attributes: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1024,
  orderingKeyBytes: 1024,
  ackDeadlineSeconds: { min: 10, max: 600 },
  deliveryAttempts: { min: 5, max: 100 },
  backoffMs: 600_000,
  retentionMs: { min: 600_000, max: 31 * 24 * 3_600_000 },
};
const retentionDefault = { seconds: String(7 * 24 * 3600), nanos: 0 };

/** @throws PubSubError INVALID_ARGUMENT unless the name is `projects/P/<collection>/ID` with an id Pub/Sub takes. */
export function checkName(name: string, collection: "topics" | "subscriptions"): string {
  const [projects, project, kind, id, ...more] = name.split("/");
  const wellFormed = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/.test(id ?? "") && !/^goog/i.test(id ?? "");
  if (projects !== "projects" || !project || kind !== collection || !wellFormed || more.length > 0) {
    const rule = "an id has 3 to 255 characters, begins with a letter, and holds only letters, digits and -_.~+%";
    throw invalid(`Invalid resource name '${name}': expected projects/PROJECT/${collection}/ID, where ${rule}.`);
  }
  return name;
}

/** @throws PubSubError INVALID_ARGUMENT, or UNIMPLEMENTED for what is not emulated. */
export function checkTopic(wire: unknown): Topic {
  const topic = parse(topicSchema, wire);
  checkName(topic.name, "topics");
  for (const field of ["schemaSettings", "ingestionDataSourceSettings"]) {
    if (topic[field] !== null && topic[field] !== undefined) throw notEmulated(`${field} on topics`);
  }
  if (isFilled(topic.messageTransforms)) throw notEmulated("message transforms");
  return { ...topic, state: "ACTIVE" };
}

/** Checks a subscription and fills in the defaults. @throws PubSubError INVALID_ARGUMENT, UNIMPLEMENTED */
export function checkSubscription(wire: unknown): Subscription {
  const subscription = parse(subscriptionSchema, wire);
  checkName(subscription.name, "subscriptions");
  for (const field of ["bigqueryConfig", "cloudStorageConfig", "bigtableConfig"]) {
    if (subscription[field] !== null && subscription[field] !== undefined)
      throw notEmulated(`${field} on subscriptions`);
  }
  if (isFilled(subscription.messageTransforms)) throw notEmulated("message transforms");
  const ackDeadlineSeconds = subscription.ackDeadlineSeconds || limits.ackDeadlineSeconds.min;
  within("ackDeadlineSeconds", ackDeadlineSeconds, limits.ackDeadlineSeconds);
  within(
    "messageRetentionDuration",
    milliseconds(subscription.messageRetentionDuration ?? retentionDefault, 0),
    limits.retentionMs,
  );
  parseFilter(subscription.filter ?? "");
  const pushConfig = subscription.pushConfig?.pushEndpoint ? subscription.pushConfig : null;
  if (pushConfig !== null) checkPushConfig(pushConfig);
  if (pushConfig !== null && subscription.enableExactlyOnceDelivery === true) {
    throw invalid("Exactly-once delivery is not offered for push subscriptions.");
  }
  return {
    ...subscription,
    pushConfig,
    ackDeadlineSeconds,
    messageRetentionDuration: subscription.messageRetentionDuration ?? retentionDefault,
    deadLetterPolicy: checkDeadLetterPolicy(subscription.deadLetterPolicy),
    retryPolicy: checkRetryPolicy(subscription.retryPolicy),
    state: "ACTIVE",
  };
}

/** Nothing leaves this machine: a push endpoint must be on loopback. @throws PubSubError INVALID_ARGUMENT */
export function checkPushConfig({ pushEndpoint }: PushConfig): void {
  const url = URL.parse(pushEndpoint);
  if (url === null || url.protocol !== "http:")
    throw invalid(`Invalid push endpoint '${pushEndpoint}': the emulator posts to http:// only.`);
  if (!/^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw invalid(`Invalid push endpoint '${pushEndpoint}': the emulator posts to this machine only.`);
  }
}

function checkDeadLetterPolicy(policy: Subscription["deadLetterPolicy"]): Subscription["deadLetterPolicy"] {
  if (policy === null || policy === undefined || policy.deadLetterTopic === "") return null;
  checkName(policy.deadLetterTopic, "topics");
  const maxDeliveryAttempts = policy.maxDeliveryAttempts || limits.deliveryAttempts.min;
  within("maxDeliveryAttempts", maxDeliveryAttempts, limits.deliveryAttempts);
  return { ...policy, maxDeliveryAttempts };
}

function checkRetryPolicy(policy: Subscription["retryPolicy"]): Subscription["retryPolicy"] {
  if (policy === null || policy === undefined) return null;
  const minimumBackoff = policy.minimumBackoff ?? { seconds: "10", nanos: 0 };
  const maximumBackoff = policy.maximumBackoff ?? { seconds: "600", nanos: 0 };
  const [minimumMs, maximumMs] = [milliseconds(minimumBackoff, 0), milliseconds(maximumBackoff, 0)];
  within("minimumBackoff", minimumMs, { min: 0, max: limits.backoffMs });
  within("maximumBackoff", maximumMs, { min: 0, max: limits.backoffMs });
  if (minimumMs > maximumMs) throw invalid("minimumBackoff must not be greater than maximumBackoff.");
  return { minimumBackoff, maximumBackoff };
}

/** @throws PubSubError INVALID_ARGUMENT for a message, or a number of them, that Pub/Sub does not take (https://cloud.google.com/pubsub/quotas). */
export function checkMessages(messages: readonly PublishedMessage[]): void {
  if (messages.length === 0) throw invalid("A publish request needs at least one message.");
  if (messages.length > limits.messagesPerPublish) throw invalid("A publish request takes at most 1000 messages.");
  let bytes = 0;
  for (const message of messages) bytes += checkMessage(message);
  if (bytes > limits.messageBytes) throw invalid("A publish request takes at most 10 MB.");
}

function checkMessage({ data, attributes, orderingKey }: PublishedMessage): number {
  const entries = Object.entries(attributes);
  if (data.length === 0 && entries.length === 0)
    throw invalid("Some messages are empty: a message needs data or an attribute.");
  if (entries.length > limits.attributes) throw invalid("A message takes at most 100 attributes.");
  let bytes = data.length;
  for (const [key, value] of entries) {
    const [keyBytes, valueBytes] = [Buffer.byteLength(key), Buffer.byteLength(value)];
    if (keyBytes === 0 || keyBytes > limits.attributeKeyBytes)
      throw invalid("An attribute's key takes 1 to 256 bytes.");
    if (key.startsWith("goog")) throw invalid("An attribute's key may not begin with 'goog'.");
    if (valueBytes > limits.attributeValueBytes) throw invalid("An attribute's value takes at most 1024 bytes.");
    bytes += keyBytes + valueBytes;
  }
  if (Buffer.byteLength(orderingKey) > limits.orderingKeyBytes)
    throw invalid("An ordering key takes at most 1024 bytes.");
  if (bytes > limits.messageBytes) throw invalid("A message takes at most 10 MB.");
  return bytes;
}

function within(field: string, value: number, { min, max }: { min: number; max: number }): void {
  if (!(value >= min && value <= max)) throw invalid(`Invalid ${field}: ${value} is not between ${min} and ${max}.`);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(`Invalid request: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
