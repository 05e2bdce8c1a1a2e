import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { answer, options } from "./answer.ts";

/**
 * The least that takes what is delivered: a token, the documents that deliver asks for, and a POST that keeps which record it was and how
 * often it came. It waits `delayMs` before it answers a POST, as an API with a database behind it does.
 */
const { delayMs } = options<{ delayMs: number }>();

const schema = {
  type: "object",
  required: ["studentAssessmentIdentifier", "assessmentReference", "studentReference"],
  properties: {
    studentAssessmentIdentifier: { type: "string", maxLength: 60, "x-Ed-Fi-isIdentity": true },
    assessmentReference: {
      type: "object",
      properties: { assessmentIdentifier: { type: "string" }, namespace: { type: "string" } },
    },
    studentReference: { type: "object", properties: { studentUniqueId: { type: "string", maxLength: 32 } } },
    administrationDate: { type: "string", format: "date-time" },
    scoreResults: {
      type: "array",
      items: {
        type: "object",
        properties: {
          result: { type: "string", maxLength: 35 },
          assessmentReportingMethodDescriptor: { type: "string", maxLength: 306, "x-Ed-Fi-isIdentity": true },
        },
      },
    },
  },
};
const names = ["studentAssessmentIdentifier", "assessmentIdentifier", "namespace", "studentUniqueId"];
const openApi = {
  paths: {
    "/ed-fi/studentAssessments": {
      get: { parameters: names.map((name) => ({ name, in: "query", "x-Ed-Fi-isIdentity": true })) },
      post: { requestBody: { content: { "application/json": { schema } } } },
    },
  },
};

const times = new Map<string, number>();
let posts = 0;
let under = 0;
let most = 0;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function take(request: IncomingMessage): Promise<number> {
  under += 1;
  most = Math.max(most, under);
  const { studentAssessmentIdentifier: key } = JSON.parse(await bodyOf(request)) as {
    studentAssessmentIdentifier: string;
  };
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const before = times.get(key) ?? 0;
  times.set(key, before + 1);
  posts += 1;
  under -= 1;
  return before === 0 ? 201 : 200;
}

const server = createServer((request, response) => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const path = request.url ?? "/";
  const documents: Record<string, unknown> = {
    "/": {
      version: "7.3",
      dataModels: [],
      urls: {
        oauth: `${url}/oauth/token`,
        dependencies: `${url}/dependencies`,
        openApiMetadata: `${url}/metadata`,
        dataManagementApi: `${url}/data/v3/`,
      },
    },
    "/oauth/token": { access_token: "bench", expires_in: 1800, token_type: "bearer" },
    "/dependencies": [{ resource: "/ed-fi/studentAssessments", order: 1, operations: ["Create", "Update"] }],
    "/metadata": [{ name: "Resources", endpointUri: `${url}/metadata/resources` }],
    "/metadata/resources": openApi,
  };
  if (path === "/counts")
    json(200, { posts, records: times.size, twice: [...times.values()].filter((count) => count > 1).length, most });
  else if (path === "/forget") {
    times.clear();
    posts = 0;
    most = 0;
    json(200, {});
  } else if (request.method === "POST" && path.startsWith("/data/")) {
    void take(request).then((status) => response.writeHead(status).end());
  } else if (documents[path] && (request.method === "GET" || path === "/oauth/token")) json(200, documents[path]);
  else json(404, {});
});
server.keepAliveTimeout = 60_000;
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
answer({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
await new Promise((resolve) => process.once("SIGTERM", resolve));
process.exit(0);
