import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";

/**
 * A fetch over node:http for ky that leaves bodies packed as they came. The fetch of Node unpacks them in steps of 16 kB, each of them a
 * journey to another thread and back: it spends more on receiving a page of 500 records than all that is done with it takes (bench/README.md).
 */

/** Statuses that a Response takes no body with. */
const withoutBody = new Set([204, 205, 304]);

function send(request: Request, body: Buffer | undefined): Promise<IncomingMessage> {
  const headers = {
    accept: "*/*",
    ...Object.fromEntries(request.headers),
    ...(body ? { "content-length": body.length } : {}),
  };
  const start = request.url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const options = { method: request.method, headers, signal: request.signal };
    start(request.url, options, resolve).once("error", reject).end(body);
  });
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

/** Sends one request and follows no redirect. @throws what the socket throws, or an AbortError */
export async function nodeFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = input instanceof Request ? input : new Request(input, init);
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
  const message = await send(request, body);
  const { statusCode: status = 0, statusMessage: statusText = "" } = message;
  const hasBody = !withoutBody.has(status);
  if (!hasBody) message.resume();
  return new Response(hasBody ? Readable.toWeb(message) : null, { status, statusText, headers: headersOf(message) });
}
