import type { Header } from "./header.ts";

/** One SQL file: a SELECT, what its header says of the result, and what it reads. */
export interface Model {
  /** `dataset.table`. */
  readonly name: string;
  readonly dataset: string;
  readonly table: string;
  /** Path below the SQL folder, for messages. */
  readonly file: string;
  /** The SELECT, without its header. */
  readonly sql: string;
  readonly header: Header;
  /** Relations it reads (in its SELECT or its tests), in name order. */
  readonly inputs: readonly string[];
  /** Its result depends on the day. */
  readonly readsDate: boolean;
  /** Hash of the normalised SQL and header: equal meaning, equal definition. */
  readonly definition: string;
}

/** Endpoints as models see them: `current_edfi.students`. */
export function isCurrent(relation: string): boolean {
  return relation.startsWith("current_");
}

/** The ledger, which never makes a model stale. */
export function isLedger(relation: string): boolean {
  return relation.startsWith("ops.");
}
