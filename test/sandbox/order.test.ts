import { expect, test } from "@jest/globals";
import type { ChangeInput } from "../../sandbox/sandbox.ts";
import { folderOf } from "./client.ts";
import { discover, numbersOf } from "./discovered.ts";

const student = (number: number) => ({
  id: number.toString(16).padStart(32, "0"),
  studentUniqueId: `s${number}`,
  firstName: "First",
});
const added = [5, 2, 9, 1, 7];
const data = {
  2026: await folderOf({
    "students.jsonl": added.map(student),
    "schools.jsonl": [100, 20, 3].map((schoolId) => ({ id: `a${schoolId}`, schoolId })),
  }),
};
const byKey = ["ods-5.3", "ods-6.1", "ods-7.1"] as const;
const byPlace = ["ods-7.3", "dms-8"] as const;
const insert = (number: number) =>
  ({ op: "insert", resource: "students", record: { studentUniqueId: `s${number}` } }) as const;
const remove = (number: number) =>
  ({ op: "delete", resource: "students", key: { studentUniqueId: `s${number}` } }) as const;

test.each(byKey)("S6 %s: pages come in the order of natural keys, wherever rows were added", async (profile) => {
  await using api = await discover({ data, profile });
  expect(numbersOf((await api.data("students")).json)).toEqual([1, 2, 5, 7, 9]);
  await api.sandbox.apply([insert(3), remove(5), insert(8), insert(0)]);
  expect(numbersOf((await api.data("students")).json)).toEqual([0, 1, 2, 3, 7, 8, 9]);
  expect(numbersOf((await api.data("students?offset=2&limit=3")).json)).toEqual([2, 3, 7]);
  expect(numbersOf((await api.data("students?minChangeVersion=1&maxChangeVersion=8")).json)).toEqual([1, 2, 7, 9]);
  const schools = (await api.data("schools")).json.map(({ schoolId }: { schoolId: number }) => schoolId);
  expect(schools).toEqual([3, 20, 100]);
});

test.each(byPlace)("S6 %s: pages come in the order rows were added", async (profile) => {
  await using api = await discover({ data, profile });
  await api.sandbox.apply([insert(3), remove(5), insert(0)]);
  expect(numbersOf((await api.data("students")).json)).toEqual([2, 9, 1, 7, 3, 0]);
});

test("S6 ods-6.1: a key change moves a row to another place", async () => {
  const sections = ["A", "B", "C"].map((name) => ({
    id: `e${name}`,
    sectionIdentifier: name,
    courseOfferingReference: { localCourseCode: "X", schoolId: 1, schoolYear: 2026, sessionName: "Fall" },
  }));
  await using api = await discover({ data: await folderOf({ "sections.jsonl": sections }), profile: "ods-6.1" });
  await api.sandbox.apply({ op: "keyChange", resource: "sections", id: "eA", newKey: { sectionIdentifier: "BB" } });
  const names = (await api.data("sections")).json.map((row: { sectionIdentifier: string }) => row.sectionIdentifier);
  expect(names).toEqual(["B", "BB", "C"]);
});

const update = (number: number) =>
  ({ op: "update", resource: "students", key: { studentUniqueId: `s${number}` }, set: { firstName: "New" } }) as const;

test("S6 dms-8: a plain page below a maxChangeVersion comes by version and looks like the last", async () => {
  await using api = await discover({ data, profile: "dms-8", maxPageSize: 3 });
  await api.sandbox.apply([update(5), update(2)]);
  const bounded = await api.data("students?maxChangeVersion=100&limit=3");
  expect(numbersOf(bounded.json)).toEqual([9, 1, 7]);
  expect(bounded.headers.get("next-page-token")).toBeNull();
  const open = await api.data("students?minChangeVersion=1&limit=3");
  expect(numbersOf(open.json)).toEqual([5, 2, 9]);
  expect(open.headers.get("next-page-token")).not.toBeNull();
});

test("S6 dms-8: the bounded window that begins at a partition is whole", async () => {
  await using api = await discover({ data, profile: "dms-8", maxPageSize: 2 });
  await api.sandbox.apply([update(5), insert(4)]);
  const { json } = await api.data("students/partitions?number=1&maxChangeVersion=8");
  const seen: number[] = [];
  let token: string | null = json.pageTokens[0];
  while (token !== null) {
    const page = await api.data(`students?maxChangeVersion=8&pageSize=2&pageToken=${encodeURIComponent(token)}`);
    seen.push(...numbersOf(page.json));
    token = page.headers.get("next-page-token");
  }
  expect(seen).toEqual([2, 9, 1, 7]);
});

test("S6 ods-7.3: a bounded plain page has its token and its order", async () => {
  await using api = await discover({ data, profile: "ods-7.3", maxPageSize: 3 });
  await api.sandbox.apply([update(5)]);
  const bounded = await api.data("students?maxChangeVersion=100&limit=3");
  expect(numbersOf(bounded.json)).toEqual([5, 2, 9]);
  expect(bounded.headers.get("next-page-token")).not.toBeNull();
});

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/** A student as the plainest model has it. */
interface Known {
  key: string;
  version: number;
}

function change(rows: Known[], random: (below: number) => number, version: number): ChangeInput {
  const place = random(rows.length);
  const row = rows[place];
  const kind = random(3);
  const key = `s${random(1000)}`;
  if (row === undefined || (kind === 0 && !rows.some((each) => each.key === key))) {
    rows.push({ key, version });
    return { op: "insert", resource: "students", record: { studentUniqueId: key, firstName: "x" } };
  }
  if (kind === 1) {
    rows.splice(place, 1);
    return { op: "delete", resource: "students", key: { studentUniqueId: row.key } };
  }
  row.version = version;
  return { op: "update", resource: "students", key: { studentUniqueId: row.key }, set: { firstName: `v${version}` } };
}

const seeds = [1, 2, 3];

test.each(byKey.flatMap((profile) => seeds.map((seed) => [profile, seed] as const)))(
  "S6 %s: after any changes pages and windows are in the order of keys (seed %i)",
  async (profile, seed) => {
    const random = randomNumbers(seed);
    const first = Array.from({ length: 15 }, (_, index) => student((index * 7) % 40));
    const rows: Known[] = first.map(({ studentUniqueId: key }, index) => ({ key, version: index + 1 }));
    await using api = await discover({ data: await folderOf({ "students.jsonl": first }), profile });
    const keys = async (query: string) =>
      (await api.data(`students?limit=100&${query}`)).json.map(
        (row: { studentUniqueId: string }) => row.studentUniqueId,
      );
    for (let version = 16; version < 66; version += 1) {
      await api.sandbox.apply(change(rows, random, version));
      const sorted = [...rows].sort((one, other) => (one.key < other.key ? -1 : 1));
      const min = random(version);
      const window = sorted.filter((row) => row.version >= min && row.version <= min + 20);
      expect(await keys("")).toEqual(sorted.map(({ key }) => key));
      expect(await keys("offset=3")).toEqual(sorted.slice(3).map(({ key }) => key));
      expect(await keys(`minChangeVersion=${min}&maxChangeVersion=${min + 20}`)).toEqual(window.map(({ key }) => key));
    }
  },
);
