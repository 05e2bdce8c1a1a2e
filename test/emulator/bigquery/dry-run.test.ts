import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { destination, Emulated } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
  await emulated.client.query(
    "CREATE TABLE ds.students AS SELECT 'S' || CAST(n AS STRING) AS id, n AS grade, DATE '2026-01-01' AS born FROM UNNEST(GENERATE_ARRAY(1, 5)) AS n",
  );
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

describe("a dry run", () => {
  const dryRun = async (query: string) => {
    const [job] = await emulated.client.createQueryJob({ query, dryRun: true });
    return job.metadata;
  };

  test("gives the columns, the tables and the bytes, and runs nothing", async () => {
    const { statistics, status } = await dryRun("SELECT id, grade, [born] AS days FROM ds.students");
    expect(status.state).toBe("DONE");
    expect(statistics.query).toMatchObject({
      statementType: "SELECT",
      schema: {
        fields: [
          { name: "id", type: "STRING" },
          { name: "grade", type: "INTEGER" },
          { name: "days", type: "DATE", mode: "REPEATED" },
        ],
      },
      referencedTables: [destination("ds", "students")],
    });
    expect(statistics.totalBytesProcessed).toBe(String(5 * (4 + 8 + 8)));
  });

  test("counts the tables behind a view", async () => {
    await emulated.client.query("CREATE OR REPLACE VIEW ds.young AS SELECT id FROM `demo.ds.students` WHERE grade < 3");
    const { statistics } = await dryRun("SELECT COUNT(*) AS n FROM ds.young");
    expect(statistics.query.referencedTables).toEqual([destination("ds", "students")]);
    expect(Number(statistics.totalBytesProcessed)).toBeGreaterThan(0);
  });

  test.each([
    ["CREATE TABLE ds.dry AS SELECT 1 AS n", [{ name: "n", type: "INTEGER" }]],
    [
      "CREATE OR REPLACE TABLE ds.dry (s STRING NOT NULL) AS SELECT id FROM ds.students",
      [{ name: "s", type: "STRING" }],
    ],
    [
      "CREATE VIEW ds.dry AS SELECT [grade] AS list FROM ds.students",
      [{ name: "list", type: "INTEGER", mode: "REPEATED" }],
    ],
    ["CREATE TABLE ds.dry (n INT64)", undefined],
    ["CREATE SCHEMA dry", undefined],
  ])("of %s says what columns there would be, and creates nothing", async (query, fields) => {
    const { statistics } = await dryRun(query);
    expect(statistics.query.schema?.fields).toEqual(fields?.map((field) => expect.objectContaining(field)));
    expect(await emulated.client.dataset("ds").table("dry").exists()).toEqual([false]);
    expect(await emulated.client.dataset("dry").exists()).toEqual([false]);
  });

  test("of DML changes nothing", async () => {
    const { statistics } = await dryRun("DELETE FROM ds.students WHERE TRUE");
    expect(statistics.query.statementType).toBe("DELETE");
    expect(await emulated.rows("SELECT COUNT(*) AS n FROM ds.students")).toEqual([{ n: 5 }]);
  });

  test("finds what is wrong", async () => {
    await expect(dryRun("SELECT nothing FROM ds.students")).rejects.toMatchObject({
      code: 400,
      message: "Unrecognized name: nothing at [1:8]",
      errors: [{ reason: "invalidQuery", location: "query" }],
    });
    await expect(dryRun("SELECT * FROM ds.nowhere")).rejects.toMatchObject({
      code: 404,
      message: "Not found: Table demo:ds.nowhere was not found in location US",
    });
    await expect(dryRun("CREATE TABLE ds.dry AS SELECT * FROM nowhere.at_all")).rejects.toMatchObject({
      code: 404,
      message: "Not found: Dataset demo:nowhere was not found in location US",
    });
  });

  test("leaves no job", async () => {
    const { status } = await emulated.fetch("POST", "jobs", {
      jobReference: { jobId: "dry_id" },
      configuration: { dryRun: true, query: { query: "SELECT 1 AS n", useLegacySql: false } },
    });
    expect(status).toBe(200);
    expect((await emulated.fetch("GET", "jobs/dry_id")).status).toBe(404);
  });
});
