import * as z from "zod";

/** The message of topic `refresh`: look which models are stale. */
export const refreshMessageSchema = z.strictObject({
  v: z.literal(1).default(1),
  reason: z.string().default("asked"),
  /** Build these even if they are fresh (`model`, `model+` with all below it, `+model` with all above it). */
  force: z.array(z.string()).optional(),
  /** Look at these only, in the same words. */
  select: z.array(z.string()).optional(),
});

export type RefreshMessage = z.infer<typeof refreshMessageSchema>;

/** The message of topic `reconcile`: look for what events lost. */
export const reconcileMessageSchema = z.strictObject({
  v: z.literal(1).default(1),
  reason: z.string().default("schedule"),
});

export type ReconcileMessage = z.infer<typeof reconcileMessageSchema>;
