import { jsonReply, type Reply } from "../http/reply.ts";
import { dependencies } from "./dependencies.ts";
import type { Profile } from "./profile.ts";

/** What the discovery document is made of. */
export interface DiscoveryFacts {
  readonly profile: Profile;
  readonly applicationName: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly standard: number;
}

/** Answers `GET /`: which version this is and where everything lies. */
export function getDiscovery({ profile, applicationName, urls, standard }: DiscoveryFacts): Reply {
  const version = profile.dataModelVersion(standard);
  return jsonReply(200, {
    version: profile.version,
    informationalVersion: profile.informationalVersion,
    suite: "3",
    build: profile.build,
    applicationName,
    dataModels: [
      {
        name: "Ed-Fi",
        version,
        informationalVersion: `The Ed-Fi Data Model ${version.split(".").slice(0, 2).join(".")}`,
      },
    ],
    urls,
  });
}

/** Answers `GET /metadata/data/v3/dependencies`. */
export function getDependencies(resources: readonly string[]): Reply {
  return jsonReply(
    200,
    dependencies(resources).map(({ resource, order, operations }) => ({
      resource: `/ed-fi/${resource}`,
      order,
      operations,
    })),
  );
}

/** Answers `GET /metadata/`: the list of OpenAPI documents, which the sandbox itself does not have. */
export function getOpenApiList(metadata: string): Reply {
  const document = (name: string, path: string) => ({
    name,
    endpointUri: `${metadata}data/v3/${path}/swagger.json`,
    prefix: "",
  });
  return jsonReply(200, [
    document("Resources", "resources"),
    document("Descriptors", "descriptors"),
    document("Change-Queries", "changequeries"),
  ]);
}
