import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { translate, UnsupportedSql } from "../../../emulator/googlesql/translate.ts";

/** What is refused, and the name it is refused by: [construct, statement]. */
const refusals = z
  .array(z.tuple([z.string(), z.string()]))
  .parse(JSON.parse(readFileSync(new URL("corpus/refusals.json", import.meta.url), "utf8")));

function refusal(sql: string): UnsupportedSql | undefined {
  try {
    translate(sql, { projectId: "proj" });
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedSql) return error;
    throw error;
  }
}

describe("refusals", () => {
  test.each(refusals)("%s is refused by name: %s", (construct, sql) => {
    expect(refusal(sql)?.construct).toBe(construct);
  });

  test("a refusal says where the construct stands", () => {
    const found = refusal("SELECT\n  a,\n  FARM_FINGERPRINT(b)\nFROM d.t");
    expect(found).toMatchObject({ line: 3, column: 3, construct: "function FARM_FINGERPRINT" });
    expect(found?.message).toBe("Not supported: function FARM_FINGERPRINT at [3:3]");
  });

  test("a project that is not the emulator's is not found", () => {
    expect(refusal("SELECT * FROM `other.d.t`")?.message).toContain("Not found: Project other");
    expect(refusal("CREATE TABLE other.d.t (a INT64)")?.construct).toBe("project other");
    expect(refusal("SELECT * FROM other-project-1.d.t")?.construct).toBe("project other-project-1");
  });

  test("a statement nested without end is refused, not a crash", () => {
    const depth = 10_000;
    expect(refusal(`SELECT ${"(".repeat(depth)}1${")".repeat(depth)}`)?.construct).toContain("nesting deeper");
    expect(refusal(`SELECT ${"- ".repeat(depth)}1`)?.construct).toContain("nesting deeper");
    expect(refusal(`SELECT ${"NOT ".repeat(depth)}TRUE`)?.construct).toContain("nesting deeper");
    expect(refusal(`SELECT * FROM ${"(".repeat(depth)}SELECT 1${")".repeat(depth)}`)?.construct).toContain(
      "nesting deeper",
    );
  });

  test.each([
    ["a chain of literals", `a${" * 0.5 + 1.5 / 0.5".repeat(30)}`],
    ["nested IFs", `${"IF(x, ".repeat(40)}a${", 0.5)".repeat(40)}`],
    ["nested roundings", `${"ROUND(".repeat(40)}a${", 2)".repeat(40)}`],
    ["nested extremes", `${"GREATEST(LEAST(".repeat(30)}a${", 1), 2)".repeat(30)}`],
  ])("%s grow with their length, not with a power of it", (_, expression) => {
    const [statement] = translate(`SELECT ${expression} AS v FROM d.t`, { projectId: "proj" });
    expect(statement?.sql.length).toBeLessThan(60 * expression.length);
  });

  test.each([
    "SELECT a sample FROM d.t",
    "SELECT a FROM d.t AS semi JOIN d.u AS x ON TRUE",
    "SELECT t.end, t.`select`, payload.from.to FROM d.t",
    "SELECT 1 AS `at`",
    "SELECT a, FROM d.t",
    "SELECT `position`, value, date, time, name, type, year, offset FROM d.t AS row",
    "SELECT DATE '2025-1-5', TIMESTAMP '2025-01-05 1:2:3 America/New_York', r'\\d', b'\\xff', '''a'b''', \"c\"",
    "# comment\nSELECT 1 -- one\n/* two */ ;",
    "SELECT LEFT('a', 1), RIGHT('a', 1), IF(TRUE, 1, 2)",
    "SELECT x.a FROM d.t AS x WHERE x.b >> 1 = 2 AND ARRAY<STRUCT<a ARRAY<INT64>>>[] IS NOT NULL",
  ])("%s is GoogleSQL and is not refused", (sql) => {
    expect(refusal(sql)).toBeUndefined();
  });
});
