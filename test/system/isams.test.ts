import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type IsamsSandbox, startIsams } from "../../sandbox/isams/isams.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { configuredModels } from "../../shared/refresh/configured.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import { connectors } from "../fakes/extract-world.ts";
import { isamsResources } from "./isams-resources.ts";
import { openVerbs, type Verbs } from "./verbs.ts";
import "./patience.ts";

const connector = connectors.get("isams") as Connector;
/** What is loaded as well: the endpoints of which there are models. */
const loaded = new Set([
  "students",
  "applicants",
  "alumni",
  "employees",
  "school_terms",
  "year_groups",
  "year_group_divisions",
  "billing_cycles",
]);

let isams: IsamsSandbox;
let verbs: Verbs;

beforeAll(async () => {
  isams = await startIsams();
  const secret = { CLIENT_ID: isams.clientId, CLIENT_SECRET: isams.clientSecret };
  const settings = "    page_size: 100\n    time_zone: Asia/Kuala_Lumpur\n";
  verbs = await openVerbs(connector, isams.url, secret, settings);
});

afterEach(() => isams.clearFaults());

afterAll(async () => {
  await isams.close();
  await verbs.close();
});

test("E76 every endpoint of iSAMS is read by its list, and has as many rows as the school", async () => {
  expect(Object.keys(connector.endpoints).sort()).toEqual(Object.keys(isamsResources).sort());
  for (const [endpoint, resource] of Object.entries(isamsResources)) {
    const expected = isams.rows(resource).length;
    if (!loaded.has(endpoint)) {
      expect({ endpoint, ...(await verbs.read(endpoint)) }).toMatchObject({
        endpoint,
        status: "complete",
        rows: expected,
      });
      continue;
    }
    expect({ endpoint, ...(await verbs.bring(endpoint)) }).toMatchObject({
      endpoint,
      mode: "full",
      status: "succeeded",
      row_count: expected,
    });
    expect({ endpoint, rows: await verbs.countOf(endpoint) }).toEqual({ endpoint, rows: expected });
  }
  expect(isams.requests.filter(({ path }) => path === "/auth/connect/token")).toHaveLength(1);
});

test("the divisions of a year group say whose they are, those of the youngest too", async () => {
  const rows = await verbs.warehouse.query(
    "select json_value(data, '$._parents.year_group') as year_group, count(*) as n from current_isams.year_group_divisions group by 1",
  );
  const found = Object.fromEntries(rows.map(({ year_group, n }) => [String(year_group), Number(n)]));
  expect(found).toMatchObject({ "0": 1, "6": 1, "7": 2, "13": 2 });
  expect(found).not.toHaveProperty("-1");
});

test("the models of iSAMS are built of them, and nothing of another source is needed for it", async () => {
  const configured = configuredModels(readCatalogue("sql"), new Set(["isams"]));
  const marts = configured.filter(({ name }) => name.includes("isams_"));
  const graph = graphOf(configured);
  const names = selectModels(graph, [...marts.map(({ name }) => `+${name}`)]);
  const { built, failed } = await verbs.refresh(graph.models.filter(({ name }) => names.has(name)));
  expect(failed).toEqual([]);
  expect(built.filter((name) => name.startsWith("marts.")).sort()).toEqual([
    "marts.dim_isams_division",
    "marts.dim_isams_student",
    "marts.dim_isams_term",
    "marts.dim_isams_year_group",
    "marts.fct_isams_enrollment",
  ]);
  const [row] = await verbs.warehouse.query(`select
    (select count(*) from marts.fct_isams_enrollment) as enrolments,
    (select count(*) from marts.dim_isams_student where isams_year_group_key is null) as unplaced,
    (select countif(tutor_name is null) from marts.dim_isams_student) as without_tutor,
    (select sum(student_count) from marts.dim_isams_year_group) as placed,
    (select count(*) from marts.dim_isams_division) as divisions,
    (select count(*) from marts.dim_isams_term where school_year = 2026) as terms`);
  const students = isams.rows("students");
  const unplaced = students.filter(({ yearGroup }) => yearGroup === null).length;
  expect(row).toEqual({
    enrolments: students.length,
    unplaced,
    without_tutor: 0,
    placed: students.length - unplaced,
    divisions: 3,
    terms: 3,
  });
});

test("E77 a source that answers with an error and status 200 leaves its table as it was", async () => {
  const body = { message: "The user is not authorised for this request" };
  isams.addFaults({ match: { path: "/api/alumni" }, respond: { status: 200, body } });
  expect(await verbs.bring("alumni")).toMatchObject({ status: "forbidden", row_count: 0 });
  isams.clearFaults();
  isams.addFaults({ match: { path: "/api/alumni" }, respond: { status: 200, body: { message: "License expired" } } });
  expect(await verbs.bring("alumni")).toMatchObject({
    status: "failed",
    error: expect.stringMatching(/status 200. The source says: .*expired/),
  });
  expect(await verbs.countOf("alumni")).toBe(isams.rows("alumni").length);
});

test("a student who is gone is gone with the next run, which reads everything again", async () => {
  const [first] = isams.rows("students");
  isams.apply({ op: "delete", resource: "students", id: String(first?.id) });
  const rows = isams.rows("students").length;
  expect(await verbs.bring("students")).toMatchObject({ mode: "full", status: "succeeded", row_count: rows });
  expect(await verbs.countOf("students")).toBe(rows);
});

test("E78 students that move between pages while they are read are all there in the end", async () => {
  const second = isams.rows("students")[1];
  isams.addFaults({
    match: { path: "/api/students", query: "page=3" },
    times: 1,
    apply: [{ op: "delete", resource: "students", id: String(second?.id) }],
  });
  expect(await verbs.bring("students")).toMatchObject({ status: "succeeded" });
  expect(verbs.log.lines.map(({ message }) => message)).toContain(
    "fewer records came than the source counts; reading them again",
  );
  // The one that went while it was read is taken away by the next run.
  expect(await verbs.countOf("students")).toBe(isams.rows("students").length + 1);
  await verbs.bring("students");
  expect(await verbs.countOf("students")).toBe(isams.rows("students").length);
});

test("E58 a school that suddenly has few students leaves the table as it was", async () => {
  const before = isams.rows("students");
  isams.apply(before.slice(20).map(({ id }) => ({ op: "delete", resource: "students", id: String(id) })));
  expect(await verbs.bring("students")).toMatchObject({ mode: "full", status: "quarantined", row_count: 20 });
  expect(await verbs.countOf("students")).toBe(before.length);
});
