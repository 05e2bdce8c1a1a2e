import { describe, expect, test } from "@jest/globals";
import { duckdbMessage } from "../../../emulator/googlesql/errors.ts";
import { Warehouse } from "./warehouse.ts";

/** The message of the failure, as a person is to read it. */
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return duckdbMessage(error instanceof Error ? error.message : String(error));
  }
  throw new Error("It did not fail");
}

describe("types of results", () => {
  test.each([
    ["1", "BIGINT"],
    ["2147483647 + 1", "BIGINT"],
    ["IF(TRUE, 1, 0)", "BIGINT"],
    ["LENGTH('a')", "BIGINT"],
    ["SIGN(-2)", "BIGINT"],
    ["EXTRACT(YEAR FROM DATE '2025-01-01')", "BIGINT"],
    ["1.5", "DOUBLE"],
    ["7 / 2", "DOUBLE"],
    ["ROUND(5)", "DOUBLE"],
    ["NUMERIC '1.5'", "DECIMAL(38,9)"],
    ["NUMERIC '1.5' * NUMERIC '2'", "DECIMAL(38,9)"],
    ["NUMERIC '1.5' * 0.5", "DECIMAL(38,9)"],
    ["NUMERIC '1' / 3", "DECIMAL(38,9)"],
    ["ROUND(NUMERIC '1.2345', 2)", "DECIMAL(38,9)"],
    ["COALESCE(NUMERIC '1', 2.5)", "DECIMAL(38,9)"],
    ["TRUE", "BOOLEAN"],
    ["'a'", "VARCHAR"],
    ["b'a'", "BLOB"],
    ["MD5('a')", "BLOB"],
    ["DATE '2025-01-01'", "DATE"],
    ["DATE_ADD(DATE '2025-01-01', INTERVAL 1 MONTH)", "DATE"],
    ["DATE_TRUNC(DATE '2025-01-01', WEEK)", "DATE"],
    ["DATE '2025-01-01' + 1", "DATE"],
    ["TIME '10:00:00'", "TIME"],
    ["DATETIME '2025-01-01 10:00:00'", "TIMESTAMP"],
    ["TIMESTAMP '2025-01-01 10:00:00'", "TIMESTAMP WITH TIME ZONE"],
    ["TIMESTAMP_TRUNC(TIMESTAMP '2025-01-01 10:00:00', DAY)", "TIMESTAMP WITH TIME ZONE"],
    ["JSON '{}'", "JSON"],
    ["PARSE_JSON('1')", "JSON"],
    ["JSON_QUERY(JSON '{}', '$')", "JSON"],
    ["JSON_QUERY('{}', '$')", "VARCHAR"],
    ["JSON_QUERY_ARRAY(JSON '[1]')", "JSON[]"],
    ["JSON_QUERY_ARRAY('[1]')", "VARCHAR[]"],
    ["JSON_VALUE(JSON '{}', '$.a')", "VARCHAR"],
    ["TO_JSON(1)", "JSON"],
    ["[1, 2]", "BIGINT[]"],
    ["STRUCT(1 AS a, 'x' AS b)", "STRUCT(a BIGINT, b VARCHAR)"],
    ["ARRAY<NUMERIC>[]", "DECIMAL(38,9)[]"],
    ["NULL", "BIGINT"],
  ])("%s is %s", async (expression, type) => {
    await using warehouse = await Warehouse.open();
    expect(await warehouse.typeOf(expression)).toBe(type);
  });

  test("aggregates keep the types of what they gather", async () => {
    await using warehouse = await Warehouse.open();
    await warehouse.connection.run(`CREATE SCHEMA d; CREATE TABLE d.t AS
      SELECT 1::BIGINT AS i, 1.5::DOUBLE AS f, 2.5::DECIMAL(38,9) AS n`);
    const select =
      "SELECT SUM(i) AS a, SUM(f) AS b, SUM(n) AS c, AVG(i) AS d, AVG(n) AS e, COUNT(*) AS f_, SUM(i) OVER () AS g";
    await warehouse.query(`CREATE TABLE d.sums AS ${select.replace(", SUM(i) OVER () AS g", "")} FROM d.t`);
    await warehouse.query(
      "CREATE TABLE d.windows AS SELECT SUM(i) OVER () AS a, SUM(n) OVER () AS b, AVG(n) OVER () AS c FROM d.t",
    );
    const columns = await warehouse.query(
      "SELECT table_name, column_name, data_type FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name <> 't' ORDER BY 1, 2",
    );
    expect(columns.map((column) => column.data_type)).toEqual([
      "INT64",
      "FLOAT64",
      "NUMERIC",
      "FLOAT64",
      "NUMERIC",
      "INT64",
      "INT64",
      "NUMERIC",
      "NUMERIC",
    ]);
  });
});

