import type { ChangeFeed, Connector, Endpoint, OffsetPaging, Paging } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { firstTextAt, parseKeepingNumbers, valueAt } from "./json-value.ts";
import { explain, refusalOf } from "./refusal.ts";
import type { Session } from "./session.ts";
import { newWalk, type Walk } from "./walk.ts";

/** Change versions a run covers, both ends included; undefined where there is no bound. Text, because they are int64. */
export interface Window {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What is needed to plan and walk one endpoint. */
export interface Collection {
  readonly source: Source;
  readonly connector: Connector;
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly session: Session;
}

/** The paging of an endpoint: its own, else its connector's. */
export function pagingOf(collection: Collection): Paging {
  return collection.endpoint.paging ?? collection.connector.paging;
}

export function recordsUrl(collection: Collection): string {
  const url = collection.session.address(collection.connector.request.url, { path: collection.endpoint.path });
  if (url) return url;
  throw new PermanentError(
    "The source's discovery does not say where its data are. Check the url in the sources file.",
    {
      source_id: collection.source.id,
    },
  );
}

function json(answer: HttpAnswer, path: string): unknown {
  try {
    return parseKeepingNumbers(answer.body.toString("utf8"));
  } catch (cause) {
    throw new RetryableError("The source answered something that is not JSON", { path }, { cause });
  }
}

/** The newest change version of the source now, or undefined when it offers no change queries (protocols §5.1). */
export async function newestChangeVersion(collection: Collection): Promise<string | undefined> {
  const { changes } = collection.connector;
  if (changes.type === "none") return undefined;
  const url = collection.session.address(changes.available_url);
  if (!url) return undefined;
  const answer = await collection.session.get(url);
  const path = new URL(url).pathname;
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) {
    const refusal = refusalOf(answer, "change versions");
    if (refusal) throw refusal;
    throw new PermanentError(`The source does not tell its change versions. ${explain(answer).text}`.trim(), {
      path,
      status: answer.status,
    });
  }
  const newest = firstTextAt(json(answer, path), changes.newest);
  if (newest === undefined || !/^\d+$/.test(newest)) {
    throw new PermanentError("The source's answer about change versions has no newest version", { path });
  }
  return newest;
}

function windowParameters(collection: Collection, window: Window): Record<string, string> {
  const { changes } = collection.connector;
  if (changes.type === "none") return {};
  return {
    ...(window.from === undefined ? {} : { [changes.from_parameter]: window.from }),
    ...(window.to === undefined ? {} : { [changes.to_parameter]: window.to }),
  };
}

/** How many records the source says it has in a window, or undefined when it cannot say (it may be too slow to count). */
export async function countRecords(collection: Collection, window: Window): Promise<number | undefined> {
  const { count } = collection.connector;
  if (!count) return undefined;
  const url = recordsUrl(collection);
  const quickly = { attemptsMax: 2, firstWaitMs: 500, longestWaitMs: 5_000 };
  let answer: HttpAnswer;
  try {
    answer = await collection.session.get(
      url,
      { ...windowParameters(collection, window), ...count.parameters },
      quickly,
    );
  } catch (error) {
    if (error instanceof RetryableError) return undefined;
    throw error;
  }
  const refusal = refusalOf(answer, collection.name);
  if (refusal) throw refusal;
  const total = answer.status === 200 ? answer.headers.get(count.header) : null;
  return total !== null && /^\d+$/.test(total) ? Number(total) : undefined;
}

function partitionTokens(answer: HttpAnswer, path: string, at: string): string[] {
  const tokens = valueAt(json(answer, path), at);
  if (Array.isArray(tokens) && tokens.every((token): token is string => typeof token === "string")) return tokens;
  throw new RetryableError("The source answered a request for partitions with something else", { path });
}

async function offsetWalks(collection: Collection, window: Window, paging: OffsetPaging): Promise<Walk[]> {
  const size = collection.source.page_size ?? paging.size;
  const url = recordsUrl(collection);
  const parameters = windowParameters(collection, window);
  const total = await countRecords(collection, window);
  if (total === undefined)
    return [newWalk("upsert", url, parameters, size, { type: "offset", offset: 0, direction: "up" })];
  // One page more than counted, for rows that arrive before the walk begins (protocols §7.8).
  const end = Math.ceil(total / size) * size + size;
  return [newWalk("upsert", url, parameters, size, { type: "offset", offset: end, direction: "down" })];
}

/** The walks over the records of a window. @throws Refusal when the source does not let us read the endpoint, or has none */
export async function planRecords(collection: Collection, window: Window): Promise<Walk[]> {
  const paging = pagingOf(collection);
  const url = recordsUrl(collection);
  const parameters = windowParameters(collection, window);
  if (paging.type === "single") return [newWalk("upsert", url, parameters, 1, { type: "single" })];
  if (paging.type === "offset") return offsetWalks(collection, window, paging);
  const { partitions } = paging;
  const partitionsUrl = collection.session.address(partitions.url, { records: url });
  if (!partitionsUrl) return offsetWalks(collection, window, paging.otherwise);
  const path = new URL(partitionsUrl).pathname;
  const answer = await collection.session.get(partitionsUrl, {
    ...parameters,
    [partitions.parameter]: String(collection.source.concurrency),
  });
  if (answer.status === 200) {
    const size = collection.source.page_size ?? paging.size;
    return partitionTokens(answer, path, partitions.tokens).map((token) =>
      newWalk("upsert", url, parameters, size, { type: "cursor", token }),
    );
  }
  if (answer.status === 403) {
    const refusal = refusalOf(answer, collection.name);
    if (refusal) throw refusal;
  }
  // A server without cursor paging knows no such path; the first page then tells whether it knows the endpoint.
  return offsetWalks(collection, window, paging.otherwise);
}

/**
 * The walk over a feed of changes (deletes or key changes) in a window; undefined when the API has no such feed.
 * Whether the credentials may read it shows on its first page.
 */
export function planFeed(
  collection: Collection,
  op: "delete" | "key_change",
  feed: ChangeFeed,
  window: Window,
): Walk | undefined {
  const paging = pagingOf(collection);
  const offset = paging.type === "cursor" ? paging.otherwise : paging;
  const url = collection.session.address(feed.url, { records: recordsUrl(collection) });
  if (!url || offset.type !== "offset") return undefined;
  const size = collection.source.page_size ?? offset.size;
  return newWalk(op, url, windowParameters(collection, window), size, { type: "offset", offset: 0, direction: "up" });
}
