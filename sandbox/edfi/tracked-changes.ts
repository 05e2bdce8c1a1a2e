import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import { type JsonObject, rawNumber } from "../json/lossless.ts";
import { type OpenResource, rowByKey } from "../store/open-resource.ts";
import type { KeyChange, Tombstone } from "../store/overlay.ts";
import type { Window } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import { readTrackedPaging, readWindow } from "./paging-parameters.ts";
import type { Profile } from "./profile.ts";

interface Settings {
  readonly profile: Profile;
  readonly maxPageSize: number;
}

/** Answers `GET /changeQueries/v1/availableChangeVersions`. */
export async function getAvailableChangeVersions(data: YearData, { changeNames }: Profile): Promise<Reply> {
  // Written by hand: a version may be larger than a JavaScript number holds.
  const body = `{"${changeNames.oldest}":0,"${changeNames.newest}":${await data.newest()}}`;
  return { ...jsonReply(200, {}), body };
}

/** Answers `GET /{resource}/deletes`: what was deleted in the window and does not exist again under its natural key. */
export function getDeletes(resource: OpenResource, request: Request, settings: Settings): Reply {
  const { id, version, keyValues } = settings.profile.changeNames;
  const gone = resource.overlay.tombstones.filter(
    (tombstone) => tombstone.keyText === undefined || rowByKey(resource, tombstone.keyText) === undefined,
  );
  return page(gone, request, settings, (tombstone: Tombstone) => ({
    [id]: tombstone.id,
    [version]: rawNumber(tombstone.version),
    ...(keyValues === undefined ? {} : { [keyValues]: tombstone.keyValues }),
  }));
}

/** Answers `GET /{resource}/keyChanges`: one line per record, from its first key in the window to its last. */
export function getKeyChanges(resource: OpenResource, request: Request, settings: Settings): Reply {
  const { id, version, oldKeyValues, newKeyValues } = settings.profile.changeNames;
  const window = readWindow(request.query);
  const byId = new Map<string, KeyChange>();
  for (const change of resource.overlay.keyChanges) {
    if (inWindow(window, change.version)) {
      const first = byId.get(change.id);
      byId.set(change.id, first === undefined ? change : { ...change, oldKeyValues: first.oldKeyValues });
    }
  }
  return page([...byId.values()], request, settings, (change: KeyChange) => ({
    [id]: change.id,
    [version]: rawNumber(change.version),
    [oldKeyValues]: change.oldKeyValues,
    [newKeyValues]: change.newKeyValues,
  }));
}

function page<Item extends { readonly version: bigint }>(
  items: readonly Item[],
  request: Request,
  { maxPageSize }: Settings,
  write: (item: Item) => JsonObject,
): Reply {
  const { offset, limit, totalCount } = readTrackedPaging(request.query, maxPageSize);
  const window = readWindow(request.query);
  const found = items
    .filter((item) => inWindow(window, item.version))
    .sort((one, other) => (one.version < other.version ? -1 : one.version > other.version ? 1 : 0));
  const headers: Record<string, string> = totalCount ? { "total-count": String(found.length) } : {};
  return jsonReply(200, found.slice(offset, offset + limit).map(write), headers);
}

function inWindow(window: Window | undefined, version: bigint): boolean {
  return (window?.min === undefined || version >= window.min) && (window?.max === undefined || version <= window.max);
}
