import type { ChangeFeed, CursorPaging, OffsetPaging } from "../config/connector.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { HttpAnswer } from "./http.ts";
import { firstTextAt, jsonOf, valueAt } from "./json-value.ts";
import { dealOut, listParents } from "./parents.ts";
import { type Collection, recordsUrl } from "./record-url.ts";
import { explain, Refusal, refusalOf } from "./refusal.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import { pagingOf, startOf } from "./step-on.ts";
import { saidBySource } from "./told.ts";
import { newWalk, type ParentKeys, type Position, type Walk } from "./walk.ts";
import { changesOf, type Window, waysToAsk, windowParameters } from "./window-parameters.ts";

export { type Collection, recordsUrl } from "./record-url.ts";
export { pagingOf } from "./step-on.ts";
export type { Window } from "./window-parameters.ts";

/** Asks for something small that must be JSON; what is not (a gateway's page) is asked for again. */
async function askJson(
  collection: Collection,
  url: string,
  parameters?: Readonly<Record<string, string>>,
): Promise<{ answer: HttpAnswer; value: unknown }> {
  let value: unknown;
  const answer = await collection.session.get(url, parameters, defaultRetryPolicy, (found) => {
    value = jsonOf(found.body);
  });
  return { answer, value };
}

/** The newest change version of the source now, or undefined when it offers no change queries (protocols §5.1). */
export async function newestChangeVersion(collection: Collection): Promise<string | undefined> {
  const changes = changesOf(collection);
  if (changes.type !== "change_versions") return undefined;
  const url = collection.session.address(changes.available_url);
  if (!url) return undefined;
  const { answer, value } = await askJson(collection, url);
  const path = new URL(url).pathname;
  if (answer.status !== 200) {
    const refusal = refusalOf(answer, "change versions");
    // The feature is off; another 404 means that the address is wrong.
    if (refusal instanceof Refusal && refusal.outcome === "unsupported") return undefined;
    if (refusal) throw refusal;
    throw new PermanentError(`The source does not tell its change versions.${saidBySource(explain(answer).text)}`, {
      path,
      status: answer.status,
    });
  }
  const newest = firstTextAt(value, changes.newest);
  if (newest === undefined || !/^\d+$/.test(newest)) {
    throw new PermanentError("The source's answer about change versions has no newest version", { path });
  }
  return newest;
}

/** A count that takes too long is given up soon: it may always take too long (protocols §4.2). */
const countPolicy: RetryPolicy = {
  ...defaultRetryPolicy,
  attemptsFor: ({ details }) =>
    details.status === 500 || details.status === 504 || details.code === "timeout" ? 2 : undefined,
};

/** How many records the source says it has in a window, or undefined when it cannot say (it may be too slow to count). */
export async function countRecords(collection: Collection, window: Window): Promise<number | undefined> {
  const { count } = collection.connector;
  if (!count || collection.endpoint.parents || collection.endpoint.post) return undefined;
  const url = recordsUrl(collection);
  let answer: HttpAnswer;
  try {
    answer = await collection.session.get(
      url,
      { ...windowParameters(collection, window), ...count.parameters },
      countPolicy,
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

/** From the end where it is known: a walk down cannot miss rows that move up when others are deleted (protocols §7.3). */
function offsetWalk(collection: Collection, window: Window, paging: OffsetPaging, total: number | undefined): Walk {
  const size = collection.source.page_size ?? paging.size;
  const position: Position = {
    type: "offset",
    offset: total ?? 0,
    direction: total === undefined ? "up" : "down",
    anchors: [],
  };
  return newWalk("upsert", recordsUrl(collection), windowParameters(collection, window), size, position);
}

/** One walk for each partition; undefined when the server has no cursor paging. */
async function partitionWalks(
  collection: Collection,
  window: Window,
  paging: CursorPaging,
): Promise<Walk[] | undefined> {
  const { partitions } = paging;
  const records = recordsUrl(collection);
  const url = collection.session.address(partitions.url, { records });
  if (!url) return undefined;
  const parameters = windowParameters(collection, window);
  const number = String(collection.source.concurrency);
  const { answer, value } = await askJson(collection, url, { ...parameters, [partitions.parameter]: number });
  if (answer.status === 200) {
    const tokens = valueAt(value, partitions.tokens);
    if (!Array.isArray(tokens) || !tokens.every((token): token is string => typeof token === "string")) {
      const { pathname } = new URL(url);
      throw new RetryableError("The source answered a request for partitions with something else", { path: pathname });
    }
    const size = collection.source.page_size ?? paging.size;
    return tokens.map((token) => newWalk("upsert", records, parameters, size, { type: "cursor", token }));
  }
  const refusal = refusalOf(answer, collection.name);
  if (refusal && !(refusal instanceof Refusal && refusal.outcome === "unsupported")) throw refusal;
  return undefined;
}

/** Rows that a page is asked for at first. */
function sizeOf(collection: Collection): number {
  const paging = pagingOf(collection);
  return paging.type === "single" || paging.type === "zip_of_csv" ? 1 : (collection.source.page_size ?? paging.size);
}

/** The walks over the records that belong to others, which are shared out among as many walks as there may be requests at once. */
function childWalks(collection: Collection, window: Window, parents: readonly ParentKeys[]): Walk[] {
  const start = startOf(pagingOf(collection));
  return waysToAsk(collection, window).flatMap((parameters) =>
    dealOut(parents, collection.source.concurrency).map((keys) => ({
      ...newWalk("upsert", recordsUrl(collection, keys[0]), parameters, sizeOf(collection), start),
      parents: { keys, at: 0 },
    })),
  );
}

/** The walks over the records of a window. @throws Refusal when the source does not let us read the endpoint, or has none */
export async function planRecords(
  collection: Collection,
  window: Window,
  { byOffset = false }: { readonly byOffset?: boolean } = {},
): Promise<Walk[]> {
  const paging = pagingOf(collection);
  const parents = await listParents(collection, (parent) => planRecords(parent, {}));
  if (parents) return childWalks(collection, window, parents);
  if (paging.type !== "offset" && paging.type !== "cursor") {
    return waysToAsk(collection, window).map((parameters) =>
      newWalk("upsert", recordsUrl(collection), parameters, sizeOf(collection), startOf(paging)),
    );
  }
  if (paging.type === "offset") {
    return [offsetWalk(collection, window, paging, await countRecords(collection, window))];
  }
  let failure: RetryableError | undefined;
  try {
    const walks = byOffset ? undefined : await partitionWalks(collection, window, paging);
    if (walks) return walks;
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    failure = error;
  }
  // Without cursor paging, or with a server that cannot cut partitions in time, pages by offset do; the first one also tells whether it
  // knows the endpoint. But where the count fails too, the source is unwell, and a poorer plan would not help.
  const total = await countRecords(collection, window);
  if (failure && total === undefined) throw failure;
  return [offsetWalk(collection, window, paging.otherwise, total)];
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
  return newWalk(op, url, windowParameters(collection, window), size, {
    type: "offset",
    offset: 0,
    direction: "up",
    anchors: [],
  });
}
