import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "@jest/globals";
import { startBigQuery } from "../../../emulator/bigquery/server.ts";
import type { Answer } from "./emulated.ts";
import { clientFor, destination, Emulated, startIn } from "./emulated.ts";

describe("after a restart", () => {
  test("tables, views, descriptions and jobs are as they were", async () => {
    await using emulated = await Emulated.start();
    await emulated.client.createDataset("ds", { description: "Kept", labels: { a: "1" } });
    await emulated.client.query(
      "CREATE TABLE ds.t (id STRING NOT NULL OPTIONS (description = 'Key')) CLUSTER BY id OPTIONS (description = 'Table')",
    );
    await emulated.client.query("INSERT INTO ds.t (id) VALUES ('a')");
    await emulated.client.query(
      "CREATE VIEW ds.v AS SELECT SAFE_CAST(id AS INT64) AS n, REGEXP_CONTAINS(id, 'a') AS has_a FROM ds.t",
    );
    await emulated.job({ query: { query: "SELECT 1 AS n", useLegacySql: false } }, "select_before");
    await emulated.job(
      { query: { query: "SELECT 1 AS n", useLegacySql: false, destinationTable: destination("ds", "dest") } },
      "written_before",
    );
    await emulated.job(
      { query: { query: "INSERT INTO ds.t (id) VALUES ('b')", useLegacySql: false } },
      "insert_before",
    );
    await emulated.job({ query: { query: "SELECT * FROM ds.missing", useLegacySql: false } }, "failed_before");
    const read = async () => ({
      datasets: (await emulated.fetch("GET", "datasets")).body.datasets,
      tables: (await emulated.fetch("GET", "datasets/ds/tables")).body.tables,
      table: (await emulated.fetch("GET", "datasets/ds/tables/t")).body,
      view: (await emulated.fetch("GET", "datasets/ds/tables/v")).body,
      jobs: (await emulated.fetch("GET", "jobs")).body.jobs,
      rows: await emulated.rows("SELECT * FROM ds.v ORDER BY has_a"),
    });
    const before = await read();
    await emulated.restart();
    const after = await read();
    expect({
      ...after,
      jobs: after.jobs.filter((job: Answer) => before.jobs.some(({ id }: Answer) => id === job.id)),
    }).toEqual(before);
    expect(after.rows).toEqual([
      { n: null, has_a: false },
      { n: null, has_a: true },
    ]);
    const results = async (id: string) => await emulated.fetch("GET", `queries/${id}`);
    expect(await results("select_before")).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining("Run the query again") } },
    });
    expect(await results("written_before")).toMatchObject({ status: 200, body: { rows: [{ f: [{ v: "1" }] }] } });
    expect(await results("insert_before")).toMatchObject({
      status: 200,
      body: { jobComplete: true, numDmlAffectedRows: "1" },
    });
    expect(await results("failed_before")).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining("ds.missing") } },
    });
  });

  test("a repeated request for a SELECT runs it again, and for a change finds it done", async () => {
    await using emulated = await Emulated.start();
    await emulated.client.createDataset("ds");
    await emulated.client.query("CREATE TABLE ds.t (n INT64)");
    const select = { query: "SELECT 7 AS n", useLegacySql: false, requestId: "s" };
    const insert = { query: "INSERT INTO ds.t (n) VALUES (1)", useLegacySql: false, requestId: "i" };
    for (const body of [select, insert]) await emulated.fetch("POST", "queries", body);
    await emulated.restart();
    expect((await emulated.fetch("POST", "queries", select)).body.rows).toEqual([{ f: [{ v: "7" }] }]);
    expect((await emulated.fetch("POST", "queries", insert)).body.numDmlAffectedRows).toBe("1");
    expect(await emulated.rows("SELECT COUNT(*) AS n FROM ds.t")).toEqual([{ n: 1 }]);
  });

  test("jobs that the stop interrupted have not happened", async () => {
    await using emulated = await Emulated.start();
    await emulated.client.createDataset("ds");
    const slow =
      "CREATE TABLE ds.slow AS SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS a CROSS JOIN UNNEST(GENERATE_ARRAY(1, 100000)) AS b WHERE MOD(a * b, 7) = 3";
    await emulated.fetch("POST", "jobs", {
      jobReference: { jobId: "interrupted" },
      configuration: { query: { query: slow, useLegacySql: false } },
    });
    await emulated.restart();
    expect((await emulated.fetch("GET", "jobs/interrupted")).status).toBe(404);
    expect(await emulated.client.dataset("ds").table("slow").exists()).toEqual([false]);
  });

  test("what a job made and took back is not there, neither before nor after", async () => {
    await using emulated = await Emulated.start();
    await emulated.client.createDataset("ds");
    await emulated.client.query("CREATE TABLE ds.kept (n INT64) OPTIONS (description = 'First')");
    const failing = `CREATE TABLE ds.made (n INT64); DROP TABLE ds.kept; CREATE TABLE ds.kept (s STRING);
      CREATE SCHEMA other; SELECT ERROR('stop')`;
    await expect(emulated.client.query(failing)).rejects.toThrow("stop");
    const seen = async () => ({
      tables: (await emulated.client.dataset("ds").getTables())[0].map(({ id }) => id),
      datasets: (await emulated.client.getDatasets())[0].map(({ id }) => id),
      kept: (await emulated.fetch("GET", "datasets/ds/tables/kept")).body.description,
      rows: await emulated.rows("SELECT n FROM ds.kept"),
    });
    const before = await seen();
    expect(before).toEqual({ tables: ["kept"], datasets: ["ds"], kept: "First", rows: [] });
    await emulated.restart();
    expect(await seen()).toEqual(before);
    await emulated.client.query("CREATE TABLE ds.made (n INT64)");
  });

  test("what an upload or a load left in the temporary folder is gone", async () => {
    await using emulated = await Emulated.start();
    const left = join(emulated.folder, "warehouse.duckdb.tmp");
    await writeFile(join(left, "load-x.ndjson"), "{}");
    await emulated.restart();
    expect(await readdir(left)).toEqual([]);
  });
});

