import { describe, expect, test } from "@jest/globals";
import { tablesRead } from "../../../emulator/googlesql/tables-read.ts";
import { type Statement, translate } from "../../../emulator/googlesql/translate.ts";

const options = { projectId: "proj" };

function only(sql: string): Statement {
  const [statement, ...others] = translate(sql, options);
  if (statement === undefined || others.length > 0) throw new Error("Not one statement");
  return statement;
}

describe("statements", () => {
  test.each([
    ["SELECT 1", "SELECT", undefined],
    ["INSERT INTO d.t (a) VALUES (1)", "INSERT", { dataset: "d", table: "t" }],
    ["UPDATE d.t SET a = 1 WHERE TRUE", "UPDATE", { dataset: "d", table: "t" }],
    ["DELETE FROM `proj.d.t` WHERE TRUE", "DELETE", { dataset: "d", table: "t" }],
    ["TRUNCATE TABLE d.t", "TRUNCATE_TABLE", { dataset: "d", table: "t" }],
    ["MERGE d.t USING d.u ON FALSE WHEN NOT MATCHED THEN INSERT ROW", "MERGE", { dataset: "d", table: "t" }],
    ["CREATE TABLE d.t (a INT64)", "CREATE_TABLE", { dataset: "d", table: "t" }],
    ["CREATE TABLE d.t AS SELECT 1 AS a", "CREATE_TABLE_AS_SELECT", { dataset: "d", table: "t" }],
    ["CREATE TABLE d.t CLONE d.u", "CREATE_TABLE", { dataset: "d", table: "t" }],
    ["CREATE VIEW d.v AS SELECT 1 AS a", "CREATE_VIEW", { dataset: "d", table: "v" }],
    ["CREATE SCHEMA d", "CREATE_SCHEMA", { dataset: "d" }],
    ["CREATE FUNCTION d.f(x INT64) AS (x)", "CREATE_FUNCTION", { dataset: "d", table: "f" }],
    ["DROP TABLE d.t", "DROP_TABLE", { dataset: "d", table: "t" }],
    ["DROP VIEW IF EXISTS d.v", "DROP_VIEW", { dataset: "d", table: "v" }],
    ["DROP SCHEMA d CASCADE", "DROP_SCHEMA", { dataset: "d" }],
    ["ALTER TABLE d.t ADD COLUMN a INT64", "ALTER_TABLE", { dataset: "d", table: "t" }],
    ["ASSERT TRUE", "ASSERT", undefined],
    ["BEGIN TRANSACTION", "BEGIN_TRANSACTION", undefined],
  ])("%s is a statement of type %s", (sql, kind, target) => {
    const statement = only(sql);
    expect(statement.kind).toBe(kind);
    expect(statement.target).toEqual(target);
  });

  test("the parameters of each statement are named once, whatever their case", () => {
    const [first, second] = translate("SELECT @Year + @year, @b; SELECT @b", options);
    expect(first?.parameters).toEqual(["Year", "b"]);
    expect(second?.parameters).toEqual(["b"]);
  });

  test("a table named without a dataset is in the default one", () => {
    const [statement] = translate("SELECT * FROM t", { ...options, defaultDataset: "d" });
    expect(statement?.reads).toEqual([{ dataset: "d", table: "t" }]);
  });
});

describe("metadata of definitions", () => {
  test("of a table: partition, clusters, options, columns and key", () => {
    const { metadata } = only(`CREATE OR REPLACE TABLE d.t (
        id STRING NOT NULL OPTIONS (description = 'The key'),
        tags ARRAY<STRUCT<a INT64, b STRING>>,
        loaded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP(),
        PRIMARY KEY (id) NOT ENFORCED)
      PARTITION BY RANGE_BUCKET(year, GENERATE_ARRAY(2000, 2050, 1))
      CLUSTER BY id, tags
      OPTIONS (description = "A table", labels = [("tier", "mart"), ("team", "x")], partition_expiration_days = 3.5, require_partition_filter = true)`);
    expect(metadata).toEqual({
      orReplace: true,
      partitionBy: "RANGE_BUCKET(year, GENERATE_ARRAY(2000, 2050, 1))",
      clusterBy: ["id", "tags"],
      primaryKey: ["id"],
      description: "A table",
      labels: { tier: "mart", team: "x" },
      options: {
        description: "A table",
        labels: [
          ["tier", "mart"],
          ["team", "x"],
        ],
        partition_expiration_days: 3.5,
        require_partition_filter: true,
      },
      columns: [
        { name: "id", type: "STRING", required: true, description: "The key", options: { description: "The key" } },
        { name: "tags", type: "ARRAY<STRUCT<a INT64, b STRING>>" },
        { name: "loaded_at", type: "TIMESTAMP", defaultValue: "CURRENT_TIMESTAMP()" },
      ],
    });
  });

  test("of a view: its query as written, and the descriptions of its columns", () => {
    const { metadata } = only(
      "CREATE VIEW IF NOT EXISTS d.v (a OPTIONS (description = 'A'), b) AS\n  select 1, 2 -- two\n;",
    );
    expect(metadata).toEqual({
      ifNotExists: true,
      query: "select 1, 2",
      columns: [{ name: "a", description: "A", options: { description: "A" } }, { name: "b" }],
    });
  });

  test("of an alteration: everything its actions say", () => {
    const { metadata, sql } =
      only(`ALTER TABLE IF EXISTS d.t ADD COLUMN a INT64 OPTIONS (description = 'A'), ADD COLUMN b STRING,
      DROP COLUMN c, RENAME COLUMN e TO f, SET OPTIONS (description = NULL), ADD PRIMARY KEY (a) NOT ENFORCED,
      ALTER COLUMN g SET OPTIONS (description = 'G')`);
    expect(metadata).toEqual({
      ifExists: true,
      columns: [
        { name: "a", type: "INT64", description: "A", options: { description: "A" } },
        { name: "b", type: "STRING" },
        { name: "g", description: "G", options: { description: "G" } },
      ],
      droppedColumns: ["c"],
      renamedColumns: [{ from: "e", to: "f" }],
      options: { description: null },
      primaryKey: ["a"],
    });
    expect(sql.split(";\n")).toHaveLength(4);
  });
});

describe("tables read", () => {
  test("tables of every clause are found once; what only looks like a table is not", () => {
    const sql = `CREATE OR REPLACE TABLE marts.x AS
      WITH s AS (SELECT * FROM staging.students), \`raw\` AS (SELECT 1 AS a)
      SELECT s.*, (SELECT MAX(d) FROM \`proj.staging.attendance\` a WHERE a.id = s.id) AS m, EXTRACT(YEAR FROM s.born) AS y
      FROM s LEFT JOIN ref.codes USING (code), UNNEST(s.items) AS i, s.tags AS t, raw
      WHERE s.id IN (SELECT id FROM \`proj\`.staging.students) AND s.a IS DISTINCT FROM s.b
        AND EXISTS (SELECT 1 FROM staging.INFORMATION_SCHEMA.TABLES);
      MERGE marts.y USING marts.x ON FALSE WHEN NOT MATCHED THEN INSERT ROW`;
    expect(tablesRead(sql, options)).toEqual([
      { dataset: "staging", table: "students" },
      { dataset: "ref", table: "codes" },
      { dataset: "staging", table: "attendance" },
      { dataset: "marts", table: "x" },
    ]);
  });
});
