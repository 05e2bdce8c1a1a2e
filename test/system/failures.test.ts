import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { modelsFolder } from "./models.ts";
import { rollcall, summaryOf } from "./rollcall.ts";
import "./patience.ts";

const chosen = ["students", "schools", "sessions"].flatMap((endpoint) => ["--endpoint", endpoint]);

const SQL_FOLDER = modelsFolder(["staging.stg_edfi__students", "staging.stg_edfi__schools"]);

let sandbox: Awaited<ReturnType<typeof startSandbox>>;

beforeAll(async () => {
  sandbox = await startSandbox({ claims: { sessions: { read: false } } });
});

afterAll(() => sandbox.close());

function sourcesText(url = sandbox.url): string {
  return `sources:\n  - { id: district, connector: edfi, url: "${url}", secret: district, school_years: [2011] }\n`;
}

describe("what goes wrong is told with its place and remedy, and the rest is done", () => {
  test("wrong credentials", async () => {
    const app = rollcall({ district: { key: sandbox.key, secret: "planted-secret" } }, { SQL_FOLDER });
    try {
      const finished = await app.run("run", "--sources", app.sources(sourcesText()), ...chosen, "--json");
      expect(finished.code).toBe(1);
      expect(summaryOf(finished).failures).toHaveLength(3);
      expect(summaryOf(finished).failures).toContainEqual({
        what: "district/students/2011",
        error: expect.stringMatching(/refused the credentials.*Check/),
      });
      expect(finished.stdout + finished.stderr).not.toContain("planted-secret");
    } finally {
      app.remove();
    }
  });

  test("an endpoint that is refused (403)", async () => {
    const app = rollcall({ district: sandbox }, { SQL_FOLDER });
    try {
      const finished = await app.run("run", "--sources", app.sources(sourcesText()), ...chosen, "--json");
      expect(finished.code).toBe(1);
      const summary = summaryOf(finished);
      expect(summary.failures).toMatchObject([
        { what: "district/sessions/2011", error: expect.stringMatching(/may not read sessions.*claim set/) },
      ]);
      expect(summary.endpoints.filter(({ status }) => status === "loaded").map(({ endpoint }) => endpoint)).toEqual([
        "schools",
        "students",
      ]);
      expect(await app.query("select count(*) as n from staging.stg_edfi__students")).toEqual([{ n: 960 }]);
    } finally {
      app.remove();
    }
  });

  test("an unknown endpoint, and an unknown source", async () => {
    const app = rollcall({ district: sandbox }, { SQL_FOLDER });
    try {
      const file = app.sources(sourcesText());
      const endpoint = await app.run("run", "--sources", file, "--endpoint", "pupils");
      expect(endpoint).toMatchObject({ code: 2, stderr: expect.stringMatching(/no endpoint "pupils"/) });
      const source = await app.run("publish", "nobody", "students", "--sources", file);
      expect(source).toMatchObject({ code: 2, stderr: expect.stringMatching(/no source "nobody".*district/) });
    } finally {
      app.remove();
    }
  });

  test("a broken sources file", async () => {
    const app = rollcall({ district: sandbox }, { SQL_FOLDER });
    try {
      const file = app.sources("sources:\n  - { id: District One, connector: sims, url: nowhere }\n");
      for (const command of ["run", "validate"]) {
        const finished = await app.run(command, "--sources", file);
        expect(finished.code).toBe(2);
        for (const part of [/sources\.0\.id/, /sources\.0\.url/, /sources\.0\.secret/])
          expect(finished.stderr).toMatch(part);
      }
    } finally {
      app.remove();
    }
  });

  test("a source that is down", async () => {
    const app = rollcall({ district: sandbox }, { SQL_FOLDER, EXTRACT_ATTEMPTS_MAX: "1" });
    try {
      const finished = await app.run(
        "run",
        "--sources",
        app.sources(sourcesText("http://127.0.0.1:9")),
        "--endpoint",
        "students",
        "--json",
      );
      expect(finished.code).toBe(1);
      expect(summaryOf(finished).failures).toMatchObject([
        { what: "district/students/2011", error: expect.stringMatching(/could not be reached/) },
      ]);
    } finally {
      app.remove();
    }
  });
});
