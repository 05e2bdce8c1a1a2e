import { inFlightSchema } from "../control/in-flight.ts";
import { objectNames, placeOf } from "../control/place.ts";
import type { Log } from "../ports/log.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import { jsonIn, readObjects, type TextCache } from "./control-objects.ts";

/**
 * The endpoints that are on their way now, as `current_*` relations. A mark that has expired, or that cannot be read, holds
 * nobody up.
 */
export async function endpointsInFlight(
  control: ObjectStore,
  cache: TextCache,
  now: Date,
  log: Log,
): Promise<ReadonlySet<string>> {
  const marks = await readObjects(control, objectNames.inFlights, cache);
  const relations = new Set<string>();
  for (const [name, { body }] of marks) {
    const place = placeOf(name);
    const mark = inFlightSchema.safeParse(jsonIn(body)).data;
    if (!place || !mark) log.warn("an in-flight mark cannot be read", { object: name });
    else if (Date.parse(mark.expires_at) > now.getTime()) relations.add(`current_${mark.connector}.${place.endpoint}`);
  }
  return relations;
}
