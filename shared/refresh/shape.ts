import type { Field } from "../ports/warehouse.ts";
import { typeOfField } from "./column-type.ts";
import type { Model } from "./model.ts";

const listedMax = 20;

/**
 * Compares names, order and types of what the SELECT gives with the header. Columns are matched by position when the
 * table is created, so two that are swapped would go unnoticed there.
 * @returns what is wrong, the first difference first, or undefined
 */
export function shapeDifference(model: Model, fields: readonly Field[]): string | undefined {
  const written = model.header.columns.map(({ name, type }) => `${name} ${type}`);
  const given = fields.map((field) => `${field.name} ${typeOfField(field)}`);
  const differences: string[] = [];
  for (let at = 0; at < Math.max(written.length, given.length); at += 1) {
    if (written[at] === given[at]) continue;
    differences.push(`column ${at + 1} is ${written[at] ?? "missing"} in the header, ${given[at] ?? "missing"} in it`);
  }
  if (differences.length === 0) return undefined;
  const more = differences.length > listedMax ? `; and ${differences.length - listedMax} more` : "";
  return `The SELECT does not give what the header says: ${differences.slice(0, listedMax).join("; ")}${more}`;
}
