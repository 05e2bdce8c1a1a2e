import * as z from "zod";

/** A place that a walk came by, and how many steps ago: by it a walk that goes round in a circle is noticed (trail.ts). */
const trailSchema = z.strictObject({ mark: z.string(), steps: z.int(), limit: z.int() });

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
  z.strictObject({
    type: z.literal("page"),
    page: z.int().min(0),
    /** Names of the rows of the page before: one that moved up over the border of two pages comes twice. */
    before: z.array(z.string()).default([]),
  }),
  /** The address of the next page; null before the first. */
  z.strictObject({ type: z.literal("link"), url: z.string().nullable(), trail: trailSchema.optional() }),
  /** The token of the next page; null before the first. */
  z.strictObject({ type: z.literal("token"), token: z.string().nullable(), trail: trailSchema.optional() }),
  /** Records of a file that are read, and which file it is; null before the first. */
  z.strictObject({ type: z.literal("export"), rows: z.int().min(0), file: z.string().nullable() }),
  z.strictObject({ type: z.literal("single") }),
]);

/** A record that was left out, because the source cannot give it: where it was, and the id of the one beside it. */
export const skippedSchema = z.object({ offset: z.int(), beside: z.string().nullable() });

export type Skipped = z.infer<typeof skippedSchema>;
/** Values for the names in the path of an endpoint whose records belong to others. */
const parentKeysSchema = z.record(z.string(), z.string());

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
  /** Records by the part that they belong to, where the endpoint holds parts only (its `replaces`). */
  held: z.record(z.string(), z.int()).optional(),
  /** What the bodies say that there is: in all, below the present parent, and whether it changed on the way. */
  totals: z.strictObject({ counted: z.int(), current: z.int(), moved: z.boolean() }).optional(),
  /** The records whose children the walk reads one after the other, and which of them it is at. */
  parents: z.strictObject({ keys: z.array(parentKeysSchema), at: z.int() }).optional(),
});

export type Op = z.infer<typeof opSchema>;
export type ParentKeys = z.infer<typeof parentKeysSchema>;
export type Trail = z.infer<typeof trailSchema>;
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

/** The parent whose children a walk reads now; empty where there are no parents. */
export function keysAt(walk: Walk): ParentKeys {
  return walk.parents?.keys[walk.parents.at] ?? {};
}

/** Takes in the total that a page tells. */
export function withTotal(totals: Walk["totals"], total: number, isFirst: boolean): NonNullable<Walk["totals"]> {
  const { counted, current, moved } = totals ?? { counted: 0, current: 0, moved: false };
  if (isFirst) return { counted: counted + total, current: total, moved };
  return { counted: counted + total - current, current: total, moved: moved || total !== current };
}

/** Whether walks brought what their bodies said there is, and that did not change while they went on (protocols §17). */
export function isWholeByTotals(walks: readonly Walk[]): boolean {
  return walks.every(({ totals, rows }) => !totals || (!totals.moved && rows >= totals.counted));
}
