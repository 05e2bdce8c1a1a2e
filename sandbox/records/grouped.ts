import type { JsonObject } from "../json/lossless.ts";
import { textOf } from "./ids.ts";

type Groups = Map<string, JsonObject[]>;

const known = new WeakMap<readonly JsonObject[], Map<string, Groups>>();

/** The rows that have a value in a member; worked out once for a list, which never changes. */
export function rowsWith(rows: readonly JsonObject[], member: string, value: string): readonly JsonObject[] {
  const byMember = known.get(rows) ?? new Map<string, Groups>();
  known.set(rows, byMember);
  const groups = byMember.get(member) ?? Map.groupBy(rows, (row) => textOf(row[member]));
  byMember.set(member, groups);
  return groups.get(value) ?? [];
}
