import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { answerOf, folderOf, students } from "./client.ts";
import { discover, numbersOf } from "./discovered.ts";

const data = {
  2026: await folderOf({ "students.jsonl": students(40), "staffs.jsonl": [{ id: "a", staffUniqueId: "1" }] }),
};

test.each([429, 500, 502, 503, 504])("S12 status %i by rule, so often and no more", async (status) => {
  await using api = await discover({ data });
  await api.control("POST", "faults", { match: { resource: "students" }, respond: { status }, times: 2 });
  const seen: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    seen.push((await api.data("students?limit=1")).status);
  }
  expect(seen).toEqual([status, status, 200]);
  expect((await api.data("staffs")).status).toBe(200);
});

test("S12 Retry-After in seconds and as a date that is not too early", async () => {
  await using api = await discover({ data });
  api.sandbox.addFaults([
    { match: { nth: 1 }, respond: { status: 503, retryAfterSeconds: 7 } },
    { match: { nth: 1 }, respond: { status: 429, retryAfterDate: 7 } },
  ]);
  expect((await api.data("students")).headers.get("retry-after")).toBe("7");
  api.sandbox.clearFaults();
  api.sandbox.addFaults({ respond: { status: 429, retryAfterDate: 7 } });
  const before = Date.now();
  const date = (await api.data("students")).headers.get("retry-after") ?? "";
  expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  expect(Date.parse(date) - before).toBeGreaterThanOrEqual(7000);
  expect(Date.parse(date) - before).toBeLessThanOrEqual(9000);
});

test.each([
  ["ods-7.1", 503, { message: "The service is temporarily unable to handle the request. Retry the request later." }],
  ["ods-7.3", 503, { type: "urn:ed-fi:api:service-unavailable", title: "Service Unavailable", status: 503 }],
  ["dms-8", 429, { type: "urn:ed-fi:api:too-many-requests", status: 429, validationErrors: {}, errors: [] }],
  ["dms-8", 500, { type: "urn:ed-fi:api:system", status: 500, validationErrors: {}, errors: [] }],
] as const)("S12 %s: status %i may come with the version's own body", async (profile, status, body) => {
  await using api = await discover({ data, profile });
  api.sandbox.addFaults({ respond: { status, problem: true, retryAfterSeconds: 4 } });
  const answer = await api.data("students");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, "4"]);
  expect(answer.json).toMatchObject(body);
});

test("S12 an answer comes late, by rule or all of them", async () => {
  await using api = await discover({ data, latencyMs: 30 });
  api.sandbox.addFaults({ match: { resource: "staffs" }, respond: { delayMs: 90 }, times: 1 });
  const took = async (path: string) => {
    const started = performance.now();
    expect((await api.data(path)).status).toBe(200);
    return performance.now() - started;
  };
  expect(await took("students?limit=1")).toBeGreaterThanOrEqual(28);
  expect(await took("staffs")).toBeGreaterThanOrEqual(118);
});

test.each([0, 1, 500])("S12 a connection is reset after %i bytes", async (resetAfterBytes) => {
  await using api = await discover({ data });
  api.sandbox.addFaults({ match: { resource: "students" }, respond: { resetAfterBytes }, times: 1 });
  await expect(api.data("students")).rejects.toThrow();
  expect((await api.data("students")).json).toHaveLength(40);
});

test("S12 JSON that ends early looks like a whole answer", async () => {
  await using api = await discover({ data });
  const whole = (await api.data("students?limit=2")).text;
  api.sandbox.addFaults({ match: { resource: "students" }, respond: { truncate: true }, times: 1 });
  const response = await fetch(`${api.document.urls.dataManagementApi}ed-fi/students?limit=2`, {
    headers: { authorization: `Bearer ${api.token}` },
  });
  expect([response.status, await response.text()]).toEqual([200, whole.slice(0, Math.floor(whole.length / 2))]);
});

test("S12 a packed answer may be none", async () => {
  await using api = await discover({ data });
  api.sandbox.addFaults({ match: { resource: "students" }, respond: { brokenGzip: true }, times: 1 });
  await expect(api.data("students")).rejects.toThrow();
  expect((await api.data("students")).status).toBe(200);
});

test("S12 a gateway's page of HTML comes with status 200", async () => {
  await using api = await discover({ data });
  api.sandbox.addFaults({ match: { resource: "students" }, respond: { html: true }, times: 1 });
  const { status, headers, text } = await api.data("students");
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(text).toMatch(/^<html>/);
});

test.each(profileNames)("S12 %s: 504 falls on totalCount alone", async (profile) => {
  await using api = await discover({ data, profile });
  api.sandbox.addFaults({ match: { query: "(?i:totalCount=true)" }, respond: { status: 504, html: true } });
  expect((await api.data("students?limit=5&totalCount=true")).status).toBe(504);
  expect((await api.data("students?limit=5")).json).toHaveLength(5);
});

