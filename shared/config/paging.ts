import * as z from "zod";
import { pathSchema, templateSchema } from "./schema.ts";

const sizeSchema = z.int().min(1).max(10_000);
const parameterSchema = z.string().min(1);

const offsetPagingSchema = z.strictObject({
  type: z.literal("offset"),
  offset_parameter: parameterSchema,
  size_parameter: parameterSchema,
  size: sizeSchema,
});

const cursorPagingSchema = z.strictObject({
  type: z.literal("cursor"),
  partitions: z.strictObject({ url: templateSchema, parameter: parameterSchema, tokens: pathSchema }),
  token_parameter: parameterSchema,
  size_parameter: parameterSchema,
  next_header: z.string().min(1),
  size: sizeSchema,
  otherwise: offsetPagingSchema,
});

/** Pages by number. What the body says of totals is compared with what came, so that rows which moved between pages are noticed. */
const pagePagingSchema = z.strictObject({
  type: z.literal("page"),
  page_parameter: parameterSchema,
  size_parameter: parameterSchema,
  size: sizeSchema,
  /** Number of the first page. */
  first: z.int().min(0).max(1).default(1),
  total_pages: pathSchema.optional(),
  total_count: pathSchema.optional(),
});

/** Each answer names the address of the next page in its Link header (RFC 8288, rel="next"); the last one names none. */
const linkPagingSchema = z.strictObject({
  type: z.literal("link"),
  size_parameter: parameterSchema.optional(),
  size: sizeSchema.default(100),
});

/** Each body holds a token for the next page; the last one holds none, or says that there is no more. */
const tokenPagingSchema = z.strictObject({
  type: z.literal("token"),
  token_parameter: parameterSchema,
  next: pathSchema,
  /** A boolean of the body: false ends the walk although there is a token. */
  more: pathSchema.optional(),
  /** What the first request sends, where the API wants to be told that it is the first. */
  first: z.string().min(1).optional(),
  size_parameter: parameterSchema.optional(),
  size: sizeSchema.default(100),
});

/** One file for all: a CSV file in a zip, read as it comes. */
const zipOfCsvPagingSchema = z.strictObject({
  type: z.literal("zip_of_csv"),
  /** What the file in the zip may be called; capitals and folders do not count. */
  files: z.array(z.string().min(1)).min(1),
  /** Columns by the name that records have, each with what else exports call it. Capitals, spaces and signs do not count. */
  columns: z.record(z.string().min(1), z.array(z.string().min(1))).default({}),
});

const singlePagingSchema = z.strictObject({ type: z.literal("single") });

/** How a collection is given in pages. */
export const pagingSchema = z.discriminatedUnion("type", [
  offsetPagingSchema,
  cursorPagingSchema,
  pagePagingSchema,
  linkPagingSchema,
  tokenPagingSchema,
  zipOfCsvPagingSchema,
  singlePagingSchema,
]);

export type OffsetPaging = z.infer<typeof offsetPagingSchema>;
export type CursorPaging = z.infer<typeof cursorPagingSchema>;
export type PagePaging = z.infer<typeof pagePagingSchema>;
export type LinkPaging = z.infer<typeof linkPagingSchema>;
export type ZipOfCsvPaging = z.infer<typeof zipOfCsvPagingSchema>;
export type TokenPaging = z.infer<typeof tokenPagingSchema>;
export type Paging = z.infer<typeof pagingSchema>;
