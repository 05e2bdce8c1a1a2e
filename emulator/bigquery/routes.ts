import type { JobsApi } from "./jobs/jobs-api.ts";
import type { Uploads } from "./jobs/uploads.ts";
import type { QueriesApi } from "./query/queries-api.ts";
import type { Datasets } from "./tables/datasets.ts";
import type { TableData } from "./tables/tabledata.ts";
import type { Tables } from "./tables/tables.ts";
import { accessDenied, notFound, notImplemented } from "./wire/errors.ts";
import type { ApiRequest } from "./wire/http.ts";
import { parseObject } from "./wire/http.ts";

export interface Collections {
  readonly project: string;
  readonly datasets: Datasets;
  readonly tables: Tables;
  readonly tableData: TableData;
  readonly jobs: JobsApi;
  readonly queries: QueriesApi;
  readonly uploads: Uploads;
  readonly discovery: (origin: string) => unknown;
}

type Handler = (collections: Collections, request: ApiRequest, ids: readonly string[]) => Promise<unknown>;

const tableName = ([dataset = "", table = ""]: readonly string[]) => ({ dataset, table });
const ifMatch = (request: ApiRequest) => request.headers["if-match"];

/** Methods by their HTTP method and the path under the project, where `*` is an id. */
const handlers: Readonly<Record<string, Handler>> = {
  "GET datasets": async ({ datasets }, { query }) => await datasets.list(query),
  "POST datasets": async ({ datasets }, { bytes }) => await datasets.insert(parseObject(bytes)),
  "GET datasets/*": async ({ datasets }, _request, [id = ""]) => await datasets.get(id),
  "PATCH datasets/*": async ({ datasets }, request, [id = ""]) =>
    await datasets.change(id, parseObject(request.bytes), { replace: false, ifMatch: ifMatch(request) }),
  "PUT datasets/*": async ({ datasets }, request, [id = ""]) =>
    await datasets.change(id, parseObject(request.bytes), { replace: true, ifMatch: ifMatch(request) }),
  "DELETE datasets/*": async ({ datasets }, { query }, [id = ""]) => await datasets.remove(id, query),
  "GET datasets/*/tables": async ({ tables }, { query }, [id = ""]) => await tables.list(id, query),
  "POST datasets/*/tables": async ({ tables }, { bytes }, [id = ""]) => await tables.insert(id, parseObject(bytes)),
  "GET datasets/*/tables/*": async ({ tables }, _request, ids) => await tables.get(tableName(ids)),
  "PATCH datasets/*/tables/*": async ({ tables }, request, ids) =>
    await tables.change(tableName(ids), parseObject(request.bytes), { replace: false, ifMatch: ifMatch(request) }),
  "PUT datasets/*/tables/*": async ({ tables }, request, ids) =>
    await tables.change(tableName(ids), parseObject(request.bytes), { replace: true, ifMatch: ifMatch(request) }),
  "DELETE datasets/*/tables/*": async ({ tables }, _request, ids) => await tables.remove(tableName(ids)),
  "GET datasets/*/tables/*/data": async ({ tableData }, { query }, ids) => await tableData.list(tableName(ids), query),
  "POST datasets/*/tables/*/insertAll": async ({ tableData }, { bytes }, ids) =>
    await tableData.insertAll(tableName(ids), parseObject(bytes)),
  "GET datasets/*/routines": async ({ datasets }, _request, [id = ""]) => await emptyList(datasets, id, "routines"),
  "GET datasets/*/models": async ({ datasets }, _request, [id = ""]) => await emptyList(datasets, id, "models"),
  "GET jobs": async ({ jobs }, { query }) => await jobs.list(query),
  "POST jobs": async ({ jobs }, { bytes, user }) => await jobs.insert(parseObject(bytes), undefined, user),
  "GET jobs/*": async ({ jobs }, _request, [id = ""]) => await jobs.get(id),
  "POST jobs/*/cancel": async ({ jobs }, _request, [id = ""]) => await jobs.cancel(id),
  "DELETE jobs/*/delete": async ({ jobs }, _request, [id = ""]) => await jobs.remove(id),
  "POST queries": async ({ queries }, { bytes, user }) => await queries.query(parseObject(bytes), user),
  "GET queries/*": async ({ queries }, { query }, [id = ""]) => await queries.results(id, query),
};

/** What somebody may do who is told by name: query, and look at their jobs. What the queries read is looked at when they are run. */
const forUsers = new Set(["POST jobs", "GET jobs/*", "POST jobs/*/cancel", "POST queries", "GET queries/*"]);

/** Routines and models are not emulated, so a dataset has none: clients that list all there is can go on. */
async function emptyList(datasets: Datasets, dataset: string, kind: "routines" | "models"): Promise<unknown> {
  await datasets.get(dataset);
  return { [kind]: [] };
}

/** Finds the method that a request means, and runs it. @throws BigQueryError (notFound, notImplemented) */
export async function route(collections: Collections, request: ApiRequest): Promise<unknown> {
  const segments = request.path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  if (segments[0] === "$discovery" || segments[0] === "discovery") return collections.discovery(request.origin);
  const isUpload = segments[0] === "upload" || segments[0] === "resumable";
  const at = segments.indexOf("projects");
  if (at === -1 || at > 4) throw notFound(request.path);
  const [project, ...rest] = segments.slice(at + 1);
  if (project === undefined) return projectList(collections.project);
  if (project !== collections.project) throw notFound(`Project ${project}`);
  if (isUpload && rest[0] === "jobs" && request.user === undefined) return await collections.uploads.handle(request);
  if (rest[0] === "serviceAccount")
    return { kind: "bigquery#getServiceAccountResponse", email: "local@example.invalid" };
  // Names and ids take turns in a path.
  const pattern = rest.map((segment, index) => (index % 2 === 1 ? "*" : segment));
  const method = request.headers["x-http-method-override"]?.toString() ?? request.method;
  const handler = handlers[`${method} ${pattern.join("/")}`];
  if (handler === undefined) throw notImplemented(`${method} ${request.path}`);
  if (request.user !== undefined && !forUsers.has(`${method} ${pattern.join("/")}`)) {
    throw accessDenied(`${request.user} may only query in the local emulator`);
  }
  const ids = rest.filter((_, index) => pattern[index] === "*");
  return (await handler(collections, request, ids)) as unknown;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound(segment);
  }
}

function projectList(project: string): unknown {
  const projects = [
    {
      kind: "bigquery#project",
      id: project,
      numericId: "1",
      projectReference: { projectId: project },
      friendlyName: project,
    },
  ];
  return { kind: "bigquery#projectList", etag: project, projects, totalItems: 1 };
}
