import { expect, test } from "@jest/globals";
import { narrow } from "./extents.ts";
import { live } from "./live.ts";

// More histories, and wider ones: npm run incremental -- --wide --seeds 20.
test("what refreshes made of a history is, row for row, what a build from nothing makes of its end", async () => {
  const { rows, differences, buildsByRefresh, trace } = await live({ ...narrow, seed: 1 });
  expect(differences).toEqual([]);
  // It says something only where there are rows, and where refreshes left some models alone and built others.
  expect(rows).toBeGreaterThan(100);
  const [first = 0, ...later] = buildsByRefresh;
  expect(later.some((built) => built > 0 && built < first)).toBe(true);
  expect(trace.join("\n")).toMatch(/a code means/);
}, 300_000);
