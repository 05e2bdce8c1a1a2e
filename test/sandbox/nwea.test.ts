import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
import { imitatedApis } from "../../sandbox/imitated.ts";
import { type NweaOptions, type NweaSandbox, startNwea } from "../../sandbox/nwea/nwea.ts";
import { unzipped } from "../unzipped.ts";

let nwea: NweaSandbox | undefined;
afterEach(async () => await nwea?.close());

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the body holds, and fails when it is something else
type Json = any;

async function start(options: NweaOptions = {}): Promise<NweaSandbox> {
  nwea = await startNwea(options);
  return nwea;
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const requestExport = async ({ url, user, password }: NweaSandbox) =>
  await fetch(`${url}/services/reporting/dex`, { headers: { authorization: basic(user, password) } });

/** A file of the export unpacked. */
async function exported(sandbox: NweaSandbox, name = "AssessmentResults.csv"): Promise<string> {
  const response = await requestExport(sandbox);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/zip"]);
  const files = unzipped(Buffer.from(await response.arrayBuffer()));
  expect([...files.keys()]).toEqual(["AssessmentResults.csv", "StudentsBySchool.csv", "ClassAssignments.csv"]);
  return files.get(name)?.toString("utf8") ?? "";
}

async function token({ url, key, secret }: NweaSandbox, headers: Readonly<Record<string, string>> = {}) {
  const own = { authorization: basic(key, secret), apikey: key, grant_type: "client_credentials" };
  const response = await fetch(`${url}/auth/v1/token`, { method: "POST", headers: { ...own, ...headers } });
  const json: Json = await response.json();
  return { status: response.status, json };
}

async function get(sandbox: NweaSandbox, path: string): Promise<{ status: number; json: Json }> {
  const { json } = await token(sandbox);
  const headers = { authorization: `Bearer ${json.access_token}`, apikey: sandbox.key };
  const response = await fetch(sandbox.url + path, { headers });
  return { status: response.status, json: await response.json() };
}

/** All results of all schools, page by page. */
async function growth(sandbox: NweaSandbox): Promise<Json[]> {
  const results: Json[] = [];
  for (const { schoolBid } of (await get(sandbox, "/organizations/v1/schools")).json) {
    for (let next = ""; ; ) {
      const { json } = await get(sandbox, `/test-results/v1/growth?school-bid=${schoolBid}${next}`);
      results.push(...json.testResults);
      if (!json.pagination.hasNextPage) break;
      next = `&next-page=${json.pagination.nextPage}`;
    }
  }
  return results;
}

const sample = readFileSync("sandbox/data/nwea/AssessmentResults.csv", "utf8");
const lines = (text: string) => text.trimEnd().split(/\r?\n/);

test("S14 the district's export is a zip of CSV with the sample's results as they were published", async () => {
  const sandbox = await start();
  const text = await exported(sandbox);
  expect(lines(text)[0]).toBe(lines(sample)[0]);
  expect(lines(text).slice(1, 7)).toEqual(lines(sample).slice(1, 7));
  // The last line of the sample lacks its last column.
  expect(lines(text)[7]).toBe(`${lines(sample)[7]},""`);
  const roster = await exported(sandbox, "StudentsBySchool.csv");
  expect(lines(roster)).toHaveLength(7);
  expect(lines(roster)[1]).toContain('"Dyer","Tyrone","","605000","604821","11/13/2003"');
});

test("S14 columns come in another order, under other names, or not at all, after a byte order mark", async () => {
  const rename = { TestRITScore: "RIT Score" };
  const sandbox = await start({
    layout: { order: "reversed", rename, without: ["District_StateID"], bom: true, lineEnd: "\r\n" },
  });
  const [header = "", first = ""] = (await exported(sandbox)).split("\r\n");
  expect(header.startsWith("\uFEFFProjectedProficiencyLevel10,")).toBe(true);
  const columns = header.split(",");
  expect([columns.length, columns.at(-1), columns.includes("District_StateID")]).toEqual([142, "TermName", false]);
  expect(first.endsWith(',"Grand Bend ISD","Fall 2021-2022"')).toBe(true);
  expect(columns).toContain("RIT Score");
});

test("S14 an export of any size is made while it is read, the same each time, of Grand Bend's students", async () => {
  const sandbox = await start({ madeUpResults: 2000 });
  const text = await exported(sandbox);
  expect(lines(text)).toHaveLength(1 + 7 + 2000);
  expect(await exported(sandbox)).toBe(text);
  const students = lines(text)
    .slice(1)
    .map((line) => Number(line.split(",")[6]?.replaceAll('"', "")));
  expect([Math.min(...students), Math.max(...students)]).toEqual([604_821, 605_780]);
});

test("S14 the export wants the credentials, and is not there before it was made", async () => {
  const sandbox = await start({ hasExport: false });
  const wrong = await fetch(`${sandbox.url}/services/reporting/dex`, { headers: { authorization: basic("a", "b") } });
  expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="NWEA"']);
  expect((await requestExport(sandbox)).status).toBe(404);
});

test("S14 an export may break off or end early", async () => {
  const sandbox = await start();
  sandbox.addFaults({ match: { nth: 1 }, respond: { resetAfterBytes: 100 } });
  sandbox.addFaults({ match: { nth: 2 }, respond: { truncate: 100 } });
  await expect(requestExport(sandbox).then((response) => response.arrayBuffer())).rejects.toThrow();
  expect((await (await requestExport(sandbox)).arrayBuffer()).byteLength).toBe(100);
});

test("S14 results change and vanish in both interfaces", async () => {
  const sandbox = await start({ now: () => Date.UTC(2026, 0, 5) });
  const before = await growth(sandbox);
  expect(before).toHaveLength(7);
  const [changed, vanished] = before.map(({ testResultBid }) => testResultBid);
  sandbox.apply([
    { op: "update", resource: "results", id: changed, set: { TestRITScore: "212", TestName: "Growth:\nScience" } },
    { op: "delete", resource: "results", id: vanished },
    {
      op: "insert",
      resource: "results",
      record: {
        StudentID: "605009",
        SchoolName: "Grand Bend Middle School",
        District_StateID: "255901",
        School_StateID: "255901322",
        TermName: "Fall 2021-2022",
      },
    },
  ]);
  const after = await growth(sandbox);
  expect(after.map(({ testResultBid }) => testResultBid)).not.toContain(vanished);
  expect(after).toHaveLength(7);
  const [result] = after.filter(({ testResultBid }) => testResultBid === changed);
  expect([result.rit, result.modifiedDateTime]).toEqual([212, "2026-01-05T00:00:00.000Z"]);
  expect(await exported(sandbox)).toContain('"Growth:\nScience"');
  sandbox.reset();
  expect(await growth(sandbox)).toEqual(before);
});

test("S14 the partner's token is asked for by headers, and expires_in is text", async () => {
  const sandbox = await start();
  const { status, json } = await token(sandbox);
  expect([status, json.expires_in, json.token_type]).toEqual([200, "3599", "BearerToken"]);
  expect((await token(sandbox, { apikey: "other" })).status).toBe(401);
  expect((await token(sandbox, { grant_type: "password" })).status).toBe(401);
  const authorization = `Bearer ${json.access_token}`;
  const ask = async () =>
    await fetch(`${sandbox.url}/organizations/v1/districts`, { headers: { authorization, apikey: sandbox.key } });
  expect((await ask()).status).toBe(200);
  sandbox.expireTokens();
  const expired = await ask();
  expect([expired.status, (await expired.json()) as Json]).toMatchObject([
    401,
    { fault: { faultstring: "Invalid Access Token" } },
  ]);
});

test("S14 the partner API leaves out what is empty, and refuses other districts", async () => {
  const sandbox = await start();
  const results = await growth(sandbox);
  const [science] = results.filter(({ subjectArea }) => subjectArea === "Science");
  expect(science.instructionalAreas[0]).toMatchObject({
    name: "Matter, Force, Motion and Energy",
    score: 201,
    low: 195,
    high: 207,
  });
  const [screening] = results.filter(({ testType }) => testType === "Survey");
  expect(["lexile", "instructionalAreas", "quantile"].filter((name) => name in screening)).toEqual([]);
  // By the clocks of the district it began at 08:54:50; and others have taken the same test.
  expect([science.administrationStartDateTime, science.testKey]).toEqual(["2021-09-16T13:54:50Z", "MAP2-4467"]);
  expect(screening.growthEventYn).toBe(false);
  const [{ districtBid }] = (await get(sandbox, "/organizations/v1/districts")).json;
  expect((await get(sandbox, `/organizations/v1/districts/${districtBid}/schools`)).json).toHaveLength(6);
  const [student] = (await get(sandbox, `/organizations/v1/districts/${districtBid}/students`)).json;
  expect([student.studentId, student.stateId, student.lastName]).toEqual(["605000", "604821", "Dyer"]);
  expect((await get(sandbox, "/organizations/v1/districts/other/schools")).status).toBe(403);
  expect((await get(sandbox, "/test-results/v1/growth?school-bid=other")).status).toBe(404);
});

test("S14 a page's size is the server's, and a faulty one gives the same token again", async () => {
  const sandbox = await start({ pageSize: 1 });
  expect(await growth(sandbox)).toHaveLength(7);
  await sandbox.close();
  const faulty = await start({ repeatsToken: true });
  const [{ schoolBid }] = (await get(faulty, "/organizations/v1/schools")).json;
  const path = `/test-results/v1/growth?school-bid=${schoolBid}`;
  const { nextPage } = (await get(faulty, path)).json.pagination;
  expect((await get(faulty, `${path}&next-page=${nextPage}`)).json.pagination).toEqual({ hasNextPage: true, nextPage });
});

test("S14 rollcall sandbox --source nwea serves both with the credentials that its secret holds", async () => {
  const api = await imitatedApis.nwea?.(0);
  const { user = "", password = "" } = api?.secret ?? {};
  const { status } = await fetch(`${api?.url}/services/reporting/dex`, {
    headers: { authorization: basic(user, password) },
  });
  await api?.close();
  expect(status).toBe(200);
});
