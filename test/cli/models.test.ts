import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { mermaidOf, modelLines, totalOf } from "../../cli/deployment/models.ts";
import { lineageOf, neighboursOf } from "../../cli/docs/lineage.ts";
import { docsPage } from "../../cli/docs/page.ts";
import { questionsOf } from "../../cli/docs/questions.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { refreshMessageSchema } from "../../shared/messages/refresh.ts";
import { catalogueOf, readCatalogue } from "../../shared/refresh/catalogue.ts";
import { graphOf } from "../../shared/refresh/graph.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { readModels, relationColumns } from "../models/harness/model.ts";
import { parseType } from "../models/harness/type.ts";
import { openTestWarehouse } from "../models/harness/warehouse.ts";
import { createWorld, modelFile, smallSchool } from "../refresh/world.ts";

const shipped = graphOf(readCatalogue("sql"));
const questions = questionsOf(readFileSync("docs/marts.md", "utf8"));

describe("the page about the models", () => {
  const page = docsPage(shipped, questions);

  test("fetches nothing, and all that it leads to is in it", () => {
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object)\b|@import|url\(|\b(?:src|srcset)=/);
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(shipped.models.length);
    const places = new Set([...page.matchAll(/\bid="([^"]*)"/g)].map(([, id = ""]) => `#${id}`));
    expect(links.filter((link) => !places.has(link))).toEqual([]);
  });

  test("has every model with its columns and tests", () => {
    for (const { name, header } of shipped.models) {
      const [, section = ""] = page.split(`<section id="${name.replace(".", "-")}">`);
      for (const column of header.columns) expect(section).toContain(`<code>${column.name}</code>`);
      expect(section).toContain("<code>unique_key</code>");
    }
  });

  test("says which models answer a district's questions", () => {
    expect(questions.length).toBeGreaterThan(8);
    const names = new Set(shipped.models.map(({ name }) => name));
    for (const { text, models } of questions) {
      expect(text).toMatch(/\w/);
      expect(models.filter((model) => model.startsWith("marts.") && !names.has(model))).toEqual([]);
      expect(models.filter((model) => names.has(model))).not.toEqual([]);
    }
    expect(page).toMatch(/id="marts-agg_student_attendance">[^§]*?Helps to answer: [^<]*absent/);
  });

  test("shows what a description says, whatever signs it has", () => {
    const text = `/* model\ndescription: '<b>&"x"</b>'\nkey: [id]\ncolumns: {id: {type: STRING, description: '<script>'}}\n*/\nselect '</pre><i>' as id\n`;
    const odd = docsPage(graphOf(catalogueOf([{ path: "marts/odd.sql", text }])), []);
    expect(odd).not.toMatch(/<b>|<script>|<i>/);
    expect(odd).toContain("&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;");
  });
});

describe("the lineage", () => {
  const graph = graphOf(catalogueOf(smallSchool.map(modelFile)));

  test("draws a line from each model to what reads it, from left to right", () => {
    const svg = lineageOf(shipped, "marts");
    const edges = shipped.models
      .filter(({ dataset }) => dataset === "marts")
      .flatMap(({ name }) => shipped.parents(name).filter((parent) => parent.startsWith("marts.")));
    const lines = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+C[^"]* ([\d.]+) [\d.]+"\/>/g)];
    expect(lines).toHaveLength(edges.length);
    expect(lines.every(([, from, to]) => Number(from) < Number(to))).toBe(true);
  });

  test("of one model has what it reads, endpoints too, and what reads it", () => {
    const svg = neighboursOf(graph, "staging.stg_edfi__students");
    for (const name of ["current_edfi.students", "staging.stg_edfi__students", "marts.fct_student_school"]) {
      expect(svg).toContain(`>${name}</text>`);
    }
    expect(svg.match(/<path/g)).toHaveLength(2);
  });
});

