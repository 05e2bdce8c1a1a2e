import * as z from "zod";

/** Where a walk stands: the next request to send. */
const positionSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("cursor"), token: z.string() }),
  /**
   * Up: the rows from `offset` on are unread. Down: those below it are, so that rows moving up are met twice rather than never
   * (protocols §7.1). The anchors are the rows at the border that were read last: they tell when it has moved (offset.ts).
   */
  z.strictObject({
    type: z.literal("offset"),
    offset: z.int().min(0),
    direction: z.enum(["up", "down"]),
    anchors: z.array(z.string()).default([]),
    /** The next page is read without an overlap: beside a record that the source cannot give there is no row to know the border by. */
    blind: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("single") }),
]);

/** A record that was left out, because the source cannot give it: where it was, and the id of the one beside it. */
export const skippedSchema = z.object({ offset: z.int(), beside: z.string().nullable() });

export type Skipped = z.infer<typeof skippedSchema>;

export const opSchema = z.enum(["upsert", "delete", "key_change"]);

/** One sequence of pages of an extraction: a partition of the rows, or a feed of changes. It is kept in the checkpoint. */
export const walkSchema = z.strictObject({
  op: opSchema,
  url: z.string(),
  parameters: z.record(z.string(), z.string()),
  /** Rows the next page is asked for, and the most that this source gives in one page, as far as it is known. */
  size: z.int().min(1),
  size_max: z.int().min(1),
  position: positionSchema.nullable(),
  pages: z.int(),
  rows: z.int(),
  nulls: z.int(),
  skipped: z.array(skippedSchema).default([]),
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
  const nothing = { pages: 0, rows: 0, nulls: 0, skipped: [] };
  return { op, url, parameters: { ...parameters }, size, size_max: size, position, ...nothing };
}
