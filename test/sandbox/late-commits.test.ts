import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { folderOf, students } from "./client.ts";
import { type Discovered, discover, numbersOf } from "./discovered.ts";

const data = { 2026: await folderOf({ "students.jsonl": students(5) }) };
const newest = async (api: Discovered) => {
  const { json } = await api.changes("availableChangeVersions");
  return json.newestChangeVersion ?? json.NewestChangeVersion;
};
const insert = (number: number) =>
  ({ op: "insert", resource: "students", record: { studentUniqueId: `s${number}` } }) as const;

test.each(profileNames)("S4 %s: a version is given out before its row can be seen", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "reserve", name: "open" });
  await api.sandbox.apply(insert(7));
  expect(await newest(api)).toBe(7);
  expect(numbersOf((await api.data("students?minChangeVersion=6&maxChangeVersion=7")).json)).toEqual([7]);
  await api.sandbox.apply({ ...insert(6), reserved: "open" });
  expect(await newest(api)).toBe(7);
  expect(numbersOf((await api.data("students?minChangeVersion=6&maxChangeVersion=6")).json)).toEqual([6]);
  // Whoever goes on from the newest version they saw never meets the row.
  expect((await api.data("students?minChangeVersion=8")).json).toEqual([]);
});

test.each(profileNames)("S4 %s: updates and deletions may be late as well", async (profile) => {
  await using api = await discover({ data, profile });
  const key = (number: number) => ({ studentUniqueId: `s${number}` });
  await api.sandbox.apply([
    { op: "reserve", name: "update" },
    { op: "reserve", name: "delete" },
    insert(8),
    { op: "update", resource: "students", key: key(1), set: { firstName: "Late" }, reserved: "update" },
    { op: "delete", resource: "students", key: key(2), reserved: "delete" },
  ]);
  expect(await newest(api)).toBe(8);
  expect(numbersOf((await api.data("students?minChangeVersion=6&maxChangeVersion=6")).json)).toEqual([1]);
  const [line] = (await api.data("students/deletes")).json;
  expect(line.changeVersion ?? line.ChangeVersion).toBe(7);
});

test("S4 a late row appears in the middle of a walk by script", async () => {
  await using api = await discover({ data, profile: "ods-6.1" });
  await api.sandbox.apply([{ op: "reserve", name: "open" }, insert(9)]);
  await api.control("POST", "faults", {
    match: { resource: "students", nth: 2 },
    apply: [{ ...insert(0), reserved: "open" }],
  });
  const page = async (offset: number) =>
    numbersOf((await api.data(`students?maxChangeVersion=7&limit=3&offset=${offset}`)).json);
  expect([await page(3), await page(0)]).toEqual([
    [4, 5, 9],
    [0, 1, 2],
  ]);
});

test.each(profileNames)(
  "S4 %s: one sequence numbers all resources, and an identical write takes no number",
  async (profile) => {
    const folder = await folderOf({ "students.jsonl": students(2), "staffs.jsonl": [{ id: "a", staffUniqueId: "1" }] });
    await using api = await discover({
      data: { 2026: folder },
      profile,
      claims: { "*": { create: true, update: true } },
    });
    const json = { method: "POST", headers: { "content-type": "application/json" } };
    const send = async (resource: string, record: object) =>
      (await api.data(resource, { ...json, body: JSON.stringify(record) })).status;
    expect(await newest(api)).toBe(3);
    expect(await send("students", { studentUniqueId: "s3", firstName: "Ida" })).toBe(201);
    expect(await send("staffs", { staffUniqueId: "1", firstName: "Kay" })).toBe(200);
    expect(await newest(api)).toBe(5);
    expect(await send("students", { firstName: "Ida", studentUniqueId: "s3" })).toBe(200);
    expect(await newest(api)).toBe(5);
  },
);
