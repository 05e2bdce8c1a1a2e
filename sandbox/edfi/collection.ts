import { type Reply, type Request, textReply } from "../http/reply.ts";
import { parseRecord } from "../json/lossless.ts";
import { type OpenResource, pageText, rowById } from "../store/open-resource.ts";
import { type Order, run } from "../store/query.ts";
import { countBelow, lastOrdinal, ordinalAt, type Run, type Selection, slice } from "../store/selection.ts";
import type { YearData } from "../store/year-data.ts";
import type { ClaimSet } from "./access.ts";
import { checkRecord, isVisible } from "./authorization.ts";
import { readFilter } from "./filters.ts";
import { toTheEnd } from "./page-token.ts";
import { readFlag, readPaging, readPartitionCount, readWindow } from "./paging-parameters.ts";
import { featureOff, itemNotFound } from "./problems.ts";
import type { Profile } from "./profile.ts";
import { visibilityOf } from "./reach.ts";

/** The settings that decide how collections are cut. */
export interface CollectionSettings {
  readonly profile: Profile;
  /** Whom the rows are for. */
  readonly claimSet: ClaimSet;
  readonly maxPageSize: number;
  /** Whether partitions may be smaller than five pages without being asked to. */
  readonly smallPartitions: boolean;
  /** Off, the window parameters mean nothing. */
  readonly changeQueries: boolean;
}

const open = Buffer.from("[");
const close = Buffer.from("]");

/** Answers `GET /{resource}`: a page by limit and offset, or by a page token. */
export async function getCollection(
  data: YearData,
  resource: OpenResource,
  request: Request,
  settings: CollectionSettings,
): Promise<Reply> {
  const { profile, maxPageSize } = settings;
  const { cursor } = profile.paging;
  const paging = readPaging(request.query, maxPageSize, profile.paging);
  const order = orderOf(paging.kind, request, settings);
  const selection = await selected(data, resource, request, settings, order);
  const headers: Record<string, string> = {};
  let runs: Run[];
  let last = toTheEnd;
  if (paging.kind === "offset") {
    runs = slice(selection, paging.offset, paging.limit);
    if (paging.totalCount) {
      headers["Total-Count"] = String(selection.count);
    }
  } else {
    const { from, to } = paging.range;
    const first = countBelow(selection, from);
    runs = slice(selection, first, Math.min(paging.pageSize, countBelow(selection, to + 1) - first));
    last = to;
  }
  const end = lastOrdinal(runs);
  if (cursor !== undefined && order !== "version" && end !== undefined) {
    headers["Next-Page-Token"] = cursor.encode({ from: end + 1, to: last });
  }
  // Rows are chosen first and read then, as an ODS does it: what happens in between leaves holes.
  await request.betweenReads?.();
  const page = pageText(resource, runs, cursor?.hole === "null" ? "null" : "");
  return textReply(200, Buffer.concat([open, page, close]), headers);
}

function orderOf(kind: "offset" | "cursor", { query }: Request, { profile, changeQueries }: CollectionSettings): Order {
  const { cursor, order } = profile.paging;
  const isBounded = changeQueries && (query.get("maxchangeversion") ?? "") !== "";
  return kind === "offset" && isBounded && cursor?.boundedPagesByVersion === true ? "version" : order;
}

/** Answers `GET /{resource}/{id}`. A record that the client has no relationship with is a 403, where a collection just lacks it. */
export async function getItem(data: YearData, resource: OpenResource, id: string, claimSet: ClaimSet): Promise<Reply> {
  const row = rowById(resource, id);
  if (row === undefined) {
    throw itemNotFound();
  }
  checkRecord(await visibilityOf(data, claimSet, resource), parseRecord(row.text), claimSet);
  const etag = /"_etag"\s*:\s*"([^"\\]*)"/.exec(row.text.slice(-400))?.[1];
  return textReply(200, row.text, etag === undefined ? {} : { ETag: `"${etag}"` });
}

/**
 * Answers `GET /{resource}/partitions`: page tokens whose ranges do not overlap, each of at least five pages unless small ones are allowed;
 * the last has no end.
 */
export async function getPartitions(
  data: YearData,
  resource: OpenResource,
  request: Request,
  settings: CollectionSettings,
): Promise<Reply> {
  const { profile, maxPageSize, smallPartitions } = settings;
  const { cursor } = profile.paging;
  if (cursor === undefined) {
    throw featureOff();
  }
  const number = readPartitionCount(request.query, cursor.partitionsRefusePaging);
  const small = smallPartitions || readFlag(request.query, "allowsmallpartitions");
  const selection = await selected(data, resource, request, settings, "added");
  const size = Math.max(Math.ceil(selection.count / number), small ? 1 : 5 * maxPageSize);
  const starts: number[] = [];
  for (let place = 0; place < selection.count; place += size) {
    starts.push(ordinalAt(selection, place));
  }
  const pageTokens = starts.map((from, index) => cursor.encode({ from, to: (starts[index + 1] ?? toTheEnd + 1) - 1 }));
  return textReply(200, JSON.stringify({ pageTokens }));
}

async function selected(
  data: YearData,
  resource: OpenResource,
  request: Request,
  { changeQueries, profile, claimSet }: CollectionSettings,
  order: Order,
): Promise<Selection> {
  const window = changeQueries ? readWindow(request.query, profile.changes.refusesReversedWindow) : undefined;
  const filter = readFilter(resource, request.query);
  const visible = await visibilityOf(data, claimSet, resource);
  const versions = window && (await data.versions(resource.name));
  return run(resource, {
    window,
    versions,
    needle: filter?.needle ?? "",
    matches:
      visible === undefined ? filter?.matches : (text) => isVisible(visible, text) && (filter?.matches(text) ?? true),
    order,
    name: `${window?.min ?? ""}-${window?.max ?? ""}?${filter?.name ?? ""}#${visible?.name ?? ""}`,
  });
}
