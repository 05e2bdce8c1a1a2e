import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CanvasSandbox, startCanvas } from "../../sandbox/canvas/canvas.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { configuredModels } from "../../shared/refresh/configured.ts";
import { connectors } from "../fakes/extract-world.ts";
import { openVerbs, type Verbs } from "./verbs.ts";
import "./patience.ts";

const connector = connectors.get("canvas") as Connector;
/** Records of the sample. The root account is not listed among its sub-accounts. */
const sample: Readonly<Record<string, number>> = {
  terms: 2,
  grading_periods: 4,
  accounts: 179,
  courses: 87,
  users: 640,
  sections: 87,
  enrollments: 3687,
  assignments: 281,
  submissions: 7858,
  quizzes: 140,
  quiz_submissions: 7858,
  modules: 127,
};

let canvas: CanvasSandbox;
let verbs: Verbs;

beforeAll(async () => {
  canvas = await startCanvas();
  verbs = await openVerbs(connector, canvas.url, { token: canvas.token }, "    concurrency: 4\n");
});

afterAll(async () => {
  await canvas.close();
  await verbs.close();
});

test("E61 E62 E63 every endpoint of Canvas has as many rows as the sample", async () => {
  expect(Object.keys(connector.endpoints).sort()).toEqual(Object.keys(sample).sort());
  for (const [endpoint, expected] of Object.entries(sample)) {
    const brought = { endpoint, ...(await verbs.bring(endpoint)), rows: await verbs.countOf(endpoint) };
    expect(brought).toMatchObject({ endpoint, mode: "full", status: "succeeded", row_count: expected, rows: expected });
  }
  expect(canvas.requests.every(({ status }) => status === 200)).toBe(true);
});

test("the models of Canvas are built of them, and nothing of another source is needed for it", async () => {
  const configured = configuredModels(readCatalogue("sql"), new Set(["canvas"]));
  const needed = configured.filter(({ name }) => /canvas|lms_|ref\.parameters/.test(name));
  const { failed } = await verbs.refresh(needed);
  expect(failed).toEqual([]);
  const [row] = await verbs.warehouse.query(`select
    (select count(*) from marts.dim_lms_course_section) as sections,
    (select count(*) from marts.dim_lms_assignment) as assignments,
    (select count(*) from marts.fct_lms_submission where submission_status = 'Graded') as graded,
    (select count(*) from marts.fct_lms_enrollment where sis_user_id is not null) as known`);
  const counts = Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
  expect(counts).toEqual({ sections: 87, assignments: 281, graded: 7858, known: counts.known });
  expect(counts.known).toBeGreaterThan(3000);
});

test("a submission that was graded since is read by itself, and takes the place of the one before", async () => {
  const [row] = await verbs.warehouse.query("select min(record_id) as id from current_canvas.submissions");
  const graded = new Date(Date.now() + 60_000).toISOString();
  canvas.apply({
    op: "update",
    resource: "submissions",
    id: String(row?.id),
    set: { graded_at: graded, score: 17.25 },
  });
  expect(await verbs.bring("submissions")).toMatchObject({ mode: "delta", status: "succeeded", row_count: 1 });
  expect(await verbs.countOf("submissions")).toBe(sample.submissions);
  const sql = "select json_value(data, '$.score') as score from current_canvas.submissions where record_id = @id";
  expect(await verbs.warehouse.query(sql, { params: { id: String(row?.id) } })).toEqual([{ score: "17.25" }]);
});
