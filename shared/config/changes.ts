import * as z from "zod";
import { pathSchema, pathsSchema, templateSchema } from "./schema.ts";

const feedSchema = z.strictObject({ url: templateSchema, id: pathsSchema, change_version: pathsSchema });

/** How an API gives frozen copies of its data, by the major versions that do it so: listed and asked for by name, or the newest by a flag. */
const snapshotWaySchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("named"),
    versions: z.array(z.int()).min(1),
    header: z.string().min(1),
    list_url: templateSchema,
    name: pathSchema,
    taken_at: pathSchema,
  }),
  z.strictObject({
    type: z.literal("newest"),
    versions: z.array(z.int()).min(1),
    header: z.string().min(1),
    value: z.string().min(1),
  }),
]);

const noChangesSchema = z.strictObject({ type: z.literal("none") });

const changeVersionsSchema = z.strictObject({
  type: z.literal("change_versions"),
  available_url: templateSchema,
  newest: pathsSchema,
  from_parameter: z.string().min(1),
  to_parameter: z.string().min(1),
  overlap: z.int().min(0).default(0),
  deletes: feedSchema.optional(),
  key_changes: feedSchema.optional(),
  /** Read where a source asks for it (its setting `snapshot`). */
  snapshots: z.array(snapshotWaySchema).default([]),
});

/**
 * A filter for what was changed since a moment. It tells of no deletes, so a full run has to come now and then. Windows are kept in
 * milliseconds since the epoch, and end when the run begins by our clock.
 */
const updatedSinceSchema = z.strictObject({
  type: z.literal("updated_since"),
  /** Of several the endpoint is read once with each: what was submitted since, and what was graded since. */
  parameter: z.union([
    z
      .string()
      .min(1)
      .transform((name) => [name]),
    z.array(z.string().min(1)).min(1),
  ]),
  /** `local`: the time on the school's clocks, without a zone. */
  format: z.enum(["utc", "local", "date", "epoch_seconds", "epoch_milliseconds"]).default("utc"),
  /** Each window begins this much earlier: for clocks that differ, and for changes that are shown late. */
  overlap_minutes: z
    .int()
    .min(0)
    .max(60 * 24 * 31)
    .default(60),
});

/** How a collection tells what changed. */
export const changesSchema = z.discriminatedUnion("type", [noChangesSchema, changeVersionsSchema, updatedSinceSchema]);

/** What one endpoint may say for itself. */
export const endpointChangesSchema = z.discriminatedUnion("type", [noChangesSchema, updatedSinceSchema]);

export type ChangeFeed = z.infer<typeof feedSchema>;
export type SnapshotWay = z.infer<typeof snapshotWaySchema>;
export type UpdatedSince = z.infer<typeof updatedSinceSchema>;
export type Changes = z.infer<typeof changesSchema>;
