import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Connector } from "../../shared/config/connector.ts";
import type { Source } from "../../shared/config/sources.ts";
import { createHttpClient, type HttpClient, type HttpRequest } from "../../shared/connector/http.ts";
import { explain } from "../../shared/connector/refusal.ts";
import { openSession, type Session, type SessionPorts } from "../../shared/connector/session.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { district } from "../extract/district.ts";
import { connectors, keptLog, sourcesFor } from "../fakes/extract-world.ts";

const edfi = connectors.get("edfi") as Connector;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await district(5);
});

afterEach(() => {
  sandbox.clearFaults();
  sandbox.clearRequests();
});

afterAll(() => sandbox.close());

interface Opened {
  readonly session: Promise<Session>;
  readonly log: ReturnType<typeof keptLog>;
  readonly waits: number[];
}

interface Settings {
  readonly url?: string;
  readonly secret?: string;
  readonly connector?: Connector;
  readonly http?: HttpClient;
  readonly tokens?: TokenCache;
  readonly until?: number;
  readonly schoolYear?: number;
}

function open(settings: Settings = {}): Opened {
  const [source] = sourcesFor(settings.url ?? sandbox.url).sources as [Source];
  const log = keptLog();
  const waits: number[] = [];
  const ports: SessionPorts = {
    http: settings.http ?? createHttpClient({ userAgent: "rollcall-test" }),
    secrets: { read: async () => settings.secret ?? JSON.stringify({ key: sandbox.key, secret: sandbox.secret }) },
    tokens: settings.tokens ?? new TokenCache(),
    clock: {
      now: () => new Date(),
      sleep: async (ms) => {
        waits.push(ms);
      },
    },
    log,
  };
  const { connector = edfi, schoolYear = 2011, until } = settings;
  return {
    session: openSession(source, connector, schoolYear, ports, until === undefined ? {} : { until }),
    log,
    waits,
  };
}

const students = (session: Session): string => `${session.address("{urls.dataManagementApi}")}ed-fi/students`;
const countOf = (path: string): number => sandbox.requests.filter((request) => request.path === path).length;

describe("credentials", () => {
  test.each(["basic_header", "body"] as const)("E1 are taken by the API when sent by %s", async (client) => {
    const connector: Connector = { ...edfi, auth: { ...edfi.auth, client } as Connector["auth"] };
    const session = await open({ connector }).session;
    expect((await session.get(students(session))).status).toBe(200);
  });

  test.each([
    ["not JSON", "key=planted-secret", /is not JSON. It must be an object with key, secret/],
    ["without a field", '{"key":"planted-secret"}', /must be a JSON object with the fields key, secret/],
    ["with an empty field", '{"key":"planted-secret","secret":""}', /with the fields key, secret/],
  ])("that are %s are an error that does not show them", async (_, secret, pattern) => {
    const { session } = open({ secret });
    await expect(session).rejects.toThrow(pattern);
    await expect(session).rejects.toBeInstanceOf(PermanentError);
    await expect(session).rejects.not.toThrow(/planted-secret/);
  });

  test("E7 are taken out of what the source says about an error", async () => {
    const server = await replying((url) =>
      url === "/"
        ? { status: 200, body: { urls: { oauth: "{at}/oauth/token", dataManagementApi: "{at}/data/" } } }
        : url === "/oauth/token"
          ? { status: 200, body: { access_token: "planted-token", expires_in: 1800 } }
          : { status: 400, body: { detail: "Bad token planted-token of the-key with planted-secret." } },
    );
    try {
      const opened = open({ url: server.url, secret: '{"key":"the-key","secret":"planted-secret"}' });
      const session = await opened.session;
      const answer = await session.get(`${server.url}/data/ed-fi/students`);
      expect(explain(answer).text).toBe("Bad token … of … with ….");
      expect(answer.body.toString()).not.toMatch(/planted/);
      expect(JSON.stringify(opened.log.lines)).not.toMatch(/planted/);
    } finally {
      await server.close();
    }
  });
});

