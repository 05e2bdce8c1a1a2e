import { hash } from "node:crypto";
import { firstTextAt, parseKeepingNumbers } from "./json-value.ts";
import type { PageRecords } from "./records.ts";
import type { Position } from "./walk.ts";

/**
 * Paging by offset over rows that move. Positions shift whenever a row before them comes or goes, so an offset alone does not say
 * what was read. Each page therefore overlaps the one before it by a row that is known (an anchor). Where the anchor is not where
 * it was, the border has moved, and the walk goes on from where it is now. Order among the rows is all that this needs.
 */

type OffsetPosition = Extract<Position, { type: "offset" }>;

/** What an offset walk needs to read: rows from an offset on, at most `size`, in the order of the API. */
export interface OffsetReader {
  readonly ask: (offset: number, size: number) => Promise<PageRecords>;
  /** A name for a row that its neighbours do not have. */
  readonly nameOf: (record: Buffer) => string;
  readonly size: number;
}

/** One step of an offset walk. */
export interface OffsetStep {
  readonly records: readonly Buffer[];
  readonly nulls: number;
  readonly next: OffsetPosition | null;
}

/** Rows at the border that are remembered. One would do if it could not be deleted. */
const anchorsMax = 4;

/** An id that says nothing of anybody to who has not the record. */
const randomId = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/**
 * Names a row by its id, else by its text. Ids stay when a row is updated, so they are the better anchors. Names are written into the
 * checkpoint, and an id may be a student's number, so one that is no UUID is named by its hash.
 */
export function rowName(idPath: string | undefined): (record: Buffer) => string {
  return (record) => {
    const id = idPath ? firstTextAt(parseKeepingNumbers(record.toString("utf8")), [idPath]) : undefined;
    return id !== undefined && randomId.test(id) ? id : hash("sha256", id ?? record).slice(0, 24);
  };
}

/** Rows by which a page overlaps the last one. A page of one row cannot: it would never get anywhere. */
function overlapOf({ anchors }: OffsetPosition, size: number): number {
  return anchors.length > 0 && size > 1 ? 1 : 0;
}

/** Pages that an upward walk goes back at once to find where its border is now. */
const stepsBackMax = 8;

/** Index after the newest anchor that the page has; 0 when it has none. The border is expected before anything is compared. */
function afterAnchors(page: PageRecords, anchors: readonly string[], nameOf: OffsetReader["nameOf"]): number {
  const [first] = page.records;
  if (first && nameOf(first) === anchors.at(-1)) return 1;
  return page.records.findLastIndex((record) => anchors.includes(nameOf(record))) + 1;
}

/**
 * Reads the next rows without an overlap, and knows the border by them from then on. Rows that move just then may be missed: only the count at
 * the end of the walk tells.
 */
export async function stepBlind({ blind: _, ...position }: OffsetPosition, reader: OffsetReader): Promise<OffsetStep> {
  const { ask, nameOf, size } = reader;
  const isUp = position.direction === "up";
  const start = isUp ? position.offset : Math.max(0, position.offset - size);
  const { records, nulls } = await ask(start, isUp ? size : position.offset - start);
  const given = records.length + nulls;
  const isEnd = isUp ? given === 0 : start === 0;
  const border = isUp ? records.slice(-anchorsMax) : records.slice(0, anchorsMax);
  const next = { ...position, offset: isUp ? start + given : start, anchors: border.map(nameOf) };
  return { records, nulls, next: isEnd ? null : next };
}

/** Reads the next rows above the border. Fewer rows than asked for are not the end: a server may cap its pages. */
export async function stepUp(position: OffsetPosition, reader: OffsetReader): Promise<OffsetStep> {
  const { ask, nameOf, size } = reader;
  const { anchors } = position;
  const overlap = overlapOf(position, size);
  let start = Math.max(0, position.offset - overlap);
  let page = await ask(start, size);
  let known = overlap === 0 ? 0 : afterAnchors(page, anchors, nameOf);
  // Without its anchor the page is too high: rows before the border are gone, and unread ones have moved below it.
  for (let back = 0; overlap > 0 && known === 0 && start > 0 && back < stepsBackMax; back += 1) {
    start = Math.max(0, start - (size - 1));
    page = await ask(start, size);
    known = afterAnchors(page, anchors, nameOf);
  }
  const records = page.records.slice(known);
  const given = page.records.length + page.nulls;
  const isEnd = given === known && given <= overlap && (known > 0 || start === 0 || overlap === 0);
  const names = [...anchors, ...records.slice(-anchorsMax).map(nameOf)].slice(-anchorsMax);
  return {
    records,
    nulls: page.nulls,
    next: isEnd ? null : { ...position, offset: start + given, anchors: names },
  };
}

/** Index of the oldest anchor among the records, or undefined. */
function atAnchors(
  records: readonly Buffer[],
  anchors: readonly string[],
  nameOf: OffsetReader["nameOf"],
): number | undefined {
  const last = records.at(-1);
  if (last && nameOf(last) === anchors[0]) return records.length - 1;
  const index = records.findIndex((record) => anchors.includes(nameOf(record)));
  return index < 0 ? undefined : index;
}

/**
 * Reads the next rows below the border: up from a page's length below it until an anchor is met. On the first step there is none, and it
 * reads until nothing comes any more, so that rows which came after the count are not missed (protocols §7.8).
 */
export async function stepDown(position: OffsetPosition, reader: OffsetReader): Promise<OffsetStep> {
  const { nameOf, size } = reader;
  const { offset, anchors } = position;
  const overlap = overlapOf(position, size);
  const start = Math.max(0, offset + overlap - size);
  const records: Buffer[] = [];
  let nulls = 0;
  let climb: OffsetPosition | null = { type: "offset", direction: "up", offset: start, anchors: [] };
  // At most two pages' worth: an anchor not met by then was deleted, or lies below `start` itself, and so does all that is unread.
  while (climb && climb.offset - start < 2 * size) {
    const found: OffsetStep = await stepUp(climb, reader);
    const known = anchors.length === 0 ? undefined : atAnchors(found.records, anchors, nameOf);
    records.push(...found.records.slice(0, known));
    nulls += found.nulls;
    climb = found.next;
    const isAtBorder = anchors.length > 0 && overlap === 0 && climb !== null && climb.offset >= offset;
    if (known !== undefined || isAtBorder) break;
  }
  const names = [...records.slice(0, anchorsMax).map(nameOf), ...anchors].slice(0, anchorsMax);
  return { records, nulls, next: start === 0 ? null : { ...position, offset: start, anchors: names } };
}
