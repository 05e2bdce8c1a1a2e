import * as z from "zod";
import { editableSchema, storedObjectSchema } from "./object.ts";

const notificationConfigSchema = z.object({
  id: z.string(),
  topic: z.string(),
  eventTypes: z.array(z.string()),
  objectNamePrefix: z.string(),
  customAttributes: z.record(z.string(), z.string()),
  payloadFormat: z.enum(["JSON_API_V1", "NONE"]),
});
export type NotificationConfig = z.infer<typeof notificationConfigSchema>;

const bucketSchema = z.object({
  name: z.string(),
  metageneration: z.int(),
  timeCreated: z.string(),
  updated: z.string(),
  /** What the owner set: location, labels, lifecycle and so on. Kept and shown, not acted on. */
  fields: z.record(z.string(), z.unknown()),
  notifications: z.array(notificationConfigSchema),
  notificationCount: z.int(),
});
export type Bucket = z.infer<typeof bucketSchema>;

/** A notification that Pub/Sub has not taken yet. */
const eventSchema = z.object({
  id: z.string(),
  topic: z.string(),
  attributes: z.record(z.string(), z.string()),
  data: z.string(),
});
export type PendingEvent = z.infer<typeof eventSchema>;

const sessionSchema = z.object({
  id: z.string(),
  bucket: z.string(),
  name: z.string(),
  startedAt: z.string(),
  declaredSize: z.int().optional(),
  fields: editableSchema,
  promised: z.object({ crc32c: z.string().optional(), md5Hash: z.string().optional() }),
  storageClass: z.string().optional(),
  conditions: z.record(z.string(), z.int()),
});
/** A resumable upload. */
export type Session = z.infer<typeof sessionSchema>;

export const entrySchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("bucket"), bucket: bucketSchema }),
  z.object({ op: z.literal("bucket-gone"), name: z.string() }),
  z.object({
    op: z.literal("object"),
    object: storedObjectSchema,
    events: z.array(eventSchema),
    session: z.string().optional(),
  }),
  z.object({ op: z.literal("object-gone"), bucket: z.string(), name: z.string(), events: z.array(eventSchema) }),
  z.object({ op: z.literal("session"), session: sessionSchema }),
  z.object({ op: z.literal("session-done"), id: z.string(), object: storedObjectSchema }),
  z.object({ op: z.literal("session-gone"), id: z.string() }),
  z.object({ op: z.literal("event-sent"), id: z.string() }),
  z.object({ op: z.literal("event"), event: eventSchema }),
  z.object({ op: z.literal("generation"), generation: z.int() }),
]);
/** One fact of the journal. */
export type Entry = z.infer<typeof entrySchema>;
