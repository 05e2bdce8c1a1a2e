import { PermanentError } from "../errors.ts";
import type { Collection } from "./plan.ts";
import type { Refusal } from "./refusal.ts";

/**
 * What a 404 for an endpoint means. A server with nothing at all at an address answers 404 to everything; taken for "unsupported", that would
 * pass for a source that has nothing (protocols §3). What every source has tells the two apart.
 * @returns the refusal where the address leads somewhere (403 is an answer too), a PermanentError where it does not
 */
export async function reasonForNotFound(collection: Collection, refusal: Refusal): Promise<Refusal | PermanentError> {
  const { connector, session } = collection;
  const paths = connector.request.always_there;
  for (const path of paths) {
    const url = session.address(connector.request.url, { path });
    const answer = url && (await session.get(url, connector.count?.parameters));
    if (answer && answer.status !== 404) return refusal;
  }
  if (paths.length === 0) return refusal;
  return new PermanentError(
    `The source has nothing at this address: not even ${paths.join(", ")}. Check url, tenant, instance and school_years in the sources file.`,
    { status: 404 },
  );
}
