import type { DuckDBConnection } from "@duckdb/node-api";
import type { Statement } from "../../googlesql/translate.ts";
import type { Catalog, TableEntry, TableName } from "../store/catalog.ts";
import { sizeOfTable } from "../store/table-size.ts";
import { translateQuery } from "./googlesql.ts";

const tablesMax = 1_000;
/** Sizes are measured once for each state of a table, and the text of a view is read once. */
const remembered = 10_000;

export interface Referenced {
  readonly tables: readonly TableName[];
  readonly bytes: number;
}

/** Finds the tables that statements read, through views too, and how many bytes they hold. */
export class ReferencedTables {
  readonly #catalog: Catalog;
  readonly #bytes = new Map<string, number>();
  readonly #readsOfViews = new Map<string, readonly TableName[]>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  async find(connection: DuckDBConnection, statements: readonly Statement[]): Promise<Referenced> {
    const names = statements.flatMap((statement) => [...statement.reads, ...changedBy(statement)]);
    const looked = new Set<string>();
    const tables: TableEntry[] = [];
    for (let name = names.shift(); name !== undefined && looked.size < tablesMax; name = names.shift()) {
      const key = `${name.dataset}.${name.table}`;
      if (looked.has(key)) continue;
      looked.add(key);
      const entry = await this.#catalog.findTable(connection, name);
      if (entry?.type === "TABLE") tables.push(entry);
      if (entry?.type === "VIEW") names.push(...this.readsOf(entry));
    }
    let bytes = 0;
    for (const table of tables) bytes += await this.#sizeOf(connection, table);
    return { tables: tables.map(({ dataset, table }) => ({ dataset, table })), bytes };
  }

  /** What the text of a view reads. */
  readsOf({ described }: TableEntry): readonly TableName[] {
    const { query } = described.view as { readonly query: string };
    const known = this.#readsOfViews.get(query);
    if (known !== undefined) return known;
    const reads = translateQuery(query, this.#catalog.project).flatMap((statement) => statement.reads);
    remember(this.#readsOfViews, query, reads);
    return reads;
  }

  async #sizeOf(connection: DuckDBConnection, entry: TableEntry): Promise<number> {
    const key = `${entry.dataset}.${entry.table}@${entry.createdMs}.${entry.modifiedMs}`;
    const known = this.#bytes.get(key);
    if (known !== undefined) return known;
    const { bytes } = await sizeOfTable(connection, this.#catalog, entry);
    remember(this.#bytes, key, bytes);
    return bytes;
  }
}

/** A statement that changes rows in their places reads them first. */
function changedBy({ kind, target }: Statement): TableName[] {
  if (target?.table === undefined || !["UPDATE", "DELETE", "MERGE"].includes(kind)) return [];
  return [{ dataset: target.dataset, table: target.table }];
}

function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > remembered && oldest !== undefined) known.delete(oldest);
}
