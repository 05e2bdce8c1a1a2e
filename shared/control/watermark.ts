import * as z from "zod";

/** How far one endpoint of a source and year is loaded. Written by load alone, after its rows are in the warehouse. */
export const watermarkSchema = z.object({
  v: z.literal(1),
  source_id: z.string(),
  connector: z.string(),
  endpoint: z.string(),
  school_year: z.int(),
  /** Text, because it is an int64; null where the source has no change versions. */
  change_version: z.string().nullable(),
  /** When the first run began that ended at this change version; what was still open then may have been committed since. */
  since: z.string().optional(),
  run_id: z.string(),
  run_started_at: z.string(),
  mode: z.enum(["full", "delta"]),
  loaded_at: z.string(),
  full_run_id: z.string().nullable(),
  full_run_started_at: z.string().nullable(),
  /** Live rows of the current view. */
  row_count: z.int(),
  /** Equal content of the current rows, equal fingerprint. */
  fingerprint: z.string(),
});

export type Watermark = z.infer<typeof watermarkSchema>;
