import { createHook } from "node:async_hooks";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { createHttpClient, endStream, type HttpAnswer, type HttpRequest } from "../../shared/connector/http.ts";
import { RetryableError } from "../../shared/errors.ts";

/** Sends one request to a server that answers as told. */
async function ask(
  listener: RequestListener,
  timeoutMs = 5000,
  request: Partial<HttpRequest> = {},
): Promise<HttpAnswer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const http = createHttpClient({ userAgent: "rollcall-test" });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data?x=1`;
    return await http({
      method: "GET",
      url,
      timeoutMs,
      headers: { authorization: "Bearer planted-token" },
      ...request,
    });
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

test("unpacks a body of many megabytes", async () => {
  const text = `["${"0123456789é".repeat(500_000)}"]`;
  const answer = await ask((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text));
  });
  expect(answer.body.equals(Buffer.from(text))).toBe(true);
});

test("takes an answer without a body, and one that is not packed, as they are", async () => {
  const none = await ask((_, response) => {
    response.writeHead(204).end();
  });
  expect(none).toMatchObject({ status: 204, body: Buffer.alloc(0) });
  const plain = await ask((_, response) => {
    response.writeHead(200, { link: ["<a>", "<b>"] }).end("[1]");
  });
  expect(plain.body.toString()).toBe("[1]");
  expect(plain.headers.get("link")).toBe("<a>, <b>");
});

test("sends parameters, headers and a form", async () => {
  let seen = "";
  const parameters = { pageToken: "a+b/c=", minChangeVersion: "7" };
  await ask(
    (request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => {
        seen = text;
      });
      request.on("end", () => {
        const {
          authorization,
          "content-type": type,
          "user-agent": agent,
          "transfer-encoding": coding,
        } = request.headers;
        const query = Object.fromEntries(new URL(request.url ?? "", "http://x").searchParams);
        response.end(JSON.stringify({ method: request.method, query, authorization, type, agent, coding }));
      });
    },
    5000,
    { method: "POST", parameters, form: { grant_type: "client_credentials", scope: "a b" } },
  ).then((answer) => {
    expect(JSON.parse(answer.body.toString())).toEqual({
      method: "POST",
      query: { x: "1", ...parameters },
      authorization: "Bearer planted-token",
      type: "application/x-www-form-urlencoded;charset=UTF-8",
      agent: "rollcall-test",
    });
  });
  expect(seen).toBe("grant_type=client_credentials&scope=a+b");
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
    "ECONNRESET",
  ],
  [
    "a body whose packed text is cut short",
    (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(`["${"x".repeat(5000)}"]`).subarray(0, 40));
    },
    5000,
    "Z_BUF_ERROR",
  ],
  [
    "a body that is not packed as it says",
    (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end("[]");
    },
    5000,
    "Z_DATA_ERROR",
  ],
  ["a connection that is lost at once", (request) => request.socket.destroy(), 5000, "ECONNRESET"],
])("E47 E48 %s is no answer", async (_, listener, timeoutMs, code) => {
  const failure: unknown = await ask(listener, timeoutMs).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RetryableError);
  const { details, message, stack } = failure as RetryableError;
  expect(details.path).toBe("/data");
  expect(details.code).toMatch(code);
  expect(`${message} ${stack} ${JSON.stringify(failure)}`).not.toContain("planted-token");
  expect((failure as Error).cause).toBeUndefined();
});

test("leaves no timer behind: each would live for the time that a request may take, with all that it knows", async () => {
  const timers = new Set<number>();
  const hook = createHook({
    init: (id, type) => {
      if (type === "Timeout") timers.add(id);
    },
    destroy: (id) => {
      timers.delete(id);
    },
  });
  const server = createServer((_, response) => response.end("[]"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const http = createHttpClient({ userAgent: "rollcall-test" });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`;
  hook.enable();
  try {
    for (let request = 0; request < 50; request += 1) await http({ method: "GET", url, timeoutMs: 60_000 });
    await new Promise((resolve) => setImmediate(resolve));
    // Those of the sockets are a handful.
    expect(timers.size).toBeLessThan(10);
  } finally {
    hook.disable();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

test.each(["a short one", "a long one"])(
  "%s that is read as it comes, and not to its end, ends quietly",
  async (which) => {
    const server = createServer((_, response) => {
      response.write("x".repeat(which === "a short one" ? 20 : 1_000_000));
      setTimeout(() => response.end("y"), which === "a short one" ? 0 : 500);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const http = createHttpClient({ userAgent: "rollcall-test" });
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { stream } = await http({ method: "GET", url, timeoutMs: 5000, streams: true });
      // All of a short one is there by now.
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (stream) await endStream(stream);
      // An error that nobody hears of would end the process, and this test.
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  },
);
