/** The target has the record now, or has it no more. */
export const doneStatuses = ["created", "updated", "exists", "deleted", "gone"] as const;
/** It was sent, or might have been, and nobody knows whether the target took it. */
export const uncertainStatuses = ["failed", "interrupted"] as const;
/** The target does not have it as it is. */
export const failedStatuses = [
  "rejected",
  "unresolved",
  "not_enrolled",
  "forbidden",
  "blocked",
  "duplicate",
  ...uncertainStatuses,
] as const;

export type DoneStatus = (typeof doneStatuses)[number];
export type FailedStatus = (typeof failedStatuses)[number];
export type Status = DoneStatus | FailedStatus;

export function isDone(status: string): status is DoneStatus {
  return (doneStatuses as readonly string[]).includes(status);
}

/** Which record is meant: one row of a delivery model. */
export interface RecordName {
  readonly resource: string;
  readonly schoolYear: number;
  readonly recordKey: string;
}

/** What came of one record: a row of `ops.deliveries`. */
export interface Outcome extends RecordName {
  readonly op: "upsert" | "delete";
  readonly status: Status;
  /** Of the payload; empty for a deletion. */
  readonly payloadHash: string;
  /** How often it was sent in this run, or looked at. */
  readonly attempt: number;
  readonly httpStatus?: number | undefined;
  /** Where in the document, and what is wrong there. */
  readonly problems?: readonly { readonly path: string; readonly reason: string }[] | undefined;
  /** The natural key by its flattened names, for a deletion later on. */
  readonly naturalKey?: Readonly<Record<string, string>> | undefined;
  readonly at: string;
}

/** One text for a record. */
export function recordText({ resource, schoolYear, recordKey }: RecordName): string {
  return JSON.stringify([resource, schoolYear, recordKey]);
}
