import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type NweaSandbox, startNwea } from "../../sandbox/nwea/nwea.ts";
import type { Connector } from "../../shared/config/connector.ts";
import { parseSources } from "../../shared/config/sources.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { configuredModels, deployedModels } from "../../shared/refresh/configured.ts";
import type { Model } from "../../shared/refresh/model.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { connectors } from "../fakes/extract-world.ts";
import { openVerbs, type Verbs } from "./verbs.ts";
import "./patience.ts";

const connector = connectors.get("nwea") as Connector;

let nwea: NweaSandbox;
let verbs: Verbs;

beforeAll(async () => {
  nwea = await startNwea({
    layout: { order: "reversed", rename: { TestRITScore: "RIT Score" }, bom: true, lineEnd: "\r\n" },
  });
  verbs = await openVerbs(connector, nwea.url, { user: nwea.user, password: nwea.password });
});

afterAll(async () => {
  await nwea.close();
  await verbs.close();
});

const results = "assessment_results";

interface Score {
  readonly student: string;
  readonly term: string;
  readonly rit: string;
}

async function scores(): Promise<Score[]> {
  const rows = await verbs.warehouse.query(`select
    json_value(data, '$.StudentID') as student, json_value(data, '$.TermName') as term, json_value(data, '$.TestRITScore') as rit
from current_nwea.assessment_results
order by student, term, rit`);
  return rows.map(({ student, term, rit }) => ({ student: String(student), term: String(term), rit: String(rit) }));
}

test("E74 every endpoint of the export has as many rows as the sample", async () => {
  for (const endpoint of Object.keys(connector.endpoints)) {
    const expected = endpoint === results ? 7 : 6;
    const brought = { endpoint, ...(await verbs.bring(endpoint)), rows: await verbs.countOf(endpoint) };
    expect(brought).toMatchObject({ endpoint, mode: "full", status: "succeeded", row_count: expected, rows: expected });
  }
  expect((await scores())[0]).toEqual({ student: "605000", term: "Fall 2021-2022", rit: "165" });
});

test("MAP growth is built of it, one row per student, subject and term", async () => {
  const configured = configuredModels(readCatalogue("sql"), new Set(["nwea"]));
  const { failed } = await verbs.refresh(
    configured.filter(({ name }) => /nwea|map_growth|stg_edfi|ref.deliveries/.test(name)),
  );
  expect(failed).toEqual([]);
  const rows = await verbs.warehouse.query(
    "select subject, school_year, count(*) as n, sum(rit) as rit from marts.fct_map_growth group by subject, school_year order by subject",
  );
  expect(
    rows.map(({ subject, school_year, n, rit }) => [subject, Number(school_year), Number(n), Number(rit)]),
  ).toEqual([
    ["Mathematics", 2022, 3, 3 * 233],
    ["Reading", 2022, 1, 165],
    ["Science", 2022, 3, 3 * 208],
  ]);
});

/** A model whose rows are given: those of an Ed-Fi source, which is not read here. */
function givenModel(model: Model, row: Readonly<Record<string, string>>): Model {
  const columns = model.header.columns.map(({ name, type }) => `${row[name] ?? `cast(null as ${type})`} as ${name}`);
  return { ...model, sql: `select ${columns.join(", ")}`, inputs: [] };
}

test("P27 P32 payloads for an Ed-Fi API are built and tested by a refresh, with what the sources file says of the target", async () => {
  const sources = parseSources(
    `sources:
  - { id: s1, connector: nwea, url: "${nwea.url}", secret: s }
  - { id: district, connector: edfi, url: "http://127.0.0.1:1", secret: e, school_years: [2022] }
deliveries:
  - { id: map-results, pipeline: nwea_edfi, from: s1, to: district, secret: w, mapping: { min_match_rate: 0.1 } }
`,
    "sources.yaml",
    connectors,
  );
  const student = { school_year: "2022", source_id: "'district'", student_key: "'k'", student_unique_id: "'604821'" };
  const models = deployedModels(readCatalogue("sql"), sources).flatMap((model) => {
    if (model.name === "marts.dim_student") return [givenModel(model, student)];
    if (model.name === "marts.dim_school") return [givenModel(model, { school_key: "'k'" })];
    return /nwea|ref\.deliveries/.test(model.name) ? [model] : [];
  });
  const untested = models.map((model) => {
    return model.dataset === "marts" ? { ...model, header: { ...model.header, tests: [] } } : model;
  });
  await ensureWarehouse(verbs.warehouse, [], ["delivery"]);
  const { failed } = await verbs.refresh(untested);
  expect(failed).toEqual([]);
  const counted = async (table: string, where = "true") => {
    const [row] = await verbs.warehouse.query(`select count(*) as n from delivery.nwea_edfi__${table} where ${where}`);
    return Number(row?.n);
  };
  // One of the six students is in the target, with two of the seven results.
  expect(await counted("student_assessments", "school_year = 2022")).toBe(2);
  expect(await counted("assessments")).toBe(2);
  expect(await counted("unmatched", "reason = 'student not in the target'")).toBe(5);
});

