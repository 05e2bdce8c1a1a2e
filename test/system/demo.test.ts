import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readConnectors } from "../../shared/config/connectors-folder.ts";
import { readCatalogue } from "../../shared/refresh/catalogue.ts";
import { configuredModels } from "../../shared/refresh/configured.ts";
import { type Finished, type Rollcall, rollcall, summaryOf } from "./rollcall.ts";
import { withWarehouse } from "./tables.ts";
import "./patience.ts";

const folders = ["sandbox/data/edfi/grandbend", "sandbox/data/edfi/grandbend-calendar"];

/** Lines of each sample file, by resource; the later folder lies over the earlier one. */
function sampleLines(): Map<string, number> {
  const lines = new Map<string, number>();
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".jsonl.gz"))) {
      const text = gunzipSync(readFileSync(join(folder, name))).toString("utf8");
      lines.set(name.replace(".jsonl.gz", ""), text.split("\n").filter(Boolean).length);
    }
  }
  return lines;
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

describe("npm start", () => {
  test("ends with 0, builds every model without a failure, and says what it did", () => {
    expect(first.stderr).not.toMatch(/FAILED/);
    expect(first.code).toBe(0);
    const models = configuredModels(readCatalogue("sql"), new Set(["edfi"]));
    expect(first.stdout).toMatch(
      new RegExp(` live rows, \\d+ parts written, ${models.length} models built, [0-9.]+ s`),
    );
    for (const { name } of models) expect(first.stderr).toContain(`built    ${name} `);
  });

  test("brings as many live rows of each endpoint as its sample file has lines", async () => {
    const lines = sampleLines();
    const connector = readConnectors("connectors").get("edfi");
    const offered = Object.entries(connector?.endpoints ?? {}).filter(([, { path }]) =>
      lines.has(path.replace("ed-fi/", "")),
    );
    expect(offered.length).toBeGreaterThan(50);
    const counted = await withWarehouse(app.home, async (warehouse) => {
      const counts: Record<string, number> = {};
      for (const [endpoint] of offered) {
        const [row] = await warehouse.query(`select count(*) as row_count from current_edfi.${endpoint}`);
        counts[endpoint] = Number(row?.row_count);
      }
      return counts;
    });
    expect(counted).toEqual(
      Object.fromEntries(offered.map(([endpoint, { path }]) => [endpoint, lines.get(path.replace("ed-fi/", ""))])),
    );
  });

  test("reads only where late commits may yet come and rebuilds no model the second time", () => {
    expect(second.code).toBe(0);
    expect(summaryOf(second)).toMatchObject({ models: 0, built: [], failures: [] });
    expect(summaryOf(second).parts).toBeLessThan(20);
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
    expect(queries).toHaveLength(3);
    for (const sql of queries) expect((await app.query(sql)).length).toBeGreaterThan(0);
  });
});
