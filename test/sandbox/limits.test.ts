import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { folderOf, students } from "./client.ts";
import { discover } from "./discovered.ts";

const data = { 2026: await folderOf({ "students.jsonl": students(30), "staffs.jsonl": [] }) };
const old =
  "Limit must be omitted or set to a value between 1 and max value defined in configuration file (defaultPageSizeLimit).";

test.each(profileNames)("S8 %s: a limit of 0 is a page without rows, and the way to a cheap count", async (profile) => {
  await using api = await discover({ data, profile, maxPageSize: 10 });
  const { status, json, headers } = await api.data("students?limit=0&totalCount=true");
  expect([status, json, headers.get("total-count")]).toEqual([200, [], "30"]);
  expect((await api.data("staffs?totalCount=true")).headers.get("total-count")).toBe("0");
  expect((await api.data("students?limit=1")).headers.get("total-count")).toBeNull();
});

test.each(profileNames)("S8 %s: the count is that of the window and filters, whatever the page", async (profile) => {
  await using api = await discover({ data, profile, maxPageSize: 10 });
  const count = async (query: string) =>
    (await api.data(`students?totalCount=true&${query}`)).headers.get("total-count");
  expect(await count("minChangeVersion=11&maxChangeVersion=25&limit=2")).toBe("15");
  expect(await count("offset=40")).toBe("30");
  expect(await count("studentUniqueId=s7")).toBe("1");
});

test.each([
  ["ods-5.3", old],
  ["ods-6.1", old],
  ["ods-7.1", old],
  ["ods-7.3", "Limit must be a value between 0 and 10."],
  ["dms-8", "Limit must be a value between 0 and 10."],
] as const)("S8 %s: a limit over the host's largest page is a 400 in its words", async (profile, message) => {
  await using api = await discover({ data, profile, maxPageSize: 10 });
  for (const limit of [11, -1, 5000]) {
    const { status, json } = await api.data(`students?limit=${limit}`);
    expect([status, json.message ?? json.errors[0]]).toEqual([400, message]);
  }
  expect((await api.data("students?offset=-1")).status).toBe(400);
  expect((await api.data("students?limit=10")).json).toHaveLength(10);
});

test.each(profileNames)("S8 %s: beyond the end there is an empty page and no error", async (profile) => {
  await using api = await discover({ data, profile, maxPageSize: 10 });
  for (const offset of [30, 31, 100000]) {
    const { status, json } = await api.data(`students?offset=${offset}`);
    expect([status, json]).toEqual([200, []]);
  }
});

test.each(["ods-6.1", "ods-7.1", "ods-7.3", "dms-8"] as const)(
  "S8 %s: feeds of changes check their limit in their own words",
  async (profile) => {
    await using api = await discover({ data, profile, maxPageSize: 10 });
    for (const limit of [0, 11]) {
      const { status, text } = await api.data(`students/deletes?limit=${limit}`);
      expect(status).toBe(400);
      expect(text).toContain("Limit must be omitted or set to a value between 1 and 10.");
    }
  },
);

test("S8 ods-5.3: deletes take any limit, and count nothing", async () => {
  await using api = await discover({ data, profile: "ods-5.3", maxPageSize: 10 });
  await api.sandbox.apply(students(28).map(({ id }) => ({ op: "delete", resource: "students", id }) as const));
  const all = await api.data("students/deletes?limit=5000&totalCount=true");
  expect([all.status, all.json.length, all.headers.get("total-count")]).toEqual([200, 28, null]);
  expect((await api.data("students/deletes")).json).toHaveLength(10);
  await using large = await discover({ data, profile: "ods-5.3" });
  await large.sandbox.apply(students(28).map(({ id }) => ({ op: "delete", resource: "students", id }) as const));
  expect((await large.data("students/deletes")).json).toHaveLength(25);
});

test.each([
  ["ods-5.3", 200],
  ["ods-6.1", 200],
  ["ods-7.1", 200],
  ["ods-7.3", 200],
  ["dms-8", 400],
] as const)("S8 %s: a window that ends before it begins is answered with %i", async (profile, expected) => {
  await using api = await discover({ data, profile });
  const { status, json } = await api.data("students?minChangeVersion=9&maxChangeVersion=8");
  expect(status).toBe(expected);
  expect(expected === 200 ? json : []).toEqual([]);
});

test.each(profileNames)("S8 %s: the largest page is told by the description of the API", async (profile) => {
  await using api = await discover({ data, profile, maxPageSize: 10 });
  const list = (await api.get(api.document.urls.openApiMetadata)).json;
  const { endpointUri } = list.find(({ name }: { name: string }) => name === "Resources");
  const { json } = await api.get(endpointUri);
  const limit = (json.parameters ?? json.components.parameters).limit;
  expect((limit.schema ?? limit).maximum).toBe(10);
  expect("swagger" in json).toBe(profile === "ods-5.3" || profile === "ods-6.1");
  expect(json.tags).toContainEqual({ name: "students", description: expect.any(String) });
  expect(json.paths["/ed-fi/students"].get.tags).toEqual(["students"]);
  const hasCursor = profile === "ods-7.3" || profile === "dms-8";
  expect("/ed-fi/students/partitions" in json.paths).toBe(hasCursor);
  expect(Object.keys(json.paths)).toContain("/ed-fi/students/deletes");
});
