import type { ParentKeys } from "../connector/walk.ts";

/** The member of a record that says which parents it was read below. */
const memberName = "_parents";

/**
 * Adds the keys of the parents to records that were read below them, as a first member `_parents`: what the API itself leaves out, it says by
 * the address. All else of a record stays as it was sent.
 */
export function withParents(records: readonly Buffer[], keys: ParentKeys): readonly Buffer[] {
  if (Object.keys(keys).length === 0) return records;
  const member = `{"${memberName}":${JSON.stringify(keys)}`;
  const before = Buffer.from(`${member},`);
  return records.map((record) => {
    const rest = record.subarray(1);
    return rest.toString("latin1", 0, 64).trimStart() === "}"
      ? Buffer.from(`${member}}`)
      : Buffer.concat([before, rest]);
  });
}
