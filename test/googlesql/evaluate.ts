import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { differences } from "../models/harness/compare.ts";
import { type Model, relationColumns } from "../models/harness/model.ts";
import type { CellRow } from "../models/harness/value.ts";
import { columnProblems } from "./analyze.ts";
import { type GoogleSql, Refused } from "./client.ts";

const listSchema = z.array(z.strictObject({ model: z.string(), reason: z.string() }));

/** Models that the reference evaluator cannot run, by name, with the reason. */
export function cannotEvaluate(): Map<string, string> {
  const list = listSchema.parse(parse(readFileSync(new URL("cannot-evaluate.yaml", import.meta.url), "utf8")) ?? []);
  return new Map(list.map(({ model, reason }) => [model, reason]));
}

/** What the evaluator gave, or why it could not. */
export interface Evaluation {
  readonly rows?: readonly CellRow[];
  readonly problems: readonly string[];
}

/** Runs models in the reference evaluator, keeping the committed list of those it cannot run honest. */
export class Evaluator {
  readonly #googlesql: GoogleSql;
  readonly #models: ReadonlyMap<string, Model>;
  readonly #excused: ReadonlyMap<string, string>;
  readonly #ran = new Set<string>();
  rowsCompared = 0;

  constructor(googlesql: GoogleSql, models: ReadonlyMap<string, Model>, excused: ReadonlyMap<string, string>) {
    this.#googlesql = googlesql;
    this.#models = models;
    this.#excused = excused;
  }

  /** Evaluates the model on its inputs' rows and compares with the rows that the emulator gave. */
  async compare(
    model: Model,
    inputs: ReadonlyMap<string, readonly CellRow[]>,
    emulated: readonly CellRow[],
  ): Promise<Evaluation> {
    const relations = model.inputs.map((name) => ({
      name,
      columns: relationColumns(name, this.#models),
      rows: inputs.get(name) ?? [],
    }));
    try {
      const { columns, rows } = await this.#googlesql.evaluate(model.sql, relations);
      this.#ran.add(model.name);
      this.rowsCompared += rows.length;
      const wrongColumns = columnProblems(model.columns, columns);
      if (wrongColumns.length > 0) return { problems: wrongColumns };
      const found = differences({ columns: model.columns, rows }, emulated, { label: model.key }).slice(0, 5);
      return { rows, problems: found.map((line) => `evaluator (expected) and emulator (got) differ: ${line}`) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { problems: this.#excused.has(model.name) ? [] : [`the evaluator cannot run it: ${error.message}`] };
    }
  }

  /** Models on the list that did run: the list must shrink. */
  get stale(): string[] {
    return [...this.#excused.keys()]
      .filter((name) => this.#ran.has(name))
      .map((name) => `${name} is in cannot-evaluate.yaml, and was evaluated: take it off`);
  }

  get evaluated(): number {
    return this.#ran.size;
  }
}
