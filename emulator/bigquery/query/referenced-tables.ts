import type { DuckDBConnection } from "@duckdb/node-api";
import type { Catalog, TableEntry, TableName } from "../store/catalog.ts";
import { bookSchema } from "../store/catalog.ts";
import { sizeOfTable } from "../store/table-size.ts";

const tablesMax = 1_000;
/** Sizes are measured once for each state of a table. */
const sizesMax = 10_000;

export interface Referenced {
  readonly tables: readonly TableName[];
  readonly bytes: number;
}

/** Finds the tables that a statement reads, through views too, and how many bytes they hold. */
export class ReferencedTables {
  readonly #catalog: Catalog;
  readonly #bytes = new Map<string, number>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * @param sql translated statements, in which tables are quoted names of two or three parts. A name in a text that
   *   happens to be one of a table would be counted as well: this is for an estimate, and for people to read.
   */
  async find(connection: DuckDBConnection, sql: readonly string[]): Promise<Referenced> {
    const found = new Map<string, TableEntry>();
    const texts = [...sql];
    // Most qualified names are columns of an alias; only those that begin with a dataset are worth a look.
    const datasets = await this.#datasets(connection);
    const looked = new Set<string>();
    for (let text = texts.shift(); text !== undefined && found.size < tablesMax; text = texts.shift()) {
      for (const name of namesIn(text)) {
        const key = `${name.dataset}.${name.table}`;
        if (name.dataset === bookSchema || looked.has(key) || !datasets.has(name.dataset)) continue;
        looked.add(key);
        const entry = await this.#catalog.findTable(connection, name);
        if (entry === undefined) continue;
        found.set(key, entry);
        if (entry.type === "VIEW") texts.push(viewText(entry));
      }
    }
    const tables = [...found.values()].filter(({ type }) => type === "TABLE");
    let bytes = 0;
    for (const table of tables) bytes += await this.#sizeOf(connection, table);
    return { tables: tables.map(({ dataset, table }) => ({ dataset, table })), bytes };
  }

  async #datasets(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
    const reader = await connection.runAndReadAll("SELECT schema_name FROM duckdb_schemas() WHERE database_name = $1", [
      this.#catalog.project,
    ]);
    return new Set(reader.getRows().map(([name]) => String(name)));
  }

  async #sizeOf(connection: DuckDBConnection, entry: TableEntry): Promise<number> {
    const key = `${entry.dataset}.${entry.table}@${entry.createdMs}.${entry.modifiedMs}`;
    const known = this.#bytes.get(key);
    if (known !== undefined) return known;
    const { bytes } = await sizeOfTable(connection, this.#catalog, entry);
    this.#bytes.set(key, bytes);
    const [oldest] = this.#bytes.keys();
    if (this.#bytes.size > sizesMax && oldest !== undefined) this.#bytes.delete(oldest);
    return bytes;
  }
}

/** The GoogleSQL of a view: its tables are named there as they are in its translation. */
function viewText({ described }: TableEntry): string {
  const { query } = described.view as { readonly query?: unknown };
  return typeof query === "string" ? query.replaceAll("`", '"') : "";
}

function namesIn(sql: string): TableName[] {
  const name = '(?:"((?:[^"]|"")+)"|([A-Za-z_]\\w*))';
  const qualified = new RegExp(
    `'(?:[^']|'')*'|(?:(?:"(?:[^"]|"")+"|[A-Za-z_]\\w*)\\s*\\.\\s*)?${name}\\s*\\.\\s*${name}`,
    "g",
  );
  const names: TableName[] = [];
  for (const match of sql.matchAll(qualified)) {
    const dataset = match[1] ?? match[2];
    const table = match[3] ?? match[4];
    if (dataset === undefined || table === undefined) continue;
    names.push({ dataset: dataset.replaceAll('""', '"'), table: table.replaceAll('""', '"') });
  }
  return names;
}
