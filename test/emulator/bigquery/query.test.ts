import { gzipSync } from "node:zlib";
import { BigQuery } from "@google-cloud/bigquery";
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

describe("values", () => {
  test("of every type come back as the client's types", async () => {
    const [row] = await emulated.rows(`SELECT
      1 AS i, 9223372036854775807 AS big, 1.5 AS f, 'x' AS s, TRUE AS b, b'\\x00ab' AS bytes,
      DATE '2025-09-01' AS d, TIME '10:00:00.5' AS t, DATETIME '2025-09-01 10:00:00' AS dt,
      TIMESTAMP '2025-09-01 10:00:00.123456+00' AS ts, NUMERIC '1.50' AS num,
      [1, 2] AS a, STRUCT(1 AS x, ['y'] AS y) AS st, JSON '{"k":1}' AS j,
      CAST(NULL AS STRING) AS nothing, CAST(NULL AS ARRAY<INT64>) AS no_array`);
    expect(row.i).toBe(1);
    expect(row.f).toBe(1.5);
    expect(row.s).toBe("x");
    expect(row.b).toBe(true);
    expect(row.bytes).toEqual(Buffer.from([0, 0x61, 0x62]));
    expect(row.d).toEqual(BigQuery.date("2025-09-01"));
    expect(row.t.value).toBe("10:00:00.500000");
    expect(row.dt.value).toBe("2025-09-01T10:00:00");
    expect(row.ts.value).toBe("2025-09-01T10:00:00.123456000Z");
    expect(row.num.toString()).toBe("1.5");
    expect(row.a).toEqual([1, 2]);
    expect(row.st).toEqual({ x: 1, y: ["y"] });
    expect(JSON.parse(row.j)).toEqual({ k: 1 });
    expect(row.nothing).toBeNull();
    expect(row.no_array).toEqual([]);
  });

  test("of INT64 keep all their digits", async () => {
    const [rows] = await emulated.client.query({ query: "SELECT 9223372036854775807 AS n", wrapIntegers: true });
    expect(rows[0].n.value).toBe("9223372036854775807");
  });

  test("of FLOAT64 that are no numbers are written as words", async () => {
    const query = "SELECT CAST('NaN' AS FLOAT64) AS a, CAST('inf' AS FLOAT64) AS b, CAST('-inf' AS FLOAT64) AS c";
    const { body } = await emulated.fetch("POST", "queries", { query, useLegacySql: false });
    expect(body.rows).toEqual([{ f: [{ v: "NaN" }, { v: "Infinity" }, { v: "-Infinity" }] }]);
  });

  test.each([
    [{}, "1.756720800123456E9"],
    [{ useInt64Timestamp: false }, "1.756720800123456E9"],
    [{ useInt64Timestamp: true }, "1756720800123456"],
    [{ timestampOutputFormat: "ISO8601_STRING" }, "2025-09-01T10:00:00.123456Z"],
  ])("of TIMESTAMP are written as %j asks", async (formatOptions, text) => {
    const query = "SELECT TIMESTAMP '2025-09-01 10:00:00.123456+00' AS ts";
    const { body } = await emulated.fetch("POST", "queries", { query, useLegacySql: false, formatOptions });
    expect(body.rows[0].f[0].v).toBe(text);
  });

  test("of TIMESTAMP are written as the query string asks, in any case of letters", async () => {
    const [job] = await emulated.client.createQueryJob("SELECT TIMESTAMP '2025-09-01 10:00:00.123456+00' AS ts");
    const { body } = await emulated.fetch("GET", `queries/${job.id}?formatOptions.useInt64Timestamp=True`);
    expect(body.rows[0].f[0].v).toBe("1756720800123456");
  });

  test.each([
    ["TIMESTAMP '1970-01-01 00:00:00.5+00'", "0.5"],
    ["TIMESTAMP '1969-12-31 23:59:59.25+00'", "-0.75"],
    ["TIMESTAMP '1900-01-01 00:00:00+00'", "-2.2089888E9"],
  ])("%s is %s seconds", async (expression, text) => {
    const { body } = await emulated.fetch("POST", "queries", {
      query: `SELECT ${expression} AS ts`,
      useLegacySql: false,
    });
    expect(body.rows[0].f[0].v).toBe(text);
  });

  test("that sum beyond INT64 are an error, not a wrong number", async () => {
    const query = "SELECT SUM(n) AS total FROM UNNEST([9223372036854775807, 9223372036854775807]) AS n";
    await expect(emulated.client.query(query)).rejects.toMatchObject({ code: 400 });
  });
});

