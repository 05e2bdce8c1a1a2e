import type { Connector } from "../config/connector.ts";
import { findEndpoint } from "../config/sources.ts";
import { clearInFlight } from "../control/in-flight.ts";
import { objectNames, type Place } from "../control/place.ts";
import { type ExtractMessage, type MessageOrigin, runIdOf } from "../messages/extract.ts";
import type { ObjectStore } from "../ports/object-store.ts";

interface ForgetPorts {
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly control: ObjectStore;
}

/** Years of an endpoint of which there are control objects that a run leaves. */
async function yearsLeft(control: ObjectStore, source: string, endpoint: string): Promise<Set<number>> {
  const years = new Set<number>();
  for (const kind of [objectNames.inFlights, objectNames.checkpoints]) {
    const folder = `${kind}${source}/${endpoint}/`;
    for await (const { name } of control.list(folder)) {
      const year = /^\d+/.exec(name.slice(folder.length))?.[0];
      if (year !== undefined) years.add(Number(year));
    }
  }
  return years;
}

/**
 * Takes away what a run left that began before its source, endpoint or year left the configuration. It can never end: models would wait for
 * its mark, and the reconciler would call it up for ever.
 */
export async function forgetRun(message: ExtractMessage, origin: MessageOrigin, ports: ForgetPorts): Promise<void> {
  const { control, connectors } = ports;
  const { source } = message;
  const known = [...connectors.values()].map((connector) => findEndpoint(connector, message.endpoint)?.name);
  for (const endpoint of new Set([message.endpoint, ...known].filter((name) => name !== undefined))) {
    for (const schoolYear of await yearsLeft(control, source, endpoint)) {
      const place: Place = { source, endpoint, schoolYear };
      const runId = runIdOf({ ...message, endpoint }, schoolYear, origin);
      await clearInFlight(control, place, runId, "");
      await control.delete(objectNames.checkpoint(place, runId));
    }
  }
}
