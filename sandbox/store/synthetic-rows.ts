import type { SyntheticResource } from "../edfi/synthetic.ts";
import type { BaseRows } from "./base-rows.ts";

/** Rows that a generator makes when they are asked for: nothing of them is kept. */
export function syntheticRows(resource: SyntheticResource): BaseRows {
  const joined = (from: number, to: number) => {
    let page = "";
    for (let ordinal = from; ordinal < to; ordinal += 1) {
      page += ordinal === from ? resource.row(ordinal) : `,${resource.row(ordinal)}`;
    }
    return Buffer.from(page);
  };
  function* containing(needle: string): Iterable<number> {
    for (let ordinal = 0; ordinal < resource.count; ordinal += 1) {
      if (resource.row(ordinal).includes(needle)) {
        yield ordinal;
      }
    }
  }
  return {
    count: resource.count,
    isGenerated: true,
    joined,
    text: resource.row,
    id: resource.id,
    ordinalOf: resource.ordinalOf,
    containing,
  };
}
