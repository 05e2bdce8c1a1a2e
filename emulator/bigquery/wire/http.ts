import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { isNativeError } from "node:util/types";
import { gunzip } from "node:zlib";
import { BigQueryError, invalid } from "./errors.ts";

const unzip = promisify(gunzip);

/** BigQuery refuses larger requests; files come in by upload, which has its own way. */
const bodyBytesMax = 100 * 1024 * 1024;

/** How a client says whom it asks for. Any other token stands for nobody: the emulator asks for no credentials. */
const userToken = /^Bearer emulator-user:(\S+@\S+)$/;

/** A request of the API, its body read. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  /** The e-mail address of the person that is asked for; nobody may do everything. */
  readonly user: string | undefined;
  /** The address under which the client reached the server. */
  readonly origin: string;
}

/** An answer that is more than a JSON body with code 200. */
export class ApiAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;

  constructor(code: number, headers: Readonly<Record<string, string>> = {}, body?: unknown) {
    this.code = code;
    this.headers = headers;
    this.body = body;
  }
}

export async function readRequest(request: IncomingMessage, origin: string): Promise<ApiRequest> {
  const url = new URL(request.url ?? "/", origin);
  const bytes = await readBody(request);
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    bytes,
    user: userToken.exec(request.headers.authorization ?? "")?.[1],
    origin,
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytesMax)
      throw new BigQueryError(413, "uploadTooLarge", `Request is larger than ${bodyBytesMax} bytes.`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (request.headers["content-encoding"] !== "gzip" || bytes.length === 0) return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: bodyBytesMax });
  } catch (cause) {
    throw new BigQueryError(400, "parseError", "The request body is not the gzip that its headers say.", { cause });
  }
}

/**
 * Reads JSON. Integers beyond what a double holds stay as the text they were, so that they reach a column or parameter
 * with all their digits.
 * @throws BigQueryError (parseError)
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(bytes.toString("utf8"), keepDigits);
  } catch (cause) {
    throw new BigQueryError(400, "parseError", "Parse Error", { cause });
  }
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isLossy = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLossy && /^-?\d+$/.test(context?.source ?? "") ? context?.source : value;
}

/** Reads the body as a JSON object. @throws BigQueryError (parseError, invalid) */
export function parseObject(bytes: Buffer): Record<string, unknown> {
  const body = parseJson(bytes);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid("The request body must be a JSON object.");
  return body as Record<string, unknown>;
}

/** Writes an answer: undefined as 204, {@link ApiAnswer} as it says, anything else as JSON with 200. */
export function answer(response: ServerResponse, outcome: unknown): void {
  if (outcome instanceof ApiAnswer) {
    send(response, outcome.code, outcome.body, outcome.headers);
  } else if (outcome === undefined) {
    send(response, 204, undefined);
  } else {
    send(response, 200, outcome);
  }
}

function send(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (body === undefined) {
    response.writeHead(code, { ...headers, "content-length": "0" });
    response.end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(code, {
    "content-type": "application/json; charset=UTF-8",
    ...headers,
    "content-length": bytes.length,
  });
  response.end(bytes);
}

/** Writes what went wrong as BigQuery would. What is not one of its errors is the emulator's own fault. */
export function answerError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof BigQueryError
      ? error
      : new BigQueryError(
          500,
          "internalError",
          `The local emulator failed: ${isNativeError(error) ? error.message : "unknown"}`,
        );
  send(response, known.code, known.toBody());
}
