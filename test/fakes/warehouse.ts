import { createHash } from "node:crypto";
import { PermanentError } from "../../shared/errors.ts";
import type { Field, Row, TableDefinition, Warehouse } from "../../shared/ports/warehouse.ts";
import type { Model } from "../../shared/refresh/model.ts";

/** A table or view of the fake: what it was made of, in place of its rows. */
export interface FakeRelation {
  readonly kind: "table" | "view";
  /** Equal content, equal text: the model's definition and the content of what it read when it ran. */
  readonly content: string;
  readonly rowCount: number;
  readonly sql: string;
}

export interface FakeWarehouseOptions {
  readonly models: readonly Model[];
  /** Content of the endpoints (`current_*`) at this moment. */
  readonly currents: ReadonlyMap<string, string>;
  /** Tables and views that are there already. */
  readonly relations?: Map<string, FakeRelation>;
  /** Called around each call, and may throw or wait: before it took effect, and after. */
  readonly before?: (call: string, sql: string) => void | Promise<void>;
  readonly after?: (call: string, sql: string) => void | Promise<void>;
}

export interface FakeWarehouse extends Warehouse {
  readonly relations: Map<string, FakeRelation>;
  readonly datasets: Set<string>;
  readonly tables: TableDefinition[];
  /** Rows of the ledger, by table. */
  readonly ledger: Map<string, Row[]>;
  /** Every statement that ran (not those resumed by their id), in order. */
  readonly statements: string[];
  /** Rows that the next builds of a model give; 10 when not said. */
  readonly rowCounts: Map<string, number>;
  /** Columns of the test query that are not zero, by model: `failing_0` and the like. */
  readonly failing: Map<string, Readonly<Record<string, number>>>;
  /** Columns that the dry run of a model gives; those of its header when not said. */
  readonly shapes: Map<string, readonly Field[]>;
  /** Thrown when a statement of this model runs. */
  readonly errors: Map<string, Error>;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The content a model should have, given that of the endpoints: what a rebuild of everything from nothing would give. */
export function rightContent(
  model: Model,
  models: ReadonlyMap<string, Model>,
  currents: ReadonlyMap<string, string>,
): string {
  const inputs = model.inputs.map((input) => {
    const parent = models.get(input);
    return parent ? rightContent(parent, models, currents) : (currents.get(input) ?? "empty");
  });
  return hash([model.definition, ...inputs].join(" "));
}

function fieldOf({ name, type }: { readonly name: string; readonly type: string }): Field {
  const element = /^ARRAY<(.*)>$/.exec(type)?.[1];
  return element ? { name, type: element, mode: "REPEATED" } : { name, type };
}

/** The rows that an INSERT of the ledger lists, one tuple per line. */
function insertedRows(sql: string): Row[] {
  const columns = /^insert into \S+ \(([^)]*)\)/.exec(sql)?.[1]?.split(", ") ?? [];
  return sql
    .split("\n")
    .filter((line) => line.startsWith("    ("))
    .map((line) => {
      const cells = [...line.slice(5).matchAll(/(?:timestamp )?'((?:[^'\\]|\\.)*)'|null|-?\d+(?:\.\d+)?/g)];
      const values = cells.map(([text, string]) => {
        if (string !== undefined) return string.replaceAll(/\\(['\\])/g, "$1");
        return text === "null" ? null : Number(text);
      });
      if (values.length !== columns.length) throw new Error(`the fake warehouse cannot read ${line}`);
      return Object.fromEntries(columns.map((column, at) => [column, values[at] ?? null]));
    });
}

/**
 * A warehouse in memory that understands the statements of a refresh by their form. A derived job id runs once, and gives
 * its first outcome ever after.
 */
export function fakeWarehouse(options: FakeWarehouseOptions): FakeWarehouse {
  const models = new Map(options.models.map((model) => [model.name, model]));
  const jobs = new Map<string, { readonly rows: Row[] } | { readonly error: Error }>();
  const fake = {
    relations: options.relations ?? new Map<string, FakeRelation>(),
    datasets: new Set<string>(),
    tables: [] as TableDefinition[],
    ledger: new Map<string, Row[]>(),
    statements: [] as string[],
    rowCounts: new Map<string, number>(),
    failing: new Map<string, Readonly<Record<string, number>>>(),
    shapes: new Map<string, readonly Field[]>(),
    errors: new Map<string, Error>(),
  };

  function modelOf(relation: string): Model {
    const model = models.get(relation.replace(/__next_[0-9a-f]{8}$/, ""));
    if (!model) throw new Error(`the fake warehouse knows no model ${relation}`);
    return model;
  }

  function bySql(sql: string): Model {
    const model = options.models.find((candidate) => candidate.sql === sql);
    if (!model) throw new Error("the fake warehouse knows no model with this SELECT");
    return model;
  }

  function contentNow(model: Model): string {
    const inputs = model.inputs.map((input) => {
      if (!models.has(input)) return options.currents.get(input) ?? "empty";
      const relation = fake.relations.get(input);
      if (!relation) throw new Error(`${model.name} was built before ${input} was there`);
      return relation.content;
    });
    return hash([model.definition, ...inputs].join(" "));
  }

  function run(sql: string): Row[] {
    const statements = sql.split(";\n");
    return statements.length > 1 ? statements.flatMap(run) : runOne(sql);
  }

  function runOne(sql: string): Row[] {
    const [, kind, name = ""] = /^create or replace (table|view) (\S+)/.exec(sql) ?? [];
    const [, source] = / clone (\S+)$/.exec(sql) ?? [];
    const [, dropped] = /^drop (?:table|view) if exists (\S+)$/.exec(sql) ?? [];
    const [, ledger] = /^insert into (ops\.\w+)/.exec(sql) ?? [];
    if (source !== undefined) {
      const relation = fake.relations.get(source);
      if (!relation) throw new PermanentError(`Not found: Table ${source}`);
      fake.relations.set(name, relation);
    } else if (kind === "table" || kind === "view") {
      const model = modelOf(name);
      const error = fake.errors.get(model.name);
      if (error) throw error;
      fake.relations.set(name, {
        kind,
        content: contentNow(model),
        rowCount: fake.rowCounts.get(model.name) ?? 10,
        sql,
      });
    } else if (dropped !== undefined) {
      fake.relations.delete(dropped);
    } else if (ledger !== undefined) {
      const present = fake.ledger.get(ledger) ?? [];
      const known = new Set(present.map((row) => row.build_id));
      fake.ledger.set(ledger, [...present, ...insertedRows(sql).filter((row) => !known.has(row.build_id))]);
    } else if (sql.startsWith("with candidate as")) {
      return [testedRow(sql)];
    } else {
      throw new Error(`the fake warehouse does not understand: ${sql.slice(0, 80)}`);
    }
    return [];
  }

  function testedRow(sql: string): Row {
    const [, table] = /^with candidate as \(select \* from ([^\s(]+)\)/.exec(sql) ?? [];
    const [, select = ""] = /^with candidate as \(select \* from \(\n([\s\S]*?)\n\)\),\ncounted/.exec(sql) ?? [];
    const model = table === undefined ? bySql(select) : modelOf(table);
    const relation = table === undefined ? undefined : fake.relations.get(table);
    if (table !== undefined && !relation) throw new PermanentError(`Not found: Table ${table}`);
    const rowCount = relation?.rowCount ?? fake.rowCounts.get(model.name) ?? 10;
    const columns = [...sql.matchAll(/ as ((failing|compared)_\d+)/g)].map(([, column = "", kind]) => [
      column,
      kind === "compared" ? rowCount : 0,
    ]);
    return { row_count: rowCount, ...Object.fromEntries(columns), ...fake.failing.get(model.name) };
  }

  async function around<T>(call: string, sql: string, effect: () => T): Promise<T> {
    await options.before?.(call, sql);
    const result = effect();
    await options.after?.(call, sql);
    return result;
  }

  return {
    ...fake,
    query: (sql, query = {}) =>
      around("query", sql, () => {
        const known = query.jobId === undefined ? undefined : jobs.get(query.jobId);
        if (known && "error" in known) throw known.error;
        if (known) return known.rows;
        try {
          const rows = run(sql);
          fake.statements.push(sql);
          if (query.jobId !== undefined) jobs.set(query.jobId, { rows });
          return rows;
        } catch (error) {
          if (query.jobId !== undefined && error instanceof Error) jobs.set(query.jobId, { error });
          throw error;
        }
      }),
    dryRun: (sql) =>
      around("dryRun", sql, () => {
        const model = bySql(sql);
        return { fields: fake.shapes.get(model.name) ?? model.header.columns.map(fieldOf), bytes: 1000 };
      }),
    load: () => Promise.reject(new Error("a refresh loads nothing")),
    ensureDataset: (dataset) => around("ensureDataset", dataset, () => void fake.datasets.add(dataset)),
    ensureTable: (table) => around("ensureTable", table.table, () => void fake.tables.push(table)),
    listTables: (dataset) =>
      around("listTables", dataset, () =>
        [...fake.relations.keys()]
          .filter((name) => name.startsWith(`${dataset}.`))
          .map((name) => name.slice(dataset.length + 1)),
      ),
  };
}