describe("times in a zone", () => {
  test.each([
    ["TIMESTAMP('2021-11-07 01:30:00', 'America/Chicago')", "2021-11-07T06:30:00Z"],
    ["TIMESTAMP('2021-11-07 00:59:59', 'America/Chicago')", "2021-11-07T05:59:59Z"],
    ["TIMESTAMP('2021-11-07 02:00:00', 'America/Chicago')", "2021-11-07T08:00:00Z"],
    ["TIMESTAMP('2022-03-13 02:30:00', 'America/Chicago')", "2022-03-13T08:30:00Z"],
    ["TIMESTAMP '2021-11-07 01:30:00 America/Chicago'", "2021-11-07T06:30:00Z"],
    ["PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2021-11-07 01:30:00', 'America/Chicago')", "2021-11-07T06:30:00Z"],
  ])("%s is %s: the first of two hours, and the hour after one that is skipped", async (expression, expected) => {
    await using warehouse = await Warehouse.open();
    const rows = await warehouse.query(`SELECT FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', ${expression}) AS t`);
    expect(rows).toEqual([{ t: expected }]);
  });

  test("a text without a zone is of UTC, whatever zone the text before it names", async () => {
    await using warehouse = await Warehouse.open();
    await warehouse.connection.run(`CREATE SCHEMA d; CREATE TABLE d.texts AS
      SELECT unnest(['2024-09-01 10:00:00 America/Chicago', '2024-09-01', '2024-09-01T10:00', '2024-09-01t10:00:00']) AS text`);
    const rows = await warehouse.query(
      "SELECT FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', SAFE_CAST(text AS TIMESTAMP)) AS t FROM d.texts",
    );
    expect(rows.map(({ t }) => t)).toEqual([
      "2024-09-01T15:00:00Z",
      "2024-09-01T00:00:00Z",
      null,
      "2024-09-01T10:00:00Z",
    ]);
  });
});

