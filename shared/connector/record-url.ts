import type { Connector, Endpoint } from "../config/connector.ts";
import type { Source } from "../config/sources.ts";
import { PermanentError } from "../errors.ts";
import type { Session } from "./session.ts";
import type { ParentKeys } from "./walk.ts";

/** What is needed to plan and walk one endpoint. */
export interface Collection {
  readonly source: Source;
  readonly connector: Connector;
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly session: Session;
}

/** The path of an endpoint below one parent. */
function pathOf({ path }: Endpoint, keys: ParentKeys): string {
  return path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = keys[name];
    return value === undefined ? whole : encodeURIComponent(value);
  });
}

/** The parameters that an endpoint always has; a list is repeated, as `include[]=a&include[]=b`. */
function queryOf({ parameters = {} }: Endpoint): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one] as const),
  );
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

/** The address of the records of an endpoint. @throws PermanentError when discovery does not tell where the data are */
export function recordsUrl(collection: Collection, keys: ParentKeys = {}): string {
  const { connector, endpoint, session } = collection;
  const url = session.address(endpoint.url ?? connector.request.url, { path: pathOf(endpoint, keys) });
  if (!url) {
    throw new PermanentError(
      "The source's discovery does not say where its data are. Check the url in the sources file.",
      {
        source_id: collection.source.id,
      },
    );
  }
  const query = queryOf(endpoint);
  return query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
}
