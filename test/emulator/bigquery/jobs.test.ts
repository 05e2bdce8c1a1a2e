import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { destination, Emulated } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

/** A query that takes long enough to be caught while it runs, and that can be interrupted. */
const endless =
  "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 100000)) AS a CROSS JOIN UNNEST(GENERATE_ARRAY(1, 1000000)) AS b WHERE MOD(a * b, 7) = 3";

const query = (text: string) => ({ query: { query: text, useLegacySql: false } });

describe("a job id", () => {
  test("names one job: a second insertion is refused, and the first is there to be asked", async () => {
    await emulated.client.query("CREATE TABLE ds.once (n INT64)");
    const insert = { query: "INSERT INTO ds.once (n) VALUES (1)", jobId: "insert_once", labels: { step: "test" } };
    const [job] = await emulated.client.createQueryJob(insert);
    await job.getQueryResults();
    await expect(emulated.client.createQueryJob(insert)).rejects.toMatchObject({
      code: 409,
      errors: [{ reason: "duplicate", message: "Already Exists: Job demo:US.insert_once" }],
    });
    const [metadata] = await emulated.client.job("insert_once").getMetadata();
    expect(metadata).toMatchObject({
      kind: "bigquery#job",
      id: "demo:US.insert_once",
      jobReference: { projectId: "demo", jobId: "insert_once", location: "US" },
      configuration: { jobType: "QUERY", query: { query: insert.query }, labels: { step: "test" } },
      status: { state: "DONE" },
      statistics: { query: { numDmlAffectedRows: "1" } },
    });
    expect(await emulated.rows("SELECT COUNT(*) AS n FROM ds.once")).toEqual([{ n: 1 }]);
  });

  test("runs once, however many ask for it at the same time", async () => {
    await emulated.client.query("CREATE TABLE ds.raced (n INT64)");
    const insert = { jobReference: { jobId: "raced" }, configuration: query("INSERT INTO ds.raced (n) VALUES (1)") };
    const answers = await Promise.all(Array.from({ length: 20 }, () => emulated.fetch("POST", "jobs", insert)));
    const codes = answers.map(({ status }) => status).sort();
    expect(codes).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    await emulated.server.whenIdle();
    expect(await emulated.rows("SELECT COUNT(*) AS n FROM ds.raced")).toEqual([{ n: 1 }]);
  });

  test("stays taken by a job that failed", async () => {
    await emulated.job(query("SELECT * FROM ds.missing"), "failed_once");
    const again = await emulated.fetch("POST", "jobs", {
      jobReference: { jobId: "failed_once" },
      configuration: query("SELECT 1 AS n"),
    });
    expect(again.status).toBe(409);
    const { body } = await emulated.fetch("GET", "jobs/failed_once");
    expect(body.status).toMatchObject({ state: "DONE", errorResult: { reason: "notFound" } });
  });

  test.each(["has space", "ümlaut", "a/b", "x".repeat(1025)])("such as %j is refused", async (jobId) => {
    const { status, body } = await emulated.fetch("POST", "jobs", {
      jobReference: { jobId },
      configuration: query("SELECT 1 AS n"),
    });
    expect([status, body.error.errors[0].reason]).toEqual([400, "invalid"]);
  });

  test("that is unknown is not found", async () => {
    for (const path of ["jobs/unknown", "queries/unknown"]) {
      const { status, body } = await emulated.fetch("GET", path);
      expect([status, body.error.errors[0].reason]).toEqual([404, "notFound"]);
    }
  });
});