describe("errors", () => {
  test.each([
    ["1 / 0", "division by zero"],
    ["MOD(1, 0)", "division by zero"],
    ["DIV(1, 0)", "division by zero"],
    ["NUMERIC '1' / 0", "division by zero"],
    ["[1, 2][OFFSET(2)]", "Array index 2 is out of bounds"],
    ["[1, 2][ORDINAL(0)]", "Array index 0 is out of bounds"],
    ["CAST('x' AS INT64)", "Bad int64 value: x"],
    ["CAST('0xffffffffffffffff' AS INT64)", "Could not convert string '0xffffffffffffffff' to INT64"],
    ["CAST('2025-02-30x' AS DATE)", "Bad date value: 2025-02-30x"],
    ["CAST('0000-01-01' AS DATE)", "Bad date value: 0000-01-01"],
    ["ERROR('boom')", "boom"],
    ["SQRT(-1)", "Argument to SQRT cannot be negative"],
    ["STRING(JSON '1')", "The provided JSON input is not a string"],
    ["PARSE_DATE('%Y-%m-%d', 'bad')", "Could not parse string"],
    ["9223372036854775807 + 1", "Overflow"],
    ["PARSE_JSON('{')", "alformed JSON"],
  ])("%s fails: %s", async (expression, message) => {
    await using warehouse = await Warehouse.open();
    expect(await failure(warehouse.value(expression))).toContain(message);
  });

  test("SAFE. and SAFE_ give NULL where the plain function fails", async () => {
    await using warehouse = await Warehouse.open();
    const [row] = await warehouse.query(`SELECT SAFE.PARSE_DATE('%F', 'x') AS a, SAFE.SUBSTR('abc', 1, -1) AS b,
      SAFE.PARSE_JSON('{') AS c, SAFE_CAST('x' AS INT64) AS d, SAFE_DIVIDE(1, 0) AS e, SAFE.DIV(1, 0) AS f,
      SAFE_ADD(9223372036854775807, 1) AS g, SAFE.STRING(JSON '1') AS h`);
    expect(row).toEqual({ a: null, b: null, c: null, d: null, e: null, f: null, g: null, h: null });
  });

  test("a divisor of zero in a row that a CASE leaves out is no error", async () => {
    await using warehouse = await Warehouse.open();
    const rows = await warehouse.query("SELECT IF(x = 0, NULL, 6 / x) AS q FROM UNNEST([0, 2, 3]) AS x ORDER BY q");
    expect(rows).toEqual([{ q: null }, { q: 2 }, { q: 3 }]);
  });
});

describe("names", () => {
  test("words of DuckDB and of GoogleSQL are names of columns", async () => {
    await using warehouse = await Warehouse.open();
    const [row] = await warehouse.query(`WITH words AS (
      SELECT 1 AS position, 2 AS value, 3 AS date, 4 AS offset, 5 AS user, 6 AS table, 7 AS column, 8 AS check,
        9 AS primary, 10 AS analyze, 11 AS both, 12 AS lateral_, 13 AS \`order\`, 14 AS end_, 15 AS pivot, 16 AS variable)
      SELECT position + value AS row, words.date, offset, user, table, column, check, primary, analyze, both, \`order\`, pivot
      FROM words`);
    expect(Object.values(row ?? {}).map(Number)).toEqual([3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15]);
  });

  test("columns are found whatever their case, and a table in any of its spellings", async () => {
    await using warehouse = await Warehouse.open();
    await warehouse.query("CREATE SCHEMA d; CREATE TABLE d.t (Name STRING); INSERT INTO d.t VALUES ('a')");
    for (const table of [
      "d.t",
      "`d.t`",
      "`d`.`t`",
      "proj.d.t",
      "`proj.d.t`",
      "`proj`.`d`.`t`",
      "`proj.d`.t",
      "proj.`d.t`",
    ]) {
      expect(await warehouse.query(`SELECT nAME AS n FROM ${table}`)).toEqual([{ n: "a" }]);
    }
  });

  test("an alias of the SELECT list wins over a column in GROUP BY, HAVING, QUALIFY and ORDER BY", async () => {
    await using warehouse = await Warehouse.open();
    const rows =
      await warehouse.query(`WITH t AS (SELECT 'a1' AS k, 1 AS n UNION ALL SELECT 'a2', 5 UNION ALL SELECT 'b1', 2)
      SELECT SUBSTR(k, 1, 1) AS k, -SUM(n) AS n FROM t GROUP BY k HAVING n < -2 ORDER BY n`);
    expect(rows).toEqual([{ k: "a", n: "-6" }]);
  });

  test("a declared variable, a parameter and an element of UNNEST stand where a column could", async () => {
    await using warehouse = await Warehouse.open();
    const rows = await warehouse.query(
      "DECLARE least INT64 DEFAULT 2; SELECT CONCAT(word, @end) AS w FROM UNNEST(@words) AS word WITH OFFSET AS at_ WHERE at_ + 1 >= least ORDER BY at_",
      { end: "!", words: ["a", "b", "c"] },
    );
    expect(rows).toEqual([{ w: "b!" }, { w: "c!" }]);
  });
});

