import { BigQuery } from "@google-cloud/bigquery";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Emulated, project } from "./emulated.ts";

let emulated: Emulated;

/** The real client, asking for somebody. */
function as(user: string): BigQuery {
  const authClient = {
    getRequestHeaders: async () => new Headers({ authorization: `Bearer emulator-user:${user}` }),
  };
  // biome-ignore lint/suspicious/noExplicitAny: the client wants a whole AuthClient, and uses this one method
  return new BigQuery({ projectId: project, apiEndpoint: emulated.server.url, authClient: authClient as any });
}

const grant = (dataset: string, access: readonly object[]) =>
  emulated.fetch("PATCH", `datasets/${dataset}`, { access });

const denied = { code: 403, errors: [{ reason: "accessDenied" }] };

beforeAll(async () => {
  emulated = await Emulated.start();
  for (const dataset of ["private", "shown"]) await emulated.client.createDataset(dataset);
  await emulated.client.query(
    "create table private.marks as select * from unnest([struct('ana@x.test' as email, 'A' as mark), ('bo@x.test', 'B')])",
  );
  await emulated.client.query("create view shown.mine as select mark from private.marks where email = session_user()");
});
afterAll(async () => await emulated[Symbol.asyncDispose]());

describe("a query for somebody", () => {
  test("is refused until the dataset lets them in, and refused again for the tables behind its views", async () => {
    await expect(as("ana@x.test").query("select * from shown.mine")).rejects.toMatchObject(denied);
    await grant("shown", [{ role: "READER", specialGroup: "allAuthenticatedUsers" }]);
    await expect(as("ana@x.test").query("select * from shown.mine")).rejects.toMatchObject(denied);
  });

  test("reads through a view that was let in, as whoever asks; two who ask at once are not mistaken for each other", async () => {
    await grant("private", [
      { dataset: { dataset: { projectId: project, datasetId: "shown" }, targetTypes: ["VIEWS"] } },
    ]);
    const people = ["ana@x.test", "bo@x.test", "nobody@x.test"];
    const answers = await Promise.all(
      [...people, ...people].map(async (user) => (await as(user).query("select mark from shown.mine"))[0]),
    );
    expect(answers).toEqual([[{ mark: "A" }], [{ mark: "B" }], [], [{ mark: "A" }], [{ mark: "B" }], []]);
    expect((await emulated.client.query("select mark from shown.mine"))[0]).toEqual([]);
  });

  test.each([
    "select * from private.marks",
    "select (select max(mark) from private.marks) as mark",
    "with all_marks as (select * from private.marks) select * from shown.mine cross join all_marks",
    "select * from private.INFORMATION_SCHEMA.TABLES",
    "create table shown.copy as select * from shown.mine",
    "select 1; select * from private.marks",
    "insert into private.marks values ('ana@x.test', 'A+')",
  ])("never reaches past it: %s", async (sql) => {
    await expect(as("ana@x.test").query(sql)).rejects.toMatchObject(denied);
    await expect(as("ana@x.test").createQueryJob({ query: sql, dryRun: true })).rejects.toMatchObject(denied);
  });

  test("is all they may do: tables are neither read row by row nor looked at", async () => {
    await expect(as("ana@x.test").dataset("private").table("marks").getRows()).rejects.toMatchObject(denied);
    await expect(as("ana@x.test").dataset("private").table("marks").getMetadata()).rejects.toMatchObject(denied);
    await expect(as("ana@x.test").dataset("private").table("marks").delete()).rejects.toMatchObject(denied);
  });
});
