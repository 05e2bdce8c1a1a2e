import type { Holder } from "./holder.ts";
import type { Delivery } from "./queue.ts";
import { milliseconds, type Subscription } from "./records.ts";
import type { PublishedMessage } from "./validation.ts";

const pushBackoffMs = { min: 100, max: 60_000 };

/** With a retry policy its exponential backoff; without one, none for a puller, and the growing pauses of push otherwise. */
export function backoffMs({ record, isPush }: Holder, attempt: number): number {
  const { retryPolicy } = record;
  if (!retryPolicy && !isPush) return 0;
  const min = retryPolicy ? milliseconds(retryPolicy.minimumBackoff, 10_000) : pushBackoffMs.min;
  const max = retryPolicy ? milliseconds(retryPolicy.maximumBackoff, 600_000) : pushBackoffMs.max;
  return Math.min(max, min * 2 ** Math.min(attempt - 1, 30));
}

/** The message as the dead letter topic gets it: with where it comes from and how often it was tried. */
export function deadLetterOf(subscription: Subscription, { message, attempt }: Delivery): PublishedMessage {
  const [, project = "", , id = ""] = subscription.name.split("/");
  const attributes = {
    ...message.attributes,
    CloudPubSubDeadLetterSourceDeliveryCount: String(attempt),
    CloudPubSubDeadLetterSourceSubscription: id,
    CloudPubSubDeadLetterSourceSubscriptionProject: project,
    CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishedAt).toISOString(),
  };
  return { data: message.data, attributes, orderingKey: message.orderingKey };
}
