import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";

const endpointsSchema = z.object({
  endpoints: z.record(
    z.string(),
    z.object({
      path: z.string(),
      key: z.array(z.union([z.string().transform((path) => [path]), z.array(z.string())])),
    }),
  ),
});

/** An endpoint of connectors/edfi.yaml, as far as its typed model needs it. */
export interface Endpoint {
  readonly name: string;
  readonly path: string;
  /** The natural key: each part a list of JSON paths of which the first that is not null holds. */
  readonly key: readonly (readonly string[])[];
}

/** The endpoints of a connector file, in its order. */
export function readEndpoints(file: string): Endpoint[] {
  const { endpoints } = endpointsSchema.parse(parse(readFileSync(file, "utf8")));
  return Object.entries(endpoints).map(([name, endpoint]) => ({ name, ...endpoint }));
}
