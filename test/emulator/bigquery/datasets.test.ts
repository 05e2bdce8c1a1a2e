import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Emulated } from "./emulated.ts";

let emulated: Emulated;
beforeAll(async () => {
  emulated = await Emulated.start();
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

describe("datasets", () => {
  test("are created with what is said about them, and given back with it", async () => {
    const options = { description: "Raw", labels: { team: "data" } };
    const [dataset] = await emulated.client.createDataset("raw_edfi", options);
    const [metadata] = await dataset.getMetadata();
    expect(metadata).toMatchObject({
      kind: "bigquery#dataset",
      id: "demo:raw_edfi",
      datasetReference: { projectId: "demo", datasetId: "raw_edfi" },
      description: "Raw",
      labels: { team: "data" },
      location: "US",
    });
    expect(Date.now() - Number(metadata.creationTime)).toBeLessThan(60_000);
  });

  test("are not created twice", async () => {
    await emulated.client.createDataset("twice");
    await expect(emulated.client.createDataset("twice")).rejects.toMatchObject({
      code: 409,
      errors: [{ reason: "duplicate", message: "Already Exists: Dataset demo:twice" }],
    });
  });

  test("of one name in two cases are refused, since DuckDB would mix them up", async () => {
    await emulated.client.createDataset("Cased");
    await expect(emulated.client.createDataset("cased")).rejects.toMatchObject({ code: 400 });
  });

  test.each(["has space", "has-dash", "", "information_schema"])("named %j are refused", async (name) => {
    const { status } = await emulated.fetch("POST", "datasets", { datasetReference: { datasetId: name } });
    expect(status).toBe(400);
  });

  test("may be named like DuckDB's own schemas and catalogues", async () => {
    for (const name of ["main", "temp", "memory", "system"]) {
      await emulated.client.createDataset(name);
      await emulated.client.query(`CREATE TABLE ${name}.t AS SELECT 1 AS n`);
      expect(await emulated.rows(`SELECT n FROM ${name}.t`)).toEqual([{ n: 1 }]);
      await emulated.client.dataset(name).delete({ force: true });
    }
  });

  test("are listed page by page, without the emulator's own book", async () => {
    await using other = await Emulated.start();
    const [none] = await other.client.getDatasets();
    expect(none).toEqual([]);
    for (const name of ["a", "b", "c"]) await other.client.createDataset(name);
    const first = await other.fetch("GET", "datasets?maxResults=2");
    expect(first.body.datasets.map((dataset: { id: string }) => dataset.id)).toEqual(["demo:a", "demo:b"]);
    const second = await other.fetch("GET", `datasets?maxResults=2&pageToken=${first.body.nextPageToken}`);
    expect(second.body.datasets).toHaveLength(1);
    expect(second.body.nextPageToken).toBeUndefined();
  });

  test("keep what a patch does not name, and lose what it sets to null", async () => {
    const [dataset] = await emulated.client.createDataset("patched", {
      description: "old",
      labels: { a: "1", b: "2" },
    });
    await dataset.setMetadata({ friendlyName: "Patched", labels: { b: null, c: "3" } } as object);
    const [metadata] = await dataset.getMetadata();
    expect(metadata).toMatchObject({ description: "old", friendlyName: "Patched", labels: { a: "1", c: "3" } });
    expect(metadata.labels).not.toHaveProperty("b");
    const { body } = await emulated.fetch("PUT", "datasets/patched", { description: "new" });
    expect(body).toMatchObject({ description: "new" });
    expect(body.friendlyName).toBeUndefined();
  });

  test("that hold tables are deleted only with their contents", async () => {
    const [dataset] = await emulated.client.createDataset("full");
    await dataset.createTable("t", { schema: "n:INTEGER" });
    await expect(dataset.delete()).rejects.toMatchObject({ code: 400, errors: [{ reason: "resourceInUse" }] });
    await dataset.delete({ force: true });
    expect(await dataset.exists()).toEqual([false]);
  });

  test("that are missing are not found", async () => {
    await expect(emulated.client.dataset("missing").getMetadata()).rejects.toMatchObject({
      code: 404,
      message: "Not found: Dataset demo:missing",
      errors: [{ reason: "notFound", domain: "global" }],
    });
  });

  test("are made, described and dropped in SQL too", async () => {
    await emulated.client.query("CREATE SCHEMA sql_made OPTIONS (description = 'By SQL')");
    const [metadata] = await emulated.client.dataset("sql_made").getMetadata();
    expect(metadata.description).toBe("By SQL");
    await emulated.client.query("CREATE SCHEMA IF NOT EXISTS sql_made");
    await emulated.client.query("DROP SCHEMA sql_made");
    expect(await emulated.client.dataset("sql_made").exists()).toEqual([false]);
  });
});
