import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { QueryOptions, Row, Warehouse } from "../../shared/ports/warehouse.ts";

/** A statement that the code sends to BigQuery. */
export interface Statement {
  /** The call: `shared/load/ledger.ts:70`. */
  readonly site: string;
  readonly sql: string;
  readonly params: NonNullable<QueryOptions["params"]>;
}

const root = join(import.meta.dirname, "..", "..");

/** Every call in shared/ by which a statement is sent, but for the client itself. */
export function callSites(): string[] {
  const files = globSync("shared/**/*.ts", { cwd: root }).map((file) => file.split(sep).join("/"));
  return files
    .filter((file) => !file.startsWith("shared/google/"))
    .flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .flatMap((line, at) => (/\.query\(/.test(line) ? [`${file}:${at + 1}`] : [])),
    )
    .sort();
}

/** Where in the code the present call comes from. */
function siteNow(): string {
  const frames = (new Error("where").stack ?? "").split("\n");
  const [, file = "", line = ""] = frames.flatMap(
    (frame) => /[/(]((?:shared|cli)\/[\w/-]+\.ts):(\d+):/.exec(frame) ?? [],
  );
  return `${file}:${line}`;
}

export interface Recorder {
  readonly statements: Statement[];
  /** A warehouse that keeps what it is asked, and leaves the rest to another. */
  over(warehouse: Partial<Warehouse>): Warehouse;
}

const refused = (what: string) => () => Promise.reject(new Error(`the recorder was asked to ${what}`));

/** Keeps the statements of all warehouses that it stands before. A script is as many statements as it has. */
export function recorder(): Recorder {
  const statements: Statement[] = [];
  return {
    statements,
    over: (warehouse) => ({
      dryRun: refused("try a statement"),
      load: refused("load"),
      ensureDataset: async () => undefined,
      ensureTable: async () => undefined,
      listTables: async () => [],
      ...warehouse,
      query: async (sql, options = {}): Promise<Row[]> => {
        const site = siteNow();
        const { params = {} } = options;
        statements.push(...sql.split(";\n").map((one) => ({ site, sql: one, params })));
        return (await warehouse.query?.(sql, options)) ?? [];
      },
    }),
  };
}
