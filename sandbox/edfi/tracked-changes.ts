import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import { type JsonObject, rawNumber } from "../json/lossless.ts";
import { type OpenResource, rowByKey } from "../store/open-resource.ts";
import type { KeyChange, Tombstone } from "../store/overlay.ts";
import type { Window } from "../store/query.ts";
import type { YearData } from "../store/year-data.ts";
import { isDescriptor } from "./natural-keys.ts";
import { readTrackedPaging, readWindow } from "./paging-parameters.ts";
import type { Profile } from "./profile.ts";

interface Settings {
  readonly profile: Profile;
  readonly maxPageSize: number;
}

/** Answers `GET /changeQueries/v1/availableChangeVersions`. */
export async function getAvailableChangeVersions(data: YearData, { changes }: Profile): Promise<Reply> {
  // Written by hand: a version may be larger than a JavaScript number holds.
  const body = `{"${changes.oldest}":0,"${changes.newest}":${await data.newest()}}`;
  return { ...jsonReply(200, {}), body };
}

/**
 * Answers `GET /{resource}/deletes`: what was deleted in the window; from 5.3-cqe on only what does not exist again under its natural key.
 */
export function getDeletes(resource: OpenResource, request: Request, settings: Settings): Reply {
  const { id, version, keyValues, hidesRecreated, hyphens } = settings.profile.changes;
  const isGone = ({ keyText }: Tombstone) => keyText === undefined || rowByKey(resource, keyText) === undefined;
  const hides = hidesRecreated === "everything" || (hidesRecreated !== "nothing" && !isDescriptor(resource.name));
  const gone = resource.overlay.tombstones.filter((tombstone) => !hides || isGone(tombstone));
  return page(gone, request, settings, (tombstone: Tombstone) => ({
    [id]: hyphens ? hyphenated(tombstone.id) : tombstone.id,
    [version]: rawNumber(tombstone.version),
    ...(keyValues === undefined ? {} : { [keyValues]: tombstone.keyValues }),
  }));
}

/** Answers `GET /{resource}/keyChanges`: one line per record, from its first key in the window to its last. */
export function getKeyChanges(resource: OpenResource, request: Request, settings: Settings): Reply {
  const { id, version, refusesReversedWindow } = settings.profile.changes;
  const window = readWindow(request.query, refusesReversedWindow);
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
    oldKeyValues: change.oldKeyValues,
    newKeyValues: change.newKeyValues,
  }));
}

function page<Item extends { readonly version: bigint }>(
  items: readonly Item[],
  request: Request,
  { maxPageSize, profile }: Settings,
  write: (item: Item) => JsonObject,
): Reply {
  const { feedsLikeCollections, refusesReversedWindow } = profile.changes;
  const paging = readTrackedPaging(request.query, maxPageSize, profile.paging, feedsLikeCollections);
  const { offset, limit, totalCount } = paging;
  const window = readWindow(request.query, refusesReversedWindow);
  const found = items
    .filter((item) => inWindow(window, item.version))
    .sort((one, other) => (one.version < other.version ? -1 : one.version > other.version ? 1 : 0));
  const headers: Record<string, string> = totalCount ? { "Total-Count": String(found.length) } : {};
  return jsonReply(200, found.slice(offset, offset + limit).map(write), headers);
}

function inWindow(window: Window | undefined, version: bigint): boolean {
  return (window?.min === undefined || version >= window.min) && (window?.max === undefined || version <= window.max);
}

// Other ids than 32 hex digits, as test data have them, stay as they are.
function hyphenated(id: string): string {
  return id.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, "$1-$2-$3-$4-$5");
}
