import type { IncomingMessage, ServerResponse } from "node:http";
import { invalid, type StorageError } from "./errors.ts";

const jsonBytesMax = 4 * 1024 * 1024;

/** The bytes of a request. Leaving off in the middle does not cut the connection, so that an error can still be answered. */
export type Body = AsyncIterableIterator<Buffer>;

export function bodyOf(message: IncomingMessage): Body {
  return message.iterator({ destroyOnReturn: false });
}

/** A request, taken apart once. `path` holds the decoded segments; a segment may itself contain slashes, or be "..". */
export interface StorageRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
  readonly body: Body;
  readonly response: ServerResponse;
}

/** Takes a request apart. The path is never resolved as a URL, which would treat ".." as a step up. @throws StorageError 400 */
export function takeApart(message: IncomingMessage, body: Body, response: ServerResponse): StorageRequest {
  const [path = "", ...query] = (message.url ?? "/").split("?");
  try {
    const segments = path.split("/").slice(1).map(decodeURIComponent);
    return {
      method: message.method ?? "GET",
      path: segments,
      query: new URLSearchParams(query.join("?")),
      message,
      body,
      response,
    };
  } catch (error) {
    if (error instanceof URIError) throw invalid("The path is not properly percent-encoded.");
    throw error;
  }
}

/** The body as JSON; an empty body is an empty object. @throws StorageError 400 */
export async function readJson(body: Body): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > jsonBytesMax) throw invalid("The body is too long.");
    chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks));
}

/** @throws StorageError 400 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid("Parse Error");
    throw error;
  }
}

export function sendJson(
  { response, method }: StorageRequest,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(200, {
    "content-type": "application/json; charset=UTF-8",
    "content-length": body.length,
    "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
    ...headers,
  });
  response.end(method === "HEAD" ? undefined : body);
}

export function sendNothing(
  { response }: StorageRequest,
  status = 204,
  headers: Record<string, string | number> = {},
): void {
  response.writeHead(status, { "content-length": 0, ...headers });
  response.end();
}

/** Answers with an error, after reading what the caller still sends: a caller cut off in the middle would see a broken pipe instead. */
export async function sendError(
  message: IncomingMessage,
  body: Body,
  response: ServerResponse,
  error: StorageError,
): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  await body.return?.();
  await drain(message);
  if (error.status === 304) {
    response.writeHead(304).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(error));
  response.writeHead(error.status, {
    "content-type": "application/json; charset=UTF-8",
    "content-length": text.length,
  });
  response.end(message.method === "HEAD" ? undefined : text);
}

async function drain(message: IncomingMessage): Promise<void> {
  if (message.readableEnded || message.destroyed) return;
  await new Promise<void>((resolve) => {
    message
      .once("end", resolve)
      .once("close", resolve)
      .once("error", () => resolve());
    message.resume();
  });
}