describe("statements", () => {
  test("of DML say how many rows they changed", async () => {
    await emulated.client.query(
      "CREATE OR REPLACE TABLE ds.dml AS SELECT n, 'old' AS s FROM UNNEST(GENERATE_ARRAY(1, 10)) AS n",
    );
    const run = async (query: string) => {
      const [job] = await emulated.client.createQueryJob(query);
      const [rows, , response] = await job.getQueryResults({ autoPaginate: false });
      const [{ statistics }] = await job.getMetadata();
      expect(rows).toEqual([]);
      expect(response?.numDmlAffectedRows).toBe(statistics.query.numDmlAffectedRows);
      return statistics.query;
    };
    expect(await run("INSERT INTO ds.dml (n, s) VALUES (11, 'new'), (12, 'new')")).toMatchObject({
      statementType: "INSERT",
      numDmlAffectedRows: "2",
      dmlStats: { insertedRowCount: "2", updatedRowCount: "0", deletedRowCount: "0" },
    });
    expect(await run("UPDATE ds.dml SET s = 'up' WHERE n <= 3")).toMatchObject({
      statementType: "UPDATE",
      dmlStats: { updatedRowCount: "3" },
    });
    expect(await run("DELETE FROM ds.dml WHERE n = 1")).toMatchObject({
      statementType: "DELETE",
      numDmlAffectedRows: "1",
      dmlStats: { deletedRowCount: "1" },
    });
    const merge = `MERGE ds.dml AS t USING (SELECT n FROM UNNEST([2, 3, 100]) AS n) AS s ON t.n = s.n
      WHEN MATCHED AND s.n = 3 THEN DELETE
      WHEN MATCHED THEN UPDATE SET s = 'merged'
      WHEN NOT MATCHED THEN INSERT (n, s) VALUES (s.n, 'merged')`;
    expect(await run(merge)).toMatchObject({
      statementType: "MERGE",
      numDmlAffectedRows: "3",
      dmlStats: { insertedRowCount: "1", updatedRowCount: "1", deletedRowCount: "1" },
    });
    expect(await run("TRUNCATE TABLE ds.dml")).toMatchObject({
      statementType: "TRUNCATE_TABLE",
      dmlStats: { deletedRowCount: "11" },
    });
  });

  test("of DDL say what they did, and to which table", async () => {
    const run = async (query: string) => {
      const [job] = await emulated.client.createQueryJob(query);
      await job.getQueryResults();
      const [{ statistics }] = await job.getMetadata();
      return statistics.query;
    };
    const target = { ddlTargetTable: destination("ds", "ddl") };
    expect(await run("CREATE TABLE ds.ddl (n INT64)")).toMatchObject({
      statementType: "CREATE_TABLE",
      ddlOperationPerformed: "CREATE",
      ...target,
    });
    expect(await run("CREATE TABLE IF NOT EXISTS ds.ddl (n INT64)")).toMatchObject({
      ddlOperationPerformed: "SKIP",
      ...target,
    });
    expect(await run("CREATE OR REPLACE TABLE ds.ddl AS SELECT 1 AS n")).toMatchObject({
      statementType: "CREATE_TABLE_AS_SELECT",
      ddlOperationPerformed: "REPLACE",
      ...target,
    });
    expect(await run("ALTER TABLE ds.ddl ADD COLUMN s STRING")).toMatchObject({
      statementType: "ALTER_TABLE",
      ddlOperationPerformed: "ALTER",
      ...target,
    });
    expect(await run("DROP TABLE ds.ddl")).toMatchObject({
      statementType: "DROP_TABLE",
      ddlOperationPerformed: "DROP",
      ...target,
    });
    expect(await run("DROP TABLE IF EXISTS ds.ddl")).toMatchObject({ ddlOperationPerformed: "SKIP" });
    await expect(run("DROP TABLE ds.ddl")).rejects.toThrow("Not found: Table demo:ds.ddl");
  });

  test.each(["CLONE", "COPY", "LIKE"])("%s takes along what is said about the table and its columns", async (word) => {
    const copy = `copied_by_${word.toLowerCase()}`;
    await emulated.client.query(`CREATE OR REPLACE TABLE ds.described (id STRING NOT NULL OPTIONS (description = 'The key'), day DATE)
      PARTITION BY day CLUSTER BY id OPTIONS (description = 'Described', labels = [('team', 'data')])`);
    await emulated.client.query("INSERT INTO ds.described (id, day) VALUES ('a', DATE '2026-11-21')");
    // Over one that says something else, as a rebuilt model is put in the place of the old one.
    await emulated.client.query(`CREATE TABLE ds.${copy} (n INT64) OPTIONS (description = 'Old')`);
    await emulated.client.query(`CREATE OR REPLACE TABLE ds.${copy} ${word} ds.described`);
    const [metadata] = await emulated.client.dataset("ds").table(copy).getMetadata();
    expect(metadata).toMatchObject({
      description: "Described",
      labels: { team: "data" },
      timePartitioning: { type: "DAY", field: "day" },
      clustering: { fields: ["id"] },
      schema: { fields: [{ name: "id", mode: "REQUIRED", description: "The key" }, { name: "day" }] },
    });
    expect(await emulated.rows(`SELECT COUNT(*) AS n FROM ds.${copy}`)).toEqual([{ n: word === "LIKE" ? 0 : 1 }]);
    await expect(emulated.client.query(`INSERT INTO ds.${copy} (id) VALUES (NULL)`)).rejects.toThrow();
  });

  test("write down what a definition says, as if tables.insert had said it", async () => {
    await emulated.client.query(`CREATE TABLE ds.defined (id STRING NOT NULL OPTIONS (description = 'The key'), seen TIMESTAMP, day DATE)
      PARTITION BY TIMESTAMP_TRUNC(seen, MONTH) CLUSTER BY id, day
      OPTIONS (description = 'Defined', labels = [('team', 'data')], require_partition_filter = TRUE)`);
    const [metadata] = await emulated.client.dataset("ds").table("defined").getMetadata();
    expect(metadata).toMatchObject({
      description: "Defined",
      labels: { team: "data" },
      timePartitioning: { type: "MONTH", field: "seen" },
      clustering: { fields: ["id", "day"] },
      requirePartitionFilter: true,
    });
    expect(metadata.schema.fields[0]).toMatchObject({ name: "id", mode: "REQUIRED", description: "The key" });
    await emulated.client.query("ALTER TABLE ds.defined SET OPTIONS (description = 'Again')");
    await emulated.client.query("ALTER TABLE ds.defined ADD COLUMN added INT64 OPTIONS (description = 'New')");
    const [altered] = await emulated.client.dataset("ds").table("defined").getMetadata();
    expect(altered).toMatchObject({ description: "Again", clustering: { fields: ["id", "day"] } });
    expect(altered.schema.fields.map(({ description }: { description?: string }) => description)).toEqual([
      "The key",
      undefined,
      undefined,
      "New",
    ]);
    await emulated.client.query(
      "CREATE TABLE ds.ranged (y INT64) PARTITION BY RANGE_BUCKET(y, GENERATE_ARRAY(2000, 2050, 1))",
    );
    const [ranged] = await emulated.client.dataset("ds").table("ranged").getMetadata();
    expect(ranged.rangePartitioning).toEqual({ field: "y", range: { start: "2000", end: "2050", interval: "1" } });
  });

  test("of a script run in order, and the last SELECT is the result", async () => {
    const [job] = await emulated.client.createQueryJob(`
      DECLARE top INT64 DEFAULT 3;
      CREATE TEMP TABLE chosen AS SELECT id, grade FROM ds.students WHERE grade <= top;
      CREATE OR REPLACE TABLE ds.scripted AS SELECT * FROM chosen;
      SELECT 'not this one' AS s;
      SELECT COUNT(*) AS n FROM ds.scripted;`);
    const [rows] = await job.getQueryResults();
    expect(rows).toEqual([{ n: 3 }]);
    const [{ statistics }] = await job.getMetadata();
    expect(statistics.query.statementType).toBe("SCRIPT");
    await expect(emulated.client.query("SELECT * FROM chosen")).rejects.toThrow();
  });

  test("of a script that fails leave nothing behind", async () => {
    const script =
      "CREATE TABLE ds.half AS SELECT 1 AS n; INSERT INTO ds.half (n) VALUES (2); SELECT ERROR('stop') AS e FROM ds.half;";
    await expect(emulated.client.query(script)).rejects.toThrow(/stop/);
    expect(await emulated.client.dataset("ds").table("half").exists()).toEqual([false]);
  });

  test("in a transaction are one with it", async () => {
    await emulated.client.query("CREATE OR REPLACE TABLE ds.tx AS SELECT 1 AS n");
    await emulated.client.query(
      "BEGIN TRANSACTION; DELETE FROM ds.tx WHERE TRUE; INSERT INTO ds.tx (n) VALUES (2); COMMIT TRANSACTION;",
    );
    expect(await emulated.rows("SELECT n FROM ds.tx")).toEqual([{ n: 2 }]);
  });
});

