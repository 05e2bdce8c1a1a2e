import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
import { type CanvasOptions, type CanvasSandbox, startCanvas } from "../../sandbox/canvas/canvas.ts";
import { parseConnector } from "../../shared/config/connector.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import { extractFrom, restWorld } from "./rest-api.ts";

/** Lists within lists: those of a course, and of each of these those below it. */
const nested = `
  assignments_by_query:
    url: "{url}/api/{path}"
    path: graphql
    key: [$._id]
    parents: { course: { endpoint: courses, key: $.id } }
    post:
      body:
        query: >-
          query ($course: ID!, $first: Int!, $after: String) { course(id: $course) {
          assignmentsConnection(first: $first, after: $after) { nodes { _id name } pageInfo { endCursor hasNextPage } } } }
        variables: { course: "{course}" }
      parameters_at: $.variables
    paging: &pages
      type: token
      token_parameter: after
      next: $.data.course.assignmentsConnection.pageInfo.endCursor
      more: $.data.course.assignmentsConnection.pageInfo.hasNextPage
      size_parameter: first
    records: { at: $.data.course.assignmentsConnection.nodes, id: $._id }
  submissions_by_query:
    url: "{url}/api/{path}"
    path: graphql
    key: [$._id]
    parents: { assignment: { endpoint: assignments_by_query, key: $._id } }
    post:
      body:
        query: >-
          query ($assignment: ID!, $first: Int!, $after: String) { assignment(id: $assignment) {
          list: submissionsConnection(first: $first, after: $after) { nodes { _id userId score }
          pageInfo { endCursor hasNextPage } } } }
        variables: { assignment: "{assignment}" }
      parameters_at: $.variables
    paging:
      type: token
      token_parameter: after
      next: $.data.assignment.list.pageInfo.endCursor
      more: $.data.assignment.list.pageInfo.hasNextPage
      size_parameter: first
    records: { at: $.data.assignment.list.nodes, id: $._id }
`;
const connector = parseConnector(readFileSync("connectors/canvas.yaml", "utf8") + nested, "canvas.yaml");

const data = {
  courses: [1, 2, 3].map((id) => ({
    id,
    name: `Course ${id}`,
    workflow_state: "available",
    root_account_id: 76400705,
  })),
  modules: Array.from({ length: 230 }, (_, index) => ({
    id: index + 100,
    course_id: index < 205 ? 1 : 2,
    name: `Module ${index}`,
    position: index + 1,
    unlock_at: null,
    require_sequential_progress: false,
    workflow_state: "active",
  })),
  assignments: Array.from({ length: 120 }, (_, index) => ({ id: index + 1000, course_id: 1, name: "Essay" })),
  submissions: Array.from({ length: 260 }, (_, index) => ({
    id: 9007199254740993n + BigInt(index),
    assignment_id: index < 250 ? 1119 : 1000,
    course_id: 1,
    user_id: index,
    score: index / 4,
  })).map((row) => ({ ...row, id: String(row.id) })),
};

let canvas: CanvasSandbox;
afterEach(async () => await canvas.close());

async function serve(options: CanvasOptions = {}): Promise<ExtractWorld> {
  canvas = await startCanvas({ data, ...options });
  const secrets = { read: async () => JSON.stringify({ token: canvas.token }) };
  return restWorld(connector, canvas.url, { secrets, source: "    concurrency: 4\n" });
}

const queries = () => canvas.requests.filter(({ path }) => path === "/api/graphql");

test("E70 each list is asked for by itself, page by page, with what goes on in the body", async () => {
  const world = await serve();
  const { status, ids, data: rows } = await extractFrom(world, "modules");
  expect({ status, rows: new Set(ids).size, all: ids.length }).toEqual({ status: "complete", rows: 230, all: 230 });
  expect(rows[0]).toMatchObject({ _parents: { course: expect.any(String) }, unlockAt: null });
  // Three pages of the first course, one of each of the others.
  expect(queries().map(({ method, query, status: code }) => ({ method, query, code }))).toEqual(
    Array.from({ length: 5 }, () => ({ method: "POST", query: "", code: 200 })),
  );
});

test("E70 lists within lists are read in loops, one query for each, and nothing is cut off", async () => {
  const world = await serve();
  const { status, ids, data: rows } = await extractFrom(world, "submissions_by_query");
  expect({ status, rows: new Set(ids).size }).toEqual({ status: "complete", rows: 260 });
  expect(rows.find(({ userId }) => userId === "3")).toMatchObject({ _parents: { assignment: "1119" }, score: 0.75 });
});

test("E70 an answer with errors is an error, although its status is 200 and some data came with it", async () => {
  const world = await serve();
  const some = { course: { modulesConnection: { nodes: [{ _id: "100" }], pageInfo: { hasNextPage: false } } } };
  const errors = [{ message: "Query has timed out", path: ["course"] }];
  canvas.addFaults({ match: { path: "graphql", nth: 2 }, respond: { body: { errors, data: some } } });
  const run = await extractFrom(world, "modules");
  expect(run).toMatchObject({ status: "failed", ids: [] });
  expect(run.error).toMatch(/error in a body of status 200.* timed out/);
});

test("E70 errors without data say what they mean: a wrong query, a right that is missing", async () => {
  const forbidden = await serve({ forbidden: ["modules"] });
  expect(await extractFrom(forbidden, "modules")).toMatchObject({ status: "forbidden", ids: [] });
  await canvas.close();
  const world = await serve();
  canvas.addFaults({ match: { path: "graphql" }, respond: { body: { errors: [{ message: "Field is unknown" }] } } });
  expect(await extractFrom(world, "modules")).toMatchObject({ status: "failed", ids: [] });
});

test("E70 a course that went away has none, and takes nothing away from the others", async () => {
  const world = await serve();
  canvas.addFaults({ match: { path: "graphql", nth: 1 }, respond: { body: { data: { course: null } } }, times: 1 });
  const { status, ids } = await extractFrom(world, "modules");
  expect(status).toBe("complete");
  expect(ids.length).toBeLessThan(230);
});

test("E70 a cursor that comes again is noticed", async () => {
  const world = await serve();
  const pageInfo = { hasNextPage: true, endCursor: "MQ==" };
  const body = { data: { course: { modulesConnection: { nodes: [{ _id: "100" }], pageInfo } } } };
  canvas.addFaults({ match: { path: "graphql" }, respond: { body } });
  expect(await extractFrom(world, "modules")).toMatchObject({
    status: "failed",
    error: expect.stringMatching(/in a circle/),
  });
});
