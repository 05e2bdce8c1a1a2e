import { afterEach, expect, test } from "@jest/globals";
import { imitatedApis } from "../../sandbox/imitated.ts";
import { type IsamsOptions, type IsamsSandbox, startIsams } from "../../sandbox/isams/isams.ts";

let isams: IsamsSandbox | undefined;
afterEach(async () => {
  await isams?.close();
  isams = undefined;
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the body holds, and fails when it is something else
type Json = any;

async function start(options: IsamsOptions = {}): Promise<IsamsSandbox> {
  isams = await startIsams(options);
  return isams;
}

async function askToken(form: Readonly<Record<string, string>> = {}): Promise<{ status: number; json: Json }> {
  const { url = "", clientId = "", clientSecret = "" } = isams ?? {};
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...form,
  });
  const response = await fetch(`${url}/auth/connect/token`, { method: "POST", body });
  return { status: response.status, json: await response.json() };
}

async function get(path: string, token?: string): Promise<{ status: number; json: Json }> {
  const bearer = token ?? (await askToken()).json.access_token;
  const response = await fetch(`${isams?.url}/api/${path}`, { headers: { authorization: `Bearer ${bearer}` } });
  return { status: response.status, json: await response.json() };
}

test("S15 pages begin with 1 and tell their totals; beyond the last one the list is empty", async () => {
  await start();
  const { json } = await get("students?page=2&pageSize=200");
  expect({ ...json, students: json.students.length }).toEqual({
    count: 200,
    page: 2,
    pageSize: 200,
    totalCount: 480,
    totalPages: 3,
    students: 200,
  });
  expect((await get("students?page=4&pageSize=200")).json).toMatchObject({ count: 0, totalCount: 480, students: [] });
  expect((await get("students")).json.students).toHaveLength(100);
});

test("S15 a list is named after its endpoint, and one that has no pages has no totals", async () => {
  await start();
  expect(Object.keys((await get("school/terms")).json)).toEqual(["terms"]);
  expect((await get("admissions/applicants/students?pageSize=3")).json.students[0]).not.toHaveProperty("id");
  expect((await get("school/yeargroups")).json.yearGroups.map(({ ncYear }: Json) => ncYear)).toContain(-2);
  expect((await get("school/yeargroups/9/divisions")).json).toEqual({
    divisions: [
      { id: 170, code: "S", name: "Senior" },
      { id: 171, code: "S", name: "Scholars" },
    ],
  });
  expect((await get("school/yeargroups/-2/divisions")).json).toEqual({ divisions: [] });
  expect((await get("school/yeargroups/99/divisions")).status).toBe(404);
});

test("S15 a token comes for client credentials in a form, and ends", async () => {
  let now = 0;
  await start({ now: () => now, tokenSeconds: 10 });
  expect(await askToken({ client_secret: "wrong" })).toMatchObject({ status: 400, json: { error: "invalid_client" } });
  const { json } = await askToken();
  expect(json).toMatchObject({ expires_in: 10, token_type: "Bearer" });
  expect((await get("school/terms", json.access_token)).status).toBe(200);
  now += 10_000;
  expect((await get("school/terms", json.access_token)).status).toBe(401);
});

test.each([429, 403] as const)(
  "S15 a key may send so many requests in an hour; then it is answered %i",
  async (status) => {
    let now = 0;
    await start({
      now: () => now,
      throttle: { requests: 2, seconds: 3600 },
      throttleStatus: status,
      tokenSeconds: 99_999,
    });
    const token = (await askToken()).json.access_token;
    const statuses: number[] = [];
    for (let request = 0; request < 3; request += 1) statuses.push((await get("school/terms", token)).status);
    expect(statuses).toEqual([200, 200, status]);
    now += 3_600_000;
    expect((await get("school/terms", token)).status).toBe(200);
  },
);

test("S15 what a key may not read is an error in a body with status 200", async () => {
  await start({ forbidden: ["alumni"] });
  expect(await get("alumni")).toEqual({
    status: 200,
    json: { message: "The user is not authorised for this request" },
  });
});

test("S15 S17 the rows are the same each time, and change when they are told to", async () => {
  const first = await start();
  const rows = JSON.stringify(first.rows("students"));
  await first.close();
  const second = await start();
  expect(JSON.stringify(second.rows("students")) === rows).toBe(true);
  second.apply([
    { op: "update", resource: "students", id: "1000", set: { forename: "Other" } },
    { op: "delete", resource: "applicants", id: String(second.rows("applicants")[0]?.schoolId) },
  ]);
  expect((await get("students?pageSize=1")).json.students[0].forename).toBe("Other");
  expect((await get("admissions/applicants/students?pageSize=1")).json.totalCount).toBe(129);
});

test("S15 is what rollcall sandbox --source isams serves", async () => {
  const api = await imitatedApis.isams?.(0);
  try {
    expect(api?.secret).toEqual({ client_id: "sandbox", client_secret: "sandbox-secret" });
    expect((await fetch(`${api?.url}/api/students`)).status).toBe(401);
  } finally {
    await api?.close();
  }
});
