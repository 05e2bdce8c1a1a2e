import type { Changes } from "../config/connector.ts";
import type { HttpAnswer } from "../connector/http.ts";
import { firstTextAt, parseKeepingNumbers, valueAt } from "../connector/json-value.ts";
import { type Collection, pagingOf, recordsUrl } from "../connector/plan.ts";
import { newestSnapshot, type Snapshot } from "../connector/snapshot.ts";
import { RetryableError } from "../errors.ts";
import { type Tried, tryFeed, tryGet } from "./access.ts";
import { type Finding, fails, note, works } from "./finding.ts";

type ChangeVersions = Extract<Changes, { type: "change_versions" }>;

function bodyOf(answer: HttpAnswer | undefined): unknown {
  try {
    return answer && parseKeepingNumbers(answer.body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const changesAreOff = fails(
  "change queries",
  "off: each run has to read everything, and deletes show only by that",
  'Ask the host to turn on change queries (Ed-Fi: the feature "ChangeQueries").',
);

/** Whether the API tells what has changed. `isOn` says whether feeds of changes can be asked for. */
export async function examineChangeVersions(
  collection: Collection,
): Promise<{ readonly findings: Finding[]; readonly isOn: boolean }> {
  const { changes } = collection.connector;
  if (changes.type !== "change_versions") return { findings: [], isOn: false };
  const url = collection.session.address(changes.available_url);
  if (url === undefined) return { findings: [changesAreOff], isOn: false };
  const tried = await tryGet(collection, url, {});
  switch (tried.access) {
    case "not offered":
      return { findings: [changesAreOff], isOn: false };
    case "no": {
      const remedy = "Ask the host to let this key read the available change versions.";
      return { findings: [fails("change queries", `may not be read (403): ${tried.said}`, remedy)], isOn: false };
    }
    case "unknown": {
      const remedy = "Run it again later; if it stays, ask the host to look at availableChangeVersions.";
      return { findings: [fails("change queries", `no answer that says so: ${tried.said}`, remedy)], isOn: false };
    }
    case "yes": {
      const newest = firstTextAt(bodyOf(tried.answer), changes.newest);
      if (newest !== undefined && /^\d+$/.test(newest))
        return { findings: [works("change queries", `on; newest change version ${newest}`)], isOn: true };
      const remedy = "Ask the host to look at availableChangeVersions: it answers 200 without a newest version.";
      return { findings: [fails("change queries", "the answer has no newest change version", remedy)], isOn: false };
    }
  }
}

/** Whether key changes can be read; asked at one endpoint, because the claim is that of the deletes. */
export async function examineKeyChanges(collection: Collection, changes: ChangeVersions): Promise<Finding[]> {
  const tried = await tryFeed(collection, changes.key_changes);
  if (!tried) return [];
  if (tried.access === "yes") return [works("key changes", "can be read")];
  if (tried.access === "not offered") {
    return [
      note(
        "key changes",
        "not offered (Ed-Fi: from 6.1 on); a renamed record still comes, but what refers to it may keep the old key until a full run",
      ),
    ];
  }
  return [
    fails(
      "key changes",
      `cannot be read at ${collection.endpoint.path}: ${tried.said}`,
      `Ask the host to grant ReadChanges on ${collection.endpoint.path}.`,
    ),
  ];
}

/** Whether pages come by cursor, which neither loses nor repeats rows that move. */
export async function examineCursor(collection: Collection): Promise<Finding[]> {
  const paging = pagingOf(collection);
  if (paging.type !== "cursor") return [];
  const { partitions } = paging;
  const url = collection.session.address(partitions.url, { records: recordsUrl(collection) });
  const tried: Tried = url ? await tryGet(collection, url, { [partitions.parameter]: "1" }) : { access: "not offered" };
  if (tried.access === "yes" && Array.isArray(valueAt(bodyOf(tried.answer), partitions.tokens)))
    return [works("cursor paging", "offered")];
  return [
    note(
      "cursor paging",
      "not offered (Ed-Fi: from 7.3 on); pages are read by offset from the end, which loses nothing",
    ),
  ];
}

/** Whether the source counts its records, with which each run is compared. */
export async function examineCount(collection: Collection): Promise<Finding[]> {
  const { count } = collection.connector;
  if (!count) return [];
  const tried = await tryGet(collection, recordsUrl(collection), count.parameters);
  const total = tried.answer?.headers.get(count.header);
  if (tried.access === "yes" && total !== null && total !== undefined && /^\d+$/.test(total))
    return [works("counts", "told")];
  return [note("counts", "not told; runs cannot be compared with what the source has")];
}

/** Whether there are frozen copies, which a run reads where the source's setting `snapshot` says so. */
export async function examineSnapshots(collection: Collection): Promise<Finding[]> {
  const { source, connector } = collection;
  if (connector.changes.type !== "change_versions" || connector.changes.snapshots.length === 0) return [];
  let snapshot: Snapshot | undefined;
  try {
    snapshot = await newestSnapshot(collection);
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    return [note("snapshots", `not known: ${error.message}`)];
  }
  if (snapshot) {
    const use = source.snapshot === "never" ? "not read, as the source's setting snapshot is never" : "read";
    return [note("snapshots", `there is one, up to change version ${snapshot.newest}; ${use}`)];
  }
  if (source.snapshot !== "required") return [note("snapshots", "there is none; the live data are read")];
  const remedy = "Ask the host for snapshots, or set snapshot to when_offered or never in the sources file.";
  return [fails("snapshots", "there is none, and the source's setting snapshot requires one", remedy)];
}
