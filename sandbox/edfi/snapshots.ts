import type { Request } from "../http/reply.ts";
import type { Snapshot, Snapshots } from "../store/snapshots.ts";
import type { YearData } from "../store/year-data.ts";
import { noSnapshot, snapshotGone, snapshotIsReadOnly } from "./problems.ts";
import type { Profile } from "./profile.ts";

interface Frozen {
  readonly profile: Profile;
  readonly snapshots: Snapshots;
}

/**
 * The data that a request means: those of the snapshot it asks for, or the live ones. Throws 410 for a name that no snapshot has (5.x, 6.x),
 * 404 when none is there (7.x), 405 for anything but reading one. A version without snapshots overlooks the headers.
 */
export function frozenFor({ profile, snapshots }: Frozen, request: Request, live: YearData): YearData {
  switch (profile.snapshots) {
    case "identifier": {
      const name = request.headers["snapshot-identifier"];
      return name === undefined ? live : byName(snapshots.of(live.year), name);
    }
    case "header": {
      if (request.headers["use-snapshot"]?.toLowerCase() !== "true") {
        return live;
      }
      if (request.method !== "GET") {
        throw snapshotIsReadOnly();
      }
      const newest = snapshots.of(live.year).at(-1);
      if (newest === undefined) {
        throw noSnapshot();
      }
      return newest.data;
    }
    case "ignored":
      return live;
  }
}

/** Answers `GET /changeQueries/v1/snapshots` of 5.2 to 6.x. */
export function getSnapshots(snapshots: readonly Snapshot[]) {
  return snapshots.map(({ id, name, takenAt }) => ({
    id,
    snapshotIdentifier: name,
    snapshotDateTime: `${new Date(takenAt).toISOString().slice(0, 19)}Z`,
  }));
}

function byName(snapshots: readonly Snapshot[], name: string): YearData {
  const found = snapshots.find((snapshot) => snapshot.name === name);
  if (found === undefined) {
    throw snapshotGone();
  }
  return found.data;
}
