import { afterEach, describe, expect, test } from "@jest/globals";
import type { Sandbox, SandboxOptions } from "../../sandbox/sandbox.ts";
import type { Connector } from "../../shared/config/connector.ts";
import type { Source } from "../../shared/config/sources.ts";
import { createHttpClient, type HttpClient } from "../../shared/connector/http.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { type Examination, examine } from "../../shared/doctor/examine.ts";
import type { Finding } from "../../shared/doctor/finding.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { district } from "../extract/district.ts";
import { connectors, keptLog, sourcesFor } from "../fakes/extract-world.ts";

const edfi = connectors.get("edfi") as Connector;
const chosen = ["students", "schools", "sessions"];
const student = { studentUniqueId: "604821", firstName: "Planted", lastSurname: "Pupil" };
let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

async function serve(options: SandboxOptions = {}): Promise<Sandbox> {
  const files = {
    "students.jsonl": [student],
    "schools.jsonl": [{ schoolId: 1, nameOfInstitution: "School" }],
    "sessions.jsonl": [
      { schoolReference: { schoolId: 1 }, schoolYearTypeReference: { schoolYear: 2011 }, sessionName: "Fall" },
    ],
  };
  sandbox = await district(files, { dataStandard: 5, ...options });
  return sandbox;
}

interface Settings {
  readonly url?: string;
  readonly secret?: string;
  readonly http?: HttpClient;
  readonly source?: Partial<Source>;
  readonly endpoints?: readonly string[];
  readonly year?: number;
}

async function look(at: Sandbox, settings: Settings = {}): Promise<Examination> {
  const [source] = sourcesFor(settings.url ?? at.url).sources;
  if (!source) throw new Error("no source");
  const ports = {
    http: settings.http ?? createHttpClient({ userAgent: "test" }),
    secrets: { read: async () => settings.secret ?? JSON.stringify({ key: at.key, secret: at.secret }) },
    tokens: new TokenCache(),
    clock: { now: systemClock.now, sleep: async () => undefined },
    log: keptLog(),
  };
  const { source: changes, year = 2011, endpoints = chosen } = settings;
  return examine({ ...source, ...changes }, edfi, year, ports, endpoints);
}

function about({ findings }: Examination, check: string, status?: Finding["status"]): Finding[] {
  return findings.filter((finding) => finding.check === check && (status === undefined || finding.status === status));
}

const failures = ({ findings }: Examination): Finding[] => findings.filter(({ status }) => status === "fails");

describe("a source that is well", () => {
  test.each([
    ["ods-5.3", "5.3", { cursor: "note", keyChanges: "note" }],
    ["ods-6.1", "6.1", { cursor: "note", keyChanges: "works" }],
    ["ods-7.1", "7.1", { cursor: "note", keyChanges: "works" }],
    ["ods-7.3", "7.3", { cursor: "works", keyChanges: "works" }],
    ["dms-8", "8.0", { cursor: "works", keyChanges: "works" }],
  ] as const)("is found so as %s", async (profile, version, expected) => {
    const examined = await look(await serve({ profile }));
    expect(failures(examined)).toEqual([]);
    expect(about(examined, "address")[0]?.text).toMatch(new RegExp(`version ${version}.*Ed-Fi \\d`));
    expect(about(examined, "clock")).toMatchObject([{ status: "works" }]);
    expect(about(examined, "credentials")[0]?.text).toMatch(/accepted; claim set "Rollcall"/);
    expect(about(examined, "change queries")[0]?.text).toMatch(/on; newest change version \d+/);
    expect(about(examined, "cursor paging")).toMatchObject([{ status: expected.cursor }]);
    expect(about(examined, "key changes")).toMatchObject([{ status: expected.keyChanges }]);
    expect(about(examined, "snapshots")).toMatchObject([{ status: "note" }]);
    expect(examined.endpoints).toEqual(
      chosen.map((endpoint) => expect.objectContaining({ endpoint, read: "yes", readChanges: "yes" })),
    );
  });

  test("is asked little, with no more requests at once than it allows, and its records are not told", async () => {
    const served = await serve({ latencyMs: 20 });
    const examined = await look(served, { source: { concurrency: 2 }, endpoints: Object.keys(edfi.endpoints) });
    expect(examined.requests).toBe(served.requests.length);
    expect(examined.requests).toBeLessThan(Object.keys(edfi.endpoints).length + 15);
    expect(served.highWater()).toBeLessThanOrEqual(2);
    const told = JSON.stringify(examined);
    for (const secret of [served.secret, "Planted", "604821"]) expect(told).not.toContain(secret);
  });

  test("tells of a snapshot from 7.0 on", async () => {
    const served = await serve();
    expect(about(await look(served), "snapshots")[0]?.text).toMatch(/there is none/);
  });
});

