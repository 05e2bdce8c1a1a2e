import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jestResultsSchema, judge, parseBehaviours, tableOf, totalsOf } from "./conformance.ts";

/**
 * `npm run conformance`: runs the tests that name a behaviour of the conformance list and prints what each behaviour's tests say. `--json`
 * prints the totals only. Ends with 1 when a test failed.
 */

const behaviours = parseBehaviours(readFileSync("test/conformance/behaviours.txt", "utf8"));

/** Test files that name a number: the others need not run. The cases of the models have their names in files of their own. */
function numberedFiles(): string[] {
  const named = globSync("test/**/*.test.ts").filter((file) => /["'`][EPS]\d+[ ,]/.test(readFileSync(file, "utf8")));
  const cases = globSync("test/models/cases/*.yaml").some((file) =>
    /^- name: "?[EPS]\d+[ ,]/m.test(readFileSync(file, "utf8")),
  );
  return cases ? [...named, "test/models/models.test.ts"] : named;
}

const folder = mkdtempSync(join(tmpdir(), "conformance-"));
const file = join(folder, "results.json");
try {
  const jest = [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
    "--json",
    `--outputFile=${file}`,
    "--silent",
    "--runTestsByPath",
    ...numberedFiles(),
  ];
  // Jest tells of failures on standard error; on standard output it would repeat the results.
  const { status } = spawnSync(process.execPath, jest, { stdio: ["ignore", "ignore", "inherit"] });
  const results = jestResultsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const verdicts = judge(behaviours, results);
  const isJson = process.argv.includes("--json");
  process.stdout.write(`${isJson ? JSON.stringify(totalsOf(verdicts)) : tableOf(verdicts)}\n`);
  process.exitCode = status === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
