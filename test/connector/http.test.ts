import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { createHttpClient, type HttpAnswer } from "../../shared/connector/http.ts";
import { RetryableError } from "../../shared/errors.ts";

/** Sends one request to a server that answers as told. */
async function ask(listener: RequestListener, timeoutMs = 5000, path = "/data?x=1"): Promise<HttpAnswer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const http = createHttpClient({ userAgent: "rollcall-test" });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    return await http({ method: "GET", url, timeoutMs, headers: { authorization: "Bearer planted-token" } });
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

test("gives any status with its whole body, unpacked", async () => {
  const answer = await ask((_, response) => {
    response.writeHead(503, { "content-encoding": "gzip", "retry-after": "3" }).end(gzipSync("later"));
  });
  expect(answer.status).toBe(503);
  expect(answer.body.toString()).toBe("later");
  expect(answer.headers.get("retry-after")).toBe("3");
});

test("does not follow a redirect, which would carry the credentials to somewhere else", async () => {
  let requests = 0;
  const answer = await ask((_, response) => {
    requests += 1;
    response.writeHead(302, { location: "http://127.0.0.1:9/elsewhere" }).end();
  });
  expect(answer.status).toBe(302);
  expect(requests).toBe(1);
});

test.each<[string, RequestListener, number, RegExp | string]>([
  ["an answer that is too late", () => undefined, 200, "timeout"],
  [
    "a body that is too late",
    (_, response) => {
      response.writeHead(200).write("[");
    },
    200,
    "timeout",
  ],
  [
    "a connection that is lost in the body",
    (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("[{", () => response.destroy());
    },
    5000,
    /UND_ERR_SOCKET|ECONNRESET/,
  ],
  ["a connection that is lost at once", (request) => request.socket.destroy(), 5000, /UND_ERR_SOCKET|ECONNRESET/],
])("%s is no answer", async (_, listener, timeoutMs, code) => {
  const failure: unknown = await ask(listener, timeoutMs).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RetryableError);
  const { details, message, stack } = failure as RetryableError;
  expect(details.path).toBe("/data");
  expect(details.code).toMatch(code);
  expect(`${message} ${stack} ${JSON.stringify(failure)}`).not.toContain("planted-token");
  expect((failure as Error).cause).toBeUndefined();
});
