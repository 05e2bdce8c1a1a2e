import { ConflictError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ObjectStore } from "../ports/object-store.ts";

/** Moves whenever somebody wanted to refresh while somebody else did. */
const markerName = "refresh/requested.json";

/** Which marker is there now: equal, nobody asked in between. */
export async function markerGeneration(control: ObjectStore): Promise<string> {
  return (await control.read(markerName))?.generation ?? "0";
}

/**
 * Moves the marker. When another writer is quicker, the marker has moved since this call began, which is all that this
 * call is for: its cause (rows loaded, a wish written down) was in place before.
 */
export async function moveMarker(control: ObjectStore, clock: Clock, reason: string): Promise<void> {
  const generation = await markerGeneration(control);
  const body = `${JSON.stringify({ v: 1, requested_at: clock.now().toISOString(), reason })}\n`;
  try {
    await control.write(markerName, body, generation);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
