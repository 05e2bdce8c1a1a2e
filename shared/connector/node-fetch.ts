import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/**
 * A fetch over node:http for ky that leaves bodies packed as they came. The fetch of Node unpacks them in steps of 16 kB, each of them a
 * journey to another thread and back: it spends more on receiving a page of 500 records than all that is done with it takes (bench/README.md).
 */

/** What is given besides what any fetch takes; ky hands it on. */
export interface OwnInit {
  /** A body that is text already. As the body of a Request it would be made a stream, and gathered from it again. */
  readonly text?: string;
  /** Ends the request. As the signal of a Request it would be followed by others that are made for each request. */
  readonly abort?: AbortSignal;
}

const bodies = new WeakMap<Response, IncomingMessage>();

/** The body of a response of `nodeFetch`, which has none itself: made a stream of the other kind, each would cost more than a short answer. */
export function bodyOf(response: Response): IncomingMessage {
  const body = bodies.get(response);
  if (!body) throw new Error("The response is none of nodeFetch");
  return body;
}

function send(request: Request, body: Buffer | undefined, abort: AbortSignal | undefined): Promise<IncomingMessage> {
  const headers = {
    accept: "*/*",
    ...Object.fromEntries(request.headers),
    ...(body ? { "content-length": body.length } : {}),
  };
  const start = request.url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    if (abort?.aborted) return reject(abort.reason);
    const options = { method: request.method, headers };
    const sent = start(request.url, options, resolve).on("error", reject);
    // Without the reason: a socket whose answer has come whole has nobody any more who would hear of an error.
    const end = (): void => void sent.destroy();
    abort?.addEventListener("abort", end, { once: true });
    sent.once("close", () => abort?.removeEventListener("abort", end));
    sent.end(body);
  });
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

/** Sends one request and follows no redirect; `bodyOf` has the body. @throws what the socket throws, or an AbortError */
export async function nodeFetch(input: string | URL | Request, init: RequestInit & OwnInit = {}): Promise<Response> {
  const { text, abort, ...rest } = init;
  const request = input instanceof Request ? input : new Request(input, rest);
  const body = text === undefined ? await gathered(request) : Buffer.from(text);
  const message = await send(request, body, abort);
  // Whoever reads it is told; this is for one that nobody reads any more.
  message.on("error", () => undefined);
  const { statusCode: status = 0, statusMessage: statusText = "" } = message;
  const response = new Response(null, { status, statusText, headers: headersOf(message) });
  bodies.set(response, message);
  return response;
}

async function gathered(request: Request): Promise<Buffer | undefined> {
  return request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
}
