import { createHash } from "node:crypto";
import * as z from "zod";

/** The message of topic `extract`: one endpoint of one source. Scheduler, a person and a continuation all send this. */
export const extractMessageSchema = z.strictObject({
  v: z.literal(1).default(1),
  source: z.string().min(1),
  endpoint: z.string().min(1),
  /** All years of the source when left out. */
  school_year: z.int().optional(),
  mode: z.enum(["full", "delta"]).default("delta"),
  /** `schedule` when a scheduler sent it: then duplicates of one slot are one run. */
  trigger: z.enum(["schedule", "manual"]).default("manual"),
  /** When this and other messages were asked for together; their runs end at one change version. */
  round: z.iso.datetime().optional(),
  /** Set by Rollcall itself when it continues a run. */
  run_id: z
    .string()
    .regex(/^[\w-]+$/)
    .optional(),
  hop: z.int().min(0).default(0),
  /** How many continuations in a row only waited for their turn at the source; left out when none. */
  waits: z.int().min(1).optional(),
  /** Load a full run even if it is empty or much smaller than what is there. */
  accept_shrink: z.boolean().default(false),
});

export type ExtractMessage = z.infer<typeof extractMessageSchema>;

/** What Pub/Sub says about a message. A redelivery has the same id and time. */
export interface MessageOrigin {
  readonly messageId: string;
  readonly publishedAt: Date;
}

const slotMs = 5 * 60 * 1000;

/**
 * Name of the run that a message asks for: the same for each delivery of it, and for a scheduler's duplicates of a slot.
 * It begins with the time, so that names sort as the runs began.
 */
export function runIdOf(message: ExtractMessage, schoolYear: number, origin: MessageOrigin): string {
  if (message.run_id) return message.run_id;
  const scheduled = message.trigger === "schedule";
  const at = scheduled ? Math.floor(origin.publishedAt.getTime() / slotMs) * slotMs : origin.publishedAt.getTime();
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const cause = scheduled ? time : origin.messageId;
  const hash = createHash("sha256")
    .update([message.source, message.endpoint, schoolYear, message.mode, cause].join(" "))
    .digest("hex");
  return `${time}-${message.mode}-${hash.slice(0, 10)}`;
}

/** When the round began that a message belongs to: it says so itself, or its slot does, or it is a round of its own. */
export function roundOf(message: ExtractMessage, origin: MessageOrigin): Date {
  if (message.round !== undefined) return new Date(message.round);
  const published = origin.publishedAt.getTime();
  return new Date(message.trigger === "schedule" ? Math.floor(published / slotMs) * slotMs : published);
}
