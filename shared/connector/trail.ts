import { PermanentError } from "../errors.ts";
import type { Trail } from "./walk.ts";

/**
 * Notices a source that sends a walk round in a circle: one place is remembered, and whoever comes by it again has gone round. It is
 * moved on after 1, 2, 4, 8 … steps, so a circle of any length is noticed after a few rounds, and nothing grows (Brent).
 * @throws PermanentError when the walk was at this place before
 */
export function stepAlong(trail: Trail | undefined, place: string, path: string): Trail {
  if (!trail) return { mark: place, steps: 0, limit: 1 };
  if (trail.mark === place) {
    throw new PermanentError(
      "The source sends from page to page in a circle: it gave a next page that was read before. Ask its host",
      {
        path,
      },
    );
  }
  const steps = trail.steps + 1;
  return steps < trail.limit ? { ...trail, steps } : { mark: place, steps: 0, limit: 2 * trail.limit };
}
