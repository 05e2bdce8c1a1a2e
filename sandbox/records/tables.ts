import * as z from "zod";
import type { JsonObject } from "../json/lossless.ts";
import { ChangeError } from "../store/changes.ts";
import { idText } from "./ids.ts";

const idSchema = z.union([z.string(), z.number()]).transform(String);
const membersSchema = z.record(z.string(), z.json());

/** A change to the data of an API whose records have an `id` each. */
export const recordChangeSchema = z.discriminatedUnion("op", [
  /** A new record, last in its resource. */
  z.strictObject({ op: z.literal("insert"), resource: z.string(), record: membersSchema }),
  /** `set` is merged in at the top; null stays null. */
  z.strictObject({ op: z.literal("update"), resource: z.string(), id: idSchema, set: membersSchema }),
  z.strictObject({ op: z.literal("delete"), resource: z.string(), id: idSchema }),
]);
export type RecordChange = z.infer<typeof recordChangeSchema>;

/** The records of an API by resource, in memory, in the order in which they were added. */
export interface Tables {
  /** A list of its own for every state of the resource: what was worked out from one holds as long as it is the same list. */
  rows(resource: string): readonly JsonObject[];
  find(resource: string, id: string): JsonObject | undefined;
  apply(change: RecordChange): Record<string, unknown>;
  counts(): Record<string, number>;
  reset(): void;
}

/** Tables of small data; each resource is read when it is first asked for. */
export function tables(sources: Readonly<Record<string, () => readonly JsonObject[]>>): Tables {
  const current = new Map<string, readonly JsonObject[]>();
  const rows = (resource: string): readonly JsonObject[] => {
    const found = current.get(resource) ?? sources[resource]?.();
    if (found === undefined) {
      throw new ChangeError(404, `There is no resource ${resource}; there are ${Object.keys(sources).join(", ")}.`);
    }
    current.set(resource, found);
    return found;
  };
  const find = (resource: string, id: string) => rows(resource).find((record) => idText(record) === id);
  const apply = (change: RecordChange): Record<string, unknown> => {
    const { resource } = change;
    const before = rows(resource);
    if (change.op === "insert") {
      current.set(resource, [...before, change.record]);
      return { op: change.op, resource, id: idText(change.record) };
    }
    const { id } = change;
    if (!before.some((record) => idText(record) === id)) {
      throw new ChangeError(404, `There is no ${id} in ${resource}.`);
    }
    const after =
      change.op === "delete"
        ? before.filter((record) => idText(record) !== id)
        : before.map((record) => (idText(record) === id ? { ...record, ...change.set } : record));
    current.set(resource, after);
    return { op: change.op, resource, id };
  };
  const counts = () => Object.fromEntries(Object.keys(sources).map((name) => [name, rows(name).length]));
  return { rows, find, apply, counts, reset: () => current.clear() };
}
