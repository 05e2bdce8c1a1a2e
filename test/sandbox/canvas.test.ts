import { afterEach, expect, test } from "@jest/globals";
import { type CanvasOptions, type CanvasSandbox, startCanvas } from "../../sandbox/canvas/canvas.ts";
import { imitatedApis } from "../../sandbox/imitated.ts";

let canvas: CanvasSandbox | undefined;
afterEach(async () => await canvas?.close());

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the body holds, and fails when it is something else
type Json = any;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

async function start(options: CanvasOptions = {}): Promise<CanvasSandbox> {
  canvas = await startCanvas(options);
  return canvas;
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  if (canvas === undefined) throw new Error("Canvas was not started.");
  const url = path.startsWith("http") ? path : `${canvas.url}/api/v1${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${canvas.token}`, ...headers } });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** The target of one relation, read as RFC 8288 has it. */
function linked(answer: Answer, rel: string): string | undefined {
  const links = [...(answer.headers.get("link") ?? "").matchAll(/<([^>]*)>;\s*rel="([^"]*)"/g)];
  return links.find((link) => link[2] === rel)?.[1];
}

interface Walked {
  readonly rows: Json[];
  readonly sizes: number[];
  readonly links: string[];
}

async function walk(path: string, listOf: (json: Json) => Json[] = (json) => json): Promise<Walked> {
  const walked: Walked = { rows: [], sizes: [], links: [] };
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer = await get(next);
    const rows = listOf(answer.json);
    walked.rows.push(...rows);
    walked.sizes.push(rows.length);
    next = linked(answer, "next");
    if (next !== undefined) walked.links.push(next);
  }
  return walked;
}

const course = "916157";

test("S13 a page has ten rows unless more are asked for, and never more than a hundred", async () => {
  await start();
  expect((await get("/accounts/self/courses")).json).toHaveLength(10);
  expect((await get("/accounts/self/courses?per_page=50")).json).toHaveLength(50);
  const { sizes } = await walk("/accounts/self/users?per_page=5000");
  expect(sizes).toEqual([100, 100, 100, 100, 100, 100, 40]);
});

test("S13 lists by bookmark have links with brackets, commas and colons as they are, and tell no last page", async () => {
  const { url } = await start();
  const path = `/courses/${course}/students/submissions?student_ids[]=all&include[]=user,group&per_page=20`;
  const answer = await get(path);
  expect(linked(answer, "next")).toMatch(
    new RegExp(
      `^${url}/api/v1/courses/${course}/students/submissions\\?student_ids\\[\\]=all&include\\[\\]=user,group&page=bookmark:[\\w-]+&per_page=20$`,
    ),
  );
  expect([linked(answer, "last"), linked(answer, "prev")]).toEqual([undefined, undefined]);
  expect(linked(answer, "first")).toContain("page=first");
  const { rows } = await walk(path);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(rows.length).toBeGreaterThan(40);
  expect((await get(`${path}&page=bookmark:nonsense`)).status).toBe(400);
});

test("S13 lists by number have first, previous, next and last pages", async () => {
  await start();
  const answer = await get("/accounts/self/courses?page=2&per_page=40");
  expect(
    ["first", "prev", "current", "next", "last"].map((rel) => /page=(\d+)/.exec(linked(answer, rel) ?? "")?.[1]),
  ).toEqual(["1", "1", "2", "3", "3"]);
  expect((await get("/accounts/self/courses?page=10")).json).toEqual([]);
});

test("S13 rows that the caller does not see are dropped after the page was cut: short and empty pages have a next one", async () => {
  const sandbox = await start();
  const path = `/courses/${course}/students/submissions?student_ids[]=all&per_page=10`;
  const whole = await walk(path);
  const [hidden] = whole.rows.map(({ assignment_id }) => String(assignment_id));
  const left = whole.rows.filter(({ assignment_id }) => String(assignment_id) !== hidden);
  expect(
    sandbox.apply({ op: "update", resource: "assignments", id: hidden ?? "", set: { workflow_state: "unpublished" } }),
  ).toEqual([{ op: "update", resource: "assignments", id: hidden }]);
  const { rows, sizes } = await walk(path);
  expect(rows.map(({ id }) => id)).toEqual(left.map(({ id }) => id));
  expect(sizes).toHaveLength(whole.sizes.length);
  expect(sizes.slice(0, -1).some((size) => size < 10)).toBe(true);
});

