import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

interface Mode {
  readonly number: number;
  readonly shownBy: string;
}

const rows: Mode[] = readFileSync("docs/failure-modes.md", "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, number, , shownBy = ""] = line.split("|").map((cell) => cell.trim());
    return Number.isInteger(Number(number)) && number ? [{ number: Number(number), shownBy }] : [];
  });

/** The tests that a cell names: a file, a colon, and names in quotation marks until the next file. */
function namedTests(cell: string): { file: string; name: string }[] {
  return [...cell.matchAll(/`(test\/[^`]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, file = "", names = ""]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => ({ file, name })),
  );
}

/** Whether a file has a test or a group of tests of that name; a name alone, in a comment or in data, is none. */
function hasTest(file: string, name: string): boolean {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, "utf8");
  return text.split(name).some((before, index, pieces) => {
    const isLast = index === pieces.length - 1;
    return !isLast && /\(\s*["`]$/.test(before) && /^["`],/.test(pieces[index + 1] ?? "");
  });
}

test("the page has each of the 25 failures once", () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test.each(rows)("failure $number is shown by tests that are there", ({ number, shownBy }) => {
  const named = namedTests(shownBy);
  expect({ number, isShown: named.length > 0 }).toEqual({ number, isShown: true });
  expect(named.filter(({ file, name }) => !hasTest(file, name))).toEqual([]);
});

test("a test that is not there is noticed", () => {
  const [first] = namedTests('`test/docs/failure-modes.test.ts`: "a test that never was", "the page has none"');
  expect(first).toEqual({ file: "test/docs/failure-modes.test.ts", name: "a test that never was" });
  expect(hasTest("test/docs/failure-modes.test.ts", ["a test", "that was never written"].join(" "))).toBe(false);
  expect(hasTest("test/docs/no-such-file.test.ts", "a test")).toBe(false);
});

/** BigQuery lets 20 statements wait that change rows of one table, and refuses more; INSERT and load jobs do not wait (its quotas of DML). */
test("no function but a daily one changes rows that are there, so no statement queues behind another", () => {
  // A person who has a student forgotten does it at the command line, for one table after the other.
  const files = globSync(["functions/**/*.ts", "shared/**/*.ts"]).filter((file) => !file.startsWith("shared/forget/"));
  const changing = files.filter((file) =>
    /["`]\s*(?:update|delete from|delete|merge|merge into|truncate table)\s+(?:\w+\.\w+|\$\{)/i.test(
      readFileSync(file, "utf8"),
    ),
  );
  expect(files.length).toBeGreaterThan(100);
  // One statement for each table, at most once a day, under a derived id.
  expect(changing).toEqual(["shared/reconcile/prune.ts"]);
  expect(files.filter((file) => readFileSync(file, "utf8").includes("/forget/forget.ts"))).toEqual([]);
});
