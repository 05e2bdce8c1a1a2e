import * as z from "zod";

/** What failed before and can be asked for again by hand. */
export const retryableStatuses = ["rejected", "unresolved", "not_enrolled", "forbidden", "failed", "blocked"] as const;

/** The message of topic `deliver`: a delivery model was built anew, or a person or a continuation asks for a delivery. */
export const deliverMessageSchema = z
  .strictObject({
    v: z.literal(1).default(1),
    /** The model that was built: each delivery of its pipeline is meant. */
    model: z.string().min(1).optional(),
    /** The delivery that is meant. */
    delivery: z.string().min(1).optional(),
    /** Set by Rollcall itself when it continues a run. */
    run_id: z
      .string()
      .regex(/^[\w-]+$/)
      .optional(),
    hop: z.int().min(0).default(0),
    /** Messages in a row, up to this one, that settled no record. */
    idle: z.int().min(0).default(0),
    /** Until when the target has asked not to be asked. */
    not_before: z.iso.datetime().optional(),
    /** Records with one of these outcomes are sent again, though nothing about them changed. */
    retry: z.array(z.enum(retryableStatuses)).default([]),
  })
  .refine(({ model, delivery }) => (model === undefined) !== (delivery === undefined), "name a model or a delivery");

export type DeliverMessage = z.infer<typeof deliverMessageSchema>;
