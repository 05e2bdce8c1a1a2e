import type { Connector } from "../config/connector.ts";
import { inFlightSchema } from "../control/in-flight.ts";
import { readJson } from "../control/json-object.ts";
import { objectNames, runKey, runNameOf } from "../control/place.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Warehouse } from "../ports/warehouse.ts";
import { unsettledManifests } from "../reconcile/unsettled.ts";

interface UnderWayPorts {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly landing: ObjectStore;
  readonly control: ObjectStore;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
}

/** What of a source is on its way: announced, being read, or read and not loaded; and deliveries. It may bring rows that were just deleted. */
export async function underWay(source: string, ports: UnderWayPorts): Promise<string[]> {
  const now = ports.clock.now().getTime();
  const found = new Set<string>();
  for await (const { name } of ports.control.list(`${objectNames.inFlights}${source}/`)) {
    const { value } = await readJson(ports.control, name, inFlightSchema);
    if (value && Date.parse(value.expires_at) > now)
      found.add(name.slice(objectNames.inFlights.length, -".json".length));
  }
  for await (const { name } of ports.control.list(`${objectNames.checkpoints}${source}/`)) {
    const run = runNameOf(name, objectNames.checkpoints);
    if (run) found.add(runKey(run));
  }
  for (const { run } of await unsettledManifests(ports, now)) {
    if (run.source === source) found.add(runKey(run));
  }
  // What a delivery announced is on its way into the ledger, and names records.
  for await (const { name } of ports.control.list("deliveries/")) {
    const [, delivery] = /^(deliveries\/[^/]+)\/journal\//.exec(name) ?? [];
    if (delivery) found.add(delivery);
  }
  return [...found].sort();
}