test("S13 a bookmark stands still and a page number drifts when records go while they are read", async () => {
  const sandbox = await start();
  const idsAfterLoss = async (path: string, resource: string): Promise<number> => {
    sandbox.reset();
    const first = await get(path);
    sandbox.apply({ op: "delete", resource, id: String(first.json[0].id) });
    const { rows } = await walk(linked(first, "next") ?? "");
    return new Set([...first.json, ...rows].map(({ id }) => id)).size;
  };
  expect(await idsAfterLoss("/accounts/self/users?per_page=100", "users")).toBe(640);
  expect(await idsAfterLoss("/accounts/self/courses?per_page=40", "courses")).toBe(86);
});

test("S13 every answer tells its cost and what remains, and a bucket takes 50 up front for each request in flight", async () => {
  let now = 0;
  await start({ now: () => now, requestCost: 200 });
  const remaining = async () => {
    const { status, headers } = await get("/accounts");
    return [status, headers.get("x-request-cost"), headers.get("x-rate-limit-remaining")];
  };
  expect(await remaining()).toEqual([200, "200", "400"]);
  expect(await remaining()).toEqual([200, "200", "200"]);
  expect(await remaining()).toEqual([200, "200", "0"]);
  expect(await remaining()).toEqual([403, null, "0.0"]);
  // Ten units a second leak out; 599.9 in the bucket let one more in, which takes it above the mark.
  now += 10;
  expect(await remaining()).toEqual([200, "200", "0"]);
  now += 80_000;
  expect((await remaining())[0]).toBe(200);
});

test("S13 many requests at once fill the bucket, a sequence of them does not", async () => {
  await start({ latencyMs: 250, requestCost: 0, now: () => 0 });
  const statuses = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, async () => (await get("/accounts")).status))).filter(
      (status) => status === 403,
    ).length;
  expect(await statuses(12)).toBe(0);
  expect(await statuses(16)).toBe(4);
});

test.each([403, 429] as const)("S13 a full bucket answers %i in plain text, without Retry-After", async (status) => {
  await start({ throttleStatus: status, requestCost: 600, now: () => 0 });
  await get("/accounts");
  const answer = await get("/accounts");
  expect([answer.status, answer.headers.get("content-type"), answer.headers.get("retry-after")]).toEqual([
    status,
    "text/plain; charset=utf-8",
    null,
  ]);
  expect(answer.text).toContain("Rate Limit Exceeded");
});

test("S13 a bad token is a 401 with WWW-Authenticate, a missing right one without", async () => {
  const sandbox = await start({ forbidden: ["users"] });
  const header = async (path: string, headers = {}) => {
    const answer = await get(path, headers);
    return [answer.status, answer.headers.get("www-authenticate"), answer.json.errors[0].message];
  };
  const realm = 'Bearer realm="canvas-lms"';
  expect(await header("/accounts", { authorization: "Bearer 1~x" })).toEqual([401, realm, "Invalid access token."]);
  expect(await header("/accounts", { authorization: "" })).toEqual([401, realm, "user authorization required"]);
  expect(await header("/accounts/self/users")).toEqual([401, null, "user not authorized to perform that action"]);
  sandbox.expireTokens();
  expect((await header("/accounts"))[0]).toBe(401);
  expect(await header("/courses/1", { authorization: `Bearer ${await refreshed(sandbox)}` })).toEqual([
    404,
    null,
    "The specified resource does not exist.",
  ]);
});

