import { lowerBound } from "./catalog.ts";
import { invalid } from "./errors.ts";
import { globToRegExp } from "./glob.ts";
import { compareNames } from "./names.ts";
import { wholeNumber } from "./preconditions.ts";

/** What a listing asks for (https://cloud.google.com/storage/docs/json_api/v1/objects/list). */
export interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startOffset: string;
  readonly endOffset: string;
  readonly includeTrailingDelimiter: boolean;
  readonly matches: RegExp | undefined;
  readonly resultsMax: number;
  readonly pageToken: string;
}

/** One page of a listing: the objects' names, the prefixes up to the delimiter, and where the next page begins. */
export interface Listing {
  readonly names: string[];
  readonly prefixes: string[];
  readonly nextPageToken?: string;
}

const resultsMax = 1000;

/** @throws StorageError 400 */
export function readListRequest(query: URLSearchParams): ListRequest {
  const asked = wholeNumber(query, "maxResults") ?? resultsMax;
  const glob = query.get("matchGlob");
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    startOffset: query.get("startOffset") ?? "",
    endOffset: query.get("endOffset") ?? "",
    includeTrailingDelimiter: query.get("includeTrailingDelimiter")?.toLowerCase() === "true",
    matches: glob === null || glob === "" ? undefined : globToRegExp(glob),
    resultsMax: Math.min(asked === 0 ? resultsMax : asked, resultsMax),
    pageToken: query.get("pageToken") ?? "",
  };
}

/** Lists sorted names. Names and prefixes count together towards the page's length. @throws StorageError 400 for a bad page token. */
export function list(sorted: readonly string[], request: ListRequest): Listing {
  const { prefix, delimiter } = request;
  const names: string[] = [];
  const prefixes: string[] = [];
  let index = startIndex(sorted, request);
  let last = "";
  for (let name = sorted[index]; name !== undefined && isWithin(name, request); name = sorted[index]) {
    const end = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    const group = end === -1 ? undefined : name.slice(0, end + delimiter.length);
    const isListed = group === undefined || (request.includeTrailingDelimiter && group === name);
    const isWanted = request.matches === undefined || request.matches.test(name);
    if (isWanted && names.length + prefixes.length >= request.resultsMax) {
      return { names, prefixes, nextPageToken: encodeToken(last) };
    }
    if (isWanted && isListed) names.push(name);
    if (isWanted && group !== undefined && prefixes.at(-1) !== group) prefixes.push(group);
    // A prefix stands for all names under it, so the search goes on behind them, unless single names of it are still wanted.
    const mayLeap = group !== undefined && isWanted && !isListed;
    index = mayLeap ? endOfGroup(sorted, group, index) : index + 1;
    last = group !== undefined && !isListed ? group : name;
  }
  return { names, prefixes };
}

function isWithin(name: string, { prefix, endOffset }: ListRequest): boolean {
  return name.startsWith(prefix) && (endOffset === "" || compareNames(name, endOffset) < 0);
}

function startIndex(sorted: readonly string[], { prefix, startOffset, pageToken, delimiter }: ListRequest): number {
  const from = compareNames(prefix, startOffset) < 0 ? startOffset : prefix;
  if (pageToken === "") return lowerBound(sorted, from);
  const last = decodeToken(pageToken);
  const isGroup = delimiter !== "" && last.length > prefix.length && last.endsWith(delimiter);
  const at = lowerBound(sorted, last);
  const after = isGroup ? endOfGroup(sorted, last, at) : at + (sorted[at] === last ? 1 : 0);
  return Math.max(after, lowerBound(sorted, from));
}

/** The first position behind the names that begin with the group; they stand together, so the search may halve. */
function endOfGroup(sorted: readonly string[], group: string, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const name = sorted[middle] ?? "";
    if (name.startsWith(group) || compareNames(name, group) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeToken(last: string): string {
  return Buffer.from(JSON.stringify(last)).toString("base64url");
}

function decodeToken(token: string): string {
  try {
    const last: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (typeof last === "string") return last;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid("Invalid value for pageToken.");
}
