import * as z from "zod";
import { tableReference } from "../jobs/job.ts";
import { createDispositions, writeDispositions } from "../load/load-configuration.ts";
import { invalid, notSupported, required } from "../wire/errors.ts";
import type { Parameters } from "./parameters.ts";
import { parseParameters } from "./parameters.ts";

const queryConfiguration = z.looseObject({
  query: z.string().optional(),
  useLegacySql: z.boolean().nullish(),
  defaultDataset: z.looseObject({ datasetId: z.string().min(1), projectId: z.string().optional() }).nullish(),
  queryParameters: z.unknown().optional(),
  parameterMode: z.string().nullish(),
  destinationTable: tableReference.nullish(),
  writeDisposition: z.enum(writeDispositions).default("WRITE_EMPTY"),
  createDisposition: z.enum(createDispositions).default("CREATE_IF_NEEDED"),
  schemaUpdateOptions: z.array(z.string()).default([]),
  timePartitioning: z.unknown().optional(),
  rangePartitioning: z.unknown().optional(),
  clustering: z.unknown().optional(),
});

export type QueryConfiguration = z.infer<typeof queryConfiguration> & {
  readonly query: string;
  readonly parameters: Parameters;
  readonly datasetId: string | undefined;
};

/** Reads the configuration of a query job. @throws BigQueryError (invalid, required, invalidQuery) */
export function parseQuery(configuration: unknown): QueryConfiguration {
  const parsed = queryConfiguration.safeParse(configuration);
  if (!parsed.success)
    throw invalid(`Invalid query configuration: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  const { query, useLegacySql } = parsed.data;
  if (query === undefined || query.trim() === "") throw required("query");
  if (useLegacySql === true && !/^\s*#standardSQL\b/i.test(query)) {
    throw notSupported("legacy SQL (send useLegacySql: false, or call bq with --nouse_legacy_sql)");
  }
  return {
    ...parsed.data,
    query,
    parameters: parseParameters(parsed.data.queryParameters, parsed.data.parameterMode),
    datasetId: parsed.data.defaultDataset?.datasetId,
  };
}

/** @returns what a query says about the table that it creates */
export function describedByQuery(query: QueryConfiguration): Record<string, unknown> {
  const { timePartitioning, rangePartitioning, clustering } = query;
  const described = { timePartitioning, rangePartitioning, clustering };
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined && value !== null));
}
