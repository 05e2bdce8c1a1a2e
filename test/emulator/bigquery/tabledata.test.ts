import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Emulated, project } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
  await emulated.client.createDataset("ds");
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

describe("rows streamed into a table", () => {
  test("are there at once, as what they are", async () => {
    const [table] = await emulated.client.dataset("ds").createTable("streamed", {
      schema: [
        { name: "id", type: "STRING" },
        { name: "n", type: "INT64" },
        { name: "at", type: "TIMESTAMP" },
        { name: "tags", type: "STRING", mode: "REPEATED" },
        { name: "r", type: "RECORD", fields: [{ name: "x", type: "FLOAT64" }] },
        { name: "data", type: "JSON" },
      ],
    });
    const at = emulated.client.timestamp("2026-01-02T03:04:05.678Z");
    await table.insert([
      { id: "a", n: 1, at, tags: ["p", "q"], r: { x: 1.5 }, data: '{"k":1.50}' },
      { id: "b", n: null },
    ]);
    const [rows] = await table.getRows();
    expect(rows).toEqual([
      { id: "a", n: 1, at, tags: ["p", "q"], r: { x: 1.5 }, data: '{"k":1.50}' },
      { id: "b", n: null, at: null, tags: [], r: null, data: null },
    ]);
  });

  test("keep integers that JavaScript would round", async () => {
    const [table] = await emulated.client.dataset("ds").createTable("large", { schema: "n:INTEGER" });
    const body = '{"rows":[{"json":{"n":9007199254740993}}]}';
    await fetch(`${emulated.server.url}/bigquery/v2/projects/${project}/datasets/ds/tables/large/insertAll`, {
      method: "POST",
      body,
    });
    const [rows] = await table.getRows({ wrapIntegers: true });
    expect(rows[0].n.value).toBe("9007199254740993");
  });

  test("are all refused when one is bad, and the bad one is named", async () => {
    const [table] = await emulated.client.dataset("ds").createTable("strict", { schema: "id:STRING,n:INTEGER" });
    const bad = [
      { id: "a", n: 1 },
      { id: "b", n: "two" },
      { id: "c", extra: 1 },
    ];
    await expect(table.insert(bad)).rejects.toMatchObject({
      name: "PartialFailureError",
      errors: [
        { errors: [{ reason: "stopped" }], row: bad[0] },
        { errors: [{ reason: "invalid" }], row: bad[1] },
        { errors: [{ reason: "invalid", message: "no such field: extra." }], row: bad[2] },
      ],
    });
    expect((await table.getRows())[0]).toEqual([]);
    await expect(table.insert(bad, { skipInvalidRows: true, partialRetries: 0 })).rejects.toMatchObject({
      name: "PartialFailureError",
    });
    expect((await table.getRows())[0]).toEqual([{ id: "a", n: 1 }]);
    await table.insert([{ id: "d", extra: 1 }], { ignoreUnknownValues: true });
    expect((await table.getRows())[0]).toHaveLength(2);
  });

  test("that are sent again with their insert ids are not stored again", async () => {
    const [table] = await emulated.client.dataset("ds").createTable("sent_twice", { schema: "id:STRING" });
    const rows = [
      { insertId: "1", json: { id: "a" } },
      { insertId: "2", json: { id: "b" } },
    ];
    await table.insert(rows, { raw: true });
    await table.insert([...rows, { insertId: "3", json: { id: "c" } }], { raw: true });
    expect((await table.getRows())[0].map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("into a table that is missing are refused", async () => {
    await expect(
      emulated.client
        .dataset("ds")
        .table("missing")
        .insert([{ id: "a" }]),
    ).rejects.toMatchObject({ code: 404 });
  });
});

describe("rows read from a table", () => {
  test("come page by page, from any row on, and only the fields asked for", async () => {
    await emulated.client.query(
      "CREATE TABLE ds.listed AS SELECT n, 'x' AS s FROM UNNEST(GENERATE_ARRAY(1, 10)) AS n ORDER BY n",
    );
    const list = async (query: string) => (await emulated.fetch("GET", `datasets/ds/tables/listed/data?${query}`)).body;
    const first = await list("maxResults=4");
    expect(first).toMatchObject({ totalRows: "10" });
    expect(first.rows).toHaveLength(4);
    const second = await list(`maxResults=4&pageToken=${first.pageToken}`);
    expect(second.rows[0]).toEqual({ f: [{ v: "5" }, { v: "x" }] });
    const last = await list("startIndex=9&selectedFields=n");
    expect(last.rows).toEqual([{ f: [{ v: "10" }] }]);
    expect(last.pageToken).toBeUndefined();
    const [all] = await emulated.client.dataset("ds").table("listed").getRows();
    expect(all.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe("a file that comes with the request", () => {
  test("is loaded, by the client's own upload", async () => {
    const file = join(emulated.folder, "rows.json");
    await writeFile(file, '{"id":"a","data":{"x":1.0}}\r\n{"id":"b"}');
    const [table] = await emulated.client.dataset("ds").createTable("uploaded", {
      schema: [
        { name: "id", type: "STRING" },
        { name: "data", type: "JSON" },
      ],
    });
    const [metadata] = await table.load(file, { sourceFormat: "NEWLINE_DELIMITED_JSON" });
    expect(metadata.status?.state).toBe("DONE");
    expect((await table.getRows())[0]).toEqual([
      { id: "a", data: '{"x":1.0}' },
      { id: "b", data: null },
    ]);
  });

  test("is loaded from the pieces of a resumable upload", async () => {
    const [table] = await emulated.client.dataset("ds").createTable("pieces", { schema: "id:STRING,n:INTEGER" });
    const url = `${emulated.server.url}/resumable/upload/bigquery/v2/projects/${project}/jobs?uploadType=resumable`;
    const configuration = { load: { destinationTable: { datasetId: "ds", tableId: "pieces" }, sourceFormat: "CSV" } };
    const begun = await fetch(url, { method: "POST", body: JSON.stringify({ configuration }) });
    const session = begun.headers.get("location") ?? "";
    const content = "a,1\nb,2\n";
    const put = (from: number, to: number, total: number | "*") =>
      fetch(session, {
        method: "PUT",
        body: content.slice(from, to),
        headers: { "content-range": `bytes ${from}-${to - 1}/${total}` },
      });
    const first = await put(0, 5, "*");
    expect([first.status, first.headers.get("range")]).toEqual([308, "bytes=0-4"]);
    const asked = await fetch(session, { method: "PUT", headers: { "content-range": "bytes */8" } });
    expect([asked.status, asked.headers.get("range")]).toEqual([308, "bytes=0-4"]);
    const last = await put(5, 8, 8);
    expect(last.status).toBe(200);
    await emulated.server.whenIdle();
    expect((await table.getRows())[0]).toEqual([
      { id: "a", n: 1 },
      { id: "b", n: 2 },
    ]);
  });
});