test.each(profileNames)("S12 %s: a poison row fails every page that holds it, and no other", async (profile) => {
  await using api = await discover({ data, profile });
  const poison = students(40)[16]?.id ?? "";
  await api.control("POST", "faults", {
    match: { resource: "students", contains: poison },
    respond: { status: 500, problem: true },
  });
  const rows = students(40).map(({ studentUniqueId }) => Number(studentUniqueId.slice(1)));
  const order =
    profile < "ods-7.3" && profile.startsWith("ods") ? rows.sort((a, b) => (`s${a}` < `s${b}` ? -1 : 1)) : rows;
  const place = order.indexOf(17);
  const status = async (offset: number, limit: number) =>
    (await api.data(`students?offset=${offset}&limit=${limit}`)).status;
  expect(await status(0, 40)).toBe(500);
  expect(await status(place, 1)).toBe(500);
  expect(await status(0, place)).toBe(200);
  expect(await status(place + 1, 40)).toBe(200);
  expect((await api.data("students?limit=0&totalCount=true")).headers.get("total-count")).toBe("40");
});

test("S12 tokens, discovery and versions fall to rules like any other address", async () => {
  await using api = await discover({ data });
  api.sandbox.addFaults([
    { match: { path: "^/$" }, respond: { status: 503 } },
    { match: { path: "/oauth/token$" }, respond: { status: 500 } },
    { match: { path: "availableChangeVersions" }, respond: { status: 502, html: true } },
  ]);
  expect((await fetch(api.sandbox.url)).status).toBe(503);
  expect((await answerOf(await fetch(`${api.sandbox.url}/oauth/token`, { method: "POST" }))).status).toBe(500);
  expect((await api.changes("availableChangeVersions")).status).toBe(502);
});

const remove = (number: number) => ({ op: "delete", resource: "students", key: { studentUniqueId: `s${number}` } });
const insert = (name: string) => ({ op: "insert", resource: "students", record: { studentUniqueId: name } });

test.each(profileNames)("S5 %s: a script changes the data before the n-th request to an address", async (profile) => {
  await using api = await discover({ data, profile, maxPageSize: 10 });
  await api.control("POST", "faults", [
    { match: { resource: "students", nth: 2 }, apply: [remove(1)] },
    { match: { resource: "students", nth: 3 }, apply: [insert("s0"), remove(2)] },
  ]);
  const count = async () => (await api.data("students?limit=1&totalCount=true")).headers.get("total-count");
  expect([await count(), await count(), await count(), await count()]).toEqual(["40", "39", "39", "39"]);
  expect(await api.data("staffs?limit=1").then(({ json }) => json)).toHaveLength(1);
});

test("S5 a forward reader misses the row that a deletion moves into a page it has read", async () => {
  await using api = await discover({ data, profile: "ods-7.3", maxPageSize: 10 });
  await api.control("POST", "faults", { match: { resource: "students", nth: 2 }, apply: [remove(3)] });
  const seen: number[] = [];
  for (const offset of [0, 10, 20, 30]) {
    seen.push(...numbersOf((await api.data(`students?offset=${offset}&limit=10`)).json));
  }
  expect(seen).not.toContain(11);
  expect(seen).toHaveLength(39);
});

test("S5 a change may fall in the middle of a request, between the choice of rows and their reading", async () => {
  await using api = await discover({ data, profile: "dms-8" });
  api.sandbox.addFaults({ match: { resource: "students" }, between: [remove(2)], times: 1 });
  expect(numbersOf((await api.data("students?limit=3")).json)).toEqual([1, 3]);
  expect(numbersOf((await api.data("students?limit=3")).json)).toEqual([1, 3, 4]);
});

test("S16 the log says who asked what, with which token, and how many at once", async () => {
  await using api = await discover({ data, latencyMs: 20 });
  await Promise.all([1, 2, 3, 4, 5].map((offset) => api.data(`students?limit=1&offset=${offset}`)));
  await api.data("staffs");
  const { json } = await api.control("GET", "requests");
  expect(json.highWater).toBe(5);
  expect(json.count).toBe(8);
  expect(json.requests.map(({ path }: { path: string }) => path)).toEqual([
    "/",
    "/oauth/token",
    ...Array.from({ length: 5 }, () => "/data/v3/ed-fi/students"),
    "/data/v3/ed-fi/staffs",
  ]);
  const [, , first, ...others] = json.requests;
  expect(first).toMatchObject({
    method: "GET",
    query: "limit=1&offset=1",
    status: 200,
    tokenHash: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  expect(new Set(others.map(({ tokenHash }: { tokenHash: string }) => tokenHash))).toEqual(new Set([first.tokenHash]));
  expect(JSON.stringify(json)).not.toContain(api.token);
});

test("S16 the high-water mark begins anew with the log", async () => {
  await using api = await discover({ data, latencyMs: 20 });
  await Promise.all([1, 2, 3].map(() => api.data("staffs")));
  await api.control("DELETE", "requests");
  await api.data("staffs");
  expect([api.sandbox.highWater(), api.sandbox.requests.length]).toEqual([1, 1]);
});
