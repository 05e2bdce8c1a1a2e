import type { Connector } from "../config/connector.ts";
import { objectNames, type RunName, runKey, runNameOf } from "../control/place.ts";
import type { ObjectStore, StoredObject } from "../ports/object-store.ts";
import type { Warehouse } from "../ports/warehouse.ts";

/** Manifests older than this are history: what was not settled in two weeks is for a person (`rollcall status` shows it). */
const lookBackMs = 14 * 24 * 60 * 60 * 1000;

/** A manifest that no load has settled. */
export interface UnsettledManifest {
  readonly name: string;
  readonly run: RunName;
}

interface UnsettledPorts {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: ObjectStore;
  readonly warehouse: Warehouse;
}

async function settledRuns(warehouse: Warehouse, since: Date): Promise<Set<string>> {
  const rows = await warehouse.query(
    `select source_id, endpoint, school_year, run_id from ops.runs where loaded_at >= timestamp(@since)`,
    { params: { since: since.toISOString() } },
  );
  return new Set(rows.map((row) => `${row.source_id}/${row.endpoint}/${row.school_year}/${row.run_id}`));
}

/**
 * Manifests of the last two weeks that the ledger knows nothing of.
 * @param isChosen says of an object whether it is looked at (reconcile leaves out what is too young)
 */
export async function unsettledManifests(
  { connectors, landing, warehouse }: UnsettledPorts,
  now: number,
  isChosen: (object: StoredObject) => boolean = () => true,
): Promise<UnsettledManifest[]> {
  const candidates: UnsettledManifest[] = [];
  for await (const object of landing.list(objectNames.manifests)) {
    const run = runNameOf(object.name, objectNames.manifests);
    // What has left the connector files cannot be loaded, however often it is asked for.
    const isKnown = run && [...connectors.values()].some(({ endpoints }) => run.endpoint in endpoints);
    if (isKnown && isChosen(object) && now - object.updatedAt.getTime() < lookBackMs)
      candidates.push({ name: object.name, run });
  }
  if (candidates.length === 0) return [];
  // A ledger row is written after its manifest; a day more allows for clocks that differ.
  const settled = await settledRuns(warehouse, new Date(now - lookBackMs - 24 * 60 * 60 * 1000));
  return candidates.filter(({ run }) => !settled.has(runKey(run)));
}
