import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Emulated } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

const dataset = () => emulated.client.dataset("ds");

describe("tables", () => {
  test("give back the schema they were created with, under the older names of types", async () => {
    const fields = [
      { name: "id", type: "STRING", mode: "REQUIRED", description: "The key" },
      { name: "n", type: "INT64" },
      { name: "f", type: "FLOAT64" },
      { name: "b", type: "BOOL" },
      { name: "amount", type: "NUMERIC", precision: "10", scale: "2" },
      { name: "big", type: "BIGNUMERIC" },
      { name: "at", type: "TIMESTAMP" },
      { name: "tags", type: "STRING", mode: "REPEATED" },
      { name: "data", type: "JSON" },
      {
        name: "address",
        type: "STRUCT",
        fields: [
          { name: "street", type: "STRING", description: "Street and number" },
          { name: "lines", type: "RECORD", mode: "REPEATED", fields: [{ name: "text", type: "STRING" }] },
        ],
      },
    ];
    const [table] = await dataset().createTable("wide", {
      schema: { fields },
      description: "Everything",
      labels: { kind: "test" },
      timePartitioning: { type: "DAY", field: "at" },
      clustering: { fields: ["id"] },
    });
    const [metadata] = await table.getMetadata();
    expect(metadata).toMatchObject({
      kind: "bigquery#table",
      id: "demo:ds.wide",
      type: "TABLE",
      description: "Everything",
      labels: { kind: "test" },
      timePartitioning: { type: "DAY", field: "at" },
      clustering: { fields: ["id"] },
      numRows: "0",
      numBytes: "0",
      location: "US",
    });
    expect(metadata.etag).toEqual(expect.any(String));
    const shown = Object.fromEntries(metadata.schema.fields.map((field: { name: string }) => [field.name, field]));
    expect(shown.id).toMatchObject({ type: "STRING", mode: "REQUIRED", description: "The key" });
    expect(shown.n).toMatchObject({ type: "INTEGER", mode: "NULLABLE" });
    expect(shown.f).toMatchObject({ type: "FLOAT" });
    expect(shown.b).toMatchObject({ type: "BOOLEAN" });
    expect(shown.amount).toMatchObject({ type: "NUMERIC", precision: "10", scale: "2" });
    expect(shown.big).toMatchObject({ type: "BIGNUMERIC" });
    expect(shown.tags).toMatchObject({ type: "STRING", mode: "REPEATED" });
    expect(shown.data).toMatchObject({ type: "JSON" });
    expect(shown.address).toMatchObject({
      type: "RECORD",
      fields: [
        { name: "street", type: "STRING", description: "Street and number" },
        { name: "lines", type: "RECORD", mode: "REPEATED", fields: [{ name: "text", type: "STRING" }] },
      ],
    });
  });

  test("are not created twice, and not in a dataset that is missing", async () => {
    await dataset().createTable("once", { schema: "n:INTEGER" });
    await expect(dataset().createTable("once", { schema: "n:INTEGER" })).rejects.toMatchObject({
      code: 409,
      errors: [{ reason: "duplicate", message: "Already Exists: Table demo:ds.once" }],
    });
    await expect(emulated.client.dataset("nope").createTable("t", { schema: "n:INTEGER" })).rejects.toMatchObject({
      code: 404,
      message: "Not found: Dataset demo:nope",
    });
  });

  test("of one name in two cases are refused, since DuckDB would replace the one by the other", async () => {
    await dataset().createTable("Letter", { schema: "n:INTEGER" });
    await expect(dataset().createTable("letter", { schema: "n:INTEGER" })).rejects.toMatchObject({ code: 400 });
    await expect(emulated.client.query("CREATE OR REPLACE TABLE ds.LETTER AS SELECT 1 AS n")).rejects.toMatchObject({
      message: expect.stringContaining("differ only in case"),
    });
  });

  test.each([
    ["an unknown type", [{ name: "g", type: "GEOGRAPHIE" }], "GEOGRAPHIE"],
    [
      "a field twice",
      [
        { name: "a", type: "STRING" },
        { name: "A", type: "STRING" },
      ],
      "Duplicate field name: A",
    ],
    ["a record without fields", [{ name: "r", type: "RECORD" }], "Field r is type RECORD but has no schema"],
    ["an empty name", [{ name: "", type: "STRING" }], "name"],
  ])("with %s are refused, and what is wrong is named", async (_what, fields, words) => {
    const { status, body } = await emulated.fetch("POST", "datasets/ds/tables", {
      tableReference: { tableId: "bad" },
      schema: { fields },
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 400, status: "INVALID_ARGUMENT", errors: [{ reason: "invalid" }] });
    expect(body.error.message).toContain(words);
  });

  test("are listed page by page, each with its type", async () => {
    await emulated.client.createDataset("listed");
    const listed = emulated.client.dataset("listed");
    for (const name of ["c", "a", "b"]) await listed.createTable(name, { schema: "n:INTEGER" });
    await listed.createTable("v", { view: "SELECT n FROM listed.a" });
    const first = await emulated.fetch("GET", "datasets/listed/tables?maxResults=3");
    expect(
      first.body.tables.map(({ tableReference }: { tableReference: { tableId: string } }) => tableReference.tableId),
    ).toEqual(["a", "b", "c"]);
    const second = await emulated.fetch(
      "GET",
      `datasets/listed/tables?maxResults=3&pageToken=${first.body.nextPageToken}`,
    );
    expect(second.body.tables).toMatchObject([{ id: "demo:listed.v", type: "VIEW" }]);
    expect(second.body.nextPageToken).toBeUndefined();
    const [tables] = await listed.getTables();
    expect(tables.map(({ id }) => id)).toEqual(["a", "b", "c", "v"]);
  });

  test("take new columns and descriptions, and keep their rows", async () => {
    const [table] = await dataset().createTable("growing", { schema: [{ name: "id", type: "STRING" }] });
    await emulated.client.query("INSERT INTO ds.growing (id) VALUES ('a')");
    await table.setMetadata({
      description: "Grown",
      schema: [
        { name: "id", type: "STRING", description: "The key" },
        { name: "added", type: "RECORD", fields: [{ name: "x", type: "INT64" }] },
      ],
    });
    await table.setMetadata({
      schema: [
        { name: "id", type: "STRING", description: "The key" },
        {
          name: "added",
          type: "RECORD",
          fields: [
            { name: "x", type: "INT64" },
            { name: "y", type: "STRING" },
          ],
        },
      ],
    });
    const [metadata] = await table.getMetadata();
    expect(metadata).toMatchObject({ description: "Grown", numRows: "1" });
    expect(metadata.schema.fields).toMatchObject([
      { name: "id", description: "The key" },
      { name: "added", fields: [{ name: "x" }, { name: "y" }] },
    ]);
    expect(await emulated.rows("SELECT id, added FROM ds.growing")).toEqual([{ id: "a", added: null }]);
  });

  test.each([
    ["a column less", [{ name: "id", type: "STRING" }], "Field n is missing in new schema"],
    [
      "another type",
      [
        { name: "id", type: "STRING" },
        { name: "n", type: "STRING" },
      ],
      "Field n has changed type from INTEGER to STRING",
    ],
    [
      "a new column that is required",
      [
        { name: "id", type: "STRING" },
        { name: "n", type: "INT64" },
        { name: "r", type: "STRING", mode: "REQUIRED" },
      ],
      "Cannot add required fields",
    ],
  ])("refuse %s", async (what, fields, words) => {
    const name = `fixed_${what.replaceAll(" ", "_")}`;
    await dataset().createTable(name, { schema: "id:STRING,n:INTEGER" });
    await expect(dataset().table(name).setMetadata({ schema: fields })).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining(words),
    });
  });

  test("are changed only by who has seen their newest state, when an etag says so", async () => {
    const [table] = await dataset().createTable("tagged", { schema: "n:INTEGER" });
    const [seen] = await table.getMetadata();
    await table.setMetadata({ description: "first" });
    await expect(table.setMetadata({ description: "second", etag: seen.etag })).rejects.toMatchObject({ code: 412 });
    const [now] = await table.getMetadata();
    await table.setMetadata({ description: "second", etag: now.etag });
    const [after] = await table.getMetadata();
    expect(after.description).toBe("second");
  });

  test("that are missing are not found, and exist no more when deleted", async () => {
    await expect(dataset().table("missing").getMetadata()).rejects.toMatchObject({
      code: 404,
      message: "Not found: Table demo:ds.missing",
    });
    const [table] = await dataset().createTable("gone", { schema: "n:INTEGER" });
    await table.delete();
    expect(await table.exists()).toEqual([false]);
    await expect(table.delete()).rejects.toMatchObject({ code: 404 });
  });

  test("say how many rows and bytes they hold", async () => {
    await emulated.client.query("CREATE TABLE ds.sized AS SELECT 1 AS n, 'abc' AS s UNION ALL SELECT 2, NULL");
    const [metadata] = await dataset().table("sized").getMetadata();
    expect(metadata).toMatchObject({ numRows: "2", numBytes: "21" });
  });
});

