import { type CloudEvent, cloudEvent } from "@google-cloud/functions-framework";
import * as z from "zod";
import { PermanentError } from "../shared/errors.ts";
import { log } from "../shared/log.ts";
import type { MessageOrigin } from "../shared/messages/extract.ts";
import type { Topic } from "../shared/ports/topic.ts";

/** A Pub/Sub message as a push subscription posts it and as Eventarc posts it: the same body, with or without an event around it. */
const pushSchema = z.looseObject({
  message: z.looseObject({
    data: z.string().default(""),
    attributes: z.record(z.string(), z.string()).nullish(),
    messageId: z.string().optional(),
    message_id: z.string().optional(),
    publishTime: z.string().optional(),
    publish_time: z.string().optional(),
  }),
});

/** The longest text that a dead letter keeps: no message of ours is nearly as long, and Pub/Sub takes 10 MB with all that is around it. */
const keptMax = 100_000;

interface Delivery extends MessageOrigin {
  readonly text: string;
}

/** Takes the message out of whatever brought it; undefined when it is none. */
function deliveryOf(event: CloudEvent<unknown>): Delivery | undefined {
  // An event without data is a raw push body that the framework passed through as it was.
  const push = pushSchema.safeParse(event.data ?? event);
  if (push.success) {
    const { message } = push.data;
    const time = message.publishTime ?? message.publish_time ?? event.time;
    return {
      text: Buffer.from(message.data, "base64").toString("utf8"),
      messageId: message.messageId ?? message.message_id ?? event.id ?? "",
      publishedAt: time ? new Date(time) : new Date(),
    };
  }
  if (typeof event.data === "object" && event.data !== null) {
    // A direct event of Cloud Storage: its data are the object itself.
    return {
      text: JSON.stringify(event.data),
      messageId: event.id,
      publishedAt: event.time ? new Date(event.time) : new Date(),
    };
  }
  return undefined;
}

export interface MessageFunction<Schema extends z.ZodType> {
  readonly name: string;
  readonly schema: Schema;
  readonly handle: (message: z.output<Schema>, origin: MessageOrigin) => Promise<unknown>;
  readonly deadLetters: Topic;
}

/** A name of ours or one that was mistyped; anything else may be somebody's. */
const plainName = /^[a-z][a-z_]{0,30}$/;

function problemOf(issue: z.core.$ZodIssue): string {
  const isTold = issue.code !== "unrecognized_keys" || issue.keys.every((key) => plainName.test(key));
  return isTold ? issue.message : "it has a field that no message has";
}

function parse<Schema extends z.ZodType>(schema: Schema, delivery: Delivery | undefined): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(delivery?.text ?? "");
  } catch {
    throw new PermanentError(
      "The message is not JSON. Publish it with a JSON body (--message), not with attributes alone.",
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Paths and codes only: what was received may hold anything, also in the place of a name.
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "message"}: ${problemOf(issue)}`);
  throw new PermanentError(`The message is not what this function takes. ${problems.join("; ")}`);
}

function letterOf(name: string, reason: string, text: string): object {
  const isKept = text.length <= keptMax;
  const kept = isKept ? reason : `${reason} Of its ${text.length} characters the first ${keptMax} are kept.`;
  return { v: 1, function: name, reason: kept, message: isKept ? text : text.slice(0, keptMax) };
}

/**
 * Registers a function that takes messages. The one place that decides between acknowledging and delivering again: a permanent
 * error is set aside as a dead letter with its reason and acknowledged; any other error is thrown, so that Pub/Sub delivers again.
 */
export function onMessage<Schema extends z.ZodType>({
  name,
  schema,
  handle,
  deadLetters,
}: MessageFunction<Schema>): void {
  cloudEvent(name, async (event: CloudEvent<unknown>) => {
    const delivery = deliveryOf(event);
    const origin = { messageId: delivery?.messageId ?? "", publishedAt: delivery?.publishedAt ?? new Date() };
    try {
      await handle(parse(schema, delivery), origin);
    } catch (error) {
      const fields = { function: name, message_id: origin.messageId };
      if (!(error instanceof PermanentError)) {
        const message = error instanceof Error ? error.message : "unknown error";
        log.warn("the message will be delivered again", { ...fields, error: message, retryable: true });
        throw error;
      }
      log.error("dead letter", { ...error.details, ...fields, error: error.message, retryable: false });
      await deadLetters.publish(letterOf(name, error.message, delivery?.text ?? ""), {
        function: name,
        messageId: origin.messageId,
      });
    }
  });
}
