import type { TableDefinition, Warehouse } from "../ports/warehouse.ts";
import { doneStatuses, uncertainStatuses } from "./outcome.ts";

const field = (name: string, type: string, description: string) => ({ name, type, description });

/** What came of each record that a delivery sent, or would not send. Rows are only added; the last one of a record tells how it stands. */
export const deliveriesTable: TableDefinition = {
  dataset: "ops",
  table: "deliveries",
  description:
    "One row per attempt to deliver a record. Rows are only added; ops.delivery_dead_letters shows what is not delivered.",
  fields: [
    field("delivery", "STRING", "The delivery, as in the sources file."),
    field("target", "STRING", "The source that was sent to."),
    field("source_id", "STRING", "The source that the payload is made of."),
    field("resource", "STRING", "The collection, as /ed-fi/studentAssessments."),
    field("school_year", "INTEGER", "School year of the target; 0 where it has none."),
    field("record_key", "STRING", "Natural key of the record, as its model writes it."),
    field("run_id", "STRING", "The delivery run."),
    field("op", "STRING", "upsert or delete."),
    field("status", "STRING", `Delivered: ${doneStatuses.join(", ")}. Else why not, as docs/deliver.md says.`),
    field("payload_hash", "STRING", "SHA-256 of the payload; empty for a deletion."),
    field("attempt", "INTEGER", "How often the run has come to the record."),
    field("http_status", "INTEGER", "What the target answered; null when nothing was sent or nothing came back."),
    field("path", "STRING", "Where in the document the first problem is (JSON path)."),
    field("reason", "STRING", "The first problem, in the target's words or ours."),
    field("problems", "STRING", "All problems, JSON: a list of path and reason."),
    field(
      "natural_key",
      "STRING",
      "Natural key by its flattened names, JSON; by it a record is found when it is to be deleted.",
    ),
    field("attempted_at", "TIMESTAMP", "When the outcome was known."),
    field("sequence", "INTEGER", "Orders the rows of a delivery."),
  ],
  partitionByDay: "attempted_at",
  clusterBy: ["delivery", "resource", "school_year", "record_key"],
};

const texts = (statuses: readonly string[]): string => statuses.map((status) => `'${status}'`).join(", ");

/** Statuses after which the target has what the row says, or may have. */
export const settlingStatuses = texts([...doneStatuses, ...uncertainStatuses]);

/** Those of them that leave no doubt. */
export const surelySettlingStatuses = texts(doneStatuses);

/** The view of what is not delivered: the last row of each record that did not end well. */
export const deadLettersView = `create or replace view ops.delivery_dead_letters
options (description = 'Records that are not delivered as they are: where in the document, and why. Empty when all is well.')
as
select
    delivery,
    target,
    source_id,
    resource,
    school_year,
    record_key,
    op,
    status,
    http_status,
    path,
    reason,
    problems,
    attempted_at,
    run_id
from ops.deliveries
where true
qualify row_number() over (
    partition by delivery, target, resource, school_year, record_key
    order by attempted_at desc, sequence desc
) = 1
    and status not in (${texts(doneStatuses)})`;

/** Makes sure that the ledger is there, and the view of what is not delivered. */
export async function ensureLedger(warehouse: Warehouse): Promise<void> {
  await warehouse.ensureDataset(deliveriesTable.dataset);
  await warehouse.ensureTable(deliveriesTable);
  const tables = await warehouse.listTables(deliveriesTable.dataset);
  if (!tables.includes("delivery_dead_letters")) await warehouse.query(deadLettersView);
}
