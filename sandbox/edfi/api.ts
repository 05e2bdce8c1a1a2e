import { jsonReply, type Reply, type Request } from "../http/reply.ts";
import type { ChangeDesk } from "../store/change-desk.ts";
import type { Snapshots } from "../store/snapshots.ts";
import type { YearData } from "../store/year-data.ts";
import { type Action, type ClaimSet, checkAccess } from "./access.ts";
import { getCollection, getItem, getPartitions } from "./collection.ts";
import { getDependencies, getDiscovery, getOpenApiList } from "./discovery.ts";
import { type Client, readForm, type TokenService } from "./oauth.ts";
import { openApi, openApiDocuments } from "./openapi.ts";
import { featureOff, methodNotAllowed, noInstance, pathNotFound, tooManyRequests } from "./problems.ts";
import type { Profile } from "./profile.ts";
import { resourceAt } from "./resource-names.ts";
import type { Route, Site } from "./routes.ts";
import { frozenFor, getSnapshots } from "./snapshots.ts";
import { getTokenInfo } from "./token-info.ts";
import { getAvailableChangeVersions, getDeletes, getKeyChanges } from "./tracked-changes.ts";
import { post, put, remove } from "./writing.ts";

/** Everything an Ed-Fi API is made of. */
export interface EdFiApi {
  readonly profile: Profile;
  readonly site: Site;
  readonly years: ReadonlyMap<number, YearData>;
  readonly snapshots: Snapshots;
  readonly desk: ChangeDesk;
  /** Gives the seconds that a host has to wait which asks too often. */
  secondsToWait(host: string): number | undefined;
  readonly client: Client;
  readonly tokens: TokenService;
  readonly claimSet: ClaimSet;
  readonly maxPageSize: number;
  readonly smallPartitions: boolean;
  readonly changeQueries: boolean;
  readonly sortedDependencies: boolean;
}

/** One request, and what its path means. */
interface Routed extends Route {
  readonly request: Request;
}

/** Answers a request to the API. Throws a ProblemError for everything that is not 2xx. */
export async function answer(api: EdFiApi, request: Request): Promise<Reply> {
  const seconds = api.secondsToWait(request.headers.host ?? "");
  if (seconds !== undefined) {
    throw tooManyRequests(seconds);
  }
  const parts = request.path.split("/").filter((part) => part !== "");
  const route = api.profile.routes.read(parts, api.site);
  if (route === undefined) {
    throw pathNotFound(request.path);
  }
  const routed = { request, ...route };
  switch (route.area) {
    case "discovery":
      return discovery(api, routed);
    case "oauth":
      return await oauth(api, routed);
    case "metadata":
      return metadata(api, routed);
    case "data":
      return await data(api, routed);
    case "changeQueries":
      return await changeQueries(api, routed);
  }
}

/** The data of the year that the path leads to. */
function instance(api: EdFiApi, { year }: Routed): YearData {
  const found = year === undefined ? undefined : api.years.get(year);
  if (found === undefined) {
    throw noInstance();
  }
  return found;
}

function discovery(api: EdFiApi, routed: Routed): Reply {
  onlyGet(routed.request);
  const { standard, resources } = instance(api, routed);
  return getDiscovery({ profile: api.profile, mode: api.site.mode, urls: urls(api, routed), standard, resources });
}

async function oauth(api: EdFiApi, routed: Routed): Promise<Reply> {
  const { request, rest } = routed;
  const [name] = rest;
  if ((name !== "token" && name !== "token_info") || rest.length > 1) {
    throw pathNotFound(request.path);
  }
  const tokenHost = api.site.tokenHost();
  if (name === "token" && tokenHost !== undefined && new URL(tokenHost).origin !== request.origin) {
    throw pathNotFound(request.path);
  }
  if (request.method !== "POST") {
    throw methodNotAllowed("POST", "Tokens are asked for by POST.");
  }
  const year = instance(api, routed);
  if (name === "token") {
    return await api.tokens.token(request);
  }
  api.tokens.check(request);
  const { token = "" } = readForm(request.headers["content-type"], await request.body());
  return await getTokenInfo(year, api.client.key, api.claimSet, api.tokens.isAlive(token));
}

