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

describe("parameters", () => {
  test("of every type reach the query as what they are", async () => {
    const [row] = await emulated.rows(
      `SELECT @s AS s, @i AS i, @f AS f, @b AS b, @bytes AS bytes, @d AS d, @t AS t, @dt AS dt, @ts AS ts, @num AS num,
        @list AS list, @struct AS st, @s = 'it\\'s "x" $i' AS same`,
      {
        s: `it's "x" $i`,
        i: 5,
        f: 1.25,
        b: true,
        bytes: Buffer.from("ab"),
        d: BigQuery.date("2026-02-03"),
        t: BigQuery.time("01:02:03"),
        dt: BigQuery.datetime("2026-02-03 04:05:06"),
        ts: new Date("2026-02-03T04:05:06.789Z"),
        num: "1",
        list: ["p", "q"],
        struct: { x: 1, y: "z" },
      },
    );
    expect(row).toMatchObject({ s: `it's "x" $i`, i: 5, f: 1.25, b: true, list: ["p", "q"], st: { x: 1, y: "z" } });
    expect(row.bytes).toEqual(Buffer.from("ab"));
    expect(row.d.value).toBe("2026-02-03");
    expect(row.t.value).toBe("01:02:03");
    expect(row.dt.value).toBe("2026-02-03T04:05:06");
    expect(row.ts.value).toBe("2026-02-03T04:05:06.789Z");
  });

  test("that are NULL keep their types", async () => {
    const [rows, , response] = (await emulated.client.query({
      query: "SELECT @s AS s, @d AS d, @l AS l, @s IS NULL AS is_null",
      params: { s: null, d: null, l: [] },
      types: { s: "STRING", d: "DATE", l: ["INT64"] },
    })) as unknown as [unknown[], unknown, { schema: { fields: unknown[] } }];
    expect(rows).toEqual([{ s: null, d: null, l: [], is_null: true }]);
    expect(response.schema.fields).toMatchObject([
      { type: "STRING" },
      { type: "DATE" },
      { type: "INTEGER", mode: "REPEATED" },
      { type: "BOOLEAN" },
    ]);
  });

  test("of NUMERIC, BIGNUMERIC and JSON keep their digits", async () => {
    const [row] = await emulated.client
      .query({
        query: "SELECT @n AS n, JSON_VALUE(@j, '$.a') AS a, @i AS i",
        params: { n: "12345678901234567890.123456789", j: '{"a":"x"}', i: "9007199254740993" },
        types: { n: "NUMERIC", j: "JSON", i: "INT64" },
        wrapIntegers: true,
      })
      .then(([rows]) => rows);
    expect(row.n.toFixed()).toBe("12345678901234567890.123456789");
    expect(row.a).toBe("x");
    expect(row.i.value).toBe("9007199254740993");
  });

  test("that are large integers in the body are not rounded", async () => {
    const { body } = await emulated.fetch("POST", "queries", {
      query: "SELECT @i AS i",
      useLegacySql: false,
      parameterMode: "NAMED",
      queryParameters: [{ name: "i", parameterType: { type: "INT64" }, parameterValue: { value: "9007199254740993" } }],
    });
    expect(body.rows[0].f[0].v).toBe("9007199254740993");
  });

  test("work inside functions, filters, DML and CREATE TABLE AS", async () => {
    await emulated.client.query({
      query: "CREATE OR REPLACE TABLE ds.p AS SELECT @x AS x, DATE_ADD(@d, INTERVAL 1 DAY) AS d",
      params: { x: 1, d: BigQuery.date("2026-01-31") },
    });
    await emulated.client.query({
      query: "INSERT INTO ds.p (x, d) SELECT @x, @d",
      params: { x: 2, d: BigQuery.date("2026-05-01") },
    });
    const rows = await emulated.rows(
      "SELECT x, CAST(d AS STRING) AS d FROM ds.p WHERE x IN UNNEST(@list) ORDER BY x LIMIT @n",
      { list: [1, 2, 3], n: 5 },
    );
    expect(rows).toEqual([
      { x: 1, d: "2026-02-01" },
      { x: 2, d: "2026-05-01" },
    ]);
  });

  test("by position stand for the marks in the order of the text", async () => {
    const [rows] = await emulated.client.query({
      query: "SELECT ? AS a, '?' AS text, n FROM UNNEST(?) AS n WHERE n > ? /* ? */ AND ? = 'x' ORDER BY n LIMIT ?",
      params: [BigQuery.date("2026-01-31"), [1, 2, 3, 4], 1, "x", 2],
    });
    expect(rows).toEqual([2, 3].map((n) => ({ a: expect.objectContaining({ value: "2026-01-31" }), text: "?", n })));
    await expect(emulated.client.query({ query: "SELECT ?, ?", params: [1] })).rejects.toMatchObject({
      code: 400,
      message: "Query parameter number 2 not found",
    });
    const one = { parameterType: { type: "INT64" }, parameterValue: { value: "1" } };
    for (const [parameterMode, name] of [
      ["POSITIONAL", "a"],
      ["NAMED", undefined],
    ]) {
      const queryParameters = [{ ...one, name }];
      const { status } = await emulated.fetch("POST", "queries", { query: "SELECT ?", parameterMode, queryParameters });
      expect(status).toBe(400);
    }
    const { body } = await emulated.fetch("POST", "queries", { query: "SELECT ?", queryParameters: [one] });
    expect(body.rows[0].f[0].v).toBe("1");
  });

  test("without a value or with a bad value are refused", async () => {
    await expect(emulated.client.query({ query: "SELECT @a AS a, @b AS b", params: { a: 1 } })).rejects.toMatchObject({
      code: 400,
      message: "Query parameter 'b' not found",
    });
    const queryParameters = [{ name: "d", parameterType: { type: "DATE" }, parameterValue: { value: "yesterday" } }];
    const { status, body } = await emulated.fetch("POST", "queries", {
      query: "SELECT @d AS d",
      useLegacySql: false,
      queryParameters,
    });
    expect([status, body.error.message]).toEqual([
      400,
      "Invalid value for query parameter 'd' of type DATE: yesterday",
    ]);
  });
});

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
