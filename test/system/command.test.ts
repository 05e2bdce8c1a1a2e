import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { rollcallProgram } from "../../cli/program.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { grandBend, startSandbox } from "../../sandbox/sandbox.ts";
import { openTopics } from "../../shared/google/topics.ts";
import { modelsFolder } from "./models.ts";
import { operations } from "./operations.ts";
import { type Rollcall, rollcall, summaryOf } from "./rollcall.ts";
import "./patience.ts";

const SQL_FOLDER = modelsFolder(["staging.stg_edfi__schools"]);

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let app: Rollcall;
let file: string;

function sourcesText(): string {
  return `sources:\n  - { id: district, connector: edfi, url: "${sandbox.url}", secret: district, school_years: [2011] }\n`;
}

/** Puts a message into the dead-letter topic of a state folder that no process has open. @returns its id */
async function setAside(home: string, body: object): Promise<string> {
  const emulator = await startEmulator({ folder: home, projectId: "rollcall-local", holdPushesMs: Infinity });
  const topics = openTopics({ projectId: "rollcall-local", emulatorHost: emulator.pubsubHost });
  try {
    await topics.ensurePullSubscription("dead-letter", "dead-letter");
    return await topics.topic("dead-letter").publish(body);
  } finally {
    await topics.close();
    await emulator.close();
  }
}

beforeAll(async () => {
  sandbox = await startSandbox({ claims: { courses: { read: false } } });
  app = rollcall({ district: sandbox }, { SQL_FOLDER });
  file = app.sources(sourcesText());
  const finished = await app.run("run", "--sources", file, "--endpoint", "schools");
  if (finished.code !== 0) throw new Error(finished.stdout + finished.stderr);
});

afterAll(async () => {
  app.remove();
  await sandbox.close();
});

const commands = [
  ...["demo", "sandbox", "run", "publish", "backfill", "deliver", "query", "status", "runs", "replay"],
  ...["models", "refresh", "docs"],
  ...["validate", "doctor", "connector", "deploy", "cost", "forget", "reset"],
];

