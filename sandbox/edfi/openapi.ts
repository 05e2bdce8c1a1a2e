import { type Members, membersOf } from "./members.ts";
import { isDescriptor, keyFor, keyUpdatable, shapeOf } from "./natural-keys.ts";
import type { Profile } from "./profile.ts";
import { pathOf, plainName, schemaNameOf } from "./resource-names.ts";

export type OpenApiDocument = "resources" | "descriptors";

export const openApiDocuments: readonly OpenApiDocument[] = ["resources", "descriptors"];

/** What the descriptions of an API are written from. */
export interface OpenApiFacts {
  readonly profile: Profile;
  readonly resources: readonly string[];
  readonly maxPageSize: number;
  readonly changeQueries: boolean;
  readonly standard: number;
}

/**
 * The description of an API as far as its clients need it: which paths there are, the parameters of paging with the largest page, and the
 * key of each resource, as the parameters of a GET have it. The properties of records are described where the sandbox holds writers to them;
 * other records may hold anything.
 */
export function openApi(facts: OpenApiFacts, document: OpenApiDocument): Record<string, unknown> {
  const { profile, resources } = facts;
  const wanted = resources.filter((resource) => isDescriptor(resource) === (document === "descriptors"));
  const paths = Object.fromEntries(wanted.flatMap((resource) => pathsOf(facts, resource)));
  const models = Object.fromEntries(wanted.map((resource) => [schemaNameOf(resource), model(resource, facts)]));
  const info = { title: `Ed-Fi Operational Data Store API ${document}`, version: "3" };
  const tags = wanted.map(tagOf);
  return profile.openApi.version === 2
    ? { swagger: "2.0", info, paths, definitions: models, parameters: parametersOf(facts), tags }
    : { openapi: "3.0.1", info, paths, components: { schemas: models, parameters: parametersOf(facts) }, tags };
}

/** What groups the operations of a resource. Clients read the list of resources from these; the standard's descriptions are not here. */
function tagOf(resource: string): { readonly name: string; readonly description: string } {
  const name = plainName(resource);
  return { name, description: `Records of ${name}.` };
}

function pathsOf({ profile, changeQueries, standard }: OpenApiFacts, resource: string): [string, unknown][] {
  const at = pathOf(resource);
  const place = profile.openApi.version === 2 ? "#/parameters" : "#/components/parameters";
  const { cursor } = profile.paging;
  const paging = ["offset", "limit", "totalCount", ...(cursor ? ["pageToken", "pageSize"] : [])];
  const window = changeQueries ? ["MinChangeVersion", "MaxChangeVersion"] : [];
  const tags = [tagOf(resource).name];
  const get = (names: readonly string[]) => ({
    get: { tags, parameters: names.map((name) => ({ $ref: `${place}/${name}` })) },
  });
  const key = Object.keys(keyFor(resource, undefined, standard) ?? {}).map((name) => ({
    name,
    in: "query",
    "x-Ed-Fi-isIdentity": true,
    ...(profile.openApi.version === 2 ? { type: "string" } : { schema: { type: "string" } }),
  }));
  const list = get([...paging, ...window]).get.parameters;
  const feed = get(["offset", "limit", "totalCount", ...window]);
  const hasKeyChanges = changeQueries && profile.changes.keyChanges && keyUpdatable.has(resource);
  return [
    [at, { get: { tags, parameters: [...list, ...key] }, post: { tags, ...postOf(profile, resource) } }],
    [`${at}/{id}`, get([])],
    ...(changeQueries ? [[`${at}/deletes`, feed] satisfies [string, unknown]] : []),
    ...(hasKeyChanges ? [[`${at}/keyChanges`, feed] satisfies [string, unknown]] : []),
    ...(cursor ? [[`${at}/partitions`, get(window)] satisfies [string, unknown]] : []),
  ];
}

function postOf({ openApi: { version } }: Profile, resource: string): Record<string, unknown> {
  const name = schemaNameOf(resource);
  return version === 2
    ? { parameters: [{ name, in: "body", required: true, schema: { $ref: `#/definitions/${name}` } }] }
    : { requestBody: { content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } } } };
}

function parametersOf({ profile, maxPageSize }: OpenApiFacts): Record<string, unknown> {
  const parameter = (name: string, type: object) => [
    name,
    {
      name: name.charAt(0).toLowerCase() + name.slice(1),
      in: "query",
      ...(profile.openApi.version === 2 ? type : { schema: type }),
    },
  ];
  const size = { type: "integer", format: "int32", minimum: 0, maximum: maxPageSize };
  const version = { type: "integer", format: "int64" };
  return Object.fromEntries([
    parameter("offset", { type: "integer", format: "int32", default: 0 }),
    parameter("limit", { ...size, default: profile.paging.defaultLimit(maxPageSize) }),
    parameter("totalCount", { type: "boolean", default: false }),
    parameter("MinChangeVersion", version),
    parameter("MaxChangeVersion", version),
    ...(profile.paging.cursor ? [parameter("pageToken", { type: "string" }), parameter("pageSize", size)] : []),
  ]);
}

function model(resource: string, { profile, standard }: OpenApiFacts): Record<string, unknown> {
  const isUpdatable = keyUpdatable.has(resource) ? { "x-Ed-Fi-isUpdatable": true } : {};
  const members = membersOf(resource, Number(profile.dataModelVersion(standard).split(".")[0]));
  if (members !== undefined) {
    return { ...objectOf(members, profile.openApi.version), ...isUpdatable };
  }
  const paths = shapeOf(resource)?.keys.flatMap(({ key }) => Object.values(key)) ?? [];
  const own = [...new Set(paths.filter((path) => !path.includes(".")))];
  const properties = Object.fromEntries(own.map((name) => [name, { "x-Ed-Fi-isIdentity": true }]));
  return { type: "object", properties, additionalProperties: true, ...isUpdatable };
}

// Nested records are written where they stand, and not beside each other and referred to.
function objectOf(members: Members, version: 2 | 3): Record<string, unknown> {
  const required = Object.entries(members).flatMap(([name, member]) => (member.required ? [name] : []));
  const optional = version === 2 ? { "x-nullable": true } : { nullable: true };
  const properties = Object.entries(members).map(([name, member]) => {
    const { type, format, maxLength, identity } = member;
    const facts = {
      type,
      ...(format === undefined ? {} : { format }),
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(identity ? { "x-Ed-Fi-isIdentity": true } : {}),
      ...(member.required || type === "array" || type === "object" ? {} : optional),
    };
    const inner = member.members && objectOf(member.members, version);
    return [name, type === "array" ? { ...facts, items: inner } : { ...facts, ...inner }];
  });
  return { type: "object", ...(required.length > 0 ? { required } : {}), properties: Object.fromEntries(properties) };
}