describe("views and functions of the user", () => {
  test("a view with every kind of macro is read through", async () => {
    await using warehouse = await Warehouse.open();
    await warehouse.query(`CREATE SCHEMA d; CREATE TABLE d.t (i INT64, n NUMERIC, j JSON);
      INSERT INTO d.t VALUES (4, 3, JSON '{"a":["x","y"]}');
      CREATE VIEW d.v AS SELECT i / 8 AS q, n / i AS r, CAST(n AS STRING) AS s, JSON_VALUE_ARRAY(j, '$.a')[OFFSET(1)] AS t FROM d.t`);
    expect(await warehouse.query("SELECT * FROM d.v")).toEqual([{ q: 0.5, r: "0.750000000", s: "3", t: "y" }]);
  });

  test("a SQL function casts its arguments and may be given aggregates", async () => {
    await using warehouse = await Warehouse.open();
    const rows =
      await warehouse.query(`CREATE TEMP FUNCTION lower(total FLOAT64, n INT64) RETURNS STRING AS (CAST(total / n AS STRING));
      SELECT lower(3, 2) AS a, lower(SUM(x), COUNT(*)) AS b FROM UNNEST([1, 2, 6]) AS x`);
    expect(rows).toEqual([{ a: "1.5", b: "3" }]);
  });
});

describe("changes", () => {
  async function filled(): Promise<Warehouse> {
    const warehouse = await Warehouse.open();
    await warehouse.query(`CREATE SCHEMA d; CREATE TABLE d.t (id INT64, name STRING DEFAULT 'none', n NUMERIC);
      INSERT INTO d.t (id, name, n) VALUES (1, 'a', 1.5), (2, DEFAULT, 2), (3, NULL, NULL)`);
    return warehouse;
  }

  test("MERGE updates, inserts and deletes", async () => {
    await using warehouse = await filled();
    await warehouse.query(`MERGE INTO d.t AS t USING (SELECT 1 AS id, 'p' AS name UNION ALL SELECT 9, 'q') AS s ON t.id = s.id
      WHEN MATCHED AND t.n > 1 THEN UPDATE SET t.name = CONCAT(s.name, CAST(t.n / 2 AS STRING))
      WHEN NOT MATCHED BY TARGET THEN INSERT (id, name) VALUES (id, s.name)
      WHEN NOT MATCHED BY SOURCE AND id = 3 THEN DELETE`);
    expect(await warehouse.query("SELECT id, name FROM d.t ORDER BY id")).toEqual([
      { id: "1", name: "p0.75" },
      { id: "2", name: "none" },
      { id: "9", name: "q" },
    ]);
  });

  test("INSERT ROW takes the columns of the source by name", async () => {
    await using warehouse = await filled();
    await warehouse.query(
      `MERGE d.t USING (SELECT 'z' AS name, 7 AS id, NUMERIC '5' AS n) AS s ON FALSE WHEN NOT MATCHED THEN INSERT ROW`,
    );
    expect(await warehouse.query("SELECT * FROM d.t WHERE id = 7")).toEqual([{ id: "7", name: "z", n: "5.000000000" }]);
  });

  test.each([
    "MERGE d.t AS t USING (SELECT 1 AS id, 'p' AS v UNION ALL SELECT 1, 'q') AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.v",
    "UPDATE d.t AS t SET name = s.v FROM (SELECT 1 AS id, 'p' AS v UNION ALL SELECT 1, 'q') AS s WHERE t.id = s.id",
  ])("two source rows for one target row are an error: %s", async (sql) => {
    await using warehouse = await filled();
    expect(await failure(warehouse.query(sql))).toContain("must match at most one source row");
    expect(await warehouse.query("SELECT name FROM d.t WHERE id = 1")).toEqual([{ name: "a" }]);
  });

  test("two source rows of which a condition lets one through are none", async () => {
    await using warehouse = await filled();
    await warehouse.query(`MERGE d.t AS t USING (SELECT 1 AS id, 'p' AS v UNION ALL SELECT 1, 'q') AS s ON t.id = s.id
      WHEN MATCHED AND s.v = 'q' THEN UPDATE SET name = s.v`);
    expect(await warehouse.query("SELECT name FROM d.t WHERE id = 1")).toEqual([{ name: "q" }]);
  });

  test("a transaction is rolled back", async () => {
    await using warehouse = await filled();
    await warehouse.query("BEGIN TRANSACTION; DELETE FROM d.t WHERE TRUE; ROLLBACK TRANSACTION");
    expect(await warehouse.query("SELECT COUNT(*) AS n FROM d.t")).toEqual([{ n: "3" }]);
  });

  test("a table is altered by several actions at once, copied, renamed and dropped", async () => {
    await using warehouse = await filled();
    await warehouse.query(`ALTER TABLE d.t ADD COLUMN IF NOT EXISTS extra ARRAY<STRUCT<a INT64, b STRING>>, DROP COLUMN n;
      CREATE TABLE d.copy CLONE d.t; CREATE TABLE d.empty LIKE d.t; ALTER TABLE d.copy RENAME TO moved; DROP TABLE IF EXISTS d.copy`);
    expect(await warehouse.query("SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES ORDER BY 1")).toEqual([
      { table_name: "empty" },
      { table_name: "moved" },
      { table_name: "t" },
    ]);
    expect(
      await warehouse.query(
        "SELECT data_type FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'empty' ORDER BY ordinal_position",
      ),
    ).toEqual([{ data_type: "INT64" }, { data_type: "STRING" }, { data_type: "ARRAY<STRUCT<a INT64, b STRING>>" }]);
  });

  test("an option of a table that is missing is an error", async () => {
    await using warehouse = await filled();
    expect(await failure(warehouse.query("ALTER TABLE d.nope SET OPTIONS (description = 'x')"))).toContain("nope");
  });
});