describe("rollcall", () => {
  test("tells of every command, and each of its options", async () => {
    const help = await app.run("--help");
    expect(help.code).toBe(0);
    expect(await app.run("run", "--help")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: rollcall run/),
    });
    const program = rollcallProgram(() => undefined);
    expect(program.commands.map((command) => command.name())).toEqual(commands);
    for (const command of program.commands) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command.name()}\\b`, "m"));
      expect(command.helpInformation()).toMatch(new RegExp(`^Usage: rollcall ${command.name()} [^]*--help`));
      for (const option of command.options) expect(option.description).toMatch(/\w/);
    }
  });

  test("ends with 2 for what it does not know", async () => {
    expect(await app.run("rn")).toMatchObject({ code: 2, stderr: expect.stringContaining("rn") });
    expect(await app.run("run", "--mode", "half")).toMatchObject({ code: 2, stderr: expect.stringContaining("full") });
  });
});

describe("rollcall query", () => {
  const sql = "select school_id, name_of_institution from staging.stg_edfi__schools order by school_id limit 1";

  test("prints a table, JSON or CSV", async () => {
    expect((await app.run("query", sql)).stdout).toMatch(/^ *school_id +name_of_institution\n-+ +-+\n *\d+ +\S/);
    const json = await app.run("query", "--format", "json", sql);
    expect(JSON.parse(json.stdout)).toEqual([
      { school_id: expect.any(Number), name_of_institution: expect.any(String) },
    ]);
    const csv = await app.run("query", "--format", "csv", `select 'a,"b"' as text, 9007199254740993 as number`);
    expect(csv.stdout).toBe('text,number\n"a,""b""",9007199254740993\n');
  });

  test("ends with 1 and the warehouse's words for a query that fails", async () => {
    const finished = await app.run("query", "select nothing from staging.stg_edfi__schools");
    expect(finished).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("nothing") });
  });
});

test("what a command prints arrives whole in a pipe, however slowly that is read", async () => {
  const sql = "select repeat('x', 100) as text, n from unnest(generate_array(1, 10000)) as n";
  const { child, finished } = app.start("query", sql, "--format", "csv");
  child.stdout?.pause();
  await setTimeout(3000);
  child.stdout?.resume();
  const { code, stdout } = await finished;
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n")).toHaveLength(10_001);
  expect(stdout).toMatch(/,10000\s*$/);
});

describe("rollcall status", () => {
  test("shows watermarks, models and dead letters", async () => {
    const { code, stdout } = await app.run("status");
    expect(code).toBe(0);
    expect(stdout).toMatch(/district +schools +2011 +\d+/);
    expect(stdout).toMatch(/Models: \d+ fresh/);
    expect(stdout).toMatch(/Dead letters: 0/);
  });
});

describe("rollcall models and refresh", () => {
  test("show what was built, and build what is asked for", async () => {
    const models = await app.run("models", "--select", "+stg_edfi__schools", "--sources", file, "--json");
    const before = JSON.parse(models.stdout) as { model: string; state: string; built_at: string }[];
    expect(before.map(({ model }) => model)).toContain("staging.stg_edfi__schools");
    expect(before.every(({ state }) => state === "fresh")).toBe(true);
    const finished = await app.run("refresh", "--select", "stg_edfi__schools", "--force", "--sources", file, "--json");
    expect(finished.code).toBe(0);
    expect(summaryOf(finished).built).toEqual(["staging.stg_edfi__schools"]);
    expect(await app.run("refresh", "--select", "nobody", "--sources", file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no model nobody"),
    });
  }, 120_000);
});

describe("rollcall publish", () => {
  test("handles the one message to its end when no run is going on", async () => {
    const finished = await app.run("publish", "district", "sessions", "--sources", file);
    expect(finished.code).toBe(0);
    expect(finished.stdout).toMatch(/district +sessions +2011 +loaded/);
  });
});

describe("rollcall runs", () => {
  test("lists what ran", async () => {
    expect(await app.run("runs", "--endpoint", "schools")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/district +schools +2011 +full +succeeded +3 +0/),
    });
  });
});

describe("rollcall replay", () => {
  test("handles a dead letter to its end when no run is going on", async () => {
    const message = JSON.stringify({ source: "district", endpoint: "locations", school_year: 2011, mode: "delta" });
    const reason = 'The source "district" has no endpoint "locations".';
    const letter = await setAside(app.home, { v: 1, function: "extract", reason, message });
    const replayed = await app.run("replay", letter, "--sources", file);
    expect(replayed).toMatchObject({ code: 0, stderr: expect.stringContaining(`Published dead letter ${letter}`) });
    expect(replayed.stdout).toMatch(/district +locations +2011 +loaded/);
  });
});

describe("rollcall backfill", () => {
  test("loads the years that are not loaded, oldest first", async () => {
    const [grand = ""] = grandBend[2011] ?? [];
    const years = await startSandbox({ data: { 2010: grand, 2011: grand }, key: sandbox.key, secret: sandbox.secret });
    try {
      const sources = app.sources(
        `sources:\n  - { id: years, connector: edfi, url: "${years.url}/{school_year}", secret: district, school_years: [2011, 2010] }\n`,
      );
      const finished = await app.run(
        ...["backfill", "years", "schools", "--from", "2010", "--to", "2011", "--sources", sources],
      );
      expect(finished).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/2010 \(1 of 2\)[\s\S]*loaded +years\/schools\/2010[\s\S]*2011 \(2 of 2\)/),
      });
      // The model waited for the last year.
      expect(finished.stderr.match(/built +staging\.stg_edfi__schools/g)).toHaveLength(1);
    } finally {
      app.sources(sourcesText());
      await years.close();
    }
  });
});

describe("rollcall doctor", () => {
  test("ends with 0 for a source that is well, and with 1 and what to ask for where something does not work", async () => {
    const schools = ["doctor", "--sources", file, "--endpoint", "schools"];
    const well = await app.run(...schools);
    expect(well).toMatchObject({ code: 0, stdout: expect.stringMatching(/works +deletes[\s\S]*works +cursor paging/) });
    const other = rollcall({ district: { key: sandbox.key, secret: "planted-secret" } });
    try {
      const refused = await other.run(...schools, "--json");
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout)[0].findings.at(-1)).toMatchObject({ check: "credentials", status: "fails" });
      expect(refused.stdout + refused.stderr).not.toContain("planted-secret");
    } finally {
      other.remove();
    }
  });
});

describe("in one process with the functions", () =>
  operations(() => ({ sandbox, home: app.home, sqlFolder: SQL_FOLDER })));

describe("while a run is going on", () => {
  test("query, status and publish work from another terminal", async () => {
    const slow = await startSandbox({ latencyMs: 400 });
    const other = rollcall({ district: slow }, { SQL_FOLDER });
    try {
      const sources = other.sources(
        `sources:\n  - { id: district, connector: edfi, url: "${slow.url}", secret: district, school_years: [2011] }\n`,
      );
      const endpoints = ["students", "schools", "sections"].flatMap((endpoint) => ["--endpoint", endpoint]);
      const { finished } = other.start("run", "--sources", sources, ...endpoints, "--json");
      let isOver = false;
      const ended = finished.then((result) => {
        isOver = true;
        return result;
      });
      for (let tries = 0; tries < 400 && !existsSync(join(other.home, "emulator.json")); tries += 1)
        await setTimeout(50);
      const [query, status, publish] = await Promise.all([
        other.run("query", "--format", "json", "select 1 as one"),
        other.run("status", "--json"),
        other.run("publish", "district", "sessions", "--sources", sources),
      ]);
      expect(isOver).toBe(false);
      expect(query).toMatchObject({ code: 0, stdout: expect.stringContaining('"one": 1') });
      expect(status.code).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({ running: true });
      expect(publish).toMatchObject({ code: 0, stdout: expect.stringMatching(/Published district\/sessions\/2011/) });
      expect((await ended).code).toBe(0);
      // What was published by hand is done by the run that was going on, or, if that was just ending, by the next one.
      expect((await other.run("run", "--sources", sources, "--endpoint", "schools")).code).toBe(0);
      const runs = await other.run("runs", "--endpoint", "sessions");
      expect(runs).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/district +sessions +2011 +\w+ +succeeded/),
      });
      expect(await other.query("select count(*) > 0 as has_rows from current_edfi.sessions")).toEqual([
        { has_rows: true },
      ]);
    } finally {
      other.remove();
      await slow.close();
    }
  });
});

describe("rollcall reset", () => {
  test("deletes the state, but only where there is one and when it is asked for", async () => {
    expect(await app.run("reset")).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    expect(existsSync(join(app.home, "warehouse.duckdb"))).toBe(true);
    expect((await app.run("reset", "--yes")).code).toBe(0);
    expect(existsSync(join(app.home, "warehouse.duckdb"))).toBe(false);
  });
});