function metadata(api: EdFiApi, routed: Routed): Reply {
  const { request, rest } = routed;
  onlyGet(request);
  const name = rest.join("/");
  if (name === "" || name === "specifications") {
    return getOpenApiList(urls(api, routed).dependencies ?? "", api.profile);
  }
  if (name === "dependencies") {
    return getDependencies(instance(api, routed).resources, api.sortedDependencies);
  }
  const document = openApiDocuments.find((each) => api.profile.openApi.path(each) === name);
  if (document !== undefined) {
    const { resources, standard } = instance(api, routed);
    return jsonReply(200, openApi({ ...api, resources, standard }, document));
  }
  throw pathNotFound(request.path);
}

async function changeQueries(api: EdFiApi, routed: Routed): Promise<Reply> {
  const { request, rest } = routed;
  const [name] = rest;
  const isList = name === "snapshots" && api.profile.snapshots === "identifier";
  if ((name !== "availableChangeVersions" && !isList) || rest.length > 1) {
    throw pathNotFound(request.path);
  }
  onlyGet(request);
  if (!api.changeQueries) {
    throw featureOff();
  }
  api.tokens.check(request);
  const year = instance(api, routed);
  return isList
    ? jsonReply(200, getSnapshots(api.snapshots.of(year.year)))
    : await getAvailableChangeVersions(frozenFor(api, request, year), api.profile);
}

async function data(api: EdFiApi, routed: Routed): Promise<Reply> {
  const { request, rest } = routed;
  api.tokens.check(request);
  const [schema = "", plain = "", last] = rest;
  const live = instance(api, routed);
  const written = resourceAt(schema, plain);
  const name = api.profile.pathsInAnyCase ? live.nameInAnyCase(written) : written;
  if (rest.length > 3 || !live.has(name)) {
    throw pathNotFound(request.path);
  }
  const year = frozenFor(api, request, live);
  if (request.method !== "GET") {
    return await write(api, request, live, name, last);
  }
  const isFeed = last === "deletes" || last === "keyChanges";
  if (isFeed && (!api.changeQueries || (last === "keyChanges" && !api.profile.changes.keyChanges))) {
    throw featureOff();
  }
  const action: Action = isFeed ? "ReadChanges" : "Read";
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
      return await getItem(year, resource, last, api.claimSet);
  }
}

async function write(
  { desk, claimSet, profile }: EdFiApi,
  request: Request,
  year: YearData,
  name: string,
  last: string | undefined,
): Promise<Reply> {
  const standard = Number(profile.dataModelVersion(year.standard).split(".")[0]);
  const writing = { desk, data: year, claimSet, strictIds: profile.strictIds, standard };
  const isItem = last !== undefined && !["deletes", "keyChanges", "partitions"].includes(last);
  if (request.method === "POST" && last === undefined) {
    return await post(writing, name, request);
  }
  if (request.method === "PUT" && isItem) {
    return await put(writing, name, last, request);
  }
  if (request.method === "DELETE" && isItem) {
    return await remove(writing, name, last, request);
  }
  const allowed = last === undefined ? "GET, POST" : isItem ? "GET, PUT, DELETE" : "GET";
  throw methodNotAllowed(allowed, `The path does not support ${request.method}, only ${allowed}.`);
}

function urls(api: EdFiApi, { request, context }: Routed): Readonly<Record<string, string>> {
  return api.profile.routes.urls(request.origin, api.site, context, api.changeQueries);
}

function onlyGet(request: Request): void {
  if (request.method !== "GET") {
    throw methodNotAllowed("GET", `The path does not support ${request.method}, only GET.`);
  }
}
