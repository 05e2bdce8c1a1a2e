import type { DuckDBConnection } from "@duckdb/node-api";
import * as z from "zod";
import type { Catalog, TableName } from "../store/catalog.ts";
import { accessDenied } from "../wire/errors.ts";
import type { ReferencedTables } from "./referenced-tables.ts";

/** The entries of a dataset's `access` that are understood here. Groups and domains have no members on one machine. */
const accessSchema = z.array(
  z.looseObject({
    role: z.string().optional(),
    userByEmail: z.string().optional(),
    specialGroup: z.string().optional(),
    view: z.looseObject({ datasetId: z.string(), tableId: z.string() }).optional(),
    dataset: z.looseObject({ dataset: z.looseObject({ datasetId: z.string() }) }).optional(),
  }),
);

interface Asked {
  readonly catalog: Catalog;
  readonly referenced: ReferencedTables;
  readonly user: string;
}

const viewsMax = 100;

/**
 * Whether somebody may read tables: those of datasets whose `access` names them, and through a view those that let the view in
 * (authorized views and datasets).
 * @throws BigQueryError (accessDenied)
 */
export async function requireReadable(
  connection: DuckDBConnection,
  { catalog, referenced, user }: Asked,
  names: readonly TableName[],
): Promise<void> {
  const open: { name: TableName; view: TableName | undefined }[] = names.map((name) => ({ name, view: undefined }));
  for (let seen = 0; open.length > 0; seen += 1) {
    const { name, view } = open.shift() ?? { name: { dataset: "", table: "" }, view: undefined };
    const [dataset] = await catalog.datasets(connection, name.dataset);
    const access = accessSchema.safeParse(dataset?.described.access ?? []).data ?? [];
    const isLetIn = access.some((entry) => namesUser(entry, user) || (view !== undefined && namesView(entry, view)));
    if (!isLetIn || seen >= viewsMax) {
      const shown = catalog.display(name);
      throw accessDenied(
        `Table ${shown}: User does not have permission to query table ${shown}, or perhaps it does not exist.`,
      );
    }
    const entry = await catalog.findTable(connection, name);
    if (entry?.type === "VIEW") open.push(...referenced.readsOf(entry).map((read) => ({ name: read, view: name })));
  }
}

type Entry = z.output<typeof accessSchema>[number];

function namesUser({ userByEmail, specialGroup }: Entry, user: string): boolean {
  return userByEmail?.toLowerCase() === user.toLowerCase() || specialGroup === "allAuthenticatedUsers";
}

function namesView({ view, dataset }: Entry, { dataset: id, table }: TableName): boolean {
  const isItself = view?.datasetId === id && view.tableId === table;
  return isItself || dataset?.dataset.datasetId === id;
}