test("a long log is written into the file once nothing is asked, and nothing of it is lost", async () => {
  await using emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
  await emulated.client.query(
    "CREATE TABLE ds.t AS SELECT TO_HEX(SHA256(CAST(n AS STRING))) AS s FROM UNNEST(GENERATE_ARRAY(1, 30000)) AS n",
  );
  const log = join(emulated.folder, "warehouse.duckdb.wal");
  expect((await stat(log)).size).toBeGreaterThan(1024 * 1024);
  const deadline = Date.now() + 20_000;
  while (existsSync(log) && (await stat(log)).size > 100_000) {
    if (Date.now() > deadline) throw new Error("The log stays.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await emulated.rows("SELECT COUNT(DISTINCT s) AS n FROM ds.t")).toEqual([{ n: 30_000 }]);
});

test("a file that another process has open is refused, and what that one does goes on", async () => {
  await using emulated = await Emulated.start();
  const child = spawn(process.execPath, [join(import.meta.dirname, "server-process.ts"), emulated.folder], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [code] = await once(child, "exit");
  expect(code).not.toBe(0);
  expect(await emulated.rows("SELECT 1 AS n")).toEqual([{ n: 1 }]);
});

test("a folder that cannot be made is an error of the start", async () => {
  const start = startBigQuery({ projectId: "demo", databaseFile: "/dev/null/x.duckdb", resolveUri: async () => [] });
  await expect(start).rejects.toThrow();
});

describe("killed at any moment", () => {
  const rowCount = 30_000;

  async function startChild(folder: string): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "server-process.ts"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout === null) throw new Error("no output");
    const [url] = await once(createInterface(child.stdout), "line");
    return { child, url };
  }

  const post = async (url: string, path: string, body: object) =>
    await fetch(`${url}/bigquery/v2/projects/demo/${path}`, { method: "POST", body: JSON.stringify(body) });

  const jobs: [string, (round: number) => object][] = [
    [
      "a load",
      () => ({
        load: {
          sourceUris: ["gs://lake/rows.json"],
          sourceFormat: "NEWLINE_DELIMITED_JSON",
          destinationTable: destination("ds", "target"),
          schema: {
            fields: [
              { name: "n", type: "INT64" },
              { name: "data", type: "JSON" },
            ],
          },
        },
      }),
    ],
    [
      "CREATE TABLE AS and INSERT in one script",
      (round) => ({
        query: {
          query: `CREATE TABLE ds.made_${round} AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, ${rowCount})) AS n;
            INSERT INTO ds.target (n, data) SELECT n, JSON '{"a":1}' FROM ds.made_${round};`,
          useLegacySql: false,
        },
      }),
    ],
  ];

  test.each(jobs)(
    "%s has happened with its record, or not at all, and can be asked for again",
    async (_what, configurationOf) => {
      const folder = await mkdtemp(join(tmpdir(), "bigquery-killed-"));
      try {
        await mkdir(join(folder, "lake"));
        const row = (n: number) => `{"n":${n},"data":{"id":"${String(n).padStart(200, "x")}","v":${n}.50}}`;
        await writeFile(
          join(folder, "lake", "rows.json"),
          Array.from({ length: rowCount }, (_, n) => row(n)).join("\n"),
        );
        const outcomes: boolean[] = [];
        for (const [round, delayMs] of [0, 100, 400].entries()) {
          const { child, url } = await startChild(folder);
          if (round === 0) {
            await post(url, "datasets", { datasetReference: { datasetId: "ds" } });
            await post(url, "queries", { query: "CREATE TABLE ds.target (n INT64, data JSON)", useLegacySql: false });
          }
          const inserted = post(url, "jobs", {
            jobReference: { jobId: `job_${round}` },
            configuration: configurationOf(round),
          });
          inserted.catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          child.kill("SIGKILL");
          await once(child, "exit");
          outcomes.push(await checkAfter(folder, round, configurationOf(round)));
        }
        // The first kill comes before the job can have ended, so both outcomes are not the same by chance of a broken test.
        expect(outcomes[0]).toBe(false);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  /** @returns whether the job had happened before the kill */
  async function checkAfter(folder: string, round: number, configuration: object): Promise<boolean> {
    const server = await startIn(folder);
    try {
      const client = clientFor(server.url);
      const count = async () => {
        const [[counted]] = await client.query("SELECT COUNT(*) AS n FROM ds.target");
        return counted.n;
      };
      const get = await fetch(`${server.url}/bigquery/v2/projects/demo/jobs/job_${round}`);
      const hasHappened = get.status === 200;
      expect(await count()).toBe((round + (hasHappened ? 1 : 0)) * rowCount);
      if (hasHappened) expect(((await get.json()) as Answer).status).toEqual({ state: "DONE" });
      const again = await post(server.url, "jobs", { jobReference: { jobId: `job_${round}` }, configuration });
      expect(again.status).toBe(hasHappened ? 409 : 200);
      await server.whenIdle();
      const [{ status }] = await client.job(`job_${round}`).getMetadata();
      expect(status).toEqual({ state: "DONE" });
      expect(await count()).toBe((round + 1) * rowCount);
      return hasHappened;
    } finally {
      await server.close();
    }
  }
});
