import { PermanentError } from "../errors.ts";
import { firstTextAt, parseKeepingNumbers } from "./json-value.ts";
import { readPage } from "./page.ts";
import type { Collection } from "./record-url.ts";
import { afterPage } from "./step-on.ts";
import { isWholeByTotals, keysAt, type ParentKeys, type Walk } from "./walk.ts";

/**
 * Endpoints whose records belong to others: `/yeargroups/{year_group}/divisions`. The parents are read when a run begins, and their keys are
 * dealt out to as many walks as there may be requests at once.
 */

/** Pages of parents that are read at most: their keys are kept in the checkpoint of the run. */
const pagesMax = 10_000;

/** The endpoint that gives the parents of another, as a collection, with the name and place of what it gives. */
function parentOf(collection: Collection): { parent: Collection; name: string; path: string } | undefined {
  const { connector, endpoint } = collection;
  const [entry] = Object.entries(endpoint.parents ?? {});
  if (!entry) return undefined;
  const [name, { endpoint: parentName, key }] = entry;
  const parentEndpoint = connector.endpoints[parentName];
  if (!parentEndpoint)
    throw new PermanentError("The parent of an endpoint has left the connector file", { endpoint: name });
  return { parent: { ...collection, name: parentName, endpoint: parentEndpoint }, name, path: key };
}

/** Plans the walks over the records of an endpoint. */
export type PlanRecords = (collection: Collection) => Promise<Walk[]>;

/** Reads the parents once. @returns whether all that there are came, as far as their totals tell */
async function readOnce(
  { parent, name, path }: NonNullable<ReturnType<typeof parentOf>>,
  plan: PlanRecords,
  found: Map<string, ParentKeys>,
): Promise<boolean> {
  let pages = 0;
  let isWhole = true;
  for (const walk of await plan(parent)) {
    while (walk.position) {
      pages += 1;
      if (pages > pagesMax) {
        throw new PermanentError(`There are more than ${pagesMax} pages of ${parent.name} to iterate over`, {
          endpoint: parent.name,
        });
      }
      const page = await readPage(parent, walk);
      for (const record of page.records) {
        const value = firstTextAt(parseKeepingNumbers(record.toString("utf8")), [path]);
        if (value === undefined) continue;
        const keys = { ...keysAt(walk), [name]: value };
        found.set(JSON.stringify(keys), keys);
      }
      afterPage(parent, walk, page);
    }
    isWhole &&= isWholeByTotals([walk]);
  }
  return isWhole;
}

/** The keys of the parents of an endpoint, each once; undefined when it has no parents. */
export async function listParents(collection: Collection, plan: PlanRecords): Promise<ParentKeys[] | undefined> {
  const parents = parentOf(collection);
  if (!parents) return undefined;
  const found = new Map<string, ParentKeys>();
  // A parent that was missed takes its children with it until the next run, so a list that moved is read again.
  if (!(await readOnce(parents, plan, found))) await readOnce(parents, plan, found);
  return [...found.values()];
}

/** Deals keys out in turn, so that each walk gets about as many. */
export function dealOut(keys: readonly ParentKeys[], hands: number): ParentKeys[][] {
  const dealt = Array.from({ length: Math.min(hands, keys.length) }, (): ParentKeys[] => []);
  keys.forEach((key, index) => {
    dealt[index % dealt.length]?.push(key);
  });
  return dealt;
}
