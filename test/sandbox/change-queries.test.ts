import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { at, type Connected, connect, folderOf, students } from "./client.ts";

let api: Connected;

beforeAll(async () => {
  api = await connect({ data: await folderOf({ "students.jsonl": students(30) }), maxPageSize: 5 });
  await api.sandbox.apply(
    [3, 1, 2, 9, 8, 7, 6].map((number) => ({
      op: "delete",
      resource: "students",
      key: { studentUniqueId: `s${number}` },
    })),
  );
});
afterAll(async () => {
  await api.sandbox.close();
});

const deletes = async (query: string) => await api.get(`${at("students")}/deletes?${query}`);
const keys = (json: { keyValues: { studentUniqueId: string } }[]) => json.map((line) => line.keyValues.studentUniqueId);

test("Deletes come in the order of their versions, paged by limit and offset", async () => {
  expect(keys((await deletes("")).json)).toEqual(["s3", "s1", "s2", "s9", "s8"]);
  const { json, headers } = await deletes("offset=5&limit=5&totalCount=true");
  expect(keys(json)).toEqual(["s7", "s6"]);
  expect(headers.get("total-count")).toBe("7");
  expect((await deletes("offset=7")).json).toEqual([]);
});

test("The window of deletes has both its ends in it", async () => {
  expect(keys((await deletes("minChangeVersion=32&maxChangeVersion=34")).json)).toEqual(["s1", "s2", "s9"]);
  expect((await deletes("minChangeVersion=38")).json).toEqual([]);
  expect(
    (await deletes("minChangeVersion=32&maxChangeVersion=34&totalCount=true&limit=1")).headers.get("total-count"),
  ).toBe("3");
});

test.each([
  ["limit=0", ["Limit must be omitted or set to a value between 1 and 5."]],
  ["limit=6", ["Limit must be omitted or set to a value between 1 and 5."]],
  [
    "offset=-1&limit=0",
    ["Limit must be omitted or set to a value between 1 and 5.", "Offset must be greater than or equal to 0."],
  ],
])("%s on a feed of changes lists all that is wrong", async (query, errors) => {
  for (const feed of ["deletes", "keyChanges"]) {
    const { status, json } = await api.get(`${at("students")}/${feed}?${query}`);
    expect(status).toBe(400);
    expect(json).toMatchObject({ detail: "Parameters supplied to the request were invalid.", errors });
  }
});

test("Deleted rows leave no gap in offsets, tokens or counts", async () => {
  const { json, headers } = await api.get(`${at("students")}?totalCount=true&limit=4`);
  expect(json.map((row: { studentUniqueId: string }) => row.studentUniqueId)).toEqual(["s4", "s5", "s10", "s11"]);
  expect(headers.get("total-count")).toBe("23");
  const next = await api.get(`${at("students")}?pageSize=2&pageToken=${headers.get("next-page-token")}`);
  expect(next.json.map((row: { studentUniqueId: string }) => row.studentUniqueId)).toEqual(["s12", "s13"]);
});

test("A token stays good while rows before and after it come and go", async () => {
  await using other = await connect({ data: await folderOf({ "students.jsonl": students(6) }), maxPageSize: 3 });
  const first = await other.get(at("students"));
  await other.sandbox.apply([
    { op: "delete", resource: "students", key: { studentUniqueId: "s1" } },
    { op: "delete", resource: "students", key: { studentUniqueId: "s4" } },
    { op: "insert", resource: "students", record: { studentUniqueId: "s7" } },
  ]);
  const second = await other.get(`${at("students")}?pageSize=3&pageToken=${first.headers.get("next-page-token")}`);
  expect(second.json.map((row: { studentUniqueId: string }) => row.studentUniqueId)).toEqual(["s5", "s6", "s7"]);
});

test("A window with partitions and tokens holds exactly its rows", async () => {
  await using other = await connect({ data: await folderOf({ "students.jsonl": students(20) }), maxPageSize: 3 });
  await other.sandbox.apply([
    { op: "update", resource: "students", key: { studentUniqueId: "s6" }, set: { firstName: "x" } },
    { op: "update", resource: "students", key: { studentUniqueId: "s20" }, set: { firstName: "x" } },
  ]);
  const window = "minChangeVersion=5&maxChangeVersion=21";
  const { json } = await other.get(`${at("students")}/partitions?number=4&allowSmallPartitions=true&${window}`);
  const seen: string[] = [];
  for (const first of json.pageTokens) {
    let next: string | null = first;
    while (next !== null) {
      const page = await other.get(`${at("students")}?pageSize=2&pageToken=${next}&${window}`);
      seen.push(...page.json.map((row: { studentUniqueId: string }) => row.studentUniqueId));
      next = page.headers.get("next-page-token");
    }
  }
  expect(json.pageTokens).toHaveLength(4);
  expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => `s${index + 5}`));
});
