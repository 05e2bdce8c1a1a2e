import * as z from "zod";
import { skippedSchema } from "./connector/walk.ts";

const changeVersion = z.string().regex(/^\d+$/).nullable();

/** One part of a run: an immutable gzipped NDJSON object. */
export const partSchema = z.object({
  name: z.string(),
  generation: z.string(),
  size_bytes: z.int(),
  rows: z.int(),
});

/** The end of a run, written last and create-only: what it covers, and which parts are its data. No manifest, no data. */
export const manifestSchema = z.object({
  v: z.literal(1),
  outcome: z.enum(["complete", "failed", "forbidden", "unsupported"]),
  source_id: z.string(),
  connector: z.string(),
  endpoint: z.string(),
  school_year: z.int(),
  run_id: z.string(),
  mode: z.enum(["full", "delta"]),
  /** Why this mode: as asked, or what forced a full run. */
  reason: z.string(),
  window: z.object({ from: changeVersion, to: changeVersion }),
  rows: z.int(),
  deletes: z.int(),
  key_changes: z.int(),
  nulls: z.int(),
  pages: z.int(),
  parts: z.array(partSchema),
  /** What the source said it has in the window when the walk ended; null when it could not say. */
  api_total_count: z.int().nullable(),
  /** The credentials may not read the feed of deletes: they stay unseen until the next full run. */
  deletes_unavailable: z.boolean(),
  accept_shrink: z.boolean(),
  /** Records that the source could not give and that are left out, where the source's setting allows it. */
  skipped: z.array(skippedSchema).optional(),
  /** Records by part, where a run replaces only the parts that it holds, such as terms. */
  holds: z.record(z.string(), z.int()).optional(),
  /** The frozen copy that was read instead of the live data, as its requests named it. */
  snapshot: z.string().optional(),
  error: z.string().nullable(),
  run_started_at: z.string(),
  finished_at: z.string(),
});

export type Part = z.infer<typeof partSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
