import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { type JestResults, judge, numbersOf, parseBehaviours, tableOf, totalsOf } from "./conformance.ts";

function resultsOf(...tests: [title: string, status: string, around?: string][]): JestResults {
  const assertionResults = tests.map(([title, status, around]) => ({
    title,
    status,
    ancestorTitles: around === undefined ? [] : [around],
  }));
  return { testResults: [{ assertionResults }] };
}

const list = parseBehaviours(["E1\tone", "E2\ttwo", "E3\tthree", "P1\tpost", "S1\tserve"].join("\n"));

test("the list has every number once", () => {
  const numbers = parseBehaviours(readFileSync("test/conformance/behaviours.txt", "utf8")).map(({ number }) => number);
  const expected = (letter: string, count: number) => Array.from({ length: count }, (_, n) => `${letter}${n + 1}`);
  expect(numbers).toEqual([...expected("E", 80), ...expected("P", 47), ...expected("S", 17)]);
});

test.each([
  [["E24"], "E24 reverse paging loses nothing"],
  [["E2", "E3"], "E2 E3 many ask for one token"],
  [["E2", "E3"], "E2, E3 many ask for one token"],
  [[], "rows come (E24)"],
  [[], "E24"],
  [[], "Each has its own"],
])("numbers %j are those of a title: %s", (numbers, title) => {
  expect(numbersOf(title)).toEqual(numbers);
});

test("a behaviour is green when all its tests passed, red when one did not, and none without a test", () => {
  const results = resultsOf(
    ["E1 a", "passed"],
    ["E1 E2 b", "passed"],
    ["E2 c", "failed"],
    ["rows come", "passed", "S1 paging"],
  );
  expect(judge(list, results).map(({ number, tests, state }) => `${number} ${tests} ${state}`)).toEqual([
    "E1 2 green",
    "E2 2 red",
    "E3 0 none",
    "P1 0 none",
    "S1 1 green",
  ]);
});

test("a test that was skipped shows nothing", () => {
  expect(judge(list, resultsOf(["E1 a", "pending"]))[0]?.state).toBe("red");
});

test("the totals count what is green", () => {
  const verdicts = judge(list, resultsOf(["E1 a", "passed"], ["E2 b", "failed"], ["S1 c", "passed"]));
  expect(totalsOf(verdicts)).toEqual({
    E: { total: 3, green: 1 },
    P: { total: 1, green: 0 },
    S: { total: 1, green: 1 },
  });
  expect(tableOf(verdicts)).toMatch(/E2 +two +1 {2}red[\s\S]*E: 1 of 3 green/);
});