describe("a token", () => {
  test("E4 that is refused is renewed once and the same request is sent again", async () => {
    const session = await open().session;
    await session.get(students(session), { limit: "1" });
    sandbox.expireTokens();
    sandbox.clearRequests();
    expect((await session.get(students(session), { limit: "2" })).status).toBe(200);
    const asked = sandbox.requests.map(({ path, query, status }) => [path, query, status]);
    expect(asked).toEqual([
      ["/data/v3/ed-fi/students", "limit=2", 401],
      ["/oauth/token", "", 200],
      ["/data/v3/ed-fi/students", "limit=2", 200],
    ]);
  });

  test("E5 that is refused again and again is not asked for without end", async () => {
    const session = await open().session;
    sandbox.addFaults({
      match: { resource: "students" },
      respond: { status: 401, body: { message: "Invalid token" } },
    });
    expect((await session.get(students(session))).status).toBe(401);
    expect(countOf("/oauth/token")).toBe(2);
    expect(countOf("/data/v3/ed-fi/students")).toBe(2);
  });

  test("E6 is asked for once by many requests that find theirs refused at the same time", async () => {
    const session = await open().session;
    await session.get(students(session));
    sandbox.expireTokens();
    sandbox.clearRequests();
    const answers = await Promise.all(Array.from({ length: 12 }, () => session.get(students(session))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(countOf("/oauth/token")).toBe(1);
  });

  test("that cannot be had for now is waited for", async () => {
    sandbox.addFaults({ match: { path: "/oauth/token" }, respond: { status: 503 }, times: 2 });
    const { session, waits } = open();
    const opened = await session;
    expect((await opened.get(students(opened))).status).toBe(200);
    expect(waits).toHaveLength(2);
  });
});

describe("discovery", () => {
  test.each([
    ["is down for a moment", { status: 503 }],
    ["is a gateway's page for a moment", { html: true }],
    ["is cut short", { truncate: true }],
    ["is lost on the way", { resetAfterBytes: 20 }],
  ])("E14 is asked for again when it %s", async (_, respond) => {
    sandbox.addFaults({ match: { path: "^/$" }, respond, times: 2 });
    const session = await open().session;
    expect(session.address("{urls.dataManagementApi}")).toBe(`${sandbox.url}/data/v3/`);
  });

  test("that is not there is a wrong address", async () => {
    sandbox.addFaults({ match: { path: "^/$" }, respond: { status: 404 } });
    await expect(open().session).rejects.toThrow(/no discovery document at its address. Check the url/);
  });

  test("E10 is refused where it leaves a place open that nobody fills", async () => {
    const server = await replying(() => ({
      status: 200,
      body: {
        urls: {
          oauth: "{at}/oauth/token",
          dataManagementApi: "{at}/{schoolYearFromRoute}/data/v3/",
          changeQueries: "{at}/{tenantIdentifier}/changeQueries/v1/",
        },
      },
    }));
    try {
      await expect(open({ url: server.url, schoolYear: 2026 }).session).rejects.toThrow(
        /leaves \{tenantIdentifier\} open in its address changeQueries. Set tenant/,
      );
    } finally {
      await server.close();
    }
  });
});

describe("the time of a delivery", () => {
  test("cuts the timeout of a request that begins near its end, and ends waiting", async () => {
    const timeouts: number[] = [];
    const http: HttpClient = async (request: HttpRequest) => {
      timeouts.push(request.timeoutMs);
      throw new RetryableError("down");
    };
    const { session, waits } = open({ http, until: Date.now() + 5 });
    await expect(session).rejects.toThrow("down");
    expect(timeouts[0]).toBe(1000);
    expect(waits.every((ms) => ms < 5)).toBe(true);
  });

  test("leaves a request its own timeout before that", async () => {
    const timeouts: number[] = [];
    const http: HttpClient = async (request: HttpRequest) => {
      timeouts.push(request.timeoutMs);
      return { status: 404, headers: new Headers(), body: Buffer.alloc(0) };
    };
    await expect(open({ http, until: Date.now() + 3_600_000 }).session).rejects.toThrow(PermanentError);
    expect(timeouts).toEqual([120_000]);
  });
});

interface Replying {
  readonly url: string;
  close(): Promise<void>;
}

/** A server that answers each path as told; `{at}` in a body is its own address. */
async function replying(answer: (url: string) => { status: number; body: unknown }): Promise<Replying> {
  const server: Server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body).replaceAll("{at}", url));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url, close };
}