describe("a request id", () => {
  test("makes a repeated jobs.query the same job", async () => {
    await emulated.client.query("CREATE TABLE ds.requested (n INT64)");
    const body = {
      query: "INSERT INTO ds.requested (n) VALUES (1)",
      useLegacySql: false,
      requestId: "11111111-2222-3333",
    };
    const first = await emulated.fetch("POST", "queries", body);
    const second = await emulated.fetch("POST", "queries", body);
    expect(second.body.jobReference).toEqual(first.body.jobReference);
    expect(second.body.numDmlAffectedRows).toBe("1");
    expect(await emulated.rows("SELECT COUNT(*) AS n FROM ds.requested")).toEqual([{ n: 1 }]);
    const other = await emulated.fetch("POST", "queries", { ...body, requestId: "another" });
    expect(other.body.jobReference).not.toEqual(first.body.jobReference);
  });

  test("gives the rows of a repeated SELECT again, and its error too", async () => {
    const body = { query: "SELECT 1 AS n", useLegacySql: false, requestId: "select" };
    await emulated.fetch("POST", "queries", body);
    expect((await emulated.fetch("POST", "queries", body)).body.rows).toEqual([{ f: [{ v: "1" }] }]);
    const bad = { query: "SELECT * FROM ds.missing", useLegacySql: false, requestId: "bad" };
    for (const _ of [1, 2]) expect((await emulated.fetch("POST", "queries", bad)).status).toBe(404);
  });
});

describe("a long job", () => {
  test("is RUNNING until it is cancelled, and then done with that as its error", async () => {
    const inserted = await emulated.fetch("POST", "jobs", {
      jobReference: { jobId: "long" },
      configuration: query(endless),
    });
    expect(inserted.body.status).toEqual({ state: "RUNNING" });
    const waited = await emulated.fetch("GET", "queries/long?timeoutMs=50");
    expect(waited.body).toMatchObject({ jobComplete: false, jobReference: { jobId: "long" } });
    expect(waited.body.rows).toBeUndefined();
    expect((await emulated.fetch("GET", "jobs?stateFilter=running")).body.jobs).toMatchObject([
      { id: "demo:US.long", state: "RUNNING" },
    ]);
    await emulated.client.job("long").cancel();
    await emulated.server.whenIdle();
    const [{ status }] = await emulated.client.job("long").getMetadata();
    expect(status).toMatchObject({ state: "DONE", errorResult: { reason: "stopped" } });
  });

  test("lets other requests be answered, and small queries run", async () => {
    const { body } = await emulated.fetch("POST", "queries", { ...query(endless).query, timeoutMs: 20 });
    expect(body).toMatchObject({ jobComplete: false });
    expect(await emulated.rows("SELECT 1 AS n")).toEqual([{ n: 1 }]);
    await emulated.client.query("CREATE OR REPLACE TABLE ds.meanwhile AS SELECT 1 AS n");
    await emulated.client.job(body.jobReference.jobId).cancel();
    await emulated.server.whenIdle();
  });

  test("that waits for its turn to write is cancelled too", async () => {
    const slow = `CREATE OR REPLACE TABLE ds.slow AS ${endless}`;
    for (const jobId of ["slow_1", "slow_2"]) {
      await emulated.fetch("POST", "jobs", { jobReference: { jobId }, configuration: query(slow) });
    }
    await emulated.client.job("slow_2").cancel();
    await emulated.client.job("slow_1").cancel();
    await emulated.server.whenIdle();
    for (const jobId of ["slow_1", "slow_2"]) {
      const [{ status }] = await emulated.client.job(jobId).getMetadata();
      expect(status?.errorResult?.reason).toBe("stopped");
    }
    expect(await emulated.client.dataset("ds").table("slow").exists()).toEqual([false]);
  });
});

describe("many jobs at once", () => {
  test("that change one table take turns, and none is lost", async () => {
    await emulated.client.query("CREATE TABLE ds.counter AS SELECT 0 AS n");
    await Promise.all(
      Array.from({ length: 20 }, () => emulated.client.query("UPDATE ds.counter SET n = n + 1 WHERE TRUE")),
    );
    expect(await emulated.rows("SELECT n FROM ds.counter")).toEqual([{ n: 20 }]);
  });

  test("that replace and read one table see it whole", async () => {
    await emulated.client.query(
      "CREATE TABLE ds.whole AS SELECT 0 AS version FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n",
    );
    const replace = (version: number) =>
      emulated.client.query(
        `CREATE OR REPLACE TABLE ds.whole AS SELECT ${version} AS version FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n`,
      );
    const read = async () => {
      const rows = await emulated.rows("SELECT COUNT(*) AS n, COUNT(DISTINCT version) AS versions FROM ds.whole");
      expect(rows).toEqual([{ n: 1000, versions: 1 }]);
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? replace(index) : read())));
  });
});