describe("arrays of a row", () => {
  test("UNNEST gives a row per element with its position, and one of NULL for an empty array in a LEFT JOIN", async () => {
    await using warehouse = await Warehouse.open();
    const rows =
      await warehouse.query(`WITH t AS (SELECT 1 AS id, JSON '{"a":[{"k":"x"},{"k":"y"}]}' AS j UNION ALL SELECT 2, JSON '{"a":[]}')
      SELECT id, JSON_VALUE(e, '$.k') AS k, at_ FROM t LEFT JOIN UNNEST(JSON_QUERY_ARRAY(j, '$.a')) AS e WITH OFFSET AS at_ ORDER BY id, at_`);
    expect(rows).toEqual([
      { id: "1", k: "x", at_: "0" },
      { id: "1", k: "y", at_: "1" },
      { id: "2", k: null, at_: null },
    ]);
  });

  test("ARRAY(SELECT … ORDER BY …) is in order for each of many rows", async () => {
    await using warehouse = await Warehouse.open();
    const [row] =
      await warehouse.query(`WITH t AS (SELECT i, ARRAY(SELECT MOD(x * 7919 + i, 101) FROM UNNEST(GENERATE_ARRAY(1, 20)) AS x) AS a FROM UNNEST(GENERATE_ARRAY(1, 3000)) AS i),
      s AS (SELECT i, ARRAY(SELECT AS STRUCT e AS v, o FROM UNNEST(a) AS e WITH OFFSET AS o ORDER BY v DESC, o LIMIT 5) AS top, a FROM t)
      SELECT COUNTIF(ARRAY_LENGTH(top) <> 5) AS short, COUNTIF(top[OFFSET(0)].v <> (SELECT MAX(e) FROM UNNEST(a) AS e)) AS wrong,
        COUNTIF(EXISTS (SELECT 1 FROM UNNEST(top) AS e WITH OFFSET AS p WHERE p > 0 AND e.v > top[OFFSET(p - 1)].v)) AS unordered FROM s`);
    expect(row).toEqual({ short: "0", wrong: "0", unordered: "0" });
  });

  test("arithmetic and casts find their types under aggregates and in correlated subqueries", async () => {
    await using warehouse = await Warehouse.open();
    const rows = await warehouse.query(`WITH t AS (SELECT 1 AS id, NUMERIC '10' AS total, [1, 3] AS parts)
      SELECT ARRAY(SELECT CONCAT(CAST(p / t.total AS STRING), '/', CAST(t.total AS STRING)) FROM UNNEST(parts) AS p ORDER BY p) AS a,
        (SELECT SUM(p) / t.total FROM UNNEST(t.parts) AS p) AS s FROM t`);
    expect(rows).toEqual([{ a: ["0.1/10", "0.3/10"], s: "0.400000000" }]);
  });
});

