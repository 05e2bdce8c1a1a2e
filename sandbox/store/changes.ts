import * as z from "zod";

const record = z.record(z.string(), z.unknown());
const common = {
  /** The school year; may be left out when the sandbox serves only one. */
  year: z.int().optional(),
  /** Takes the change version reserved under this name, in place of the next one. */
  reserved: z.string().optional(),
};
/** Which record: by its id, or by its natural key with flattened names. */
const which = {
  resource: z.string().min(1),
  id: z.string().optional(),
  key: record.optional(),
};

/** One change to the data, as `POST /sandbox/changes` takes it. */
export const changeSchema = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("insert"),
    resource: z.string().min(1),
    /** The record as an object, or as JSON text that is to be served to the letter. */
    record: z.union([record, z.string()]),
    id: z.string().optional(),
    ...common,
  }),
  z.strictObject({ op: z.literal("update"), ...which, set: record, ...common }),
  z.strictObject({ op: z.literal("delete"), ...which, ...common }),
  z.strictObject({
    op: z.literal("recreate"),
    ...which,
    set: record.default({}),
    /** The id of the new record. */
    newId: z.string().optional(),
    ...common,
  }),
  z.strictObject({ op: z.literal("keyChange"), ...which, newKey: record, ...common }),
  /** A new record, or in the place of the one with the same natural key, as POST does it. */
  z.strictObject({
    op: z.literal("upsert"),
    resource: z.string().min(1),
    record: z.union([record, z.string()]),
    /** The id of the record, if it is new. */
    newId: z.string().optional(),
    ...common,
  }),
  /** The whole of a record anew, as PUT does it; another natural key where the resource allows it. */
  z.strictObject({
    op: z.literal("replace"),
    resource: z.string().min(1),
    id: z.string(),
    record: z.union([record, z.string()]),
    ...common,
  }),
  z.strictObject({ op: z.literal("reserve"), name: z.string().min(1), ...common }),
  /** Freezes the data as they are; under a name that is there already it takes that one's place. */
  z.strictObject({ op: z.literal("takeSnapshot"), name: z.string().min(1).optional(), ...common }),
  /** Takes a snapshot away; without a name, all of the year. */
  z.strictObject({ op: z.literal("dropSnapshot"), name: z.string().min(1).optional(), ...common }),
]);

export type Change = z.infer<typeof changeSchema>;
export type ChangeInput = z.input<typeof changeSchema>;
export type RecordChange = Extract<Change, { resource: string }>;

/** What a change did. */
export interface ChangeResult {
  readonly op: Change["op"];
  readonly year: number;
  readonly resource?: string;
  readonly id?: string;
  /** Of an upsert: whether there was no such record before. */
  readonly created?: boolean;
  /** The name of the snapshot taken. */
  readonly snapshot?: string;
  /** The change version that the change took; null when it changed nothing, as an identical update. */
  readonly changeVersion: bigint | null;
  /** Of a recreated record: the version of its deletion; of a key change: the version of its line in `/keyChanges`. */
  readonly trackedVersion?: bigint;
  /** Records that had to follow, because they refer to a changed key. */
  readonly cascaded?: number;
}

/** A change that cannot be made, with the HTTP status that says so. */
export class ChangeError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ChangeError";
    this.status = status;
  }
}
