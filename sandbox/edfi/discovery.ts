import { jsonReply, type Reply } from "../http/reply.ts";
import { dependencies } from "./dependencies.ts";
import type { OpenApiDocument } from "./openapi.ts";
import type { Profile } from "./profile.ts";
import { pathOf } from "./resource-names.ts";
import type { UrlMode } from "./routes.ts";

/** What the discovery document is made of. */
export interface DiscoveryFacts {
  readonly profile: Profile;
  readonly mode: UrlMode;
  readonly urls: Readonly<Record<string, string>>;
  readonly standard: number;
  readonly resources: readonly string[];
}

/** The extensions that an API may have: what discovery says of each. */
const extensions = [{ schema: "lmsx/", model: { name: "LMSX", version: "1.0.0" } }] as const;

/** What servers before 7.0 call the way they divide their addresses. */
const modeNames: Readonly<Partial<Record<UrlMode, string>>> = {
  plain: "Shared Instance",
  year: "Year Specific",
  "instance-year": "Instance Year Specific",
};

/** Answers `GET /`: which version this is and where everything lies. */
export function getDiscovery({ profile, mode, urls, standard, resources }: DiscoveryFacts): Reply {
  const version = profile.dataModelVersion(standard);
  return jsonReply(200, {
    ...profile.identity,
    ...(profile.tellsMode ? { apiMode: modeNames[mode] } : {}),
    dataModels: [
      {
        name: "Ed-Fi",
        version,
        informationalVersion: `The Ed-Fi Data Model ${version.split(".").slice(0, 2).join(".")}`,
      },
      ...extensions
        .filter(({ schema }) => resources.some((resource) => resource.startsWith(schema)))
        .map(({ model }) => model),
    ],
    urls,
  });
}

/** Answers `GET /metadata/data/v3/dependencies`. */
export function getDependencies(resources: readonly string[], sorted: boolean): Reply {
  const lines = dependencies(resources);
  return jsonReply(
    200,
    (sorted ? lines : shuffled(lines)).map(({ resource, order, operations }) => ({
      resource: pathOf(resource),
      order,
      operations,
    })),
  );
}

// In no order that anybody could mean, and the same at each call.
function shuffled<Line extends { readonly resource: string }>(lines: readonly Line[]): Line[] {
  const back = ({ resource }: Line) => [...resource].reverse().join("");
  return [...lines].sort((one, other) => (back(one) < back(other) ? -1 : 1));
}

/** Answers `GET /metadata/`: the list of OpenAPI documents. They lie where the dependencies do. */
export function getOpenApiList(dependenciesUrl: string, { openApi }: Profile): Reply {
  const folder = dependenciesUrl.slice(0, dependenciesUrl.lastIndexOf("/") + 1);
  const line = (name: string, document: OpenApiDocument) => ({
    name,
    endpointUri: folder + openApi.path(document),
    prefix: "",
  });
  return jsonReply(200, [line("Resources", "resources"), line("Descriptors", "descriptors")]);
}
