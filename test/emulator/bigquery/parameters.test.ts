import { BigQuery } from "@google-cloud/bigquery";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Emulated } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

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
