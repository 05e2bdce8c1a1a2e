import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startIsams } from "../../sandbox/isams/isams.ts";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { configuredModels } from "../../shared/refresh/configured.ts";
import { isamsResources } from "./isams-resources.ts";
import { type Finished, type Rollcall, rollcall, summaryOf } from "./rollcall.ts";
import { withWarehouse } from "./tables.ts";
import "./patience.ts";

const kinds = ["edfi", "isams", "canvas", "nwea"];
const folders = ["sandbox/data/edfi/grandbend", "sandbox/data/edfi/grandbend-calendar"];

/** Lines of each sample file, by resource; the later folder lies over the earlier one. */
function sampleLines(...folders: readonly string[]): Map<string, number> {
  const lines = new Map<string, number>();
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".jsonl.gz"))) {
      const text = gunzipSync(readFileSync(join(folder, name))).toString("utf8");
      lines.set(name.replace(".jsonl.gz", ""), text.split("\n").filter(Boolean).length);
    }
  }
  return lines;
}

/** Rows that each endpoint has to have, by connector: as many as its sample file has lines, where it has one of its own. */
async function expectedRows(): Promise<Record<string, Record<string, number>>> {
  const edfi = sampleLines(...folders);
  const offered = Object.entries(readConnectors("connectors").get("edfi")?.endpoints ?? {}).flatMap(
    ([endpoint, { path }]) => {
      const lines = edfi.get(path.replace("ed-fi/", ""));
      return lines === undefined ? [] : [[endpoint, lines] as const];
    },
  );
  const canvas = Object.fromEntries(sampleLines("sandbox/data/canvas"));
  const results = readFileSync("sandbox/data/nwea/AssessmentResults.csv", "utf8").trim().split("\n").length - 1;
  const school = await startIsams();
  await school.close();
  return {
    edfi: Object.fromEntries(offered),
    // The root account is not among its sub-accounts; the sandbox cuts each of the two terms into two grading periods.
    canvas: { ...canvas, accounts: (canvas.accounts ?? 0) - 1, grading_periods: 2 * (canvas.terms ?? 0) },
    nwea: { assessment_results: results, students_by_school: 6, class_assignments: 6 },
    // No sample of iSAMS is public: the sandbox makes a school up, the same each time.
    isams: Object.fromEntries(Object.entries(isamsResources).map(([name, rows]) => [name, school.rows(rows).length])),
  };
}

let app: Rollcall;
let first: Finished;
let second: Finished;

beforeAll(async () => {
  app = rollcall();
  first = await app.run("demo");
  second = await app.run("demo", "--json");
});

afterAll(() => app.remove());

test("a source may be left out of the demo", async () => {
  const alone = rollcall();
  try {
    const finished = await alone.run("demo", "--source", "isams", "--source", "nwea", "--without", "isams", "--json");
    expect(finished.code).toBe(0);
    const { sources, models } = summaryOf(finished);
    expect(sources.map(({ source }) => source)).toEqual(["map"]);
    expect(models).toBeGreaterThan(0);
    expect(await alone.run("demo", "--without", "sis")).toMatchObject({ code: 2 });
    expect(await alone.run("demo", "--source", "nwea", "--without", "nwea")).toMatchObject({ code: 2 });
  } finally {
    alone.remove();
  }
});

describe("npm start", () => {
  test("ends with 0, builds every model without a failure, and says what it did, by source too", () => {
    expect(first.stderr).not.toMatch(/FAILED/);
    expect(first.code).toBe(0);
    const models = configuredModels(readCatalogue("sql"), new Set(kinds));
    for (const source of ["grand-bend", "school", "lms", "map"]) {
      expect(first.stdout).toMatch(new RegExp(`^${source} +\\d+ +\\d+ +\\d+ +\\d+`, "m"));
    }
    expect(first.stdout).toMatch(
      new RegExp(` live rows, \\d+ parts written, ${models.length} models built, [0-9.]+ s`),
    );
    for (const { name } of models) expect(first.stderr).toContain(`built    ${name} `);
  });

  test("brings as many live rows of each endpoint of each source as its sample file has lines", async () => {
    const expected = await expectedRows();
    expect(Object.keys(expected.edfi ?? {}).length).toBeGreaterThan(50);
    const counted = await withWarehouse(app.home, async (warehouse) => {
      const counts: Record<string, Record<string, number>> = {};
      for (const [connector, endpoints] of Object.entries(expected)) {
        const own: Record<string, number> = {};
        for (const endpoint of Object.keys(endpoints)) {
          const [row] = await warehouse.query(`select count(*) as row_count from current_${connector}.${endpoint}`);
          own[endpoint] = Number(row?.row_count);
        }
        counts[connector] = own;
      }
      return counts;
    });
    expect(counted).toEqual(expected);
    for (const [connector, { endpoints }] of readConnectors("connectors")) {
      if (connector === "edfi" || !kinds.includes(connector)) continue;
      expect(Object.keys(expected[connector] ?? {}).sort()).toEqual(Object.keys(endpoints).sort());
    }
  });

  test("reads the second time what changed, whole where that is not told, and rebuilds no model", () => {
    expect(second.code).toBe(0);
    const summary = summaryOf(second);
    expect(summary).toMatchObject({ models: 0, built: [], failures: [] });
    const byId = new Map(summary.sources.map((source) => [source.source, source]));
    // Only where late commits may yet come.
    expect(byId.get("grand-bend")).toMatchObject({ whole: 0 });
    expect(byId.get("grand-bend")?.parts).toBeLessThan(20);
    // Canvas tells what submissions are new: none.
    const endpoints = { school: 15, lms: 11, map: 3 };
    expect(Object.keys(endpoints).map((id) => [id, byId.get(id)?.whole])).toEqual(Object.entries(endpoints));
    expect(byId.get("map")).toMatchObject({ endpoints: 3, read: 19, live: 19 });
  });

  test("leaves a status without failures, stale models or dead letters", async () => {
    const status = JSON.parse((await app.run("status", "--json")).stdout) as {
      models: { model: string; state: string }[];
      last_failures: unknown[];
      dead_letters: unknown[];
      in_flight: unknown[];
    };
    expect(status.models.filter(({ state }) => state !== "fresh")).toEqual([]);
    expect(status).toMatchObject({ last_failures: [], dead_letters: [], in_flight: [] });
  });

  test("answers the queries that it suggests", async () => {
    const queries = [...first.stdout.matchAll(/npx rollcall query '([^']+)'/g)].map(([, sql]) => sql ?? "");
    expect(queries).toHaveLength(6);
    for (const sql of queries) expect((await app.query(sql)).length).toBeGreaterThan(0);
  });
});
