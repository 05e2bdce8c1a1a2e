import * as z from "zod";

const durationSchema = z.object({
  seconds: z.union([z.string(), z.number()]).optional(),
  nanos: z.number().optional(),
});
export type Duration = z.infer<typeof durationSchema>;

export const topicSchema = z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() });
/** A topic as it came over the wire; what the emulator does not use is kept and shown. */
export type Topic = z.infer<typeof topicSchema>;

export const pushConfigSchema = z.looseObject({
  pushEndpoint: z.string(),
  attributes: z.record(z.string(), z.string()).optional(),
  noWrapper: z.looseObject({ writeMetadata: z.boolean().optional() }).nullish(),
});
export type PushConfig = z.infer<typeof pushConfigSchema>;

export const subscriptionSchema = z.looseObject({
  name: z.string(),
  topic: z.string(),
  pushConfig: pushConfigSchema.nullish(),
  ackDeadlineSeconds: z.int(),
  messageRetentionDuration: durationSchema.nullish(),
  enableMessageOrdering: z.boolean().optional(),
  enableExactlyOnceDelivery: z.boolean().optional(),
  filter: z.string().optional(),
  deadLetterPolicy: z.object({ deadLetterTopic: z.string(), maxDeliveryAttempts: z.int() }).nullish(),
  retryPolicy: z
    .object({ minimumBackoff: durationSchema.nullish(), maximumBackoff: durationSchema.nullish() })
    .nullish(),
});
/** A subscription as it came over the wire, with its defaults filled in. */
export type Subscription = z.infer<typeof subscriptionSchema>;

/** A message as a topic took it. */
export interface Message {
  readonly id: string;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
  readonly publishedAt: number;
}

const writtenMessageSchema = z
  .object({
    id: z.string(),
    data: z.string(),
    attributes: z.record(z.string(), z.string()),
    orderingKey: z.string(),
    publishedAt: z.number(),
  })
  .transform((written): Message => ({ ...written, data: Buffer.from(written.data, "base64") }));

/** A message with the subscriptions that still hold it and how often each has delivered it. */
const heldSchema = z.object({ message: writtenMessageSchema, holders: z.record(z.string(), z.int()) });
export type Held = z.infer<typeof heldSchema>;

export const entrySchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("topic"), topic: topicSchema }),
  z.object({ op: z.literal("topic-gone"), name: z.string() }),
  z.object({ op: z.literal("subscription"), subscription: subscriptionSchema }),
  z.object({ op: z.literal("subscription-gone"), name: z.string() }),
  z.object({ op: z.literal("publish"), messages: z.array(heldSchema) }),
  z.object({ op: z.literal("attempt"), subscription: z.string(), ids: z.array(z.string()) }),
  z.object({ op: z.literal("ack"), subscription: z.string(), ids: z.array(z.string()) }),
  z.object({ op: z.literal("forward"), subscription: z.string(), id: z.string(), messages: z.array(heldSchema) }),
  z.object({ op: z.literal("last-id"), id: z.int() }),
]);
/** One fact of the journal. */
export type Entry = z.infer<typeof entrySchema>;

/** An entry as JSON can hold it: buffers would become arrays of numbers. */
export function writable(entry: Entry): unknown {
  if (entry.op !== "publish" && entry.op !== "forward") return entry;
  const messages = entry.messages.map(({ message, holders }) => ({
    message: { ...message, data: message.data.toString("base64") },
    holders,
  }));
  return { ...entry, messages };
}

export function milliseconds(duration: Duration | null | undefined, fallbackMs: number): number {
  if (duration === null || duration === undefined) return fallbackMs;
  return Number(duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1e6;
}
