import { expect, test } from "@jest/globals";
import { reportOf } from "./report.ts";
import { simulate } from "./simulate.ts";

test("500 worlds end right, whatever goes wrong in them", async () => {
  const reports: string[] = [];
  for (let seed = 1; seed <= 500; seed += 1) {
    const outcome = await simulate(seed);
    if (outcome.violations.length > 0) reports.push(reportOf(outcome));
  }
  expect(reports.join("\n")).toBe("");
}, 300_000);