describe("views", () => {
  test("keep their text, show their columns and give rows", async () => {
    await emulated.client.query("CREATE TABLE ds.people AS SELECT 'a' AS id, 30 AS age UNION ALL SELECT 'b', 10");
    const query = "SELECT id, age >= 18 AS is_adult FROM `demo.ds.people`";
    const [view] = await dataset().createTable("adults", { view: query, description: "Who is adult" });
    const [metadata] = await view.getMetadata();
    expect(metadata).toMatchObject({ type: "VIEW", description: "Who is adult", view: { query, useLegacySql: false } });
    expect(metadata.schema.fields).toMatchObject([
      { name: "id", type: "STRING" },
      { name: "is_adult", type: "BOOLEAN" },
    ]);
    expect(await emulated.rows("SELECT * FROM ds.adults ORDER BY id")).toEqual([
      { id: "a", is_adult: true },
      { id: "b", is_adult: false },
    ]);
  });

  test("made by CREATE VIEW keep their text too, and are replaced by a patch of it", async () => {
    await emulated.client.query("CREATE OR REPLACE VIEW ds.one OPTIONS (description = 'One') AS SELECT 1 AS n");
    const [before] = await dataset().table("one").getMetadata();
    expect(before).toMatchObject({ description: "One", view: { query: "SELECT 1 AS n" } });
    await dataset().table("one").setMetadata({ view: "SELECT 2 AS n, 'x' AS s" });
    const [after] = await dataset().table("one").getMetadata();
    expect(after).toMatchObject({ description: "One", view: { query: "SELECT 2 AS n, 'x' AS s" } });
    expect(await emulated.rows("SELECT * FROM ds.one")).toEqual([{ n: 2, s: "x" }]);
  });

  test("see the columns that their tables gain, and survive the replacement of their tables", async () => {
    await emulated.client.query("CREATE TABLE ds.base AS SELECT 1 AS n");
    await emulated.client.query("CREATE VIEW ds.over_base AS SELECT n + 1 AS m FROM ds.base");
    await emulated.client.query("CREATE OR REPLACE TABLE ds.base AS SELECT 'x' AS other, 5 AS n");
    expect(await emulated.rows("SELECT m FROM ds.over_base")).toEqual([{ m: 6 }]);
  });

  test("over a table that is gone say so", async () => {
    await emulated.client.query("CREATE TABLE ds.short_lived AS SELECT 1 AS n");
    await emulated.client.query("CREATE VIEW ds.over_nothing AS SELECT n FROM ds.short_lived");
    await emulated.client.query("DROP TABLE ds.short_lived");
    await expect(emulated.rows("SELECT * FROM ds.over_nothing")).rejects.toMatchObject({
      code: 404,
      message: expect.stringContaining("Table short_lived, which a view reads, was not found"),
    });
    const [metadata] = await dataset().table("over_nothing").getMetadata();
    expect(metadata).toMatchObject({ type: "VIEW", schema: { fields: [{ name: "n", type: "INTEGER" }] } });
    await dataset().table("over_nothing").delete();
  });

  test("over what is missing are not created", async () => {
    await expect(dataset().createTable("bad", { view: "SELECT * FROM ds.nowhere" })).rejects.toMatchObject({
      code: 404,
    });
    await expect(dataset().createTable("bad", { view: "SELECT nothing FROM ds.people" })).rejects.toMatchObject({
      code: 400,
    });
    expect(await dataset().table("bad").exists()).toEqual([false]);
  });

  test("are not written to, listed row by row, or replaced by tables", async () => {
    await emulated.client.query("CREATE OR REPLACE VIEW ds.fixed AS SELECT 1 AS n");
    const refused = [
      () => emulated.client.query("INSERT INTO ds.fixed (n) VALUES (1)"),
      () => emulated.client.query("CREATE OR REPLACE TABLE ds.fixed AS SELECT 1 AS n"),
      () => emulated.client.query("DROP TABLE ds.fixed"),
      () => dataset().table("fixed").getRows(),
      () =>
        dataset()
          .table("fixed")
          .insert([{ n: 1 }]),
    ];
    for (const one of refused) await expect(one()).rejects.toMatchObject({ code: 400 });
  });
});
