import { createHash } from "node:crypto";
import * as z from "zod";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { jsonIn } from "./control-objects.ts";
import type { Column } from "./header.ts";
import { columnLiteral, stringLiteral } from "./literals.ts";
import type { Look } from "./look.ts";
import type { Model } from "./model.ts";
import type { Fate } from "./rebuild.ts";
import { dropRelation } from "./statements.ts";

/** The mart that says whose rows a person may see, by student and e-mail address. */
export const rightsModel = "marts.rls_user_student_data_authorization";

/** Which views there are and of what text: a mark for ourselves, which may be lost at the cost of writing all views once more. */
const stateName = "restricted.json";
const stateSchema = z.object({ v: z.literal(1), views: z.record(z.string(), z.string()) });

/** Keeps the text of a script far from BigQuery's limit of a million characters. */
const viewsAtOnce = 20;

export interface RestrictedPorts {
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  /** @throws ConflictError when another refresher has taken over */
  readonly fence: () => Promise<void>;
}

/** Columns of a mart that its view shows, or undefined when it shows nothing of it. A view that all may read has no personal column. */
function columnsShown({ dataset, name, header }: Model): readonly Column[] | undefined {
  const { access, columns, layout } = header;
  // A view would read what its readers have no right to; a table holds its rows itself.
  if (dataset !== "marts" || layout.materialize !== "table" || name === rightsModel || access === "nobody")
    return undefined;
  if (access === "everyone") return columns.filter(({ pii }) => !pii);
  return columns.some((column) => column.name === "student_key") ? columns : undefined;
}

/** The rows of a mart that a reader may see, or undefined where it is not shown. */
export function restrictedSelect(model: Model): string | undefined {
  const columns = columnsShown(model);
  if (!columns || columns.length === 0) return undefined;
  const filter = [
    "where exists (",
    `    select 1 from ${rightsModel} as rights`,
    "    where rights.student_key = model.student_key and rights.email = lower(session_user())",
    ")",
  ];
  return [
    `select ${columns.map(({ name }) => `model.${columnLiteral(name)}`).join(", ")}`,
    `from ${model.name} as model`,
    ...(model.header.access === "everyone" ? [] : filter),
  ].join("\n");
}

/**
 * The view of a mart for people who may see some students only: the rows about those. Its dataset is let into the dataset of the marts
 * (an authorized dataset), so its readers need no right to it, and no moment comes at which they have one.
 * @returns undefined where the mart is not shown
 */
export function restrictedView(model: Model, dataset: string): string | undefined {
  const select = restrictedSelect(model);
  if (select === undefined) return undefined;
  const described = (columnsShown(model) ?? []).map(({ name, description }) => {
    const options = description === undefined ? "" : ` options(description = ${stringLiteral(description)})`;
    return `    ${columnLiteral(name)}${options}`;
  });
  return [
    `create or replace view ${dataset}.${model.table} (\n${described.join(",\n")}\n)`,
    `options(description = ${stringLiteral(model.header.description)})`,
    "as",
    select,
  ].join("\n");
}

/**
 * Writes the views of the marts that are as their headers say, where their text is another than before, and drops those of marts that are
 * not shown any more. A mart whose new columns are not built yet keeps its view.
 */
export async function publishRestricted(
  look: Look,
  fates: ReadonlyMap<string, Fate>,
  dataset: string,
  { control, warehouse, fence }: RestrictedPorts,
): Promise<void> {
  if (!isAsWritten(rightsModel, look, fates)) return;
  const stored = await control.read(stateName);
  const views = { ...stateSchema.safeParse(jsonIn(stored?.body ?? "")).data?.views };
  const statements: string[] = [];
  const wanted = new Set<string>();
  for (const model of look.graph.models) {
    const text = restrictedView(model, dataset);
    if (text === undefined) continue;
    wanted.add(model.table);
    const hash = createHash("sha256").update(text).digest("hex");
    if (views[model.table] === hash || !isAsWritten(model.name, look, fates)) continue;
    statements.push(text);
    views[model.table] = hash;
  }
  for (const table of Object.keys(views).filter((name) => !wanted.has(name))) {
    statements.push(dropRelation("view", `${dataset}.${table}`));
    delete views[table];
  }
  if (statements.length === 0) return;
  await fence();
  await warehouse.ensureDataset(dataset);
  for (let from = 0; from < statements.length; from += viewsAtOnce) {
    await warehouse.query(statements.slice(from, from + viewsAtOnce).join(";\n"));
  }
  await control.write(stateName, `${JSON.stringify({ v: 1, views })}\n`, stored?.generation ?? "0");
}

/** Whether a model's table has the columns of its header. */
function isAsWritten(name: string, look: Look, fates: ReadonlyMap<string, Fate>): boolean {
  const kind = fates.get(name)?.kind;
  if (kind === "built") return true;
  const model = look.graph.byName.get(name);
  const state = look.states.get(name)?.state;
  return kind !== "failed" && state?.status === "built" && state.definition === model?.definition;
}
