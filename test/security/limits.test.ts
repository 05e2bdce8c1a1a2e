import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { parseSources } from "../../shared/config/sources.ts";
import { createHttpClient } from "../../shared/connector/http.ts";
import { cutBody } from "../../shared/connector/page-body.ts";
import { connectors } from "../fakes/extract-world.ts";

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** What the client makes of an answer, when it takes bodies of 1 MB. */
async function fetched(listener: RequestListener): Promise<unknown> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data`;
  const http = createHttpClient({ userAgent: "test", bodyBytesMax: 1_000_000 });
  return http({ method: "GET", url, timeoutMs: 5000 }).then(
    ({ body }) => body.length,
    (error: { details?: { code?: unknown } }) => error.details?.code,
  );
}

describe("an answer", () => {
  test("that unpacks to more than it may is left before it fills the memory", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_001));
    expect(bomb.length).toBeLessThan(2000);
    const answer: RequestListener = (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    expect(await fetched(answer)).toBe("too_large");
  });

  test("may be as large as the limit", async () => {
    const whole = gzipSync(Buffer.alloc(1_000_000));
    const answer: RequestListener = (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(whole);
    expect(await fetched(answer)).toBe(1_000_000);
  });

  test("that never ends is left at the limit", async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        let isTaken = true;
        while (isTaken && !response.destroyed) isTaken = response.write(Buffer.alloc(64 * 1024));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    expect(await fetched(answer)).toBe("too_large");
  });
});

describe("a record", () => {
  const cut = (body: string, recordBytesMax?: number) =>
    cutBody(
      { status: 200, headers: new Headers(), body: Buffer.from(body) },
      { at: "$", id: undefined, may_be_absent: false },
      [],
      "students",
      recordBytesMax,
    );

  test("that is larger than a row may be ends the run instead of the load", () => {
    expect(() => cut('[{"id":1},{"id":2,"photo":"Quintanilla"}]', 20)).toThrow(/A record of students is larger/);
    expect(() => cut('[{"id":1},{"id":2,"photo":"Quintanilla"}]', 20)).not.toThrow(/Quintanilla/);
    expect(cut('[{"id":1},{"id":2}]', 8).records).toHaveLength(2);
  });
});

describe("a sources file", () => {
  const file = (url: string) =>
    parseSources(`sources: [{ id: d1, connector: edfi, url: "${url}", secret: s }]`, "sources.yaml", connectors);

  test("has no credentials in its addresses, and the error does not repeat them", () => {
    expect(() => file("https://key:planted@api.example/v3")).toThrow(/credentials belong into the secret/);
    expect(() => file("https://key:planted@api.example/v3")).not.toThrow(/planted/);
    expect(file("https://api.example/v3?contact=a@b").sources).toHaveLength(1);
  });
});
