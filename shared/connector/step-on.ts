import type { Paging } from "../config/connector.ts";
import type { Page } from "./page.ts";
import { type Collection, recordsUrl } from "./record-url.ts";
import { type Position, type Walk, withTotal } from "./walk.ts";

/** The paging of an endpoint: its own, else its connector's. */
export function pagingOf(collection: Pick<Collection, "endpoint" | "connector">): Paging {
  return collection.endpoint.paging ?? collection.connector.paging;
}

/** Where a walk begins that needs nothing to be asked before: all but partitions, and offsets that are counted first. */
export function startOf(paging: Paging): Position {
  switch (paging.type) {
    case "page":
      return { type: "page", page: paging.first, before: [] };
    case "link":
      return { type: "link", url: null };
    case "token":
      return { type: "token", token: null };
    case "zip_of_csv":
      return { type: "export", rows: 0, file: null };
    case "single":
      return { type: "single" };
    case "offset":
    case "cursor":
      return { type: "offset", offset: 0, direction: "up", anchors: [] };
  }
}

/** Moves a walk on by a page that was read: to its next, or to the next parent's first. What it counts is kept up. */
export function afterPage(collection: Collection, walk: Walk, page: Page): void {
  const paging = pagingOf(collection);
  const isFirst = paging.type === "page" && walk.position?.type === "page" && walk.position.page === paging.first;
  if (page.total !== undefined) walk.totals = withTotal(walk.totals, page.total, isFirst);
  walk.position = page.next;
  walk.pages += 1;
  walk.rows += page.records.length - (page.repeats ?? 0);
  walk.nulls += page.nulls;
  if (page.skipped) walk.skipped = [...walk.skipped, page.skipped];
  if (walk.position !== null || !walk.parents || walk.parents.at + 1 >= walk.parents.keys.length) return;
  const at = walk.parents.at + 1;
  walk.parents = { ...walk.parents, at };
  walk.url = recordsUrl(collection, walk.parents.keys[at]);
  walk.position = startOf(paging);
}
