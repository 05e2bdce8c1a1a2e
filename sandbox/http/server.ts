import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { type Asked, type Fault, type Faults, faultReply } from "./faults.ts";
import type { Reply, Request } from "./reply.ts";
import type { RequestLog } from "./request-log.ts";

/** What a server needs to answer. */
export interface ServerParts {
  /** Answers every request; it must not throw. */
  handle(request: Request): Promise<Reply>;
  /** Makes the changes of a fault rule. */
  applyFault(changes: Fault["apply"]): Promise<void>;
  /** The error that the imitated version answers with a status. */
  problem(status: number): Reply;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly latencyMs: number;
  readonly gzip: boolean;
  /** Paths that no fault befalls, that take no time and are not logged: the sandbox's own. */
  isControl(path: string): boolean;
}

const bodyBytesMax = 256 * 1024 * 1024;
/** Packing pays from about here; below, the headers outweigh the body. */
const gzipBytesMin = 1400;
const pack = promisify(gzip);

/** Listens on loopback. Port 0 takes a free one. */
export async function listen(parts: ServerParts, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 65_000 }, (incoming, outgoing) => {
    serve(parts, incoming, outgoing).catch((error: unknown) => giveUp(outgoing, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  return server;
}

async function serve(parts: ServerParts, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const request = readRequest(incoming);
  const url = incoming.url ?? "/";
  const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  if (parts.isControl(request.path)) {
    await send(await parts.handle(request), incoming, outgoing, parts.gzip);
    return;
  }
  const entry = parts.log.start(request.method, request.path, query, request.headers.authorization);
  outgoing.once("close", () => parts.log.end(entry, outgoing.writableFinished ? outgoing.statusCode : 0));
  const asked = { method: request.method, path: request.path, query };
  await sleepFor(parts.latencyMs);
  const fault = parts.faults.take(asked);
  const { reply, broken } = fault ? await faulty(parts, request, fault) : await trueOrPoisoned(parts, request, asked);
  await sendBroken(reply, broken, incoming, outgoing, parts.gzip);
}

/** An answer, and how it is to be spoiled on its way. */
interface Outcome {
  readonly reply: Reply;
  readonly broken: Fault["respond"] | undefined;
}

async function faulty(parts: ServerParts, request: Request, fault: Fault): Promise<Outcome> {
  await sleepFor(fault.respond.delayMs);
  await parts.applyFault(fault.apply);
  const betweenReads = fault.between && (() => parts.applyFault(fault.between));
  const reply = faultReply(fault, parts.problem) ?? (await parts.handle({ ...request, betweenReads }));
  return { reply, broken: fault.respond };
}

async function trueOrPoisoned(parts: ServerParts, request: Request, asked: Asked): Promise<Outcome> {
  const reply = await parts.handle(request);
  const fault = parts.faults.takeFor(asked, () => reply.body.toString());
  if (fault === undefined) {
    return { reply, broken: undefined };
  }
  await sleepFor(fault.respond.delayMs);
  await parts.applyFault(fault.apply);
  return { reply: faultReply(fault, parts.problem) ?? reply, broken: fault.respond };
}

async function sleepFor(milliseconds: number): Promise<void> {
  if (milliseconds > 0) {
    await sleep(milliseconds);
  }
}

async function sendBroken(
  reply: Reply,
  broken: Fault["respond"] | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  packed: boolean,
): Promise<void> {
  if (reply.stream !== undefined) {
    await sendStream(reply, reply.stream(), broken, outgoing);
  } else if (broken?.resetAfterBytes !== undefined) {
    cut(reply, outgoing, broken.resetAfterBytes);
  } else if (broken?.brokenGzip === true) {
    await send({ ...reply, headers: { ...reply.headers, "content-encoding": "gzip" } }, incoming, outgoing, false);
  } else {
    await send(shortened(reply, broken?.truncate), incoming, outgoing, packed);
  }
}

// A fault whose changes cannot be made, a body that breaks off: whoever wrote the test reads the reason in a header.
function giveUp(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(500, { "x-sandbox-error": headerText(error), "content-length": "0" }).end();
}

/** An error's message as a header can carry it. */
export function headerText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/[^\x20-\x7e]/g, " ").slice(0, 500);
}

async function send(reply: Reply, incoming: IncomingMessage, outgoing: ServerResponse, packed: boolean): Promise<void> {
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  const accepts = /\bgzip\b/.test(String(incoming.headers["accept-encoding"] ?? ""));
  const headers: Record<string, string> = { ...reply.headers };
  let bytes = body;
  if (packed && accepts && body.length >= gzipBytesMin) {
    bytes = await pack(body, { level: constants.Z_BEST_SPEED });
    headers["content-encoding"] = "gzip";
    headers.vary = "accept-encoding";
  }
  if (outgoing.destroyed) {
    return;
  }
  headers["content-length"] = String(bytes.length);
  outgoing.writeHead(reply.status, headers);
  outgoing.end(bytes);
}

// Promises the whole body and breaks off: what a reader sees when a connection is lost half way.
function cut(reply: Reply, outgoing: ServerResponse, bytes: number): void {
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  if (bytes === 0) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(reply.status, { ...reply.headers, "content-length": String(Math.max(body.length, bytes + 1)) });
  outgoing.write(body.subarray(0, bytes), () => outgoing.destroy());
}

// Without a length, because nobody knows it before the last byte is made. A body made while it is sent is broken by whole bytes only.
async function sendStream(
  reply: Reply,
  stream: AsyncIterable<Buffer>,
  broken: Fault["respond"] | undefined,
  outgoing: ServerResponse,
): Promise<void> {
  const { resetAfterBytes, truncate } = broken ?? {};
  const end = resetAfterBytes ?? (typeof truncate === "number" ? truncate : Infinity);
  outgoing.writeHead(reply.status, reply.headers);
  outgoing.flushHeaders();
  try {
    await pipeline(Readable.from(beginning(stream, end), { objectMode: false }), outgoing, {
      end: resetAfterBytes === undefined,
    });
  } catch (error) {
    // A reader that has seen enough hangs up; that is no fault of the sandbox.
    if (!outgoing.destroyed) {
      throw error;
    }
  }
  if (resetAfterBytes !== undefined) {
    outgoing.destroy();
  }
}

async function* beginning(stream: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of stream) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) {
      return;
    }
  }
}

function shortened(reply: Reply, truncate: boolean | number | undefined): Reply {
  if (truncate === undefined || truncate === false) {
    return reply;
  }
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  return { ...reply, body: body.subarray(0, truncate === true ? Math.floor(body.length / 2) : truncate) };
}

function readRequest(incoming: IncomingMessage): Request {
  const url = incoming.url ?? "/";
  const end = url.indexOf("?");
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(end === -1 ? "" : url.slice(end + 1))) {
    const lower = name.toLowerCase();
    query.set(lower, query.get(lower) ?? value);
  }
  let body: Promise<string> | undefined;
  return {
    method: incoming.method ?? "GET",
    path: decode(end === -1 ? url : url.slice(0, end)),
    query,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    origin: `http://${incoming.headers.host ?? "127.0.0.1"}`,
    search: end === -1 ? "" : url.slice(end + 1),
    body: () => {
      body ??= readBody(incoming);
      return body;
    },
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) {
      throw new RangeError("The request's body is too large.");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A path that is not well encoded names nothing; as it stands it will not be found either.
    return path;
  }
}
