import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { type Model, relationColumns } from "./model.ts";
import type { Column } from "./type.ts";
import { type CellRow, cellFromCase } from "./value.ts";

const rowSchema = z.record(z.string(), z.unknown());
const rowsSchema = z.array(rowSchema);

const caseSchema = z
  .strictObject({
    name: z.string().min(1),
    inputs: z.record(z.string(), rowsSchema).default({}),
    /** Relations filled by their own SELECT, from this case's inputs, instead of by rows. */
    build: z.array(z.string()).default([]),
    expected: rowsSchema.optional(),
    expected_present: rowsSchema.optional(),
    expected_absent: rowsSchema.optional(),
    expected_count: z.int().min(0).optional(),
  })
  .refine(
    (one) =>
      [one.expected, one.expected_present, one.expected_absent, one.expected_count].some((part) => part !== undefined),
    { error: "expects nothing: give expected, expected_present, expected_absent or expected_count" },
  );

/** Rows that name only some columns; a row that leaves one out means NULL there. */
export interface Expectation {
  readonly columns: readonly Column[];
  readonly rows: readonly CellRow[];
}

export interface Case {
  readonly model: string;
  readonly name: string;
  readonly inputs: ReadonlyMap<string, readonly CellRow[]>;
  readonly build: readonly string[];
  /** All rows of the result, on these columns. */
  readonly expected?: Expectation;
  /** Each is matched by a row of the result on the columns that it names. */
  readonly present?: readonly Expectation[];
  /** No row of the result matches one of these on the columns that it names. */
  readonly absent?: readonly Expectation[];
  readonly count?: number;
}

/**
 * Reads `cases/<model>.yaml` (or `<dataset>.<model>.yaml` where two datasets share a name).
 * @throws Error naming file, case, relation, row and column of the first mistake
 */
export function readCases(folder: string, models: ReadonlyMap<string, Model>): Case[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files.sort().flatMap((file) => parseCases(file, readFileSync(join(folder, file), "utf8"), models));
}

/** The cases in the text of one file. @throws Error as {@link readCases} */
export function parseCases(file: string, text: string, models: ReadonlyMap<string, Model>): Case[] {
  const model = modelOf(file, models);
  const parsed = z.array(caseSchema).safeParse(parse(text, { merge: true, maxAliasCount: 10000 }));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const names = parsed.data.map((one) => one.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`${file}: two cases are called "${twice}"`);
  return parsed.data.map((one) => within(`${file}: case "${one.name}"`, () => resolve(one, model, models)));
}

function modelOf(file: string, models: ReadonlyMap<string, Model>): Model {
  const name = basename(file, ".yaml");
  const found = [...models.values()].filter((model) => model.name === name || model.name.endsWith(`.${name}`));
  const [model] = found;
  if (model === undefined) throw new Error(`${file}: there is no model ${name} in sql/`);
  if (found.length > 1)
    throw new Error(`${file}: ${found.map((one) => one.name).join(" or ")}? Name the file after one`);
  return model;
}

function resolve(one: z.infer<typeof caseSchema>, model: Model, models: ReadonlyMap<string, Model>): Case {
  const reachable = inputsOf(model, one.build, models);
  const given = Object.entries(one.inputs).map(([relation, rows]) => {
    if (!reachable.has(relation))
      throw new Error(`${model.name} does not read ${relation}; it reads ${[...reachable].join(", ")}`);
    const columns = within(relation, () => relationColumns(relation, models));
    return [relation, within(relation, () => cellRows(columns, rows))] as const;
  });
  const each = (part: "expected_present" | "expected_absent") =>
    one[part]?.map((row, i) => within(`${part}: row ${i + 1}`, () => expectation(model.columns, [row])));
  const present = each("expected_present");
  const absent = each("expected_absent");
  return {
    model: model.name,
    name: one.name,
    inputs: new Map(given),
    build: one.build,
    ...(one.expected && { expected: within("expected", () => expectation(model.columns, one.expected ?? [])) }),
    ...(present && { present }),
    ...(absent && { absent }),
    ...(one.expected_count !== undefined && { count: one.expected_count }),
  };
}

/** The model's inputs and, for each that the case builds, the inputs of that. */
function inputsOf(model: Model, build: readonly string[], models: ReadonlyMap<string, Model>): Set<string> {
  const reachable = new Set(model.inputs);
  for (const relation of reachable) {
    if (!build.includes(relation)) continue;
    for (const input of models.get(relation)?.inputs ?? []) reachable.add(input);
  }
  const stray = build.find((relation) => !reachable.has(relation) || !models.has(relation));
  if (stray !== undefined) throw new Error(`build names ${stray}, which is no model that ${model.name} reads`);
  return reachable;
}

function expectation(all: readonly Column[], rows: readonly Readonly<Record<string, unknown>>[]): Expectation {
  const listed = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = rows.length === 0 ? all : all.filter((column) => listed.has(column.name));
  return { columns, rows: cellRows(all, rows) };
}

function cellRows(columns: readonly Column[], rows: readonly Readonly<Record<string, unknown>>[]): CellRow[] {
  const types = new Map(columns.map((column) => [column.name, column.type]));
  return rows.map((row, i) =>
    within(`row ${i + 1}`, () => {
      const unknown = Object.keys(row).filter((name) => !types.has(name));
      if (unknown.length > 0)
        throw new Error(`there is no column ${unknown.join(", ")}; there are ${[...types.keys()].join(", ")}`);
      const cells = columns.map((column) => [
        column.name,
        within(column.name, () => cellFromCase(column.type, row[column.name])),
      ]);
      return Object.fromEntries(cells);
    }),
  );
}

/** Runs a step and puts the place before the message of its error. */
function within<T>(place: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
