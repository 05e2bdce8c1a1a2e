/** A parameter of a method, as `name:type`, with `*` after it when it may be repeated. */
type ParameterText = string;

interface MethodText {
  readonly http: string;
  readonly path: string;
  readonly query?: readonly ParameterText[];
  /** The resource in the request, if there is one. */
  readonly body?: string;
  readonly takesMedia?: boolean;
}

const format = ["formatOptions.useInt64Timestamp:boolean", "formatOptions.timestampOutputFormat:string"];
const paging = ["maxResults:integer", "pageToken:string"];
const dataset = "projects/{projectId}/datasets/{datasetId}";
const table = `${dataset}/tables/{tableId}`;
const job = "projects/{projectId}/jobs/{jobId}";

/** The methods that the emulator offers, by the collection they belong to. */
const collections: Readonly<Record<string, Readonly<Record<string, MethodText>>>> = {
  projects: {
    list: { http: "GET", path: "projects", query: paging },
    getServiceAccount: { http: "GET", path: "projects/{projectId}/serviceAccount" },
  },
  datasets: {
    list: { http: "GET", path: "projects/{projectId}/datasets", query: [...paging, "all:boolean", "filter:string"] },
    get: { http: "GET", path: dataset, query: ["datasetView:string", "accessPolicyVersion:integer"] },
    insert: {
      http: "POST",
      path: "projects/{projectId}/datasets",
      body: "Dataset",
      query: ["accessPolicyVersion:integer"],
    },
    patch: {
      http: "PATCH",
      path: dataset,
      body: "Dataset",
      query: ["accessPolicyVersion:integer", "updateMode:string"],
    },
    update: {
      http: "PUT",
      path: dataset,
      body: "Dataset",
      query: ["accessPolicyVersion:integer", "updateMode:string"],
    },
    delete: { http: "DELETE", path: dataset, query: ["deleteContents:boolean"] },
  },
  tables: {
    list: { http: "GET", path: `${dataset}/tables`, query: paging },
    get: { http: "GET", path: table, query: ["selectedFields:string", "view:string"] },
    insert: { http: "POST", path: `${dataset}/tables`, body: "Table" },
    patch: { http: "PATCH", path: table, body: "Table", query: ["autodetect_schema:boolean"] },
    update: { http: "PUT", path: table, body: "Table", query: ["autodetect_schema:boolean"] },
    delete: { http: "DELETE", path: table },
  },
  tabledata: {
    list: {
      http: "GET",
      path: `${table}/data`,
      query: [...paging, ...format, "startIndex:string", "selectedFields:string"],
    },
    insertAll: { http: "POST", path: `${table}/insertAll`, body: "TableDataInsertAllRequest" },
  },
  jobs: {
    list: {
      http: "GET",
      path: "projects/{projectId}/jobs",
      query: [
        ...paging,
        "allUsers:boolean",
        "minCreationTime:string",
        "maxCreationTime:string",
        "parentJobId:string",
        "projection:string",
        "stateFilter:string*",
      ],
    },
    get: { http: "GET", path: job, query: ["location:string"] },
    insert: { http: "POST", path: "projects/{projectId}/jobs", body: "Job", takesMedia: true },
    cancel: { http: "POST", path: `${job}/cancel`, query: ["location:string"] },
    delete: { http: "DELETE", path: `${job}/delete`, query: ["location:string"] },
    query: { http: "POST", path: "projects/{projectId}/queries", body: "QueryRequest" },
    getQueryResults: {
      http: "GET",
      path: "projects/{projectId}/queries/{jobId}",
      query: [...paging, ...format, "startIndex:string", "timeoutMs:integer", "location:string"],
    },
  },
  routines: {
    list: { http: "GET", path: `${dataset}/routines`, query: [...paging, "filter:string", "readMask:string"] },
  },
  models: { list: { http: "GET", path: `${dataset}/models`, query: paging } },
};

/**
 * Describes the API to clients that ask for its description first, such as `bq --api`: the methods the emulator has, and
 * their parameters. What the resources hold is not described; those clients send and show them as they are.
 */
export function discoveryDocument(origin: string): unknown {
  const bodies = Object.values(collections).flatMap((methods) =>
    Object.values(methods).flatMap(({ body }) => body ?? []),
  );
  return {
    kind: "discovery#restDescription",
    discoveryVersion: "v1",
    id: "bigquery:v2",
    name: "bigquery",
    version: "v2",
    title: "BigQuery API (local emulator)",
    protocol: "rest",
    rootUrl: `${origin}/`,
    servicePath: "bigquery/v2/",
    basePath: "/bigquery/v2/",
    baseUrl: `${origin}/bigquery/v2/`,
    batchPath: "batch/bigquery/v2",
    parameters: parametersOf(
      ["alt:string", "fields:string", "key:string", "prettyPrint:boolean", "quotaUser:string"],
      "",
    ),
    auth: { oauth2: { scopes: { "https://www.googleapis.com/auth/bigquery": { description: "BigQuery" } } } },
    schemas: Object.fromEntries([...new Set(bodies)].map((id) => [id, { id, type: "object", properties: {} }])),
    resources: Object.fromEntries(
      Object.entries(collections).map(([collection, methods]) => [
        collection,
        {
          methods: Object.fromEntries(
            Object.entries(methods).map(([name, method]) => [name, methodOf(`${collection}.${name}`, method)]),
          ),
        },
      ]),
    ),
  };
}

function methodOf(name: string, { http, path, query = [], body, takesMedia = false }: MethodText): unknown {
  const upload = {
    supportsMediaUpload: true,
    mediaUpload: {
      accept: ["*/*"],
      protocols: {
        simple: { multipart: true, path: `/upload/bigquery/v2/${path}` },
        resumable: { multipart: true, path: `/resumable/upload/bigquery/v2/${path}` },
      },
    },
  };
  return {
    id: `bigquery.${name}`,
    path,
    httpMethod: http,
    parameters: parametersOf(query, path),
    parameterOrder: idsOf(path),
    ...(body === undefined ? {} : { request: { $ref: body } }),
    response: { type: "object" },
    scopes: ["https://www.googleapis.com/auth/bigquery"],
    ...(takesMedia ? upload : {}),
  };
}

function idsOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

function parametersOf(query: readonly ParameterText[], path: string): Record<string, unknown> {
  const ids = idsOf(path).map((name) => [name, { location: "path", required: true, type: "string" }]);
  const others = query.map((text) => {
    const [name = "", type = ""] = text.replace("*", "").split(":");
    return [name, { location: "query", type, ...(text.endsWith("*") ? { repeated: true } : {}) }];
  });
  return Object.fromEntries([...ids, ...others]) as Record<string, unknown>;
}
