import type { Reply, Request } from "../http/reply.ts";
import type { YearData } from "../store/year-data.ts";
import { type Action, type ClaimSet, checkAccess } from "./access.ts";
import { getCollection, getItem, getPartitions } from "./collection.ts";
import { getDependencies, getDiscovery, getOpenApiList } from "./discovery.ts";
import { type Client, readForm, type TokenService } from "./oauth.ts";
import { featureOff, methodNotAllowed, noInstance, noSnapshot, pathNotFound } from "./problems.ts";
import type { Profile } from "./profile.ts";
import { getTokenInfo } from "./token-info.ts";
import { getAvailableChangeVersions, getDeletes, getKeyChanges } from "./tracked-changes.ts";

/** Everything an Ed-Fi API is made of. */
export interface EdFiApi {
  readonly profile: Profile;
  readonly years: ReadonlyMap<number, YearData>;
  readonly client: Client;
  readonly tokens: TokenService;
  readonly claimSet: ClaimSet;
  readonly maxPageSize: number;
  readonly smallPartitions: boolean;
  readonly changeQueries: boolean;
  readonly applicationName: string;
}

/** One request, and the school year its path names. */
interface Routed {
  readonly request: Request;
  readonly year: number | undefined;
  /** The path after the year, in parts. */
  readonly parts: readonly string[];
}

/** Answers a request to the API. Throws a ProblemError for everything that is not 2xx. */
export async function answer(api: EdFiApi, request: Request): Promise<Reply> {
  const parts = request.path.split("/").filter((part) => part !== "");
  const routed = { request, ...api.profile.route(parts) };
  const [first, second, third] = routed.parts;
  if (first === undefined) {
    return discovery(api, routed);
  }
  if (first === "oauth" && routed.parts.length === 2) {
    return await oauth(api, routed, second ?? "");
  }
  if (first === "metadata") {
    return metadata(api, routed);
  }
  if (first === "data" && second === "v3") {
    return await data(api, routed);
  }
  if (
    first === "changeQueries" &&
    second === "v1" &&
    third === "availableChangeVersions" &&
    routed.parts.length === 3
  ) {
    return await changeVersions(api, routed);
  }
  throw pathNotFound(request.path);
}

/** The data of the year in the path, or of the only year there is. */
function instance(api: EdFiApi, { year }: Routed): YearData {
  const found = year === undefined && api.years.size === 1 ? [...api.years.values()][0] : api.years.get(year ?? 0);
  if (found === undefined) {
    throw noInstance();
  }
  return found;
}

function discovery(api: EdFiApi, routed: Routed): Reply {
  onlyGet(routed.request);
  const manyYears = routed.year === undefined && api.years.size > 1;
  const data = manyYears ? [...api.years.values()][0] : instance(api, routed);
  return getDiscovery({
    profile: api.profile,
    applicationName: api.applicationName,
    urls: urls(api, routed),
    standard: data?.standard ?? 5,
  });
}

async function oauth(api: EdFiApi, routed: Routed, name: string): Promise<Reply> {
  const { request } = routed;
  if (name !== "token" && name !== "token_info") {
    throw pathNotFound(request.path);
  }
  if (request.method !== "POST") {
    throw methodNotAllowed();
  }
  if (routed.year !== undefined) {
    instance(api, routed);
  }
  if (name === "token") {
    return await api.tokens.token(request);
  }
  api.tokens.check(request);
  const { token = "" } = readForm(request.headers["content-type"], await request.body());
  const data = routed.year === undefined ? [...api.years.values()][0] : instance(api, routed);
  if (data === undefined) {
    throw noInstance();
  }
  return await getTokenInfo(data, api.client.key, api.claimSet, api.tokens.isAlive(token));
}

function metadata(api: EdFiApi, routed: Routed): Reply {
  const { request, parts } = routed;
  onlyGet(request);
  if (parts.length === 1) {
    return getOpenApiList(urls(api, routed).openApiMetadata ?? "");
  }
  if (parts.slice(1).join("/") === "data/v3/dependencies") {
    return getDependencies(instance(api, routed).resources);
  }
  throw pathNotFound(request.path);
}

async function changeVersions(api: EdFiApi, routed: Routed): Promise<Reply> {
  const { request } = routed;
  onlyGet(request);
  if (!api.changeQueries) {
    throw featureOff();
  }
  api.tokens.check(request);
  const data = instance(api, routed);
  refuseSnapshot(request);
  return await getAvailableChangeVersions(data, api.profile);
}

async function data(api: EdFiApi, routed: Routed): Promise<Reply> {
  const { request, parts } = routed;
  api.tokens.check(request);
  const year = instance(api, routed);
  const [, , schema, name = "", last] = parts;
  if (schema !== "ed-fi" || name === "" || parts.length > 5 || !year.has(name)) {
    throw pathNotFound(request.path);
  }
  onlyGet(request);
  refuseSnapshot(request);
  const tracked = last === "deletes" || last === "keyChanges";
  if ((tracked && !api.changeQueries) || (last === "partitions" && !api.profile.cursor)) {
    throw featureOff();
  }
  const action: Action = tracked ? "ReadChanges" : "Read";
  checkAccess(api.claimSet, name, action);
  const resource = await year.open(name);
  switch (last) {
    case undefined:
      return await getCollection(year, resource, request, api);
    case "partitions":
      return await getPartitions(year, resource, request, api);
    case "deletes":
      return getDeletes(resource, request, api);
    case "keyChanges":
      return getKeyChanges(resource, request, api);
    default:
      return getItem(resource, last);
  }
}

function urls(api: EdFiApi, { request, year }: Routed): Readonly<Record<string, string>> {
  const asked = year === undefined && api.years.size > 1 ? "any" : year;
  return api.profile.urls(request.origin, asked, api.changeQueries);
}

function onlyGet(request: Request): void {
  if (request.method !== "GET") {
    throw methodNotAllowed();
  }
}

// A server without a snapshot answers so, and a client must not take it for an unknown resource.
function refuseSnapshot(request: Request): void {
  if (request.headers["use-snapshot"]?.toLowerCase() === "true") {
    throw noSnapshot();
  }
}
