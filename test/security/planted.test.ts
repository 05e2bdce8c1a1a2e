import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { onMessage } from "../../functions/on-message.ts";
import type { FaultInput } from "../../sandbox/http/faults.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type ExtractPorts, extract } from "../../shared/extract/extract.ts";
import { log, setLogSink } from "../../shared/log.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { district, worldOf } from "../extract/district.ts";
import { type ExtractWorld, keptTopic } from "../fakes/extract-world.ts";
import { students } from "../sandbox/client.ts";
import { found, planted, sentence } from "./words.ts";

const headers = {
  "set-cookie": `id=${planted.cookie}`,
  "www-authenticate": `Bearer error="invalid_token", error_description="${planted.surname}"`,
  "x-student": planted.studentId,
  "total-count": planted.surname,
  "next-page-token": planted.surname,
  "x-request-id": planted.email,
};

const problem = {
  type: `urn:ed-fi:${planted.surname}`,
  title: sentence,
  detail: sentence,
  message: sentence,
  error: sentence,
  error_description: sentence,
  errors: [sentence],
  validationErrors: { [planted.surname]: [sentence] },
};

const elsewhere = `https://elsewhere.example/${planted.surname}?student=${planted.studentId}`;
const record = {
  id: planted.studentId,
  studentUniqueId: planted.studentId,
  firstName: planted.firstName,
  lastSurname: planted.surname,
};

type Respond = NonNullable<FaultInput["respond"]>;

const faults: [string, Respond][] = [
  ...[400, 401, 403, 404, 409, 410, 422, 429, 500, 503].map((status): [string, Respond] => [
    `an error ${status}`,
    { status, headers, body: problem },
  ]),
  ["a redirect", { status: 302, headers: { ...headers, location: elsewhere }, body: problem }],
  ["a page of HTML", { status: 200, headers, html: `<html><title>${sentence}</title></html>` }],
  ["an error page", { status: 502, headers, html: `<html><title>${sentence}</title></html>` }],
  ["an error in a good answer", { status: 200, headers, body: problem }],
  ["records that are none", { status: 200, headers, body: [record, planted.surname, 7, [sentence]] }],
  ["JSON that is cut off", { status: 200, headers, html: `[${JSON.stringify(record).slice(0, -9)}` }],
  ["a true answer that is cut off", { truncate: true, headers }],
  ["a true answer that breaks off", { resetAfterBytes: 40, headers }],
  ["gzip that is none", { brokenGzip: true, headers }],
  [
    "a token that is a name",
    { status: 200, headers, body: { access_token: "", expires_in: sentence, newestChangeVersion: sentence } },
  ],
  [
    "addresses elsewhere",
    {
      status: 200,
      headers,
      body: {
        version: sentence,
        apiMode: sentence,
        urls: { oauth: `file:///${planted.surname}`, dataManagementApi: elsewhere },
      },
    },
  ],
];

/** Where a run asks the source for something. */
const places: [string, NonNullable<FaultInput["match"]>][] = [
  ["discovery", { path: "^/?$" }],
  ["the token", { path: "/oauth/token" }],
  ["the newest change version", { path: "availableChangeVersions" }],
  ["the count", { query: "totalCount=true" }],
  ["the partitions", { path: "/students/partitions" }],
  ["a page", { path: "/students$", query: "pageToken|offset" }],
];

let sandbox: Sandbox;
let server: Server;
let url: string;
let ports: ExtractPorts;
const logged: string[] = [];
const printed: string[] = [];
const deadLetters = keptTopic();

