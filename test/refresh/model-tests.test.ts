import { describe, expect, test } from "@jest/globals";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { judge, stoppingTests, testQuery } from "../../shared/refresh/model-tests.ts";
import { modelFile } from "./world.ts";

function modelWith(header: string) {
  const parent = modelFile({ path: "marts/parent", sql: "select '1' as id" });
  const [model, other] = catalogueOf([modelFile({ path: "marts/m", sql: "select '1' as id", header }), parent]);
  if (!model || !other) throw new Error("no model");
  return { model, models: new Map([model, other].map((one) => [one.name, one])) };
}

describe("judge", () => {
  const { model, models } = modelWith(
    [
      "tests:",
      "  - relationship: {column: id, to: marts.parent, min_match: 0.9, severity: warn}",
      "  - accepted_values: {column: id, values: [a]}",
      "  - not_null: [id]",
    ].join("\n"),
  );
  const clean = {
    row_count: 10,
    failing_0: 0,
    compared_0: 10,
    failing_1: 0,
    failing_2: 0,
    compared_2: 10,
    failing_3: 0,
  };
  const statuses = (row: Readonly<Record<string, number | bigint>>, baseline?: { rowCount: number }) =>
    Object.fromEntries(
      judge(model, models, { ...clean, ...row }, baseline).results.map((one) => [one.testId, one.status]),
    );

  test("passes clean rows, each test once", () => {
    expect(statuses({})).toEqual({
      unique_key: "passed",
      "not_null.id": "passed",
      "relationship.id.marts.parent": "passed",
      "accepted_values.id": "passed",
    });
  });

  test.each([
    [{ failing_0: 1 }, "unique_key", "failed"],
    [{ failing_1: 1n }, "not_null.id", "failed"],
    [{ failing_2: 1 }, "relationship.id.marts.parent", "passed"],
    [{ failing_2: 2 }, "relationship.id.marts.parent", "failed"],
    [{ failing_2: 0, compared_2: 0 }, "relationship.id.marts.parent", "passed"],
    [{ failing_3: 1 }, "accepted_values.id", "failed"],
  ] as const)("%j: %s has %s", (row, testId, status) => expect(statuses(row)[testId]).toBe(status));

  test("a relationship that finds nothing fails, whatever share may be missed", () => {
    const lax = modelWith("tests: [{relationship: {column: id, to: marts.parent, min_match: 0}}]");
    const row = { row_count: 4, failing_0: 0, failing_1: 0, failing_2: 4, compared_2: 4 };
    const found = judge(lax.model, lax.models, row, undefined).results.find(({ testId }) => testId.startsWith("rel"));
    expect(found?.status).toBe("failed");
    const partly = judge(lax.model, lax.models, { ...row, failing_2: 3 }, undefined).results;
    expect(partly.every(({ status }) => status === "passed")).toBe(true);
  });

  test("judges the volume by the last good build, and by the header's own measure", () => {
    expect(statuses({ row_count: 4 }, { rowCount: 10 }).volume).toBe("failed");
    const shrinking = modelWith("tests: [{volume: {min_share: 0}}]");
    expect(
      judge(shrinking.model, shrinking.models, { row_count: 0 }, { rowCount: 10 }).results.map(({ testId }) => testId),
    ).toEqual(["unique_key", "not_null.id"]);
    const strict = modelWith("tests: [{volume: {min_share: 0.9, severity: warn}}]");
    expect(judge(strict.model, strict.models, { row_count: 8 }, { rowCount: 10 }).results.at(-1)).toEqual({
      testId: "volume",
      severity: "warn",
      status: "failed",
      failingRows: 2,
    });
  });

  test("only errors stop a build, and a stop says what to do", () => {
    const { results } = judge(model, models, { ...clean, failing_2: 10 }, undefined);
    expect(stoppingTests(results)).toBeUndefined();
    const shrunken = judge(model, models, { ...clean, row_count: 1 }, { rowCount: 10 }).results;
    expect(stoppingTests(shrunken)).toBe(
      "Tests failed: volume (9 rows). If the loss of rows is right, refresh this model with force.",
    );
  });
});

test("all tests of a model are one query", () => {
  const { model, models } = modelWith("tests: [{relationship: {column: id, to: marts.parent}}]");
  const sql = testQuery(model, models, "marts.m__next_00000000");
  expect(sql.match(/marts\.m__next_00000000/g)).toHaveLength(1);
  expect(sql).not.toContain(";");
});