describe("what does not work is named, with what to ask the host for", () => {
  test("an endpoint that may not be read, and one of which the deletes may not be", async () => {
    const served = await serve({
      claims: { sessions: { read: false, readChanges: false }, students: { readChanges: false } },
    });
    const examined = await look(served);
    expect(about(examined, "read", "fails")).toMatchObject([
      {
        remedy: expect.stringMatching(
          /^Ask the host: add to the claim set "Rollcall" the action Read on ed-fi\/sessions\./,
        ),
      },
    ]);
    expect(about(examined, "deletes", "fails")).toMatchObject([
      { remedy: expect.stringMatching(/ReadChanges on ed-fi\/students\./) },
    ]);
    expect(examined.endpoints).toMatchObject([
      { endpoint: "students", read: "yes", readChanges: "no" },
      { endpoint: "schools", read: "yes", readChanges: "yes" },
      { endpoint: "sessions", read: "no", said: expect.stringMatching(/claim/) },
    ]);
  });

  test("deletes that may not be read, where the API does not tell its claims", async () => {
    const served = await serve({ claims: { students: { readChanges: false } } });
    served.addFaults({ match: { path: "token_info$" }, respond: { status: 404 } });
    const examined = await look(served);
    expect(about(examined, "credentials")).toMatchObject([
      { status: "works", text: expect.stringMatching(/does not tell/) },
    ]);
    expect(about(examined, "deletes", "fails")[0]?.remedy).toMatch(/the key's claim set.*ed-fi\/students/);
  });

  test("endpoints that the data standard does not have are no failure", async () => {
    const examined = await look(await serve(), { endpoints: ["students", "grades"] });
    expect(failures(examined)).toEqual([]);
    expect(about(examined, "read", "note")[0]?.text).toMatch(/ed-fi\/grades/);
  });

  test("an address at which nothing is known, unlike endpoints that are not there", async () => {
    const served = await serve();
    const endpoints = ["grades", "courses"];
    expect(failures(await look(served, { endpoints }))).toEqual([]);
    served.addFaults({ match: { path: "/data/" }, respond: { status: 404 } });
    expect(failures(await look(served, { endpoints }))).toMatchObject([
      { check: "source", text: expect.stringMatching(/nothing at this address: not even ed-fi\/schools/) },
    ]);
  });

  test("change queries that are off", async () => {
    const examined = await look(await serve({ changeQueries: false }));
    expect(about(examined, "change queries")).toMatchObject([
      { status: "fails", remedy: expect.stringMatching(/turn on change queries/) },
    ]);
    expect(examined.endpoints.every(({ readChanges }) => readChanges === null)).toBe(true);
  });

  test.each([403, 404, 500])("change versions answered with %i", async (status) => {
    const served = await serve();
    served.addFaults({ match: { path: "availableChangeVersions$" }, respond: { status } });
    expect(about(await look(served), "change queries", "fails")).toHaveLength(1);
  });

  test("wrong credentials, and nothing is asked after them", async () => {
    const served = await serve();
    const examined = await look(served, { secret: JSON.stringify({ key: served.key, secret: "planted" }) });
    expect(failures(examined)).toMatchObject([
      { check: "credentials", remedy: expect.stringMatching(/secret "s".*ask the host whether the key is active/) },
    ]);
    expect(examined.requests).toBeLessThanOrEqual(3);
    expect(JSON.stringify(examined)).not.toContain("planted");
  });

  test("a key that another program has used up", async () => {
    const examined = await look(await serve({ tokenLimit: 0 }));
    expect(about(examined, "credentials")).toMatchObject([
      { status: "fails", remedy: expect.stringMatching(/a key of its own/) },
    ]);
  });

  test("a secret that is none, without a word of it", async () => {
    const examined = await look(await serve(), { secret: "planted, and no JSON" });
    expect(failures(examined)).toMatchObject([{ text: expect.stringMatching(/secret "s" is not JSON/) }]);
    expect(JSON.stringify(examined)).not.toContain("planted");
  });

  test("a source that is down", async () => {
    const examined = await look(await serve(), { url: "http://127.0.0.1:9" });
    expect(failures(examined)).toMatchObject([
      { check: "address", text: expect.stringMatching(/could not be reached/) },
    ]);
  });

  test("an address that is no API, and a school year that there is not", async () => {
    const served = await serve();
    const wrong = await look(served, { url: `${served.url}/api` });
    expect(failures(wrong)).toMatchObject([{ check: "address", text: expect.stringMatching(/answered 404/) }]);
    const year = await look(served, { url: `${served.url}/{school_year}`, year: 1999 });
    expect(failures(year)).toMatchObject([{ check: "address", text: expect.stringMatching(/No ODS instance/) }]);
  });

  test("a gateway's page in place of the discovery document, or of records", async () => {
    const served = await serve();
    served.addFaults({ match: { path: "^/$" }, respond: { status: 200, html: true }, times: 1 });
    expect(failures(await look(served))).toMatchObject([{ text: expect.stringMatching(/no discovery document/) }]);
    served.clearFaults();
    served.addFaults({ match: { path: "/students$" }, respond: { status: 200, html: true } });
    const examined = await look(served);
    expect(about(examined, "read", "fails")).toMatchObject([{ text: expect.stringMatching(/no list of records/) }]);
  });

  test("an endpoint that stays unwell, among others that are well", async () => {
    const served = await serve();
    served.addFaults({ match: { path: "/students$" }, respond: { status: 503 } });
    const examined = await look(served);
    expect(about(examined, "read", "fails")).toMatchObject([{ remedy: expect.stringMatching(/ed-fi\/students/) }]);
    expect(about(examined, "read", "works")[0]?.text).toMatch(/2 of 3/);
  });

  test("a token that is revoked at once", async () => {
    const served = await serve();
    served.addFaults({ match: { path: "availableChangeVersions$" }, respond: { status: 401 } });
    expect(failures(await look(served))).toMatchObject([{ text: expect.stringMatching(/revoked/) }]);
  });
});

describe("what the discovery document and its answer give away", () => {
  const document = (address: string): string =>
    JSON.stringify({
      version: "7.3",
      dataModels: [],
      urls: { oauth: `${address}/oauth/token`, dataManagementApi: `${address}/data/v3/` },
    });

  function answering(body: string, headers: Record<string, string>): HttpClient {
    return async ({ method }) => ({
      status: method === "GET" ? 200 : 401,
      headers: new Headers(headers),
      body: Buffer.from(body),
    });
  }

  test.each([
    [0, "works", /agrees/],
    [20_000, "works", /\d+ s apart/],
    [600_000, "fails", /ahead of/],
    [-600_000, "fails", /behind/],
  ])("a clock that is %i ms off", async (skew, status, text) => {
    const served = await serve();
    const date = new Date(Date.now() + skew).toUTCString();
    const examined = await look(served, { http: answering(document(served.url), { date }) });
    expect(about(examined, "clock")).toMatchObject([{ status, text: expect.stringMatching(text) }]);
  });

  test("nothing of the clock from a cache", async () => {
    const served = await serve();
    const date = new Date(Date.now() - 600_000).toUTCString();
    const examined = await look(served, { http: answering(document(served.url), { date, age: "600" }) });
    expect(about(examined, "clock")).toEqual([]);
  });

  test("addresses that would send the credentials in the clear, or elsewhere", async () => {
    const served = await serve();
    const url = "https://api.district.example";
    const plain = await look(served, { url, http: answering(document("http://api.district.example"), {}) });
    expect(about(plain, "addresses", "fails")).toMatchObject([{ remedy: expect.stringMatching(/X-Forwarded-Proto/) }]);
    const other = await look(served, { url, http: answering(document("https://internal.example"), {}) });
    expect(about(other, "addresses", "note")).toMatchObject([{ text: expect.stringMatching(/internal\.example/) }]);
  });
});
