import type { WrittenTest } from "./header.ts";
import type { Model } from "./model.ts";

export type Relationship = NonNullable<WrittenTest["relationship"]>;

/** The column of the other model that a relationship compares with, or undefined when it is not clear which. */
export function relationshipColumn(relationship: Relationship, parent: Model): string | undefined {
  const { column, to_column: named } = relationship;
  const has = (name: string) => parent.header.columns.some((candidate) => candidate.name === name);
  if (named !== undefined) return has(named) ? named : undefined;
  if (has(column)) return column;
  return parent.header.key.length === 1 ? parent.header.key[0] : undefined;
}
