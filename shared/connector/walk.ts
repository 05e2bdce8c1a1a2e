import * as z from "zod";

/** Where a walk stands: the next request to send. */
const positionSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("cursor"), token: z.string() }),
  /** `down` walks from the end to the start, so that rows moving up are met twice rather than never (protocols §7.1). */
  z.strictObject({ type: z.literal("offset"), offset: z.int().min(0), direction: z.enum(["up", "down"]) }),
  z.strictObject({ type: z.literal("single") }),
]);

export const opSchema = z.enum(["upsert", "delete", "key_change"]);

/** One sequence of pages of an extraction: a partition of the rows, or a feed of changes. It is kept in the checkpoint. */
export const walkSchema = z.strictObject({
  op: opSchema,
  url: z.string(),
  parameters: z.record(z.string(), z.string()),
  size: z.int().min(1),
  position: positionSchema.nullable(),
  pages: z.int(),
  rows: z.int(),
  nulls: z.int(),
});

export type Op = z.infer<typeof opSchema>;
export type Position = z.infer<typeof positionSchema>;
/** `position` is null when the walk is finished. */
export type Walk = z.infer<typeof walkSchema>;

/** A walk that has not begun. */
export function newWalk(
  op: Op,
  url: string,
  parameters: Readonly<Record<string, string>>,
  size: number,
  position: Position,
): Walk {
  return { op, url, parameters: { ...parameters }, size, position, pages: 0, rows: 0, nulls: 0 };
}
