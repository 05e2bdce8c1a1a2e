import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Connector, parseConnector } from "../../shared/config/connector.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { type ExtractPorts, extract } from "../../shared/extract/extract.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { type ExtractWorld, extractWorld } from "../fakes/extract-world.ts";

/** One request as a server on loopback got it. */
export interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, unknown>>;
  /** How many came before it. */
  readonly nth: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly body?: unknown;
}

export interface RestApi {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** Serves what `answer` says, on loopback. */
export async function restApi(answer: (asked: Asked, api: RestApi) => Answer): Promise<RestApi> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://host");
    const one: Asked = { path: pathname, query: searchParams, headers: request.headers, nth: asked.length };
    asked.push(one);
    const { status = 200, headers = {}, body = [] } = answer(one, api);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api: RestApi = {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return api;
}

/** A connector with a token as its secret, and what a test adds to it. */
export function connectorWith(more: string): Connector {
  return parseConnector(
    `connector: clubs\nsecret: [key]\nauth: { type: bearer, token: key }\nrequest: { url: "{url}/{path}" }\n${more}`,
    "clubs.yaml",
  );
}

/** Ports over in-memory buckets to one source `d1` of a connector. */
export function restWorld(
  connector: Connector,
  url: string,
  { source = "", ...overrides }: Partial<ExtractPorts> & { readonly source?: string } = {},
): ExtractWorld {
  const connectors = new Map([[connector.connector, connector]]);
  const text = `sources:\n  - id: d1\n    connector: ${connector.connector}\n    url: ${url}\n    secret: s\n${source}`;
  const sources = parseSources(text, "sources.yaml", connectors);
  return extractWorld(sources, { key: "token-of-clubs", secret: "" }, { connectors, ...overrides });
}

/** Extracts one endpoint and gives what it brought. */
export async function extractFrom(
  world: ExtractWorld,
  endpoint: string,
  { mode = "full", at = "2026-11-21T03:00:00Z" }: { mode?: "full" | "delta"; at?: string } = {},
): Promise<{ status: string; ids: string[]; data: Record<string, unknown>[]; error: string | null; pages: number }> {
  const message = extractMessageSchema.parse({ source: "d1", endpoint, mode });
  const { status, runId } = await extract(message, { messageId: at, publishedAt: new Date(at) }, world.ports);
  const manifest = world.manifests().find(({ run_id }) => run_id === runId);
  const lines = manifest ? world.lines(manifest) : [];
  return {
    status,
    ids: lines.map(({ record_id }) => record_id),
    data: lines.map(({ data }) => data),
    error: manifest?.error ?? null,
    pages: manifest?.pages ?? 0,
  };
}
