import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Emulated } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
  await emulated.client.query(
    "CREATE TABLE ds.students AS SELECT 'S' || CAST(n AS STRING) AS id, n AS grade, DATE '2026-01-01' AS born FROM UNNEST(GENERATE_ARRAY(1, 5)) AS n",
  );
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

describe("results", () => {
  const thousand = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n ORDER BY n";

  test("that were not asked for, or are none, are left out of the answer", async () => {
    const [job] = await emulated.client.createQueryJob(thousand);
    await job.promise();
    const { body } = await emulated.fetch("GET", `queries/${job.id}?maxResults=0`);
    expect(body).toMatchObject({ jobComplete: true, totalRows: "1000" });
    expect(body).not.toHaveProperty("rows");
    const empty = await emulated.fetch("POST", "queries", { query: "SELECT 1 AS a LIMIT 0", useLegacySql: false });
    expect(empty.body).not.toHaveProperty("rows");
  });

  test("are paged, from any row on", async () => {
    const [job] = await emulated.client.createQueryJob(thousand);
    const [first, next] = await job.getQueryResults({ maxResults: 400, autoPaginate: false });
    expect(first).toHaveLength(400);
    const [second] = await job.getQueryResults({ ...next, autoPaginate: false });
    expect(second[0]).toEqual({ n: 401 });
    const [tail] = await job.getQueryResults({ startIndex: "995", autoPaginate: false });
    expect(tail.map(({ n }) => n)).toEqual([996, 997, 998, 999, 1000]);
    const [all] = await job.getQueryResults();
    expect(all.map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    const beyond = await emulated.fetch("GET", `queries/${job.id}?startIndex=5000`);
    expect(beyond.body).toMatchObject({ jobComplete: true, totalRows: "1000" });
  });

  test("of many rows come whole and in order, in pages of at most 10 MB", async () => {
    const count = 120_000;
    const query = `SELECT n, REPEAT('x', 100) AS filler FROM UNNEST(GENERATE_ARRAY(1, ${count})) AS n ORDER BY n DESC`;
    const [rows] = await emulated.client.query({ query });
    expect(rows).toHaveLength(count);
    expect(rows[0].n).toBe(count);
    expect(rows.every(({ n }, index) => n === count - index)).toBe(true);
    const { body } = await emulated.fetch("POST", "queries", { query, useLegacySql: false });
    expect(JSON.stringify(body.rows).length).toBeLessThan(11_000_000);
    expect(body.pageToken).toBeDefined();
  });

  test("hold a row that alone is larger than a page", async () => {
    const rows = await emulated.rows("SELECT REPEAT('x', 12000000) AS big UNION ALL SELECT 'small'");
    expect(rows.map(({ big }) => big.length).sort()).toEqual([12_000_000, 5]);
  });

  test("that are empty have a schema", async () => {
    const { body } = await emulated.fetch("POST", "queries", {
      query: "SELECT id FROM ds.students WHERE FALSE",
      useLegacySql: false,
    });
    expect(body).toMatchObject({
      jobComplete: true,
      totalRows: "0",
      schema: { fields: [{ name: "id", type: "STRING" }] },
    });
  });

  test("whose columns have one name twice are refused", async () => {
    await expect(emulated.client.query("SELECT 1 AS a, 2 AS A")).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining("Duplicate column names"),
    });
  });

  test("written into a table follow its disposition", async () => {
    const table = emulated.client.dataset("ds").table("written");
    const write = async (n: number, writeDisposition?: string) => {
      const [job] = await emulated.client.createQueryJob({
        query: `SELECT ${n} AS n`,
        destination: table,
        ...(writeDisposition ? { writeDisposition } : {}),
      });
      return await job.getQueryResults();
    };
    expect((await write(1))[0]).toEqual([{ n: 1 }]);
    await expect(write(2)).rejects.toThrow("Already Exists: Table demo:ds.written");
    await write(3, "WRITE_APPEND");
    expect(await emulated.rows("SELECT n FROM ds.written ORDER BY n")).toEqual([{ n: 1 }, { n: 3 }]);
    await write(4, "WRITE_TRUNCATE");
    expect(await emulated.rows("SELECT n FROM ds.written")).toEqual([{ n: 4 }]);
  });

  test("stay readable while their table is replaced", async () => {
    await emulated.client.query(
      "CREATE OR REPLACE TABLE ds.moving AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, 50000)) AS n",
    );
    const [job] = await emulated.client.createQueryJob("SELECT n FROM ds.moving");
    const [first, next] = await job.getQueryResults({ maxResults: 10, autoPaginate: false });
    await emulated.client.query("CREATE OR REPLACE TABLE ds.moving AS SELECT 'other' AS s");
    const [rest] = await job.getQueryResults({ ...next, maxResults: 100_000, autoPaginate: false });
    expect(first.length + rest.length).toBe(50_000);
  });
});
