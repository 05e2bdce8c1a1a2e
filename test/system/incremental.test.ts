import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { narrow } from "../incremental/extents.ts";
import { live } from "../incremental/live.ts";
import "./patience.ts";

test("wide histories end with the marts that a build from nothing makes", async () => {
  const args = ["test/incremental/main.ts", "--wide", "--seeds", "2"];
  // The exit code 1 of a history that ends otherwise rejects, and the error has what was printed.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 840_000 });
  expect(stdout.match(/ 0 differences/g)).toHaveLength(2);
});

// More histories, and wider ones: npm run incremental -- --wide --seeds 20.
test("what refreshes made of a history is, row for row, what a build from nothing makes of its end", async () => {
  const { rows, differences, buildsByRefresh, trace } = await live({ ...narrow, seed: 1 });
  expect(differences).toEqual([]);
  // It says something only where there are rows, and where refreshes left some models alone and built others.
  expect(rows).toBeGreaterThan(100);
  const [first = 0, ...later] = buildsByRefresh;
  expect(later.some((built) => built > 0 && built < first)).toBe(true);
  expect(trace.join("\n")).toMatch(/a code means/);
});
