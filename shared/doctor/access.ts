import type { ChangeFeed } from "../config/connector.ts";
import { errorOf } from "../connector/error-rules.ts";
import { endStream, type HttpAnswer } from "../connector/http.ts";
import { valueAt } from "../connector/json-value.ts";
import { recordsPlace } from "../connector/page-body.ts";
import { type Collection, pagingOf, recordsUrl } from "../connector/plan.ts";
import { explain, Refusal, refusalOf } from "../connector/refusal.ts";
import type { RetryPolicy } from "../connector/retry.ts";
import { PermanentError, RetryableError } from "../errors.ts";
import type { Claims } from "./credentials.ts";
import type { Access, EndpointAccess } from "./finding.ts";

/** A look is not a run: who does not answer now is told so. */
export const briefly: RetryPolicy = { attemptsMax: 2, firstWaitMs: 500, longestWaitMs: 5000 };

/** What came of one request: whether it was let in, and what the API said if not. */
export interface Tried {
  readonly access: Access;
  readonly said?: string;
  readonly answer?: HttpAnswer;
}

function accessOf(refusal: Refusal): Access {
  return refusal.outcome === "forbidden" ? "no" : "not offered";
}

/**
 * Sends one request and says what its answer means.
 * @throws PermanentError when the credentials or the address are wrong, and not this request
 */
export async function tryGet(
  collection: Collection,
  url: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Tried> {
  return tryAnswer(collection, () => collection.session.get(url, parameters, briefly));
}

async function tryAnswer(collection: Collection, ask: () => Promise<HttpAnswer>): Promise<Tried> {
  let answer: HttpAnswer;
  try {
    answer = await ask();
  } catch (error) {
    if (error instanceof Refusal) return { access: accessOf(error), said: error.message };
    if (!(error instanceof RetryableError)) throw error;
    return { access: "unknown", said: error.message };
  }
  if (answer.status === 200) return { access: "yes", answer };
  const refusal = refusalOf(answer, collection.name);
  if (refusal instanceof PermanentError) throw refusal;
  const { text } = explain(answer);
  const said = text || `status ${answer.status}`;
  if (refusal instanceof Refusal) {
    return { access: accessOf(refusal), said, answer };
  }
  if (answer.status === 401) {
    throw new PermanentError("The source refused a fresh token: the client may have been revoked.", { status: 401 });
  }
  return { access: "unknown", said, answer };
}

/** Asks for a single record: enough to see whether it may be read. */
function single(collection: Collection): Record<string, string> {
  const own = pagingOf(collection);
  const paging = own.type === "cursor" ? own.otherwise : own;
  if (paging.type === "single" || paging.type === "zip_of_csv" || paging.size_parameter === undefined) return {};
  const first = paging.type === "page" ? { [paging.page_parameter]: String(paging.first) } : {};
  return { ...first, [paging.size_parameter]: "1" };
}

function isList(collection: Collection, answer: HttpAnswer | undefined): boolean {
  if (!answer) return false;
  try {
    const { at } = recordsPlace(collection.connector, collection.name);
    return Array.isArray(valueAt(JSON.parse(answer.body.toString("utf8")), at));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Tries to open an export, which may be large, and leaves it unread. */
async function tryOpen(collection: Collection): Promise<Tried> {
  const url = recordsUrl(collection);
  return tryAnswer(collection, async () => {
    const answer = await collection.session.open(url);
    if (answer.stream) await endStream(answer.stream);
    return answer;
  });
}

/** Tries to read one record. */
async function tryRead(collection: Collection): Promise<Tried> {
  if (pagingOf(collection).type === "zip_of_csv") return tryOpen(collection);
  const tried = await tryGet(collection, recordsUrl(collection), single(collection));
  if (tried.access !== "yes" || isList(collection, tried.answer)) return tried;
  const told = tried.answer && errorOf(tried.answer, collection.connector.errors, collection.name);
  if (told) return { access: told instanceof Refusal ? accessOf(told) : "unknown", said: told.message };
  return { access: "unknown", said: "it answered 200 with something that is no list of records (a gateway's page?)" };
}

/** Tries to read a feed of changes; undefined when the connector or the API has no address for it. */
export async function tryFeed(collection: Collection, feed: ChangeFeed | undefined): Promise<Tried | undefined> {
  const url = feed && collection.session.address(feed.url, { records: recordsUrl(collection) });
  return url === undefined ? undefined : tryGet(collection, url, single(collection));
}

/**
 * What the credentials may do with one endpoint: reading is tried; for reading changes the API's own list of claims is believed where it
 * grants them, and tried where it does not.
 */
export async function examineEndpoint(
  collection: Collection,
  claims: Claims | undefined,
  hasChanges: boolean,
): Promise<EndpointAccess> {
  const { changes } = collection.connector;
  const { path } = collection.endpoint;
  const feed = changes.type === "change_versions" && hasChanges ? changes.deletes : undefined;
  const read = await tryRead(collection);
  const described = { endpoint: collection.name, path, read: read.access };
  if (read.access !== "yes") {
    return { ...described, readChanges: feed ? "unknown" : null, ...(read.said ? { said: read.said } : {}) };
  }
  if (!feed) return { ...described, readChanges: null };
  if (claims?.get(path.toLowerCase())?.has("readchanges")) return { ...described, readChanges: "yes" };
  const deletes = await tryFeed(collection, feed);
  return { ...described, readChanges: deletes?.access ?? null, ...(deletes?.said ? { said: deletes.said } : {}) };
}
