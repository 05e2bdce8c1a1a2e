import type { Query } from "../syntax.ts";
import { identifier } from "./text.ts";
import type { Writer } from "./writer.ts";

/** Writes the WITH of a query, with a blank behind it, and enters its names in the scope of the writer. */
export function writeCtes(query: Query, writer: Writer): string {
  if (query.ctes.length === 0) {
    return "";
  }
  if (query.recursive) {
    for (const { name } of query.ctes) {
      writer.scope.ctes.add(name.text.toLowerCase());
    }
  }
  const ctes = query.ctes.map(({ name, query: inner }) => {
    const sql = `${identifier(name.text)} AS (${writer.query(inner)})`;
    writer.scope.ctes.add(name.text.toLowerCase());
    return sql;
  });
  return `WITH ${query.recursive ? "RECURSIVE " : ""}${ctes.join(", ")} `;
}
