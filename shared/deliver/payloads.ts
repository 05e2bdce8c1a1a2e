import type { Outcome, RecordName, Status } from "./outcome.ts";

/** A collection that a delivery sends into, and the model whose rows those are. */
export interface DeliveredResource {
  /** `/ed-fi/studentAssessments`. */
  readonly resource: string;
  /** `delivery.nwea_edfi__student_assessments`. */
  readonly table: string;
  /** Whether the model says when a row was last changed. */
  readonly hasChangedAt: boolean;
}

/** Rows of one resource and school year. */
export interface Scope extends DeliveredResource {
  readonly schoolYear: number;
}

/** What the ledger says of a record last. */
export interface LastAttempt {
  readonly status: Status;
  readonly runId: string;
  readonly payloadHash: string;
  readonly attempt: number;
  readonly at: Date;
}

/** A row whose payload the target does not surely have. */
export interface PendingRow {
  readonly recordKey: string;
  /** JSON text. */
  readonly payload: string;
  readonly payloadHash: string;
  /** When it was last changed, as text that sorts; empty where the model does not say. */
  readonly changedAt: string;
  /** The target has an earlier payload of it. */
  readonly isThere: boolean;
  /** Undefined when it was never sent. */
  readonly last: LastAttempt | undefined;
}

/** How far the walk through the rows of a scope is: what changed last comes first, then by record key. */
export type Position = Pick<PendingRow, "changedAt" | "recordKey">;

/** A row that has a payload, and which record the ledger says it was to the target. */
export interface Claim extends Position {
  /** JSON of the natural key, as the ledger has it. */
  readonly naturalKey: string;
}

/** A record that was delivered and has no payload any more. */
export interface VanishedRow {
  readonly recordKey: string;
  readonly naturalKey: Readonly<Record<string, string>> | undefined;
  readonly last: LastAttempt;
}

/** How many rows of a scope stand how. */
export interface ScopeCounts {
  readonly payloads: number;
  /** Delivered as they are. */
  readonly current: number;
  /** Delivered, and without a payload now. */
  readonly vanished: number;
  /** Records that the target has by this delivery. */
  readonly delivered: number;
}

/** How many records of a run came to a status. */
export interface Tally {
  readonly resource: string;
  readonly status: Status;
  readonly count: number;
  /** One of the reasons. */
  readonly reason: string | null;
}

/** Rows that could not become payloads, for one reason. */
export interface Unmatched {
  readonly resource: string;
  readonly reason: string;
  readonly count: number;
}

/** A row of the ledger. */
export interface LedgerRow extends Outcome {
  readonly runId: string;
  /** Orders the rows of a delivery that were written at the same time. */
  readonly sequence: number;
}

/** Where payloads and the ledger are: the warehouse. */
export interface Payloads {
  /** The school years that have rows, in order. */
  years(resource: DeliveredResource): Promise<number[]>;
  counts(scope: Scope): Promise<ScopeCounts>;
  /** The first rows behind a position, or of all, of those that are not delivered as they are: what changed last first, then by record key. */
  pending(scope: Scope, after: Position | undefined, limit: number): Promise<PendingRow[]>;
  /** Whether no record of a scope has ever been tried. */
  isUntried(scope: Scope): Promise<boolean>;
  /** The rows with a payload that are one of these records to the target, by the last that the ledger says of each. */
  claims(scope: Scope, naturalKeys: readonly string[]): Promise<Claim[]>;
  /** Records that were delivered and have neither a payload any more nor another row that is the same record. */
  vanished(scope: Scope, after: string, limit: number): Promise<VanishedRow[]>;
  /** The namespaces that payloads of a scope have at their top, at most so many. */
  namespaces(scope: Scope, limit: number): Promise<string[]>;
  /** What the ledger says of a run, by the last row of each record. */
  tally(runId: string): Promise<Tally[]>;
  /** What could not become a payload, as the pipeline's model of that name has it. */
  unmatched(table: string): Promise<Unmatched[]>;
  /** Adds rows to the ledger, all or nothing, once per name. */
  record(name: string, rows: readonly LedgerRow[]): Promise<void>;
}

/** Names the record of a row. */
export function recordOf(scope: Scope, recordKey: string): RecordName {
  return { resource: scope.resource, schoolYear: scope.schoolYear, recordKey };
}
