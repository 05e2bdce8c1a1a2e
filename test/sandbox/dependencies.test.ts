import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { discover } from "./discovered.ts";
import { schoolFolder } from "./school.ts";

interface Line {
  readonly resource: string;
  readonly order: number;
  readonly operations: readonly string[];
}

const data = { 2026: schoolFolder };

test.each(profileNames)(
  "S11 %s: people are created early and updated after the association that allows it",
  async (profile) => {
    await using api = await discover({ data, profile });
    const lines: Line[] = (await api.get(api.document.urls.dependencies)).json;
    const students = lines.filter(({ resource }) => resource === "/ed-fi/students").sort((a, b) => a.order - b.order);
    expect(students.map(({ operations }) => operations)).toEqual([["Create"], ["Update"]]);
    const gate = lines.find(({ resource }) => resource === "/ed-fi/studentSchoolAssociations")?.order ?? 0;
    expect(students[0]?.order).toBeLessThan(gate);
    expect(students[1]?.order).toBeGreaterThan(gate);
  },
);

test.each([
  ["ods-5.3", true],
  ["ods-6.1", false],
  ["ods-7.1", true],
  ["ods-7.3", true],
  ["dms-8", true],
] as const)("S11 %s: whether the lines come in order is %s", async (profile, sorted) => {
  await using api = await discover({ data, profile });
  const orders = ((await api.get(api.document.urls.dependencies)).json as Line[]).map(({ order }) => order);
  expect(orders.every((order, index) => order >= (orders[index - 1] ?? 0))).toBe(sorted);
});

test("S11 any version may leave its lines unsorted", async () => {
  await using api = await discover({ data, profile: "ods-7.3", sortedDependencies: false });
  const orders = ((await api.get(api.document.urls.dependencies)).json as Line[]).map(({ order }) => order);
  expect(orders).not.toEqual([...orders].sort((one, other) => one - other));
});