describe("a default dataset", () => {
  test("is that of tables named without one", async () => {
    const query =
      "WITH t AS (SELECT id FROM students)\nSELECT COUNT(*) AS n, (SELECT MAX(grade) FROM `students`) AS top FROM t JOIN ds.students USING (id)";
    const [rows] = await emulated.client.dataset("ds").query(query);
    expect(rows).toEqual([{ n: 5, top: 5 }]);
    const [job] = await emulated.client
      .dataset("ds")
      .createQueryJob("CREATE OR REPLACE TABLE by_default AS SELECT 1 AS n");
    await job.getQueryResults();
    expect(await emulated.rows("SELECT n FROM ds.by_default")).toEqual([{ n: 1 }]);
  });

  test("is needed for them", async () => {
    await expect(emulated.client.query("SELECT * FROM students")).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining('Table "students" must be qualified with a dataset'),
    });
  });
});

describe("errors", () => {
  test.each([
    ["SELECT * FROM ds.nowhere", 404, "notFound", "Not found: Table demo:ds.nowhere was not found in location US"],
    [
      "INSERT INTO ds.nowhere (n) VALUES (1)",
      404,
      "notFound",
      "Not found: Table demo:ds.nowhere was not found in location US",
    ],
    ["SELECT * FROM nowhere.t", 404, "notFound", "Not found: Dataset demo:nowhere was not found in location US"],
    [
      "CREATE TABLE nowhere.t AS SELECT 1 AS n",
      404,
      "notFound",
      "Not found: Dataset demo:nowhere was not found in location US",
    ],
    ["CREATE TABLE ds.students (n INT64)", 409, "duplicate", "Already Exists: Table demo:ds.students"],
    ["SELECT\n  id,\n  wrong\nFROM ds.students", 400, "invalidQuery", "Unrecognized name: wrong at [3:3]"],
  ])("of %j have BigQuery's code, reason and words", async (query, code, reason, message) => {
    await expect(emulated.client.query(query)).rejects.toMatchObject({ code, message, errors: [{ reason, message }] });
  });

  test("of what the translator does not know name it and its place", async () => {
    await expect(emulated.client.query("SELECT\n  NET.HOST('x') AS h")).rejects.toMatchObject({
      code: 400,
      message: expect.stringMatching(/^Not supported by the local emulator: .*NET\.HOST.* at \[2:3\]$/),
      errors: [{ reason: "invalidQuery" }],
    });
  });

  test("of text that is no SQL are errors of the query", async () => {
    for (const query of ["SELEC 1", "SELECT (1", "SELECT 1 1", ""]) {
      const { status, body } = await emulated.fetch("POST", "queries", { query, useLegacySql: false });
      expect(status).toBe(400);
      expect(["invalidQuery", "required"]).toContain(body.error.errors[0].reason);
    }
  });

  test("of a job are in its status, and its results answer with them", async () => {
    const { status: inserted } = await emulated.fetch("POST", "jobs", {
      jobReference: { jobId: "fails" },
      configuration: { query: { query: "SELECT nothing FROM ds.students", useLegacySql: false } },
    });
    expect(inserted).toBe(200);
    const { body } = await emulated.fetch("GET", "jobs/fails");
    const error = { reason: "invalidQuery", location: "query", message: "Unrecognized name: nothing at [1:8]" };
    expect(body.status).toEqual({ state: "DONE", errorResult: error, errors: [error] });
    const results = await emulated.fetch("GET", "queries/fails");
    expect(results).toMatchObject({
      status: 400,
      body: { error: { message: error.message, errors: [{ reason: "invalidQuery" }] } },
    });
  });

  test("while rows are computed end the job too", async () => {
    const [job] = await emulated.client.createQueryJob("SELECT CAST(id AS INT64) AS n FROM ds.students");
    await expect(job.getQueryResults()).rejects.toMatchObject({ code: 400, errors: [{ reason: "invalidQuery" }] });
  });

  test("of legacy SQL say so", async () => {
    const { status, body } = await emulated.fetch("POST", "queries", { query: "SELECT 1", useLegacySql: true });
    expect(status).toBe(400);
    expect(body.error.message).toContain("legacy SQL");
  });

  test("are none when a request is compressed, or asks how its answer should look", async () => {
    const body = gzipSync(JSON.stringify({ query: "SELECT 1 AS n", useLegacySql: false }));
    const url = `${emulated.server.url}/bigquery/v2/projects/demo/queries?alt=json&prettyPrint=false`;
    const response = await fetch(url, { method: "POST", body, headers: { "content-encoding": "gzip" } });
    expect(await response.json()).toMatchObject({ rows: [{ f: [{ v: "1" }] }] });
  });

  test("of a broken request are its own, not the server's", async () => {
    const response = await fetch(`${emulated.server.url}/bigquery/v2/projects/demo/queries`, {
      method: "POST",
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { errors: [{ reason: "parseError" }] } });
    const unzipped = await fetch(`${emulated.server.url}/bigquery/v2/projects/demo/queries`, {
      method: "POST",
      body: "{}",
      headers: { "content-encoding": "gzip" },
    });
    expect(unzipped.status).toBe(400);
    expect((await emulated.fetch("GET", "nothing/here")).status).toBe(501);
    expect((await fetch(`${emulated.server.url}/bigquery/v2/projects/other/datasets`)).status).toBe(404);
  });
});
