import { join } from "node:path";
import { keyProblems } from "../models/harness/compare.ts";
import { type Model, readModels, relationColumns } from "../models/harness/model.ts";
import type { CellRow } from "../models/harness/value.ts";
import type { TestWarehouse } from "../models/harness/warehouse.ts";

const models = readModels(join(import.meta.dirname, "../../sql"));

type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };
export type Document = { readonly [member: string]: Json };

/** What one model of a pipeline has to send. */
export interface Payloads {
  /** `/ed-fi/studentAssessments`. */
  readonly resource: string;
  readonly documents: readonly Document[];
}

export interface Built {
  /** What there is to send. */
  readonly payloads: readonly Payloads[];
  /** What there is to send of one source. */
  payloadsOf(source: string): Payloads[];
  /** The rows of what is sent, as the engine reads them, by model. */
  tables(source: string): ReadonlyMap<string, readonly CellRow[]>;
  /** The rows of any model that was built. */
  rows(relation: string): readonly CellRow[];
}

/**
 * Builds the models of a pipeline and all that they read from the given relations; what is given is not built, what is neither given nor a
 * model is empty.
 */
export async function buildPipeline(
  pipeline: string,
  given: ReadonlyMap<string, readonly CellRow[]>,
  warehouse: TestWarehouse,
): Promise<Built> {
  const built = new Map(given);
  const wanted = [...models.values()].filter(({ name }) => name.startsWith(`delivery.${pipeline}__`));
  for (const model of inOrder(wanted, new Set(given.keys()))) {
    for (const input of model.inputs) {
      await warehouse.fill(input, relationColumns(input, models), built.get(input) ?? []);
    }
    const rows = await warehouse.select(model.sql, model.columns);
    const problems = keyProblems(model.key, rows);
    if (problems.length > 0) throw new Error(`${model.name}: ${problems.join("; ")}`);
    built.set(model.name, rows);
  }
  const rows = (relation: string) => built.get(relation) ?? [];
  const payloadsWhere = (isWanted: (row: CellRow) => boolean): Payloads[] =>
    wanted.flatMap(({ name, refresh }) => {
      const { deliver } = refresh.header;
      return deliver ? [{ resource: deliver.resource, documents: rows(name).filter(isWanted).map(documentOf) }] : [];
    });
  return {
    payloads: payloadsWhere(() => true),
    tables: (source) =>
      new Map(
        wanted
          .filter(({ refresh }) => refresh.header.deliver)
          .map(({ name }) => [name, rows(name).filter(({ source_id }) => source_id === source)]),
      ),
    payloadsOf: (source) => payloadsWhere(({ source_id }) => source_id === source),
    rows,
  };
}

/** The models with those that they read before them. */
function inOrder(wanted: readonly Model[], given: ReadonlySet<string>): Model[] {
  const ordered = new Set<Model>();
  const add = (model: Model): void => {
    for (const input of model.inputs) {
      const found = models.get(input);
      if (found !== undefined && !given.has(input)) add(found);
    }
    ordered.add(model);
  };
  for (const model of wanted) add(model);
  return [...ordered];
}

/** The document as it is sent: without members that are null or empty. */
function documentOf({ payload }: CellRow): Document {
  const document = sent(JSON.parse(String(payload)) as Json);
  if (typeof document !== "object" || document === null || Array.isArray(document)) throw new Error("not an object");
  return document as Document;
}

function sent(value: Json): Json {
  if (Array.isArray(value)) return value.map(sent);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => [name, sent(member)]);
  return Object.fromEntries(members.filter(([, member]) => !isEmpty(member)));
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
