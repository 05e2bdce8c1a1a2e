import type { Connector, OffsetPaging, Paging, RecordsPlace } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import { readExport } from "./export-pages.ts";
import type { HttpAnswer } from "./http.ts";
import { nextLink } from "./link.ts";
import { nextToken } from "./next-token.ts";
import { type OffsetReader, type OffsetStep, rowName, stepBlind, stepDown, stepUp } from "./offset.ts";
import { cutBody, recordsPlace } from "./page-body.ts";
import { pageByNumber } from "./page-number.ts";
import { type Parameters, postBody } from "./post-body.ts";
import type { Collection } from "./record-url.ts";
import { type CutPage, MalformedPage, type PageRecords } from "./records.ts";
import { explain, Refusal, refusalOf } from "./refusal.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import type { Session } from "./session.ts";
import { pagingOf } from "./step-on.ts";
import { saidBySource } from "./told.ts";
import { keysAt, type Position, type Skipped, type Walk } from "./walk.ts";

/** The smallest page that an overloaded source is asked for before its failures count as an outage. */
const pageSizeMin = 25;

/** One page: its records as sent, and where the walk goes on. */
export interface Page {
  readonly records: readonly Buffer[];
  readonly nulls: number;
  readonly next: Position | null;
  /** The record that was left out instead of read. */
  readonly skipped?: Skipped;
  /** Records among these that the page before had too. */
  readonly repeats?: number;
  /** What the body says that there is in all, where it says so. */
  readonly total?: number | undefined;
  /** Rows it was asked for in the end, and the most that the source gives. */
  readonly size: number;
  readonly sizeMax: number;
}

/** The source said that it gives no page of this size. */
class PageSizeRefused extends Error {
  override readonly name = "PageSizeRefused";
  readonly allowed: number;

  constructor(allowed: number) {
    super(`pages of at most ${allowed} rows`);
    this.allowed = allowed;
  }
}

/** How often a failure is met by the same request before a smaller page is tried; undefined: patience helps as much. */
function attemptsAtOneSize(failure: RetryableError): number | undefined {
  const { status, code } = failure.details;
  if (code === "timeout" || code === "too_large" || status === 504 || status === 408) return 1;
  // A row the server chokes on, a body that something on the way cuts off.
  if (status === 500 || code === "malformed" || code === "ECONNRESET" || code === "Z_BUF_ERROR") return 2;
  return undefined;
}

const withSmallerPages: RetryPolicy = { ...defaultRetryPolicy, attemptsFor: attemptsAtOneSize };
const aroundOneRecord: RetryPolicy = {
  ...defaultRetryPolicy,
  attemptsFor: ({ details }) => (details.status === 500 ? 2 : undefined),
};

/**
 * The smallest page worth asking for. A source that cannot produce one of its records answers 500 to every page that holds it, so the page
 * shrinks around that record; by offset it keeps the row by which it overlaps the page before.
 */
function smallestFor(failure: RetryableError, position: Position): number {
  return failure.details.status === 500 ? smallestAround(position) : pageSizeMin;
}

/** By offset a page holds the row by which it overlaps the one before, unless it is read blind. */
function smallestAround(position: Position): number {
  return position.type === "offset" && !position.blind ? 2 : 1;
}

function policyAt(size: number, position: Position): RetryPolicy {
  if (size > pageSizeMin) return withSmallerPages;
  return size > smallestAround(position) ? aroundOneRecord : defaultRetryPolicy;
}

/** Not even the smallest page comes. Says where the record is that the source cannot produce, for the host to look at. */
export class StuckAtRecord extends RetryableError {
  readonly position: Position;

  constructor(failure: RetryableError, walk: Walk, position: Position, size: number) {
    const at =
      position.type === "offset" ? `near offset ${position.offset}` : `after ${walk.rows} others of its partition`;
    super(
      `The source answered 500 even for a page of ${size} of ${new URL(walk.url).pathname}, ${at}: there may be a record that it cannot read. Ask its host`,
      failure.details,
    );
    this.position = position;
  }
}

/**
 * Goes past the record at which a walk by offset is stuck. First the rows at the border are read one by one and without an overlap; the one
 * that still does not come is left out.
 * @returns a page without records; undefined by cursor, where only a page tells what comes after it
 */
export function pagePast({ position }: StuckAtRecord, { size_max: sizeMax }: Walk): Page | undefined {
  if (position.type !== "offset") return undefined;
  const { offset, anchors, direction } = position;
  const page = { records: [], nulls: 0, size: 1, sizeMax };
  if (!position.blind) return { ...page, next: { ...position, blind: true } };
  const at = direction === "up" ? offset : offset - 1;
  const beside = (direction === "up" ? anchors.at(-1) : anchors[0]) ?? null;
  const next: Position = { ...position, offset: direction === "up" ? offset + 1 : at };
  return { ...page, skipped: { offset: at, beside }, next: direction === "down" && at === 0 ? null : next };
}

