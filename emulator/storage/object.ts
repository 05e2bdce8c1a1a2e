import * as z from "zod";

/** Custom metadata is text; the service writes numbers and truth values out. */
const metadataValueSchema = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
  z.null(),
]);

/** Fields of an object that a caller sets and may change later. */
export const editableSchema = z.object({
  contentType: z.string().nullish(),
  contentEncoding: z.string().nullish(),
  contentLanguage: z.string().nullish(),
  contentDisposition: z.string().nullish(),
  cacheControl: z.string().nullish(),
  customTime: z.string().nullish(),
  temporaryHold: z.boolean().nullish(),
  eventBasedHold: z.boolean().nullish(),
  metadata: z.record(z.string(), metadataValueSchema).nullish(),
});
export type Editable = z.infer<typeof editableSchema>;

const fieldsSchema = z.object({
  contentType: z.string().optional(),
  contentEncoding: z.string().optional(),
  contentLanguage: z.string().optional(),
  contentDisposition: z.string().optional(),
  cacheControl: z.string().optional(),
  customTime: z.string().optional(),
  temporaryHold: z.boolean().optional(),
  eventBasedHold: z.boolean().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});
/** The same fields as they are kept: a field that was deleted is absent. */
export type Fields = z.infer<typeof fieldsSchema>;

/** One object as the catalog keeps it. `file` is the data file, relative to the folder of data files. */
export const storedObjectSchema = z.object({
  bucket: z.string(),
  name: z.string(),
  generation: z.int(),
  metageneration: z.int(),
  file: z.string(),
  size: z.int(),
  crc32c: z.string(),
  md5Hash: z.string().optional(),
  storageClass: z.string(),
  componentCount: z.int().optional(),
  timeCreated: z.string(),
  updated: z.string(),
  fields: fieldsSchema,
});
export type StoredObject = z.infer<typeof storedObjectSchema>;

/**
 * The fields after an edit: null deletes a field, a value replaces it, absence leaves it; custom metadata is edited key by key.
 * That is the meaning of PATCH, of the metadata given to a copy, and (from nothing) of an insert.
 */
export function edit(before: Fields, { metadata, ...fields }: Editable): Fields {
  const merged: Record<string, unknown> = { ...before, ...fields };
  if (metadata === null) delete merged.metadata;
  else if (metadata !== undefined) {
    const entries = Object.entries({ ...before.metadata, ...metadata }).filter(([, value]) => value !== null);
    merged.metadata = entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
  const kept = Object.entries(merged).filter(([, value]) => value !== null && value !== undefined);
  return fieldsSchema.parse(Object.fromEntries(kept));
}

export function etagOf({ generation, metageneration }: StoredObject): string {
  return Buffer.from(`${generation}/${metageneration}`).toString("base64");
}

/** The object resource of the JSON API (https://cloud.google.com/storage/docs/json_api/v1/objects): numbers of 64 bits are strings. */
export function objectResource(object: StoredObject, serverUrl: string): Record<string, unknown> {
  const { bucket, name, generation, metageneration, size, fields } = object;
  const path = `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${serverUrl}${path}`,
    mediaLink: `${serverUrl}/download${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    ...fields,
    storageClass: object.storageClass,
    size: String(size),
    ...(object.md5Hash === undefined ? {} : { md5Hash: object.md5Hash }),
    crc32c: object.crc32c,
    ...(object.componentCount === undefined ? {} : { componentCount: object.componentCount }),
    etag: etagOf(object),
    timeCreated: object.timeCreated,
    updated: object.updated,
    timeStorageClassUpdated: object.timeCreated,
    timeFinalized: object.timeCreated,
  };
}