test("a member of JSON is found by a name that only the row knows, whatever signs it has", async () => {
  await using warehouse = await Warehouse.open();
  const text = `{"a":1,"b/c":2,"d~e":3,"f.g":4,"h i":5,"list":["x","y"]}`;
  const sql = (index: string, keys: string) =>
    `SELECT JSON_VALUE(PARSE_JSON('${text}')${index}) AS v FROM UNNEST(${keys}) AS k WITH OFFSET AS place ORDER BY place`;
  const named = await warehouse.query(sql("[k]", "['a', 'b/c', 'd~e', 'f.g', 'h i', 'A', '0']"));
  expect(named.map(({ v }) => v)).toEqual(["1", "2", "3", "4", "5", null, null]);
  const placed = await warehouse.query(sql(".list[k]", "[1, 0, 2]"));
  expect(placed.map(({ v }) => v)).toEqual(["y", "x", null]);
});

describe("several paths of one JSON column", () => {
  const texts = [
    String.raw`{"a":1,"b":{"c":"x"},"d":[1,{"e":null}],"n":null,"u":"\u00e9","s":" y ","t":true,"f":1.50}`,
    `{"a":{"deep":1},"b":[],"d":"text","n":0}`,
    "[1,2]",
    "null",
    `"just text"`,
  ];
  const paths = "$.a $.b $.b.c $.d $.d[0] $.d[1].e $.n $.u $.s $.t $.f $.none $[1] $".split(" ");

  test.each(["JSON", "STRING"])("of type %s give what each gives by itself", async (type) => {
    await using warehouse = await Warehouse.open();
    const rows = [...texts, ...(type === "STRING" ? ["{broken", ""] : [])];
    await warehouse.query(`CREATE SCHEMA d; CREATE TABLE d.t (i INT64, j ${type}); INSERT INTO d.t VALUES (-1, NULL)`);
    for (const [index, text] of rows.entries()) {
      const value = type === "JSON" ? `PARSE_JSON(r'''${text}''')` : `r'''${text}'''`;
      await warehouse.query(`INSERT INTO d.t VALUES (${index}, ${value})`);
    }
    const calls = paths.flatMap((path) => [`JSON_VALUE(j, '${path}')`, `JSON_QUERY(j, '${path}')`]);
    const named = calls.map((call, index) => `${call} AS c${index}`);
    const together = await warehouse.query(`SELECT ${named.join(", ")} FROM d.t ORDER BY i`);
    const alone: unknown[] = together.map(() => ({}));
    for (const call of named) {
      const column = await warehouse.query(`SELECT ${call} FROM d.t ORDER BY i`);
      for (const [row, cell] of column.entries()) Object.assign(alone[row] ?? {}, cell);
    }
    expect(together).toEqual(alone);
    expect(together).toHaveLength(rows.length + 1);
  });

  test.each([
    ["SELECT *, JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t", "i j a b"],
    ["SELECT t.* EXCEPT (j), JSON_VALUE(t.j, '$.a') AS a, JSON_VALUE(t.j, '$.b') AS b FROM t", "i a b"],
    ["SELECT TO_JSON_STRING(t) AS r, JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t", "r a b"],
    ["SELECT (SELECT TO_JSON_STRING(t)) AS r, JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t", "r a b"],
    ["SELECT AS STRUCT JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t", "a b"],
    [
      "SELECT DISTINCT JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t ORDER BY JSON_VALUE(j, '$.b')",
      "a b",
    ],
    ["SELECT JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t GROUP BY JSON_VALUE(j, '$.a'), b", "a b"],
    ["SELECT MAX(JSON_VALUE(j, '$.a')) AS a, MAX(JSON_VALUE(j, '$.b')) AS b FROM t", "a b"],
    ["SELECT JSON_VALUE(J, '$.a') AS a, json_value(x.j, '$.b') AS b, JSON_VALUE(x.j, '$') AS n FROM t AS x", "a b n"],
    [
      "SELECT JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
      "a b",
    ],
    [
      "SELECT JSON_VALUE(j, '$.a') AS a, JSON_VALUE(j, '$.b') AS b FROM t WHERE JSON_VALUE(j, '$.a') = '1' ORDER BY j",
      "a b",
    ],
    ["SELECT a, b FROM (SELECT (SELECT JSON_VALUE(j, '$.a') FROM t) AS a, JSON_VALUE(j, '$.b') AS b FROM t)", "a b"],
    [
      "SELECT ARRAY(SELECT JSON_VALUE(j, '$.a') || JSON_VALUE(j, '$.b') FROM UNNEST([1]))[OFFSET(0)] AS ab FROM t",
      "ab",
    ],
    ["SELECT (SELECT JSON_VALUE(j, '$.a') || JSON_VALUE(j, '$.b') FROM o) AS ab FROM t", "ab"],
  ])("%s has the columns that it names, and no others", async (select, columns) => {
    await using warehouse = await Warehouse.open();
    const [row = {}] = await warehouse.query(
      `WITH t AS (SELECT 1 AS i, JSON '{"a":1,"b":2}' AS j), o AS (SELECT 1 AS k) ${select}`,
    );
    const values = { i: "1", j: `{"a":1,"b":2}`, a: "1", b: "2", ab: "12", n: null, r: `{"i":1,"j":{"a":1,"b":2}}` };
    expect(row).toEqual(
      Object.fromEntries(Object.entries(values).filter(([name]) => columns.split(" ").includes(name))),
    );
  });
});

describe("blanks at the ends", () => {
  const blanks = [9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000];
  const others = [1, 0x1f, 0x21, 0x7e, 0x7f, 0xe9, 0x200b, 0x1f600];

  test("TRIM takes away white space by Unicode and nothing else", async () => {
    await using warehouse = await Warehouse.open();
    for (const code of [...blanks, ...others]) {
      const sign = String.fromCodePoint(code);
      const kept = blanks.includes(code) ? "" : sign;
      const [row] = await warehouse.query(
        "SELECT TRIM(@s) AS alone, TRIM(@s || 'a' || @s || ' ') AS b, LTRIM(' ' || @s || 'a' || @s) AS l, RTRIM(@s || 'a b' || @s) AS r",
        { s: sign },
      );
      expect(row).toEqual({
        alone: kept,
        b: `${kept}a${kept}`,
        l: `${kept}a${sign}`,
        r: `${sign}a b${kept}`,
      });
    }
    expect(await warehouse.query("SELECT TRIM(CAST(NULL AS STRING)) AS n, TRIM('') AS e")).toEqual([
      { n: null, e: "" },
    ]);
  });
});
