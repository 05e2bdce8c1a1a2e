import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { folderOf, students } from "./client.ts";
import { discover } from "./discovered.ts";
import { schoolFolder, schoolRows } from "./school.ts";

const data = { 2026: schoolFolder };
const manyKeys = ["ods-6.1", "ods-7.1", "ods-7.3", "dms-8"] as const;
const first = schoolRows + 1;

test("S7 ods-5.3: a deleted row leaves its id, with hyphens, and a version", async () => {
  const [row] = students(1);
  await using api = await discover({ data: await folderOf({ "students.jsonl": [row] }), profile: "ods-5.3" });
  await api.sandbox.apply({ op: "delete", resource: "students", id: row?.id ?? "" });
  expect((await api.data("students/deletes")).json).toEqual([
    { Id: "00000000-0000-0000-0000-000000000001", ChangeVersion: 2 },
  ]);
});

test.each(manyKeys)("S7 %s: a deleted row leaves its id, a version and its natural key", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "delete", resource: "grades", id: "g1" });
  expect((await api.data("grades/deletes")).json).toEqual([
    {
      id: "g1",
      changeVersion: first,
      keyValues: expect.objectContaining({
        beginDate: "2025-08-18",
        gradeTypeDescriptor: "uri://ed-fi.org/GradeTypeDescriptor#Final",
        sectionIdentifier: "ALG-1-01",
        studentUniqueId: "s1",
      }),
    },
  ]);
});

test.each([
  ["ods-5.3", 1],
  ["ods-6.1", 0],
  ["ods-7.1", 0],
  ["ods-7.3", 0],
  ["dms-8", 0],
] as const)("S7 %s: of a row deleted and made again, %i deletions are told", async (profile, told) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply({ op: "recreate", resource: "students", id: "b1" });
  expect((await api.data("students/deletes")).json).toHaveLength(told);
  expect((await api.data("students")).json).toHaveLength(2);
});

test.each([
  ["ods-5.3", 1],
  ["ods-6.1", 1],
  ["ods-7.1", 1],
  ["ods-7.3", 1],
  ["dms-8", 0],
] as const)("S7 %s: of a descriptor deleted and made again, %i deletions are told", async (profile, told) => {
  const descriptor = { id: "d1", namespace: "uri://ed-fi.org/TermDescriptor", codeValue: "Fall" };
  await using api = await discover({ data: await folderOf({ "termDescriptors.jsonl": [descriptor] }), profile });
  await api.sandbox.apply({ op: "recreate", resource: "termDescriptors", id: "d1" });
  expect((await api.data("termDescriptors/deletes")).json).toHaveLength(told);
});

const renamed = (id: string, sectionIdentifier: string) =>
  ({ op: "keyChange", resource: "sections", id, newKey: { sectionIdentifier } }) as const;

test("S7 ods-5.3: there are no key changes to ask for", async () => {
  await using api = await discover({ data, profile: "ods-5.3" });
  await api.sandbox.apply(renamed("e1", "NEW"));
  expect((await api.data("sections/keyChanges")).status).toBe(404);
});

test.each(manyKeys)("S7 %s: two key changes of a row are one line, from the first key to the last", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply([renamed("e1", "TMP"), renamed("e1", "NEW")]);
  const lines = (await api.data("sections/keyChanges")).json;
  expect(lines).toMatchObject([
    { id: "e1", oldKeyValues: { sectionIdentifier: "ALG-1-01" }, newKeyValues: { sectionIdentifier: "NEW" } },
  ]);
  const [{ changeVersion }] = lines;
  expect((await api.data(`sections/keyChanges?minChangeVersion=${changeVersion}`)).json).toMatchObject([
    { oldKeyValues: { sectionIdentifier: "TMP" }, newKeyValues: { sectionIdentifier: "NEW" } },
  ]);
  expect((await api.data(`sections/keyChanges?minChangeVersion=${changeVersion + 1}`)).json).toEqual([]);
});

test.each([
  ["ods-6.1", []],
  ["ods-7.1", []],
  ["ods-7.3", ["f1"]],
  ["dms-8", ["f1"]],
] as const)(
  "S7 %s: rows that refer to a changed key follow; from 7.3 on with a version of their own",
  async (profile, moved) => {
    await using api = await discover({ data, profile });
    await api.sandbox.apply(renamed("e1", "NEW"));
    const [enrollment] = (await api.data("studentSectionAssociations?sectionIdentifier=NEW")).json;
    expect(enrollment).toMatchObject({ id: "f1", sectionReference: { sectionIdentifier: "NEW" } });
    const bumped = (await api.data(`studentSectionAssociations?minChangeVersion=${first}`)).json;
    expect(bumped.map(({ id }: { id: string }) => id)).toEqual(moved);
    expect((await api.data("studentSectionAssociations/keyChanges")).json).toMatchObject([{ id: "f1" }]);
  },
);

test.each(profileNames)("S7 %s: deletes come by version, in a window with both its ends", async (profile) => {
  await using api = await discover({ data: await folderOf({ "students.jsonl": students(6) }), profile });
  await api.sandbox.apply(
    [4, 2, 6].map((number) => ({ op: "delete", resource: "students", key: { studentUniqueId: `s${number}` } })),
  );
  const versions = async (query: string) =>
    (await api.data(`students/deletes?${query}`)).json.map(
      (line: { changeVersion?: number; ChangeVersion?: number }) => line.changeVersion ?? line.ChangeVersion,
    );
  expect(await versions("")).toEqual([7, 8, 9]);
  expect(await versions("minChangeVersion=8&maxChangeVersion=8")).toEqual([8]);
  expect(await versions("offset=1&limit=1")).toEqual([8]);
});