beforeAll(async () => {
  for (const name of ["error", "warn", "log", "info"] as const) {
    jest.spyOn(console, name).mockImplementation((...said: unknown[]) => {
      printed.push(said.map(String).join(" "));
    });
  }
  setLogSink((severity, message, fields) => logged.push(JSON.stringify({ severity, message, ...fields })));
  const content = students(25).map((student) => ({
    ...student,
    ...record,
    id: student.id,
    birthDate: planted.birthDate,
  }));
  sandbox = await district(
    { "students.jsonl": content },
    { key: planted.key, secret: planted.secret, maxPageSize: 10, tokenLimit: null },
  );
  onMessage({
    name: "planted",
    schema: extractMessageSchema,
    deadLetters,
    handle: (message, origin) => extract(message, origin, ports),
  });
  server = getTestServer("planted");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/projects/p/topics/extract`;
});

afterAll(async () => {
  jest.restoreAllMocks();
  setLogSink(undefined);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await sandbox.close();
});

beforeEach(() => {
  logged.length = 0;
  printed.length = 0;
  deadLetters.messages.length = 0;
  sandbox.clearFaults();
});

/** Posts a message as Pub/Sub does, again while it is asked for. @returns the answers' bodies */
async function deliver(text: string): Promise<string[]> {
  const message = { data: Buffer.from(text).toString("base64"), messageId: "1", publishTime: "2026-11-21T03:00:00Z" };
  const bodies: string[] = [];
  for (let delivery = 0; delivery < 3; delivery += 1) {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ subscription: "s", message }),
    });
    bodies.push(await answer.text());
    if (answer.status === 204) break;
  }
  return bodies;
}

/** Everything that a run leaves behind or says, but the lines of the pages. */
function traces(world: ExtractWorld, answers: readonly string[]): string {
  const objects = [...world.landing.objects, ...world.control.objects];
  const told = objects.map(([name, { body }]) => (name.endsWith(".ndjson.gz") ? name : `${name} ${body}`));
  const said = [logged, printed, answers, told, world.topic.messages, deadLetters.messages, world.log.lines];
  return JSON.stringify(said);
}

/** A world whose requests are watched for the tokens that they carry. */
function watchedWorld(overrides: Partial<ExtractPorts> = {}) {
  const world = worldOf(sandbox, { page_size: 10 }, { attemptsMax: 2, log, ...overrides });
  const tokens = new Set<string>();
  ports = {
    ...world.ports,
    http: async (request) => {
      const token = /^Bearer (.+)/.exec(request.headers?.authorization ?? "")?.[1];
      if (token) tokens.add(token);
      return world.ports.http(request);
    },
  };
  return { world, tokens };
}

const good = JSON.stringify({ v: 1, source: "d1", endpoint: "students" });

describe("what is planted in a source's answers", () => {
  test("is in the pages of a good run, and nowhere else", async () => {
    const { world, tokens } = watchedWorld();
    const answers = await deliver(good);
    const [manifest] = world.manifests();
    if (!manifest) throw new Error("no manifest");
    expect(world.texts(manifest).join()).toContain(planted.surname);
    expect(tokens.size).toBe(1);
    expect(found(traces(world, answers), [...tokens])).toEqual([]);
  });

  describe.each(places)("in place of %s", (_, match) => {
    test.each(faults)("is in nothing that %s leaves behind or has said", async (_, respond) => {
      sandbox.addFaults({ match, respond });
      const { world, tokens } = watchedWorld();
      const answers = await deliver(good);
      expect(found(traces(world, answers), [...tokens])).toEqual([]);
    });
  });

  test("has been met by every place: each fault was answered, and most ended the run", async () => {
    for (const [name, match] of places) {
      sandbox.clearFaults();
      sandbox.addFaults({ match, respond: { status: 400, headers, body: problem } });
      sandbox.clearRequests();
      watchedWorld();
      await deliver(good);
      expect({ name, met: sandbox.requests.some(({ status }) => status === 400) }).toEqual({ name, met: true });
    }
  });
});

describe("what is planted in a secret", () => {
  test.each([
    ["that is not JSON", planted.secret],
    ["that is cut off", `{"key":"${planted.key}","secret":"${planted.secret}`],
    ["that is a list", JSON.stringify([planted.key, planted.secret])],
    ["that lacks a field", JSON.stringify({ key: planted.key, password: planted.secret })],
    ["that is wrong", JSON.stringify({ key: `${planted.key}-of-another`, secret: planted.secret })],
  ])("%s is in nothing that is left behind or said", async (_, secret) => {
    const { world } = watchedWorld({ secrets: { read: async () => secret } });
    const answers = await deliver(good);
    const left = traces(world, answers);
    expect(found(left)).toEqual([]);
    expect(left).toMatch(/secret|credentials/);
  });
});

describe("what is planted in a message", () => {
  test.each([
    ["is not JSON", sentence],
    ["has a field of another type", JSON.stringify({ source: { name: sentence }, endpoint: [sentence] })],
    ["has a field that no message has", JSON.stringify({ source: "d1", endpoint: "students", [planted.surname]: 1 })],
    ["has a version to come", JSON.stringify({ v: sentence, source: "d1", endpoint: "students" })],
    ["has a run id that is none", JSON.stringify({ source: "d1", endpoint: "students", run_id: sentence })],
  ])("that %s is in the dead letter, to be looked at, and in no log", async (_, text) => {
    watchedWorld();
    await deliver(text);
    expect(deadLetters.messages).toEqual([expect.objectContaining({ message: text })]);
    expect(
      found(JSON.stringify([logged, printed, deadLetters.messages.map((letter) => ({ ...letter, message: "" }))])),
    ).toEqual([]);
  });
});
