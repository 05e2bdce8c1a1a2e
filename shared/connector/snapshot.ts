import * as z from "zod";
import type { SnapshotWay } from "../config/connector.ts";
import { PermanentError } from "../errors.ts";
import { firstTextAt, jsonOf } from "./json-value.ts";
import { type Collection, newestChangeVersion } from "./plan.ts";
import { explain, SnapshotGone } from "./refusal.ts";
import { saidBySource } from "./told.ts";

/** The frozen copy of a source's data that a run reads: the header its requests ask for it with, and the newest change version in it. */
export const snapshotSchema = z.strictObject({ header: z.string(), value: z.string(), newest: z.string() });

export type Snapshot = z.infer<typeof snapshotSchema>;

/** The collection as it is in a snapshot: every request of it says so. Without one, the live data. */
export function inSnapshot(collection: Collection, snapshot: Pick<Snapshot, "header" | "value"> | null): Collection {
  if (!snapshot) return collection;
  return { ...collection, session: collection.session.withHeaders({ [snapshot.header]: snapshot.value }) };
}

/**
 * How this source's version of the API gives snapshots. It is chosen by version: one that knows neither way overlooks the header and gives
 * the live data, so that a reader would believe in a snapshot that it does not have (protocols §6).
 */
function wayOf({ connector, session }: Collection): SnapshotWay | undefined {
  const { changes } = connector;
  const major = Number.parseInt(session.apiVersion ?? "", 10);
  return changes.type === "change_versions"
    ? changes.snapshots.find(({ versions }) => versions.includes(major))
    : undefined;
}

/** Names of the snapshots that are listed, newest first. */
async function listed(collection: Collection, way: Extract<SnapshotWay, { type: "named" }>): Promise<string[]> {
  const url = collection.session.address(way.list_url);
  if (!url) return [];
  const answer = await collection.session.get(url, {}, undefined, ({ body }) => {
    jsonOf(body);
  });
  // Not offered by this host, or not to these credentials.
  if (answer.status === 404 || answer.status === 403) return [];
  const list: unknown = answer.status === 200 ? jsonOf(answer.body) : undefined;
  if (!Array.isArray(list)) {
    throw new PermanentError(`The source does not tell its snapshots.${saidBySource(explain(answer).text)}`, {
      path: new URL(url).pathname,
      status: answer.status,
    });
  }
  const entries = list.flatMap((entry: unknown) => {
    const name = firstTextAt(entry, [way.name]);
    return name === undefined ? [] : [{ name, at: firstTextAt(entry, [way.taken_at]) ?? "" }];
  });
  // Times are all in UTC and in one format, so they sort as text; of two at the same time the one listed last is newer.
  return entries
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ name }) => name)
    .reverse();
}

/** The newest change version in a snapshot; undefined when it is gone. */
async function newestIn(collection: Collection, header: string, value: string): Promise<string | undefined> {
  try {
    return await newestChangeVersion(inSnapshot(collection, { header, value }));
  } catch (error) {
    if (error instanceof SnapshotGone) return undefined;
    throw error;
  }
}

/** The newest snapshot that can be read now; undefined when the source has none. */
export async function newestSnapshot(collection: Collection): Promise<Snapshot | undefined> {
  const way = wayOf(collection);
  if (!way) return undefined;
  for (const value of way.type === "named" ? await listed(collection, way) : [way.value]) {
    const newest = await newestIn(collection, way.header, value);
    if (newest !== undefined) return { header: way.header, value, newest };
  }
  return undefined;
}

/**
 * Makes sure that a snapshot is still the one that the run began with: a host may put another behind the same header while it is being read,
 * and its newest version is all that shows it (protocols §6).
 * @throws SnapshotGone when it is another, or none
 */
export async function assertSameSnapshot(collection: Collection, snapshot: Snapshot): Promise<void> {
  const newest = await newestChangeVersion(inSnapshot(collection, snapshot));
  if (newest !== snapshot.newest) throw new SnapshotGone();
}
