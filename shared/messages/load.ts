import * as z from "zod";

/** The message of topic `load`: a storage notification about a manifest (or a replay that says the same). */
export const loadMessageSchema = z.looseObject({ name: z.string().regex(/^manifests\/.+\.json$/) });

export type LoadMessage = z.infer<typeof loadMessageSchema>;
