import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { type Discovered, discover } from "./discovered.ts";

const resources = ["schools", "students", "sections", "studentSectionAttendanceEvents"];

const counts = async (api: Discovered) => {
  const all = await Promise.all(
    resources.map(async (name) =>
      Number((await api.data(`${name}?limit=0&totalCount=true`)).headers.get("total-count")),
    ),
  );
  return all.reduce((sum, count) => sum + count, 0);
};

test.each([
  ["S", 1_000],
  ["M", 100_000],
  ["L", 5_000_000],
] as const)("S17 size %s has %i rows, the same in every sandbox", async (size, rows) => {
  await using one = await discover({ size });
  expect(await counts(one)).toBe(rows);
  await using other = await discover({ size });
  const hash = async (api: Discovered) => {
    const pages = await Promise.all(
      resources.map(async (name) => (await api.data(`${name}?offset=${name === "schools" ? 0 : 15}&limit=40`)).text),
    );
    return createHash("sha256").update(pages.join("\n")).digest("hex");
  };
  expect(await hash(other)).toBe(await hash(one));
});

test.each(profileNames)("S17 %s: the last of five million rows costs no more than the first", async (profile) => {
  await using api = await discover({ size: "L", profile });
  const events = "studentSectionAttendanceEvents";
  expect((await api.data(`${events}?offset=4944975&limit=10`)).json).toHaveLength(5);
  const { json } = await api.changes("availableChangeVersions");
  const newest = json.newestChangeVersion ?? json.NewestChangeVersion;
  expect(newest).toBe(5_000_000);
  expect((await api.data(`${events}?minChangeVersion=${newest - 2}`)).json).toHaveLength(3);
});