async function refreshed({ url, clientId, clientSecret, refreshToken }: CanvasSandbox): Promise<string> {
  const form = {
    grant_type: "refresh_token",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  };
  const response = await fetch(`${url}/login/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  const body: Json = await response.json();
  expect([body.token_type, body.expires_in]).toEqual(["Bearer", 3600]);
  return body.access_token;
}

test("S13 ids are text where that is asked for, and numbers with all their digits where not", async () => {
  await start();
  const [asNumber] = (await get(`/courses/${course}/modules`)).text.match(/"id":\d+/g) ?? [];
  expect(asNumber).toBe('"id":463100000000007164');
  const [module] = (await get(`/courses/${course}/modules`, { accept: "application/json+canvas-string-ids" })).json;
  expect([module.id, module.course_id, module.position]).toEqual(["463100000000007164", course, 1]);
});

test("S13 without student_ids[] only the caller's own submissions come, and more than a hundred named students are too many", async () => {
  await start();
  const path = `/courses/${course}/students/submissions`;
  expect((await get(path)).json).toEqual([]);
  const many = Array.from({ length: 101 }, (_, index) => `student_ids[]=${index}`).join("&");
  const answer = await get(`${path}?${many}`);
  expect([answer.status, answer.json.errors[0].message]).toEqual([400, "too many students"]);
});

test("S13 submitted_since and graded_since leave out what is not later", async () => {
  const sandbox = await start();
  const path = `/courses/${course}/students/submissions?student_ids[]=all&per_page=100`;
  const { rows } = await walk(path);
  const [first] = rows.map(({ submitted_at }) => submitted_at).sort();
  const later = await walk(`${path}&submitted_since=${first}`);
  expect(later.rows.map(({ id }) => id)).toEqual(
    rows.filter(({ submitted_at }) => submitted_at > first).map(({ id }) => id),
  );
  sandbox.apply({ op: "update", resource: "submissions", id: rows[3].id, set: { graded_at: "2022-06-09T00:00:00Z" } });
  expect((await walk(`${path}&graded_since=2022-06-08T23:59:59Z`)).rows.map(({ id }) => id)).toEqual([rows[3].id]);
  expect((await get(`${path}&graded_since=yesterday`)).status).toBe(400);
});

test("S13 the lists hold what the sample holds", async () => {
  const sandbox = await start();
  const courses = (await walk("/accounts/self/courses?include[]=term&state[]=available&per_page=100")).rows;
  const enrollments = new Set<number>();
  const submissions = new Set<number>();
  for (const { id } of courses) {
    for (const row of (await walk(`/courses/${id}/enrollments?per_page=100`)).rows) enrollments.add(row.id);
    const all = `/courses/${id}/students/submissions?student_ids[]=all&per_page=100`;
    for (const row of (await walk(all)).rows) submissions.add(row.id);
  }
  const terms = (await get("/accounts/self/terms")).json.enrollment_terms;
  expect([courses.length, terms.length, enrollments.size, submissions.size]).toEqual([87, 2, 3687, 7858]);
  expect(courses[0].term.name).toBe("Spring 2022");
  const [quiz] = (await get(`/courses/${course}/quizzes`)).json;
  const attempts = await walk(
    `/courses/${course}/quizzes/${quiz.id}/submissions?per_page=100`,
    (json) => json.quiz_submissions,
  );
  expect(attempts.rows.every(({ quiz_id }) => quiz_id === quiz.id)).toBe(true);
  expect((await get(`/courses/${course}/grading_periods`)).json.grading_periods).toHaveLength(2);
  expect(sandbox.highWater()).toBe(1);
  const state: Json = await (await fetch(`${sandbox.url}/sandbox/state`)).json();
  expect(state.resources).toMatchObject({
    assignments: 281,
    quiz_submissions: 7858,
    quizzes: 140,
    sections: 87,
    users: 640,
  });
});

test("S13 some of the SIS ids are Grand Bend's, and they are seen with the right to see them only", async () => {
  const sandbox = await start();
  const users = (await walk("/accounts/self/users?per_page=100")).rows;
  expect(users.filter(({ sis_user_id }) => /^60[45]\d{3}$/.test(sis_user_id)).length).toBe(560);
  const [section] = (await get(`/courses/${course}/sections`)).json;
  expect(section.sis_section_id).toBe("25590110702Trad504ART0112011");
  await sandbox.close();
  await start({ sisPermission: false });
  expect((await get(`/courses/${course}/sections`)).json[0]).not.toHaveProperty("sis_section_id");
});

test("S13 enrolments of those who left come when their state is named, and types may be chosen", async () => {
  const sandbox = await start();
  const path = `/courses/${course}/enrollments?per_page=100`;
  const { rows } = await walk(path);
  const [student] = rows.filter(({ type }) => type === "StudentEnrollment");
  sandbox.apply({ op: "update", resource: "enrollments", id: student.id, set: { enrollment_state: "inactive" } });
  expect((await walk(path)).rows).toHaveLength(rows.length - 1);
  expect((await walk(`${path}&state[]=active&state[]=inactive`)).rows).toHaveLength(rows.length);
  expect((await walk(`${path}&type[]=TeacherEnrollment`)).rows).toHaveLength(1);
});

test("S13 faults befall requests by rule, and changes may be made by them", async () => {
  const sandbox = await start();
  sandbox.addFaults([
    { match: { resource: "courses", nth: 2 }, respond: { status: 502, html: true } },
    { match: { path: "/terms$" }, apply: [{ op: "delete", resource: "terms", id: 22603083 }] },
  ]);
  expect([(await get("/accounts/self/courses")).status, (await get("/accounts/self/courses")).status]).toEqual([
    200, 502,
  ]);
  expect((await get("/accounts/self/terms")).json.enrollment_terms).toHaveLength(1);
  const changes = JSON.stringify([{ op: "delete", resource: "terms", id: 22603083 }]);
  const refused = await fetch(`${sandbox.url}/sandbox/changes`, { method: "POST", body: changes });
  expect([refused.status, await refused.json()]).toEqual([404, { error: "There is no 22603083 in terms." }]);
  expect(sandbox.requests.map(({ status }) => status)).toEqual([200, 502, 200]);
});

async function ask(query: string, variables: Json = {}): Promise<Json> {
  const headers = { authorization: `Bearer ${canvas?.token}` };
  const body = JSON.stringify({ query, variables });
  const response = await fetch(`${canvas?.url}/api/graphql`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return await response.json();
}

test("S13 GraphQL gives at most 100 of a list, also of one within another, and says only that more follow", async () => {
  const course = (id: number) => ({ id, name: `C${id}`, root_account_id: 1 });
  const modules = Array.from({ length: 130 }, (_, id) => ({ id, course_id: 1, name: `M${id}`, position: id }));
  await start({ data: { accounts: [{ id: 1, parent_account_id: null }], courses: [course(1), course(2)], modules } });
  const query = `query all($id: ID!, $after: String) {
    account(id: $id) { coursesConnection { nodes { _id modulesConnection(after: $after) {
      nodes { _id } pageInfo { hasNextPage endCursor } } } } } }`;
  const listsOf = ({ data }: Json): Json[] =>
    data.account.coursesConnection.nodes.map((node: Json) => node.modulesConnection);
  const [first, other] = listsOf(await ask(query, { id: "1" }));
  expect([first.nodes.length, first.pageInfo.hasNextPage, other.nodes]).toEqual([100, true, []]);
  const [rest] = listsOf(await ask(query, { id: "1", after: first.pageInfo.endCursor }));
  expect([rest.nodes.length, rest.pageInfo.hasNextPage]).toEqual([30, false]);
});

test("S13 GraphQL tells errors with status 200, beside what may be seen", async () => {
  await start({ forbidden: ["modules"] });
  const [{ id }] = (await get("/accounts/self/courses")).json;
  const wrong = await ask("{ course(id: 1) { nmae } }");
  expect(wrong).toEqual({
    errors: [{ message: "Field 'nmae' doesn't exist on type 'Course'", path: ["query", "course", "nmae"] }],
  });
  const some = await ask("query ($id: ID!) { course(id: $id) { _id modulesConnection { nodes { name } } } }", { id });
  expect(some.errors).toEqual([{ message: "user not authorized to perform that action", path: ["modulesConnection"] }]);
  expect(some.data.course).toEqual({ _id: String(id), modulesConnection: null });
  expect(await ask("query ($first: Int) { course(id: 1) { name } }", { first: "10" })).toMatchObject({
    errors: [{ message: "Variable $first of type Int was provided invalid value" }],
  });
  expect(await ask("{ course(id: 0) { name } }")).toEqual({ data: { course: null } });
  expect(await ask("{ course(id: 1) { name }")).toMatchObject({
    errors: [{ message: expect.stringContaining("Parse error") }],
  });
});

test("S13 rollcall sandbox --source canvas serves it with a token that its secret holds", async () => {
  const api = await imitatedApis.canvas?.(0);
  const authorization = `Bearer ${api?.secret.token}`;
  const { status } = await fetch(`${api?.url}/api/v1/accounts`, { headers: { authorization } });
  await api?.close();
  expect(status).toBe(200);
});