/** The page size a 400 allows ("Limit must be a value between 0 and 100."), or undefined. */
function allowedSize(answer: HttpAnswer, size: number): number | undefined {
  if (answer.status !== 400) return undefined;
  const { text } = explain(answer);
  const range = /(?:limit|pagesize)[^.]*between \d+ and (\d+)/i.exec(text)?.[1];
  const allowed = range ? Number(range) : /limit|page\s?size/i.test(text) ? Math.floor(size / 2) : 0;
  return allowed >= 1 && allowed < size ? allowed : undefined;
}

function assertServed(answer: HttpAnswer, walk: Walk, endpoint: string): void {
  if (answer.status === 200) return;
  const path = new URL(walk.url).pathname;
  const refusal = refusalOf(answer, endpoint);
  if (refusal instanceof Refusal && refusal.outcome === "unsupported" && walk.pages > 0) {
    throw new RetryableError("The source does not know an endpoint any more that it was just giving", { path });
  }
  if (refusal) throw refusal;
  if (answer.status === 401) {
    throw new PermanentError(
      "The source refused a fresh token: the client may have been revoked. Check its key with the host.",
      { path, status: 401 },
    );
  }
  const { text } = explain(answer);
  throw new PermanentError(`The source refused the request with status ${answer.status}.${saidBySource(text)}`, {
    path,
    status: answer.status,
  });
}

/** What is needed to send the requests of one walk. */
interface Reader {
  readonly collection: Collection;
  readonly session: Session;
  readonly connector: Connector;
  readonly endpoint: string;
  readonly walk: Walk;
  readonly place: RecordsPlace;
  /** Statuses by which the source says that a parent has no such records. */
  readonly skip: readonly number[];
}

/** Feeds of changes, and children of others, are paged by offset even where records have a cursor (protocols §4.3). */
function pagingFor(collection: Collection, walk: Walk): Paging {
  const paging = pagingOf(collection);
  return paging.type === "cursor" && walk.position?.type === "offset" ? paging.otherwise : paging;
}

const noRecords: CutPage = { records: [], nulls: 0, envelope: () => "{}" };

/** Sends a request for records: by POST, with its parameters in the body, where the endpoint says so. */
function send(
  { collection, session, walk }: Reader,
  parameters: Parameters,
  policy: RetryPolicy,
  url: string | undefined,
  check: (answer: HttpAnswer) => void,
): Promise<HttpAnswer> {
  const { post } = collection.endpoint;
  const all = { ...walk.parameters, ...parameters };
  if (post) return session.post(walk.url, postBody(post, keysAt(walk), all), policy, check);
  const texts = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
  return session.get(url ?? walk.url, url === undefined ? texts : {}, policy, check);
}

/** One request for records: whole, or not at all. `url` is an address that holds all its parameters; left out, the walk's is meant. */
async function request(
  reader: Reader,
  parameters: Parameters,
  size: number,
  policy: RetryPolicy,
  url?: string,
): Promise<{ answer: HttpAnswer; page: CutPage }> {
  const { connector, endpoint, walk, place, skip } = reader;
  let page: CutPage | undefined;
  const check = (answer: HttpAnswer): void => {
    try {
      page = cutBody(answer, place, connector.errors, endpoint);
    } catch (error) {
      if (!(error instanceof MalformedPage)) throw error;
      const path = new URL(walk.url).pathname;
      throw new RetryableError(`The source sent a page that is not what it should be: ${error.message}`, {
        path,
        code: "malformed",
      });
    }
  };
  const answer = await send(reader, parameters, policy, url, check);
  if (walk.parents && skip.includes(answer.status)) return { answer, page: noRecords };
  const allowed = allowedSize(answer, size);
  if (allowed !== undefined) throw new PageSizeRefused(allowed);
  assertServed(answer, walk, endpoint);
  if (!page) throw new RetryableError("The source sent no page", { endpoint });
  return { answer, page };
}

function offsetPagingOf(paging: Paging): OffsetPaging | undefined {
  if (paging.type === "offset") return paging;
  return paging.type === "cursor" ? paging.otherwise : undefined;
}

type Step =
  | OffsetStep
  | (PageRecords & { readonly next: Position | null; readonly repeats?: number; readonly total?: number | undefined });

function pagingChanged(endpoint: string): PermanentError {
  return new PermanentError("The paging of an endpoint has changed", { endpoint });
}

/** Pages of which each tells of the next one: by a number that goes up, a link or a token. */
async function stepOn(
  reader: Reader,
  position: Extract<Position, { type: "page" | "link" | "token" }>,
  paging: Paging,
  size: number,
): Promise<Step> {
  const { walk, place, endpoint } = reader;
  const policy = canChangeSize(position, paging) ? policyAt(size, position) : defaultRetryPolicy;
  const named = (name: string | undefined, value: string | number | null): Parameters =>
    name === undefined || value === null ? {} : { [name]: value };
  if (position.type === "page") {
    if (paging.type !== "page") throw pagingChanged(endpoint);
    const parameters = { [paging.page_parameter]: position.page, [paging.size_parameter]: size };
    const { page } = await request(reader, parameters, size, policy);
    return pageByNumber(page, position, paging, rowName(place.id));
  }
  if (position.type === "link") {
    if (paging.type !== "link") throw pagingChanged(endpoint);
    const parameters = named(paging.size_parameter, size);
    const { answer, page } = await request(reader, parameters, size, policy, position.url ?? undefined);
    return { ...page, next: nextLink(answer.headers, position, position.url ?? walk.url) };
  }
  if (paging.type !== "token") throw pagingChanged(endpoint);
  const parameters = {
    ...named(paging.token_parameter, position.token ?? paging.first ?? null),
    ...named(paging.size_parameter, size),
  };
  const { page } = await request(reader, parameters, size, policy);
  return { ...page, next: nextToken(page.envelope(), position, paging, new URL(walk.url).pathname) };
}

