import * as z from "zod";
import { tableReference } from "../jobs/job.ts";
import { invalid, notSupported } from "../wire/errors.ts";

const count = z.union([z.number(), z.string()]).transform(Number).pipe(z.int().min(0));
const flag = z.union([z.boolean(), z.stringbool()]);

export const writeDispositions = ["WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA", "WRITE_EMPTY"] as const;
export type WriteDisposition = (typeof writeDispositions)[number];
export const createDispositions = ["CREATE_IF_NEEDED", "CREATE_NEVER"] as const;

const loadConfiguration = z.looseObject({
  destinationTable: tableReference,
  sourceUris: z.array(z.string()).default([]),
  schema: z.unknown().optional(),
  sourceFormat: z.string().default("CSV"),
  writeDisposition: z.enum(writeDispositions).default("WRITE_APPEND"),
  createDisposition: z.enum(createDispositions).default("CREATE_IF_NEEDED"),
  schemaUpdateOptions: z.array(z.enum(["ALLOW_FIELD_ADDITION", "ALLOW_FIELD_RELAXATION"])).default([]),
  ignoreUnknownValues: flag.default(false),
  maxBadRecords: count.default(0),
  autodetect: flag.default(false),
  encoding: z.string().default("UTF-8"),
  // CSV
  skipLeadingRows: count.default(0),
  fieldDelimiter: z.string().default(","),
  quote: z.string().default('"'),
  nullMarker: z.string().default(""),
  allowQuotedNewlines: flag.default(false),
  allowJaggedRows: flag.default(false),
  // of the table, when the job creates it
  timePartitioning: z.unknown().optional(),
  rangePartitioning: z.unknown().optional(),
  clustering: z.unknown().optional(),
  destinationTableProperties: z
    .looseObject({
      description: z.string().optional(),
      friendlyName: z.string().optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
export type LoadConfiguration = z.infer<typeof loadConfiguration>;

const formats = ["NEWLINE_DELIMITED_JSON", "CSV", "PARQUET"];

/** @throws BigQueryError (invalid) that names what is wrong, or what the emulator does not do */
export function parseLoad(configuration: unknown): LoadConfiguration {
  const parsed = loadConfiguration.safeParse(configuration);
  if (!parsed.success) {
    throw invalid(`Invalid load configuration: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  }
  const load = parsed.data;
  if (!formats.includes(load.sourceFormat)) throw notSupported(`load jobs of format ${load.sourceFormat}`);
  if (!/^utf-?8$/i.test(load.encoding)) throw notSupported(`load jobs with the encoding ${load.encoding}`);
  if (load.maxBadRecords > 0 && load.sourceFormat !== "NEWLINE_DELIMITED_JSON") {
    throw notSupported(`maxBadRecords with the format ${load.sourceFormat}`);
  }
  return load;
}

/** @returns what a job says about the table that it creates */
export function describedByLoad(load: LoadConfiguration): Record<string, unknown> {
  const { timePartitioning, rangePartitioning, clustering, destinationTableProperties: properties } = load;
  const described = { timePartitioning, rangePartitioning, clustering, ...properties };
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined));
}
