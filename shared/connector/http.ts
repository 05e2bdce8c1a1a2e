import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import ky, { type KyInstance } from "ky";
import { RetryableError } from "../errors.ts";
import { bodyOf, nodeFetch, type OwnInit } from "./node-fetch.ts";

/** One answer of a source, whatever its status; the body is whole (a body cut short is an error, never an answer). */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** The body as it comes, where that was asked for and the status is 200; `body` is empty then. Read it, or end it. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  /** A body of JSON. */
  readonly json?: unknown;
  /** A body of JSON that is text already: its numbers stay as they are written. */
  readonly jsonText?: string;
  readonly timeoutMs: number;
  /** Gives a good answer's body as it comes. The time is then that for the headers, and for each piece that follows. */
  readonly streams?: boolean;
}

/** Sends one request, once. @throws RetryableError when no whole answer came (network, timeout, body cut short) */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

/** The largest page that is taken into memory; a source that sends more is asked for smaller pages. */
const bodyBytesMaxDefault = 256 * 1024 * 1024;
/** Unpacked bytes that are made at once: most pages are one or two such steps. */
const unpackBytes = 512 * 1024;

function tooLarge(path: string): RetryableError {
  return new RetryableError("The source sent a page that is too large", { path, code: "too_large" });
}

/** The body as it came. */
function receive(message: IncomingMessage, path: string, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One that has ended badly before anybody listened says nothing any more, and would be waited for for ever.
    if (message.destroyed) return reject(message.errored ?? new Error("The answer has no end"));
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      chunks.push(chunk);
      if (size > bytesMax) message.destroy(tooLarge(path));
    });
    message.once("end", () => resolve(Buffer.concat(chunks, size)));
    message.once("error", reject);
    // Also of one that was cut short without an error.
    message.once("close", () => reject(new Error("The answer has no end")));
  });
}

const gunzipped = promisify(gunzip);

async function unpack(packed: Buffer, encoding: string | undefined, path: string, bytesMax: number): Promise<Buffer> {
  if (encoding === undefined || encoding === "identity" || packed.length === 0) return packed;
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw new RetryableError("The source packed its answer in a way that it was not asked for", { path });
  }
  try {
    return await gunzipped(packed, { maxOutputLength: bytesMax, chunkSize: unpackBytes });
  } catch (error) {
    throw (error as Failure).code === "ERR_BUFFER_TOO_LARGE" ? tooLarge(path) : error;
  }
}

interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** A failure and what caused it, outermost first: ky wraps what fetch throws, and fetch wraps what the socket throws. */
function chainOf(failure: unknown): Failure[] {
  const chain: Failure[] = [];
  for (let link = failure; typeof link === "object" && link !== null && chain.length < 5; ) {
    chain.push(link);
    link = (link as Failure).cause;
  }
  return chain;
}

function translate(cause: unknown, path: string): RetryableError {
  if (cause instanceof RetryableError) return cause;
  const chain = chainOf(cause);
  if (chain.some(({ name }) => name === "TimeoutError")) {
    return new RetryableError("The source did not answer in time", { path, code: "timeout" });
  }
  const code = chain.map((link) => link.code).find((found) => typeof found === "string");
  // The cause is left out on purpose: ky's errors hold the request with its authorization header.
  return new RetryableError("The source could not be reached, or it broke off its answer", { path, code });
}

/** A body that is read as it comes is not to be packed once more. */
const unpacked = { "accept-encoding": "identity" };

const jsonContent = { "content-type": "application/json" };

function overdue(abort: AbortController, ms: number): NodeJS.Timeout {
  return setTimeout(() => {
    abort.abort(new DOMException("The time for the request is over", "TimeoutError"));
  }, ms).unref();
}

/** The pieces of a body. The source has `timeoutMs` for each; how long the reader takes does not count. */
async function* pieces(
  response: Response,
  { url, timeoutMs }: HttpRequest,
  abort: AbortController,
): AsyncGenerator<Uint8Array> {
  const path = new URL(url).pathname;
  const encoding = response.headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new RetryableError("The source packed its answer in a way that it was not asked for", { path });
  }
  const chunks = bodyOf(response)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const timer = overdue(abort, timeoutMs);
      const { done, value } = await chunks.next().finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw translate(abort.signal.aborted ? abort.signal.reason : cause, path);
  } finally {
    // Ends the connection of a body that was not read to its end.
    abort.abort();
  }
}

/** Ends a body that nobody wants to read. (A generator that was never begun cannot be ended.) */
export async function endStream(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of stream) return;
}

export interface HttpClientOptions {
  readonly userAgent: string;
  /** The largest body, unpacked. */
  readonly bodyBytesMax?: number;
}

/** The HTTP client over ky: no retries of its own (retry.ts decides), no redirects to follow blindly, one timeout for the whole answer. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { bodyBytesMax = bodyBytesMaxDefault } = options;
  const client: KyInstance = ky.create({
    fetch: nodeFetch,
    retry: 0,
    throwHttpErrors: false,
    redirect: "manual",
    headers: { "user-agent": options.userAgent, "accept-encoding": "gzip" },
  });
  return async (request) => {
    const url = new URL(request.url);
    for (const [name, value] of Object.entries(request.parameters ?? {})) url.searchParams.append(name, value);
    const path = url.pathname;
    const abort = new AbortController();
    // Ended with the request: that of AbortSignal.timeout lives on for minutes, and with it the delivery that it was made in.
    const timer = overdue(abort, request.timeoutMs);
    const own: OwnInit = { abort: abort.signal, ...(request.jsonText ? { text: request.jsonText } : {}) };
    try {
      const response = await client(url, {
        method: request.method,
        timeout: false,
        ...own,
        headers: { ...(request.jsonText ? jsonContent : {}), ...request.headers, ...(request.streams ? unpacked : {}) },
        ...(request.form ? { body: new URLSearchParams(request.form) } : {}),
        ...(request.json === undefined ? {} : { json: request.json }),
      });
      if (request.streams && response.status === 200) {
        return {
          status: 200,
          headers: response.headers,
          body: Buffer.alloc(0),
          stream: pieces(response, request, abort),
        };
      }
      const packed = await receive(bodyOf(response), path, bodyBytesMax);
      const body = await unpack(packed, response.headers.get("content-encoding")?.toLowerCase(), path, bodyBytesMax);
      return { status: response.status, headers: response.headers, body };
    } catch (cause) {
      throw translate(abort.signal.aborted ? abort.signal.reason : cause, path);
    } finally {
      clearTimeout(timer);
    }
  };
}
