import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readLines } from "../../sandbox/records/lines.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import { startWorld } from "../deliver/world.ts";
import { canvasRows } from "../googlesql/lms-samples.ts";
import { type CellRow, jsonText } from "../models/harness/value.ts";
import { openTestWarehouse, type TestWarehouse } from "../models/harness/warehouse.ts";
import { folderOf } from "../sandbox/client.ts";
import { discover } from "../sandbox/discovered.ts";
import { delivered, standing } from "./engine.ts";
import { openApi } from "./open-api.ts";
import { type Built, buildPipeline } from "./payloads.ts";
import { postAll } from "./target.ts";

const seenAt = "2022-06-01 06:00:00";
const grandBend = (name: string) => readLines(`edfi/grandbend/${name}.jsonl.gz`);
const sections = grandBend("sections").map((record) => JSON.parse(JSON.stringify(record)) as object);
const students = grandBend("students");

/** Of the sample's courses two whose sections have ids of Grand Bend's, one with an id of two sections there, one with none of its ids. */
const courses = [0, 1, 39, 40];

/** The sample of Canvas as it is extracted, and Grand Bend's sections and students, as the models read them. */
function given(pipeline: string, more: ReadonlyMap<string, readonly CellRow[]> = new Map()) {
  const delivery = {
    pipeline,
    source_id: "lms",
    target_id: "grand-bend",
    target_school_years: ["2011"],
    time_zone: "America/Chicago",
    data_standard: "5",
  };
  return new Map<string, readonly CellRow[]>([
    ["ref.deliveries", [delivery]],
    ...canvasRows(seenAt, courses),
    ["current_edfi.sections", sections.map(currentRow)],
    ["marts.dim_session", []],
    ["marts.dim_student", students.map(({ studentUniqueId }) => studentRow(String(studentUniqueId)))],
    ...more,
  ]);
}

function currentRow(data: object, index: number): CellRow {
  return {
    source_id: "grand-bend",
    school_year: "2011",
    record_id: String(index),
    extracted_at: seenAt,
    data: jsonText(data),
  };
}

function studentRow(id: string): CellRow {
  return { source_id: "grand-bend", school_year: "2011", student_key: id, student_unique_id: id };
}

/** Grand Bend's sections and students are what assignments and submissions refer to. */
const target: SandboxOptions = {
  data: {
    2011: await folderOf({
      "sections.jsonl": sections,
      "students.jsonl": students.map((record) => JSON.parse(JSON.stringify(record)) as object),
    }),
  },
  claims: { "*": { create: true, update: true, delete: true } },
};
const withLmsx: SandboxOptions = { ...target, profile: "ods-5.3", dataStandard: 3, lmsx: true };
const withGradebook: SandboxOptions = {
  ...target,
  dataStandard: 5,
  empty: [
    "gradebookEntries",
    "studentGradebookEntries",
    "submissionStatusDescriptors",
    "assignmentLateStatusDescriptors",
  ],
};

let warehouse: TestWarehouse;
let lmsx: Built;
let gradebook: Built;

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  lmsx = await buildPipeline("canvas_lmsx", given("canvas_lmsx"), warehouse);
  gradebook = await buildPipeline("canvas_gradebook", given("canvas_gradebook"), warehouse);
}, 120_000);
afterAll(() => warehouse.close());

const documentsOf = ({ payloads }: Built, resource: string) =>
  payloads.find((one) => one.resource === resource)?.documents ?? [];

const lmsxNames = ["assignments", "assignmentSubmissions"];
const gradebookNames = ["gradebookEntries", "studentGradebookEntries"];