describe("the list of jobs", () => {
  test("has the newest first, page by page", async () => {
    await using other = await Emulated.start();
    for (let index = 0; index < 5; index += 1) await other.job(query(`SELECT ${index} AS n`), `job_${index}`);
    const first = await other.fetch("GET", "jobs?maxResults=3");
    expect(first.body.jobs.map((job: { jobReference: { jobId: string } }) => job.jobReference.jobId)).toEqual([
      "job_4",
      "job_3",
      "job_2",
    ]);
    const second = await other.fetch("GET", `jobs?maxResults=3&pageToken=${first.body.nextPageToken}`);
    expect(second.body.jobs).toMatchObject([{ id: "demo:US.job_1", state: "DONE" }, { id: "demo:US.job_0" }]);
    expect(second.body.nextPageToken).toBeUndefined();
    const [jobs] = await other.client.getJobs({ maxResults: 2, autoPaginate: false });
    expect(jobs.map(({ id }) => id)).toEqual(["job_4", "job_3"]);
    await other.client.job("job_4").delete();
    expect((await other.fetch("GET", "jobs/job_4")).status).toBe(404);
  });
});

describe("a copy", () => {
  test("puts the rows of tables into another, as its disposition says", async () => {
    await emulated.client.query(
      "CREATE TABLE ds.from_a (n INT64 OPTIONS (description = 'A number')) OPTIONS (description = 'Copied')",
    );
    await emulated.client.query("INSERT INTO ds.from_a (n) VALUES (1)");
    await emulated.client.query("CREATE TABLE ds.from_b AS SELECT 2 AS n");
    const [a, b, to] = ["from_a", "from_b", "copied"].map((name) => emulated.client.dataset("ds").table(name));
    if (a === undefined || b === undefined || to === undefined) throw new Error("no tables");
    await a.copy(to);
    const [metadata] = await to.getMetadata();
    expect(metadata).toMatchObject({
      description: "Copied",
      numRows: "1",
      schema: { fields: [{ name: "n", description: "A number" }] },
    });
    await expect(a.copy(to)).rejects.toThrow("Already Exists: Table demo:ds.copied");
    await b.copy(to, { writeDisposition: "WRITE_APPEND" });
    expect(await emulated.rows("SELECT n FROM ds.copied ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }]);
    await to.copyFrom([a, to], { writeDisposition: "WRITE_TRUNCATE" });
    expect(await emulated.rows("SELECT n FROM ds.copied ORDER BY n")).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }]);
    const job = await emulated.job({
      copy: { sourceTable: destination("ds", "nope"), destinationTable: destination("ds", "x") },
    });
    expect(job.status.errorResult).toMatchObject({ reason: "notFound" });
  });
});

describe("what the emulator does not do", () => {
  test("is answered so", async () => {
    const extract = { sourceTable: destination("ds", "once"), destinationUris: ["gs://lake/x"] };
    const { status, body } = await emulated.fetch("POST", "jobs", { configuration: { extract } });
    expect([status, body.error.message]).toEqual([501, "Not supported by the local emulator: extract jobs"]);
    expect((await emulated.fetch("POST", "jobs", { configuration: {} })).status).toBe(400);
    expect((await emulated.fetch("POST", "jobs", {})).status).toBe(400);
  });
});

test("the results of many small queries are there for a client that comes late", async () => {
  const numbers = Array.from({ length: 80 }, (_, number) => number);
  const jobs = await Promise.all(
    numbers.map(async (number) => (await emulated.client.createQueryJob(`SELECT ${number} AS n`))[0]),
  );
  await Promise.all(jobs.map((job) => job.promise()));
  const results = await Promise.all(jobs.map(async (job) => (await job.getQueryResults())[0]));
  expect(results).toEqual(numbers.map((n) => [{ n }]));
}, 60_000);
