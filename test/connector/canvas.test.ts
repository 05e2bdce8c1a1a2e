import { afterEach, expect, test } from "@jest/globals";
import { type CanvasOptions, type CanvasSandbox, startCanvas } from "../../sandbox/canvas/canvas.ts";
import { watermark } from "../extract/district.ts";
import { fakeClock } from "../fakes/clock.ts";
import { connectors, type ExtractWorld } from "../fakes/extract-world.ts";
import { extractFrom, restWorld } from "./rest-api.ts";

const connector = connectors.get("canvas");
if (!connector) throw new Error("There is no connectors/canvas.yaml.");

let canvas: CanvasSandbox;
afterEach(async () => await canvas.close());

async function serve(
  options: CanvasOptions = {},
  clock = fakeClock(),
): Promise<ExtractWorld & { clock: typeof clock }> {
  canvas = await startCanvas(options);
  if (!connector) throw new Error("unreachable");
  const secrets = { read: async () => JSON.stringify({ token: canvas.token }) };
  return { ...restWorld(connector, canvas.url, { secrets, clock, source: "    concurrency: 4\n" }), clock };
}

/** Few courses, so that what is asked for each of them is quick. */
const small = {
  courses: [1, 2, 3].map((id) => ({
    id,
    name: `Course ${id}`,
    workflow_state: "available",
    root_account_id: 76400705,
  })),
  assignments: [1, 2, 3].map((id) => ({ id: id + 10, course_id: id, workflow_state: "published" })),
  submissions: Array.from({ length: 250 }, (_, index) => ({
    id: index + 1000,
    course_id: (index % 3) + 1,
    assignment_id: (index % 3) + 11,
    user_id: index,
    submitted_at: "2026-09-01T10:00:00Z",
    graded_at: null,
  })),
};

test("E66 E68 submissions are all asked for, with ids as text, and say whose course they are", async () => {
  const world = await serve({ data: small });
  const { ids, data } = await extractFrom(world, "submissions");
  expect(ids).toHaveLength(250);
  expect(data[0]).toMatchObject({
    id: expect.any(String),
    user_id: expect.any(String),
    _parents: { course: expect.any(String) },
  });
  const asked = canvas.requests.filter(({ path }) => path.endsWith("/students/submissions"));
  expect(asked.every(({ query }) => decodeURIComponent(query).includes("student_ids[]=all"))).toBe(true);
});

test("E63 pages of which rows were dropped, empty ones too, are not the last", async () => {
  const world = await serve({ data: small });
  canvas.apply({ op: "update", resource: "assignments", id: "12", set: { workflow_state: "unpublished" } });
  const { ids } = await extractFrom(world, "submissions");
  expect(ids).toHaveLength(small.submissions.filter(({ assignment_id }) => assignment_id !== 12).length);
});

test("what was submitted and what was graded since the last run is asked for apart", async () => {
  const world = await serve({ data: small }, fakeClock("2026-09-03T03:00:00Z"));
  const loaded = watermark("submissions", String(Date.parse("2026-09-02T03:00:00Z")));
  world.control.put("watermarks/d1/submissions/0.json", { ...loaded, school_year: 0, connector: "canvas" });
  const set = { graded_at: "2026-09-02T12:00:00Z", score: 4 };
  canvas.apply([
    { op: "update", resource: "submissions", id: "1007", set },
    { op: "update", resource: "submissions", id: "1008", set: { submitted_at: "2026-09-02T13:00:00Z" } },
    { op: "update", resource: "submissions", id: "1009", set: { ...set, submitted_at: "2026-09-02T13:00:00Z" } },
  ]);
  const { ids } = await extractFrom(world, "submissions", { mode: "delta", at: "2026-09-03T03:00:00Z" });
  expect(ids.sort()).toEqual(["1007", "1008", "1009", "1009"]);
});

test("E64 a throttle is waited for, by either status", async () => {
  for (const throttleStatus of [403, 429] as const) {
    const clock = fakeClock();
    const world = await serve(
      { data: small, throttleStatus, requestCost: 250, now: () => clock.now().getTime() },
      clock,
    );
    expect(await extractFrom(world, "assignments")).toMatchObject({ status: "complete", ids: ["11", "12", "13"] });
    await canvas.close();
  }
});

test("E64 E65 what the user behind the token may not see is forbidden, and asked for once", async () => {
  const world = await serve({ data: small, forbidden: ["users"] });
  expect(await extractFrom(world, "users")).toMatchObject({ status: "forbidden", ids: [] });
  expect(canvas.requests).toHaveLength(1);
  canvas.expireTokens();
  const error = expect.stringContaining("The source refused a fresh token");
  expect(await extractFrom(world, "courses", { at: "2026-11-21T04:00:00Z" })).toMatchObject({
    status: "failed",
    error,
  });
});

test("E67 a link to another host is not followed", async () => {
  const world = await serve({ linkOrigin: "http://127.0.0.2:9" });
  expect(await extractFrom(world, "courses")).toMatchObject({ status: "complete" });
  const error = expect.stringContaining("The credentials are not sent there");
  expect(await extractFrom(world, "users")).toMatchObject({ status: "failed", error });
});

test("E69 requests wait while little is left of the quota, so that Canvas need not refuse", async () => {
  const clock = fakeClock();
  const world = await serve({ data: small, requestCost: 150, now: () => clock.now().getTime() }, clock);
  expect(await extractFrom(world, "assignments")).toMatchObject({ status: "complete" });
  expect(await extractFrom(world, "submissions")).toMatchObject({ status: "complete" });
  expect(canvas.requests.length).toBeGreaterThan(6);
  expect(canvas.requests.map(({ status }) => status)).not.toContain(403);
});