/** How many rows there are with each reason. */
function reasons(rows: readonly CellRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { resource, reason } of rows) {
    const name = `${String(resource).replace(/^.*\//, "")}: ${String(reason)}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("P41 P46 P47 the sample's work is taken by an API with LMSX, and a second time changes nothing", async () => {
  await using api = await discover(withLmsx);
  expect(await postAll(api, lmsx.payloads)).toEqual({
    refusals: [],
    counts: {
      "/lmsx/assignmentCategoryDescriptors 201": 1,
      "/lmsx/lmsSourceSystemDescriptors 201": 1,
      "/lmsx/submissionStatusDescriptors 201": 2,
      "/lmsx/submissionTypeDescriptors 201": 3,
      "/lmsx/assignments 201": 7,
      "/lmsx/assignmentSubmissions 201": 159,
    },
  });
  const { json: before } = await api.changes("availableChangeVersions");
  const again = await postAll(api, lmsx.payloads);
  expect(Object.keys(again.counts).filter((name) => !name.endsWith(" 200"))).toEqual([]);
  expect((await api.changes("availableChangeVersions")).json).toEqual(before);
});

test.each([
  ["canvas_lmsx", "assignments", "assignment_submissions"],
  ["canvas_gradebook", "gradebook_entries", "student_gradebook_entries"],
])("P43 %s lists what is not sent, and nothing is lost in between", (pipeline, assignments, submissions) => {
  const { rows } = pipeline === "canvas_lmsx" ? lmsx : gradebook;
  const unmatched = rows(`delivery.${pipeline}__unmatched`);
  const names = pipeline === "canvas_lmsx" ? lmsxNames : gradebookNames;
  expect(reasons(unmatched)).toEqual({
    [`${names[0]}: no section of the target has the SIS id`]: 2,
    [`${names[0]}: several sections of the target have the SIS id`]: 4,
    [`${names[1]}: assignment is not sent: no section of the target has the SIS id`]: 130,
    [`${names[1]}: assignment is not sent: several sections of the target have the SIS id`]: 137,
    // The sample has a submission for each attempt; a gradebook has one entry for a student.
    ...(pipeline === "canvas_lmsx" ? {} : { [`${names[1]}: another submission of the student is sent`]: 56 }),
  });
  const sent = (name: string) => rows(`delivery.${pipeline}__${name}`).length;
  const sentAndNot = sent(assignments) + sent(submissions) + unmatched.length;
  // One section for each course, so as many assignments of sections as assignments.
  expect(sentAndNot).toBe(
    rows("staging.stg_canvas__assignments").length + rows("staging.stg_canvas__submissions").length,
  );
});

test("P42 whole points are told as a loss where the points are not whole", () => {
  const rows = lmsx.rows("delivery.canvas_lmsx__assignment_submissions");
  const told = rows.filter(({ loss }) => loss !== null);
  const scores = new Map(
    lmsx.rows("delivery.canvas__submissions").map(({ lms_submission_id: id, score }) => [String(id), Number(score)]),
  );
  const sent = documentsOf(lmsx, "/lmsx/assignmentSubmissions").map((one) => [
    one.earnedPoints,
    scores.get(String(one.assignmentSubmissionIdentifier)),
  ]);
  expect(sent.filter(([points, score]) => points !== score)).toHaveLength(told.length);
  expect(sent.every(([points]) => Number.isInteger(points))).toBe(true);
});

test.each([
  ["ods-6.1", 4],
  ["ods-7.1", 5],
  ["ods-7.3", 6],
  ["dms-8", 6],
] as const)(
  "P42 gradebooks of %s with data standard %i take the same work, with half points",
  async (profile, standard) => {
    await using api = await discover({ ...withGradebook, profile, dataStandard: standard });
    expect(await postAll(api, gradebook.payloads)).toEqual({
      refusals: [],
      counts: {
        "assignmentLateStatusDescriptors 201": 1,
        "submissionStatusDescriptors 201": 2,
        "gradebookEntries 201": 7,
        "studentGradebookEntries 201": 103,
      },
    });
    const { json } = await api.data("studentGradebookEntries?limit=200");
    const points = (json as { pointsEarned: number }[]).map(({ pointsEarned }) => pointsEarned);
    expect(points.some((each) => !Number.isInteger(each))).toBe(true);
  },
);

test.each([
  ["ods-6.1", 4],
  ["ods-7.3", 5],
] as const)(
  "P3 P42 the engine delivers gradebooks into %s with data standard %i; what is read there again is what was sent",
  async (profile, dataStandard) => {
    await using world = await startWorld({ ...withGradebook, profile, dataStandard });
    const result = await delivered(
      world,
      "pipeline: canvas_gradebook, unmatched_max_share: 1",
      gradebook.tables("lms"),
    );
    expect(result.outcome).toBe("ok");
    expect(standing(world)).toEqual({
      "assignmentLateStatusDescriptors created": 1,
      "submissionStatusDescriptors created": 2,
      "gradebookEntries created": 7,
      "studentGradebookEntries created": 103,
    });
    for (const resource of ["/ed-fi/gradebookEntries", "/ed-fi/studentGradebookEntries"]) {
      const sent = documentsOf(gradebook, resource);
      const found = await world.found(resource, { limit: "200" });
      expect(found).toHaveLength(sent.length);
      expect(found).toEqual(expect.arrayContaining(sent.map((document) => expect.objectContaining(document))));
    }
    world.sandbox.clearRequests();
    await delivered(world, "pipeline: canvas_gradebook", gradebook.tables("lms"));
    expect(world.writes()).toEqual([]);
  },
);

/** A course of one section, in which five students hand in, or do not, and one left and one is the teacher's view of a student. */
function smallCourse(): Map<string, readonly CellRow[]> {
  const [first] = sections as { sectionIdentifier: string }[];
  const people = ["s1", "s2", "s3", "s4", "s5", "left", "view"];
  const row = (data: Record<string, unknown>): CellRow => ({
    source_id: "lms",
    school_year: "0",
    record_id: String(data.id),
    extracted_at: seenAt,
    data: jsonText(data),
  });
  const enrolment = (id: string) => ({
    id: `e-${id}`,
    user_id: id,
    course_id: "9",
    course_section_id: "71",
    type: id === "view" ? "StudentViewEnrollment" : "StudentEnrollment",
    enrollment_state: id === "left" ? "inactive" : "active",
  });
  const [due, before, after] = ["2011-03-01T00:00:00Z", "2011-02-28T00:00:00Z", "2011-03-02T00:00:00Z"];
  const handedIn: Record<string, Record<string, unknown>> = {
    s1: { late: true, missing: true, graded_at: after, submitted_at: after },
    s2: { late: false, missing: true, graded_at: after },
    s3: { late: false, missing: false, graded_at: after, submitted_at: before },
    s4: { late: false, missing: false, cached_due_date: "2999-01-01T00:00:00Z" },
    s5: { late: false, missing: false, submitted_at: before },
  };
  const submission = (id: string) => ({
    _parents: { course: "9" },
    id: `h-${id}`,
    assignment_id: "5",
    user_id: id,
    ...handedIn[id],
  });
  const description = `<p>Read <b>this</b> &amp; write:</p><script>track("x")</script><ul><li>${"a word ".repeat(300)}</li></ul>`;
  const assignment = {
    id: "5",
    course_id: "9",
    name: "Essay",
    published: true,
    points_possible: 10,
    due_at: due,
    description,
  };
  return new Map([
    ["current_canvas.terms", []],
    ["current_canvas.courses", [row({ id: "9", workflow_state: "available" })]],
    ["current_canvas.sections", [row({ id: "71", course_id: "9", sis_section_id: first?.sectionIdentifier })]],
    ["current_canvas.users", people.map((id, index) => row({ id, sis_user_id: String(604_821 + index) }))],
    ["current_canvas.enrollments", people.map(enrolment).map(row)],
    ["current_canvas.assignments", [row({ ...assignment, submission_types: ["online_text_entry"] })]],
    ["current_canvas.submissions", people.map(submission).map(row)],
  ]);
}

test("P44 P45 P46 a course's work: text without HTML, states in their order, nothing of who left or never was", async () => {
  const built = await buildPipeline("canvas_lmsx", given("canvas_lmsx", smallCourse()), warehouse);
  await using api = await discover(withLmsx);
  expect((await postAll(api, built.payloads)).refusals).toEqual([]);
  const [assignment] = (await api.data("../lmsx/assignments")).json as { assignmentDescription: string }[];
  expect(assignment?.assignmentDescription).toMatch(/^Read this & write: a word a word .*…$/);
  expect(assignment?.assignmentDescription).toHaveLength(1024);
  const { json } = await api.data("../lmsx/assignmentSubmissions");
  const states = (json as { assignmentSubmissionIdentifier: string; submissionStatusDescriptor: string }[]).map(
    (one) => [one.assignmentSubmissionIdentifier, one.submissionStatusDescriptor.replace(/^.*#/, "")],
  );
  expect(Object.fromEntries(states)).toEqual({
    "h-s1": "late",
    "h-s2": "missing",
    "h-s3": "graded",
    "h-s4": "upcoming",
    "h-s5": "on-time",
  });
  expect(reasons(built.rows("delivery.canvas_lmsx__unmatched"))).toEqual({
    "assignmentSubmissions: no active enrolment as a student": 1,
    "assignmentSubmissions: test student": 1,
  });
});

test("P38 the payloads for gradebooks are as the published OpenAPI documents say", () => {
  for (const version of ["4.0", "5.0", "6.0"]) {
    const published = openApi(version);
    const problems = gradebook.payloads
      .filter(({ resource }) => !resource.endsWith("Descriptors"))
      .flatMap(({ resource, documents }) => documents.flatMap((document) => published.problems(resource, document)));
    expect(problems).toEqual([]);
  }
});