/** Reads what comes next at one page size. */
async function step(reader: Reader, position: Position, paging: Paging, size: number): Promise<Step> {
  const { walk, place, endpoint } = reader;
  if (position.type === "single") {
    const { page } = await request(reader, {}, 1, defaultRetryPolicy);
    return { ...page, next: null };
  }
  if (position.type === "export") {
    if (paging.type !== "zip_of_csv") throw pagingChanged(endpoint);
    return readExport(reader.collection, walk, paging, position, (answer) => assertServed(answer, walk, endpoint));
  }
  if (position.type === "page" || position.type === "link" || position.type === "token") {
    return stepOn(reader, position, paging, size);
  }
  const policy = policyAt(size, position);
  if (position.type === "cursor") {
    if (paging.type !== "cursor") throw pagingChanged(endpoint);
    const parameters = { [paging.token_parameter]: position.token, [paging.size_parameter]: size };
    const { answer, page } = await request(reader, parameters, size, policy);
    // Only the missing header ends a cursor walk: a page may be short, or emptied by deletes, and not be the last (protocols §4.3).
    const token = answer.headers.get(paging.next_header);
    if (token === position.token) {
      throw new RetryableError("The source gives the token of the same page again", { endpoint });
    }
    return { ...page, next: token ? { type: "cursor", token } : null };
  }
  const names = offsetPagingOf(paging);
  if (!names) throw pagingChanged(endpoint);
  const offsets: OffsetReader = {
    ask: async (offset, limit) => {
      const parameters = { [names.offset_parameter]: offset, [names.size_parameter]: limit };
      return (await request(reader, parameters, limit, policy)).page;
    },
    // A feed may tell of one id twice; what it tells does not change.
    nameOf: rowName(walk.op === "upsert" ? place.id : undefined),
    size,
  };
  if (position.blind) return stepBlind(position, offsets);
  return position.direction === "up" ? stepUp(position, offsets) : stepDown(position, offsets);
}

/**
 * Whether a walk may go on with pages of another size. Pages by number would begin elsewhere, and a link names the size it was made for; so of
 * these only the first may.
 */
export function canChangeSize(position: Position, paging: Paging): boolean {
  switch (position.type) {
    case "single":
    case "export":
      return false;
    case "page":
      return paging.type === "page" && position.page === paging.first;
    case "link":
      return paging.type === "link" && position.url === null && paging.size_parameter !== undefined;
    case "token":
      return paging.type === "token" && paging.size_parameter !== undefined;
    default:
      return true;
  }
}

/** The size to try after a failure; undefined when a smaller page does not help against it. */
function smaller(error: unknown, position: Position, paging: Paging, size: number): number | undefined {
  if (!canChangeSize(position, paging)) return undefined;
  if (error instanceof PageSizeRefused) return error.allowed;
  if (!(error instanceof RetryableError) || attemptsAtOneSize(error) === undefined) return undefined;
  const smallest = smallestFor(error, position);
  return size > smallest ? Math.max(smallest, Math.floor(size / 2)) : undefined;
}

/**
 * Reads the page at the walk's position: whole, or not at all. Smaller pages are tried when the source caps the size or
 * cannot produce a large one in time.
 * @throws Refusal on 403 and 404, PermanentError on other refusals, RetryableError when the source stays unwell
 */
export async function readPage(collection: Collection, walk: Walk): Promise<Page> {
  const { session, connector, name: endpoint } = collection;
  const { position } = walk;
  const paging = pagingFor(collection, walk);
  if (!position) throw new PermanentError("A finished walk was asked for another page", { endpoint });
  const place = walk.op === "upsert" ? recordsPlace(connector, endpoint) : connector.records;
  const skip = Object.values(collection.endpoint.parents ?? {}).flatMap((parent) => parent.skip);
  const reader: Reader = { collection, session, connector, endpoint, walk, place, skip };
  let { size, size_max: sizeMax } = walk;
  for (;;) {
    try {
      return { ...(await step(reader, position, paging, size)), size, sizeMax };
    } catch (error) {
      // Each turn makes it smaller, so this ends.
      const next = smaller(error, position, paging, size);
      if (next === undefined) {
        const isStuck =
          error instanceof RetryableError &&
          error.details.status === 500 &&
          position.type !== "single" &&
          position.type !== "export";
        throw isStuck ? new StuckAtRecord(error, walk, position, size) : error;
      }
      if (error instanceof PageSizeRefused) sizeMax = next;
      size = next;
    }
  }
}
