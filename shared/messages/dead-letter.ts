import * as z from "zod";

/** The body of a message that a function set aside. */
export const deadLetterSchema = z.looseObject({
  v: z.literal(1).default(1),
  /** The function that could not handle it. */
  function: z.string().min(1),
  reason: z.string(),
  /** The message as it was received. */
  message: z.string(),
});

/** A message of the dead-letter topic, as any subscription of it gives it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly publishedAt: Date;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message that was set aside, by a function or by Pub/Sub itself. */
export interface DeadLetter {
  /** Its id in the dead-letter topic. */
  readonly messageId: string;
  readonly publishedAt: Date;
  /** The function it was meant for, which is the name of its topic. */
  readonly function: string;
  readonly reason: string;
  /** The message as it was received the first time. */
  readonly text: string;
}

/** Understands a message of the dead-letter topic; whatever cannot be understood becomes a letter to nobody, and is not lost. */
export function readDeadLetter({ messageId, publishedAt, text, attributes }: ReceivedMessage): DeadLetter {
  const subscription = attributes.CloudPubSubDeadLetterSourceSubscription;
  if (subscription !== undefined) {
    // Pub/Sub gave up: the body is the message itself. A subscription is named as the function it delivers to.
    const reason = "delivered in vain until Pub/Sub gave up";
    return { messageId, publishedAt, function: subscription, reason, text };
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const parsed = deadLetterSchema.safeParse(body);
  if (!parsed.success) return { messageId, publishedAt, function: "", reason: "not a dead letter of Rollcall", text };
  const { function: name, reason, message } = parsed.data;
  return { messageId, publishedAt, function: name, reason, text: message };
}
