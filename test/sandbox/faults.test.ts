import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { at, type Connected, connect, folderOf, students } from "./client.ts";

const folder = await folderOf({ "students.jsonl": students(40), "staffs.jsonl": [{ id: "a", staffUniqueId: "1" }] });

const statuses = async (api: Connected, path: string, count: number) => {
  const result: number[] = [];
  for (let index = 0; index < count; index += 1) {
    result.push((await api.get(path)).status);
  }
  return result;
};

test("A fault answers in place of the API, so often and no more", async () => {
  await using api = await connect({ data: folder });
  const rule = {
    match: { resource: "students" },
    respond: { status: 503, headers: { "retry-after": "7" }, body: { wait: true } },
    times: 2,
  };
  expect((await api.post("/sandbox/faults", [rule])).status).toBe(200);
  const { status, headers, json } = await api.get(at("students"));
  expect([status, headers.get("retry-after"), json]).toEqual([503, "7", { wait: true }]);
  expect((await api.get(at("staffs"))).status).toBe(200);
  expect(await statuses(api, at("students"), 2)).toEqual([503, 200]);
});

test("A fault may mean the nth request, a path, a query or a method", async () => {
  await using api = await connect({ data: folder });
  api.sandbox.addFaults([
    { match: { path: "^/data/v3/ed-fi/students$", nth: [2, 4] }, respond: { status: 500 } },
    { match: { query: "totalCount=true" }, respond: { status: 504 } },
    { match: { method: "POST", path: "/oauth/token" }, respond: { status: 429 } },
  ]);
  expect(await statuses(api, at("students"), 5)).toEqual([200, 500, 200, 500, 200]);
  expect(await statuses(api, `${at("staffs")}?totalCount=true`, 1)).toEqual([504]);
  expect((await fetch(`${api.sandbox.url}/oauth/token`, { method: "POST" })).status).toBe(429);
  api.sandbox.clearFaults();
  expect(await statuses(api, `${at("staffs")}?totalCount=true`, 1)).toEqual([200]);
});

test("A page of HTML may come with status 200", async () => {
  await using api = await connect({ data: folder });
  api.sandbox.addFaults({ respond: { html: true }, times: 1 });
  const { status, headers, text } = await api.get(at("students"));
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(text).toContain("<html>");
});

test("A body may be cut short as if it were whole", async () => {
  await using api = await connect({ data: folder });
  const whole = (await api.get(at("staffs"))).text;
  api.sandbox.addFaults({ match: { resource: "staffs" }, respond: { truncate: 9 }, times: 1 });
  const response = await fetch(api.sandbox.url + at("staffs"), { headers: { authorization: `Bearer ${api.token}` } });
  expect([response.status, await response.text()]).toEqual([200, whole.slice(0, 9)]);
});

test.each([0, 100])("A connection may be lost after %i bytes", async (bytes) => {
  await using api = await connect({ data: folder });
  api.sandbox.addFaults({ respond: { resetAfterBytes: bytes }, times: 1 });
  await expect(api.get(at("students"))).rejects.toThrow();
  expect((await api.get(at("students"))).json).toHaveLength(40);
  expect(api.sandbox.requests.map((request) => request.status).slice(-2)).toEqual([0, 200]);
});

test("An answer may be late", async () => {
  await using api = await connect({ data: folder });
  api.sandbox.addFaults({ respond: { delayMs: 60 }, times: 1 });
  const started = performance.now();
  expect((await api.get(at("staffs"))).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThanOrEqual(55);
});

test("A rule may change the data just before a request is answered", async () => {
  await using api = await connect({ data: folder, maxPageSize: 10 });
  const change = { op: "delete", resource: "students", key: { studentUniqueId: "s1" } };
  await api.post("/sandbox/faults", { match: { resource: "students", nth: 2 }, apply: [change], times: 1 });
  const first = (query: string) =>
    api.get(`${at("students")}?${query}`).then((answer) => answer.json[0].studentUniqueId);
  expect(await first("offset=0")).toBe("s1");
  // The row that moved up is never seen by a reader who pages forward.
  expect(await first("offset=10")).toBe("s12");
});

test("A rule whose change cannot be made answers 500 with the reason, and the server lives", async () => {
  await using api = await connect({ data: folder });
  api.sandbox.addFaults({ apply: [{ op: "delete", resource: "students", id: "none" }], times: 1 });
  const { status, headers } = await api.get(at("students"));
  expect([status, headers.get("x-sandbox-error")]).toEqual([500, "students has no record with the id none."]);
  expect((await api.get(at("students"))).status).toBe(200);
});

test("A rule that makes no sense is refused", async () => {
  await using api = await connect({ data: folder });
  for (const rule of [{ match: { path: "(" } }, { respond: { status: 42 } }, { other: 1 }, "no json"]) {
    expect((await api.post("/sandbox/faults", rule)).status).toBe(400);
  }
  expect((await api.get("/sandbox/faults")).json).toEqual([]);
});

test("The log has every request to the API, with the token's hash and never the token", async () => {
  await using api = await connect({ data: folder });
  await api.get(`${at("students")}?limit=3`);
  await api.get(at("nothing"));
  const { json, text } = await api.get("/sandbox/requests");
  const hash = createHash("sha256").update(api.token).digest("hex").slice(0, 12);
  expect(json.count).toBe(3);
  expect(json.requests).toMatchObject([
    { number: 1, method: "POST", path: "/oauth/token", status: 200 },
    { number: 2, method: "GET", path: at("students"), query: "limit=3", status: 200, tokenHash: hash, concurrent: 1 },
    { number: 3, path: at("nothing"), status: 404 },
  ]);
  expect(text).not.toContain(api.token);
  expect(text).not.toContain(api.sandbox.secret);
});

test("The log is bounded, and the high-water mark counts what is answered at once", async () => {
  await using api = await connect({ data: folder, logSize: 5, latencyMs: 30 });
  await Promise.all(Array.from({ length: 8 }, () => api.get(at("staffs"))));
  expect(api.sandbox.requests).toHaveLength(5);
  expect(api.sandbox.highWater()).toBe(8);
  await api.post("/sandbox/reset", "");
  expect((await api.get("/sandbox/requests")).json).toEqual({ count: 0, highWater: 0, requests: [] });
});

test("The sandbox's own paths that are not there say so", async () => {
  await using api = await connect({ data: folder });
  expect((await api.get("/sandbox/nothing")).status).toBe(404);
  expect((await api.get("/sandbox/changes")).status).toBe(404);
});
