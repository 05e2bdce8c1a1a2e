import type { JsonObject } from "../json/lossless.ts";
import { idText } from "../records/ids.ts";
import { badRequest } from "./replies.ts";

/** A list that is given in pages. */
export interface Listing {
  readonly rows: readonly JsonObject[];
  /** By id and a bookmark, or by page number. */
  readonly by: "bookmark" | "number";
  /** Rows of a page that the caller does not see; they are left out after the page was cut, so pages may be short or empty. */
  readonly isVisible?: (row: JsonObject) => boolean;
}

/** One page and the `Link` header that goes with it. */
export interface CanvasPage {
  readonly rows: readonly JsonObject[];
  readonly link: string;
}

const perPageDefault = 10;
/** Larger values are cut down to it without a word (canvas-lms, Api::MAX_PER_PAGE). */
const perPageMax = 100;
const bookmarkPrefix = "bookmark:";

function perPageOf(params: URLSearchParams): number {
  const asked = Number(params.get("per_page") ?? perPageDefault);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, perPageMax) : perPageDefault;
}

/** Canvas writes brackets, commas and colons into its links as they are; readers that cut at commas break. */
function readable(text: string): string {
  return encodeURIComponent(text).replace(/%(5B|5D|2C|3A)/gi, (code) => decodeURIComponent(code));
}

function linkTo(address: string, params: URLSearchParams, page: string, perPage: number): string {
  const others = [...params].filter(([name]) => !["page", "per_page", "access_token"].includes(name));
  const query = [...others, ["page", page], ["per_page", String(perPage)]]
    .map(([name = "", value = ""]) => `${readable(name)}=${readable(value)}`)
    .join("&");
  return `<${address}?${query}>`;
}

const bookmarkOf = (id: string): string => bookmarkPrefix + Buffer.from(`["id",${id}]`, "utf8").toString("base64url");

function idOfBookmark(page: string): bigint {
  const id = /^\["id",(\d+)\]$/.exec(Buffer.from(page.slice(bookmarkPrefix.length), "base64url").toString("utf8"))?.[1];
  if (id === undefined) {
    throw badRequest("page is invalid");
  }
  return BigInt(id);
}

interface Cut {
  readonly rows: readonly JsonObject[];
  readonly links: Readonly<Record<string, string>>;
}

// Rows after the bookmark's id: stable, whatever is added or taken away meanwhile. Nobody counts, so there is no last page.
function cutByBookmark(rows: readonly JsonObject[], page: string, perPage: number): Cut {
  const after = page.startsWith(bookmarkPrefix) ? idOfBookmark(page) : -1n;
  const sorted = rows
    .map((row) => ({ row, id: BigInt(idText(row)) }))
    .filter(({ id }) => id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const found = sorted.slice(0, perPage);
  const last = found.at(-1);
  const next = last !== undefined && sorted.length > perPage ? { next: bookmarkOf(String(last.id)) } : {};
  return { rows: found.map(({ row }) => row), links: { current: page, ...next, first: "first" } };
}

// Rows by their place: they drift when others are added or taken away.
function cutByNumber(rows: readonly JsonObject[], page: string, perPage: number): Cut {
  const number = /^[1-9]\d*$/.test(page) ? Number(page) : 1;
  const last = Math.max(1, Math.ceil(rows.length / perPage));
  const links = {
    current: String(number),
    ...(number < last ? { next: String(number + 1) } : {}),
    ...(number > 1 ? { prev: String(number - 1) } : {}),
    first: "1",
    last: String(last),
  };
  return { rows: rows.slice((number - 1) * perPage, number * perPage), links };
}

/**
 * Cuts the page that a request asks for.
 * @param address of the list, without a query
 */
export function pageOf(listing: Listing, address: string, params: URLSearchParams): CanvasPage {
  const perPage = perPageOf(params);
  const page = params.get("page") ?? (listing.by === "number" ? "1" : "first");
  const cut = (listing.by === "number" ? cutByNumber : cutByBookmark)(listing.rows, page, perPage);
  const link = Object.entries(cut.links)
    .map(([rel, target]) => `${linkTo(address, params, target, perPage)}; rel="${rel}"`)
    .join(",");
  return { rows: cut.rows.filter(listing.isVisible ?? (() => true)), link };
}
