import type { Field, TableDefinition } from "../ports/warehouse.ts";

export const rawDataset = (connector: string): string => `raw_${connector}`;
export const currentDataset = (connector: string): string => `current_${connector}`;

/** Columns of a part line and of each raw table (docs/contracts.md). */
export const rawFields: readonly Field[] = [
  { name: "source_id", type: "STRING", mode: "REQUIRED", description: "Configured source the record came from." },
  {
    name: "school_year",
    type: "INTEGER",
    mode: "REQUIRED",
    description: "School year that was read; 0 where a source has none.",
  },
  {
    name: "record_id",
    type: "STRING",
    mode: "REQUIRED",
    description: "Id of the record in the API; a UUID in lower case, without dashes.",
  },
  { name: "op", type: "STRING", mode: "REQUIRED", description: "upsert, delete or key_change." },
  { name: "change_version", type: "INTEGER", description: "Exact for changes, the end of the window for upserts." },
  { name: "run_id", type: "STRING", mode: "REQUIRED", description: "Run that saw the record." },
  { name: "run_started_at", type: "TIMESTAMP", mode: "REQUIRED", description: "When that run began." },
  { name: "extracted_at", type: "TIMESTAMP", mode: "REQUIRED", description: "When the record was read." },
  { name: "row_hash", type: "STRING", description: "SHA-256 of the record's text." },
  { name: "data", type: "JSON", description: "The record as the API sent it." },
];

/** The log of what was seen of one endpoint; rows are only ever added. */
export function rawTable(connector: string, endpoint: string): TableDefinition {
  return {
    dataset: rawDataset(connector),
    table: endpoint,
    fields: rawFields,
    description: `Every record seen of ${endpoint}, as the API sent it; rows are only added. Read current_${connector}.${endpoint} instead.`,
    partitionByDay: "extracted_at",
    clusterBy: ["source_id", "school_year", "record_id"],
  };
}

/** The ledger of runs: what happened, for people and for the fold. */
export const runsTable: TableDefinition = {
  dataset: "ops",
  table: "runs",
  description: "One row per settled run of an endpoint.",
  partitionByDay: "loaded_at",
  clusterBy: ["connector", "endpoint", "source_id"],
  fields: [
    { name: "run_id", type: "STRING", mode: "REQUIRED" },
    { name: "source_id", type: "STRING", mode: "REQUIRED" },
    { name: "connector", type: "STRING", mode: "REQUIRED" },
    { name: "endpoint", type: "STRING", mode: "REQUIRED" },
    { name: "school_year", type: "INTEGER", mode: "REQUIRED" },
    { name: "mode", type: "STRING", mode: "REQUIRED", description: "full or delta." },
    {
      name: "status",
      type: "STRING",
      mode: "REQUIRED",
      description: "succeeded, failed, forbidden, unsupported or quarantined.",
    },
    { name: "change_version_min", type: "INTEGER" },
    { name: "change_version_max", type: "INTEGER" },
    { name: "row_count", type: "INTEGER", description: "Records seen." },
    { name: "delete_count", type: "INTEGER", description: "Deletes seen." },
    { name: "api_total_count", type: "INTEGER", description: "What the source said it has in the window." },
    { name: "run_started_at", type: "TIMESTAMP", mode: "REQUIRED" },
    { name: "finished_at", type: "TIMESTAMP", mode: "REQUIRED", description: "When the extraction ended." },
    { name: "loaded_at", type: "TIMESTAMP", mode: "REQUIRED", description: "When the run was settled." },
    { name: "error", type: "STRING" },
  ],
};
