import type { PagePaging } from "../config/connector.ts";
import { firstTextAt, jsonOf } from "./json-value.ts";
import type { CutPage } from "./records.ts";
import type { Position } from "./walk.ts";

type PagePosition = Extract<Position, { type: "page" }>;

/** One page of a walk by page numbers. */
export interface NumberedPage {
  readonly records: readonly Buffer[];
  readonly nulls: number;
  readonly next: Position | null;
  readonly repeats: number;
  readonly total: number | undefined;
}

function numberAt(body: unknown, path: string | undefined): number | undefined {
  const text = path === undefined ? undefined : firstTextAt(body, [path]);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * What a page by number is, and whether another follows. The number of pages is looked at anew with each, because rows come and go while
 * they are read (protocols §17); an empty page is the end whatever that number says, so the walk ends.
 *
 * Rows that moved up over the border of two pages come twice and push others down; rows that moved down are missed. The first are counted here,
 * and the totals say whether there can be any of the second: extract reads again where they differ (E78). Where a row went and
 * another came at the end, both in the time of one walk, nothing tells that a third was passed over; it comes with the next run.
 * @param nameOf a name for a row that its neighbours do not have
 */
export function pageByNumber(
  page: CutPage,
  position: PagePosition,
  paging: PagePaging,
  nameOf: (record: Buffer) => string,
): NumberedPage {
  const { records, nulls } = page;
  const body = paging.total_pages || paging.total_count ? jsonOf(Buffer.from(page.envelope())) : undefined;
  const total = numberAt(body, paging.total_count);
  const pages = numberAt(body, paging.total_pages);
  const names = records.map(nameOf);
  const before = new Set(position.before);
  const isEnd = records.length + nulls === 0 || (pages !== undefined && position.page - paging.first + 1 >= pages);
  return {
    records,
    nulls,
    next: isEnd ? null : { type: "page", page: position.page + 1, before: names },
    repeats: names.filter((name) => before.has(name)).length,
    total,
  };
}
