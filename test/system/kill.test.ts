import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { modelsFolder } from "./models.ts";
import { type Rollcall, rollcall } from "./rollcall.ts";
import { comparedDatasets, contents, withWarehouse } from "./tables.ts";
import "./patience.ts";

const endpoints = ["students", "schools", "course_offerings", "courses"];
const chosen = endpoints.flatMap((endpoint) => ["--endpoint", endpoint]);

const SQL_FOLDER = modelsFolder(["marts.dim_course", "staging.stg_edfi__students"]);

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let undisturbed: Record<string, string>;

function sourcesText(): string {
  return `sources:\n  - { id: district, connector: edfi, url: "${sandbox.url}", secret: district, school_years: [2011] }\n`;
}

async function tablesOf(app: Rollcall): Promise<Record<string, string>> {
  return withWarehouse(app.home, (warehouse) => contents(warehouse, comparedDatasets));
}

beforeAll(async () => {
  // Slow enough that a kill finds an extraction in the middle.
  sandbox = await startSandbox({ latencyMs: 40 });
  const app = rollcall({ district: sandbox }, { SQL_FOLDER });
  try {
    const finished = await app.run("run", "--sources", app.sources(sourcesText()), ...chosen);
    if (finished.code !== 0) throw new Error(finished.stdout + finished.stderr);
    undisturbed = await tablesOf(app);
  } finally {
    app.remove();
  }
});

afterAll(() => sandbox.close());

/** Starts a run, kills it with SIGKILL as soon as its progress shows the pattern, and gives what it had said. */
async function killedAt(app: Rollcall, args: string[], pattern: RegExp): Promise<string> {
  const { child, finished } = app.start(...args);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
    if (pattern.test(said)) child.kill("SIGKILL");
  });
  await finished;
  return said;
}

describe("a run killed with SIGKILL, and the same command again", () => {
  test.each([
    ["in the middle of extract", /goes on|loaded +district\/schools/],
    ["in the middle of load", /loaded +district\/course/],
    ["in the middle of refresh", /built +staging\.[\s\S]*built +staging\./],
  ])(
    "%s gives the tables of an undisturbed run",
    async (_, pattern) => {
      const app = rollcall({ district: sandbox }, { SQL_FOLDER });
      try {
        const args = ["run", "--sources", app.sources(sourcesText()), ...chosen];
        expect(await killedAt(app, args, pattern)).toMatch(pattern);
        const again = await app.run(...args);
        expect(again.stderr).not.toMatch(/FAILED/);
        expect(again.code).toBe(0);
        expect(await tablesOf(app)).toEqual(undisturbed);
      } finally {
        app.remove();
      }
    },
    240_000,
  );

  test("again and again at any moment gives the tables of an undisturbed run", async () => {
    const app = rollcall({ district: sandbox }, { SQL_FOLDER });
    try {
      const args = ["run", "--sources", app.sources(sourcesText()), ...chosen];
      for (const ms of [1200, 2500]) {
        const { child, finished } = app.start(...args);
        const timer = setTimeout(() => child.kill("SIGKILL"), ms);
        await finished;
        clearTimeout(timer);
      }
      expect((await app.run(...args)).code).toBe(0);
      expect(await tablesOf(app)).toEqual(undisturbed);
    } finally {
      app.remove();
    }
  });
});
