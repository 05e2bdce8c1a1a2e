import { expect, test } from "@jest/globals";
import { HeldResults } from "../../../emulator/bigquery/jobs/held-results.ts";
import { noRows, type Result } from "../../../emulator/bigquery/query/result.ts";

const limits = { bytesMax: 1_000, tablesMax: 2, countMax: 5 };
let closed: string[] = [];

function result(name: string, kind: Result["kind"], bytes: number): Result {
  return { ...noRows, kind, bytes, close: () => void closed.push(name) };
}

function filled(results: readonly (readonly [string, Result["kind"], number])[]): HeldResults {
  closed = [];
  const held = new HeldResults(limits);
  for (const [name, kind, bytes] of results) held.hold(name, result(name, kind, bytes));
  return held;
}

test("the least recently used go when the memory is used up, and no others", () => {
  const held = filled([
    ["a", "values", 400],
    ["b", "values", 400],
  ]);
  expect(held.get("a")).toBeDefined();
  held.hold("c", result("c", "values", 400));
  expect(closed).toEqual(["b"]);
  expect([held.get("a"), held.get("b"), held.get("c")].map((found) => found !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});

test("too many tables push out tables, not the values that are older", () => {
  filled([
    ["values", "values", 10],
    ["first", "table", 0],
    ["second", "table", 0],
    ["third", "table", 0],
  ]);
  expect(closed).toEqual(["first"]);
});

test("a result that is larger than the limit is held until the next one comes", () => {
  const held = filled([["large", "values", 5_000]]);
  expect(held.get("large")).toBeDefined();
  held.hold("next", result("next", "values", 10));
  expect(closed).toEqual(["large"]);
});

test("there is a limit to their number, and each is closed once", () => {
  const held = filled(["a", "b", "c", "d", "e", "f"].map((name) => [name, "values", 1] as const));
  expect(closed).toEqual(["a"]);
  held.close();
  held.close();
  expect(closed).toEqual(["a", "b", "c", "d", "e", "f"]);
});
