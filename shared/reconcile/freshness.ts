import type { Connector } from "../config/connector.ts";
import { endpointsOf, type Source, type Sources, yearsOf } from "../config/sources.ts";
import { objectNames, type Place, placeOf } from "../control/place.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";

interface FreshnessPorts {
  readonly sources: Sources;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly control: ObjectStore;
  readonly log: Log;
}

/** How long ago an endpoint was loaded last, whether or not anything was new. */
interface Age {
  readonly place: Place;
  readonly hours: number;
}

const hourMs = 3_600_000;

/** Ages of what a source is configured to read and has read before; what was never loaded is told by its failed runs. */
async function agesOf(source: Source, ports: FreshnessPorts, now: number): Promise<Age[]> {
  const connector = ports.connectors.get(source.connector);
  const endpoints = new Set(connector ? endpointsOf(source, connector) : []);
  const years = new Set(yearsOf(source));
  const ages: Age[] = [];
  // A load writes the watermark last of all, so when it was written is when the endpoint was loaded, and a list tells it for all at once.
  for await (const { name, updatedAt } of ports.control.list(`${objectNames.watermarks}${source.id}/`)) {
    const place = placeOf(name);
    if (!place || !endpoints.has(place.endpoint) || !years.has(place.schoolYear)) continue;
    ages.push({ place, hours: Math.max(0, now - updatedAt.getTime()) / hourMs });
  }
  return ages;
}

/**
 * Says of each source how long ago its oldest endpoint was loaded, and how many are older than the source's `stale_after_hours`. Metrics and an
 * alert are made of these lines (terraform/metrics.tf), for silence alone does not tell: a paused schedule fails nothing.
 * @returns how many endpoints are stale
 */
export async function reportFreshness(ports: FreshnessPorts, now: number): Promise<number> {
  let stale = 0;
  for (const source of ports.sources.sources) {
    const ages = await agesOf(source, ports, now);
    const oldest = ages.reduce<Age | undefined>((old, age) => (old && old.hours >= age.hours ? old : age), undefined);
    if (!oldest) continue;
    const count = ages.filter(({ hours }) => hours > source.stale_after_hours).length;
    const fields = {
      source_id: source.id,
      endpoint: oldest.place.endpoint,
      school_year: oldest.place.schoolYear,
      hours: Math.round(oldest.hours * 10) / 10,
      count,
    };
    if (count > 0) ports.log.warn("endpoints are stale: they were not loaded for too long", fields);
    else ports.log.info("endpoints are fresh", fields);
    stale += count;
  }
  return stale;
}