describe("rollcall models", () => {
  const counts = { ran: 3, passed: 1, warned: 2, failed: 0 };
  const ledger = { model: "ref.codes", seconds: 1.5, bytes_processed: 2048, ...counts, not_passed: "a (1)\nb (20)" };

  async function linesOf(select: readonly string[], over: object = {}, estimate = false) {
    const world = createWorld();
    await refresh({ reason: "test", select: ["ref.codes"] }, world.ports());
    const warehouse = {
      ...world.warehouse,
      listTables: async () => ["builds", "test_results"],
      query: async () => [ledger],
      ...over,
    };
    return modelLines({ control: world.control, warehouse }, world.models, "UTC", { select, estimate });
  }

  test("tells where a model is in the graph, how it stands and what its last build took", async () => {
    expect(await linesOf(["codes+"])).toEqual([
      expect.objectContaining({
        model: "ref.codes",
        state: "fresh",
        rows: 10,
        seconds: 1.5,
        bytes: 2048,
        reads: [],
        read_by: ["marts.fct_student_school"],
        tests: counts,
        not_passed: ["a (1)", "b (20)"],
      }),
      expect.objectContaining({
        model: "marts.fct_student_school",
        state: "stale",
        rows: null,
        bytes: null,
        tests: null,
      }),
      expect.objectContaining({ model: "marts.wide_student" }),
    ]);
    await expect(linesOf(["nobody"])).rejects.toThrow("there is no model nobody");
  });

  test("estimates what a build would read, but for what cannot be built yet; a warehouse that does not answer is told", async () => {
    const dryRun = async (sql: string) => {
      if (sql.includes("stg_edfi__students")) throw new PermanentError("Not found: Table");
      return { fields: [], bytes: 7 };
    };
    const lines = await linesOf([], { dryRun }, true);
    expect(lines.map(({ model, bytes }) => [model, bytes])).toContainEqual(["ref.codes", 7]);
    expect(lines.map(({ model, bytes }) => [model, bytes])).toContainEqual(["marts.fct_student_school", null]);
    const unwell = async () => Promise.reject(new RetryableError("unwell"));
    await expect(linesOf([], { dryRun: unwell }, true)).rejects.toThrow("unwell");
  });

  test("counts the tests of each model's last build, and of all together", async () => {
    const warehouse = await openTestWarehouse();
    const models = readModels("sql");
    const build = { version: "v", status: "succeeded", seconds: 1, bytes_processed: "1" };
    const result = { severity: "warn", status: "passed", failing_rows: "0" };
    await warehouse.fill("ops.builds", relationColumns("ops.builds", models), [
      { ...build, build_id: "b1", model: "ref.codes", started_at: "2026-01-01 00:00:00" },
      { ...build, build_id: "b2", model: "ref.codes", started_at: "2026-01-02 00:00:00" },
      { ...build, build_id: "b3", model: "marts.wide_student", started_at: "2026-01-02 00:00:00" },
    ]);
    await warehouse.fill("ops.test_results", relationColumns("ops.test_results", models), [
      { ...result, build_id: "b1", model: "ref.codes", test_id: "a", severity: "error", status: "failed" },
      { ...result, build_id: "b2", model: "ref.codes", test_id: "c", status: "failed", failing_rows: "20" },
      { ...result, build_id: "b2", model: "ref.codes", test_id: "b", status: "failed", failing_rows: "1" },
      { ...result, build_id: "b2", model: "ref.codes", test_id: "a", severity: "error" },
      { ...result, build_id: "b2", model: "ref.codes", test_id: "d", severity: "error", status: "failed" },
    ]);
    const whole = ["ran", "passed", "warned", "failed"].map((name) => ({ name, type: parseType("INT64") }));
    const columns = [
      { name: "model", type: parseType("STRING") },
      { name: "seconds", type: parseType("FLOAT64") },
      { name: "bytes_processed", type: parseType("INT64") },
      ...whole,
      { name: "not_passed", type: parseType("STRING") },
    ];
    const lines = await linesOf([], { query: (sql: string) => warehouse.select(sql, columns) }).finally(() =>
      warehouse.close(),
    );
    const told = lines
      .filter(({ tests }) => tests)
      .map(({ model, tests, not_passed }) => ({ model, tests, not_passed }));
    expect(told).toEqual([
      {
        model: "ref.codes",
        tests: { ran: 4, passed: 1, warned: 2, failed: 1 },
        not_passed: ["b (1)", "c (20)", "d (0)"],
      },
      { model: "marts.wide_student", tests: { ran: 0, passed: 0, warned: 0, failed: 0 }, not_passed: [] },
    ]);
    expect(totalOf(lines)).toEqual({ models: 2, ran: 4, passed: 1, warned: 2, failed: 1 });
  });

  test("draws the graph for Mermaid", async () => {
    const graph = mermaidOf(await linesOf(["+fct_student_school"]));
    expect(graph).toContain("current_edfi_students([current_edfi.students])");
    expect(graph).toContain("  ref_codes --> marts_fct_student_school");
    expect(graph).not.toContain("wide_student");
  });
});

test("a refresh of some models is a message that the function takes", () => {
  const message = { v: 1, reason: "asked by a person", select: ["dim_student+"], force: ["dim_student+"] };
  expect(refreshMessageSchema.parse(message)).toEqual(message);
});
