import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { planted } from "../simulation/planted.ts";
import { reportOf } from "../simulation/report.ts";
import { simulate } from "../simulation/simulate.ts";
import "./patience.ts";

/** Seeds in which a planted bug must show at the latest. */
const seedsMax = 150;

describe("a planted bug is found", () => {
  test.each(planted)(
    "$name",
    async ({ kind = "edfi", seams, weather = {}, found }) => {
      for (let seed = 1; seed <= seedsMax; seed += 1) {
        const { violations } = await simulate(seed, { kind, seams, weather });
        if (violations.some((violation) => found.test(violation))) return;
      }
      throw new Error(`none of ${seedsMax} seeds finds it`);
    },
    120_000,
  );
});

test("a seed is one history", async () => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const { trace } = await simulate(seed, { isTraced: true });
    expect(trace.length).toBeGreaterThan(500);
    expect((await simulate(seed, { isTraced: true })).trace).toEqual(trace);
  }
});

test("the trouble that a world is made of does come up", async () => {
  const seen = {
    deaths: 0,
    held: 0,
    takeovers: 0,
    lateCommits: 0,
    restored: 0,
    setAside: 0,
    continued: 0,
    lost: 0,
    waited: 0,
    wanted: 0,
  };
  const signs: Record<keyof typeof seen, RegExp> = {
    deaths: /dies (?:before|after)$/,
    held: /held (?:before|after)$/,
    takeovers: /taken? over/,
    lateCommits: /not yet committed$/,
    restored: /the source was restored to an earlier state/,
    setAside: /"status":"quarantined"/,
    continued: /extract continues in another message/,
    lost: /published, 0 times/,
    waited: /the source is busy with others/,
    wanted: /control read slots\/d1\/wanted.json/,
  };
  for (let seed = 1; seed <= 60; seed += 1) {
    const { trace } = await simulate(seed, { isTraced: true });
    for (const sign of Object.keys(seen) as (keyof typeof seen)[]) {
      if (trace.some((line) => signs[sign].test(line))) seen[sign] += 1;
    }
  }
  expect(Object.entries(seen).filter(([, worlds]) => worlds === 0)).toEqual([]);
});

test("a source that tells no changes is brought whole, and its terms stay", async () => {
  const seen = { errorPages: 0, setAside: 0, terms: 0, again: 0 };
  const signs: Record<keyof typeof seen, RegExp> = {
    errorPages: /error in a body of status 200|not what it should be/,
    setAside: /"status":"quarantined"/,
    terms: /begins term/,
    again: /reading them again/,
  };
  for (let seed = 1; seed <= 40; seed += 1) {
    const { violations, trace } = await simulate(seed, { kind: "register", isTraced: true });
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const sign of Object.keys(seen) as (keyof typeof seen)[]) {
      if (trace.some((line) => signs[sign].test(line))) seen[sign] += 1;
    }
  }
  expect(Object.entries(seen).filter(([, worlds]) => worlds === 0)).toEqual([]);
});

test("a report names the seed and how to replay it", () => {
  const report = reportOf({ seed: 7, kind: "edfi", violations: ["a lease is stuck"], trace: [] });
  expect(report).toBe("Seed 7 failed:\n  a lease is stuck\nReplay it: npm run simulate -- --seed 7");
  const other = reportOf({ seed: 7, kind: "register", violations: [], trace: [] });
  expect(other).toContain("npm run simulate -- --kind register --seed 7");
});

describe("npm run simulate", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["test/simulation/main.ts", ...args], { encoding: "utf8", timeout: 60_000 });

  test("ends with 1 at the first failure and prints its seed", () => {
    const { status, stdout } = run("--seeds", "150", "--plant", "watermark before load");
    expect(stdout).toMatch(/^Seed \d+ failed:\n {2}watermarks\/\S+ moved past rows/);
    expect(status).toBe(1);
  });

  test("prints the trace of one seed", () => {
    const { status, stdout } = run("--seed", "2");
    expect(stdout).toContain("world is calm from here on");
    expect(status).toBe(0);
  });

  test("explains itself, and refuses what it does not know", () => {
    expect(run("--help").stdout).toContain("--seeds");
    const { status, stderr } = run("--seeds", "many");
    expect(stderr).toContain("--seeds");
    expect(status).toBe(2);
    expect(run("--plant", "nothing").stderr).toContain("watermark before load");
  });
});