test("E75 a changed result takes the place of the one before, and one that vanished is gone", async () => {
  const state = await (await fetch(`${nwea.url}/sandbox/state`)).json();
  const [changed, vanished] = (state as { results: string[] }).results;
  nwea.apply([
    { op: "update", resource: "results", id: changed ?? "", set: { TestRITScore: "212" } },
    { op: "delete", resource: "results", id: vanished ?? "" },
  ]);
  expect(await verbs.bring(results)).toMatchObject({ status: "succeeded", row_count: 6 });
  const after = await scores();
  expect(after.filter(({ student }) => student === "605000").map(({ rit }) => rit)).toEqual(["165", "212"]);
  expect(after.map(({ student }) => student)).not.toContain("605001");
});

test("E75 the export of a new term leaves the terms before it, however small it is", async () => {
  const before = await scores();
  const { results: ids } = (await (await fetch(`${nwea.url}/sandbox/state`)).json()) as { results: string[] };
  nwea.apply(ids.map((id) => ({ op: "delete", resource: "results", id })));
  const winter = {
    StudentID: "605001",
    TermName: "Winter 2021-2022",
    TestName: "Growth: Algebra 2 TX 2012",
    TestRITScore: "236",
  };
  nwea.apply({
    op: "insert",
    resource: "results",
    record: { ...winter, TestStartDate: "01/11/2022", TestStartTime: "09:00:00" },
  });
  expect(await verbs.bring(results)).toMatchObject({ mode: "full", status: "succeeded", row_count: 1 });
  const expected = [...before, { student: "605001", term: "Winter 2021-2022", rit: "236" }];
  expect(await scores()).toEqual(expected.sort((a, b) => a.student.localeCompare(b.student)));
});

test("E58 an empty export takes nothing away", async () => {
  const rows = await verbs.countOf(results);
  const { results: ids } = (await (await fetch(`${nwea.url}/sandbox/state`)).json()) as { results: string[] };
  nwea.apply(ids.map((id) => ({ op: "delete", resource: "results", id })));
  expect(await verbs.bring(results)).toMatchObject({ status: "quarantined", row_count: 0 });
  expect(await verbs.countOf(results)).toBe(rows);
  nwea.reset();
});

test("E58 an export that lost most of its term is set aside, and says of which term", async () => {
  const [model] = ((await (await fetch(`${nwea.url}/sandbox/state`)).json()) as { results: string[] }).results;
  const many = Array.from({ length: 40 }, (_, index) => ({
    StudentID: String(606000 + index),
    TermName: "Spring 2021-2022",
    TestName: "Growth: Reading 2-5",
    TestRITScore: "200",
    TestStartDate: "04/11/2022",
    TestStartTime: "09:00:00",
  }));
  nwea.apply({ op: "delete", resource: "results", id: model ?? "" });
  nwea.apply(
    many.map((record, index) => ({ op: "insert", resource: "results", record: { id: `spring-${index}`, ...record } })),
  );
  const run = await verbs.bring(results);
  expect(run).toMatchObject({ status: "succeeded", row_count: 46 });
  const rows = await verbs.countOf(results);
  // The other terms are as they were, so the whole run has not lost its share.
  nwea.apply(many.slice(0, 22).map((_, index) => ({ op: "delete", resource: "results", id: `spring-${index}` })));
  expect(await verbs.bring(results)).toMatchObject({
    status: "quarantined",
    error: expect.stringContaining('18 rows of "Spring 2021-2022" where 40 are loaded'),
  });
  expect(await verbs.countOf(results)).toBe(rows);
  nwea.reset();
});
