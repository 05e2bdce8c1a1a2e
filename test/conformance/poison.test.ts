import { afterEach, expect, test } from "@jest/globals";
import { profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { deliver, district, idsOf, message, onlyManifest, studentRequests, worldOf } from "../extract/district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const poison = "61".padStart(32, "0");

test.each(profileNames)(
  "E49 %s: a record it cannot give is closed in on by smaller pages, and reported",
  async (profile) => {
    sandbox = await district(150, { profile, maxPageSize: 100 });
    sandbox.addFaults({ match: { resource: "students", contains: poison }, respond: { status: 500, problem: true } });
    const world = worldOf(sandbox, { page_size: 100 });
    expect(await deliver(world, message("students"))).toMatchObject({ status: "failed", rows: 0 });
    // Policy: the run fails, and nothing of it is loaded; which rows may be missing is never guessed.
    expect(onlyManifest(world)).toMatchObject({ parts: [], rows: 0 });
    expect(onlyManifest(world).error).toMatch(/500 even for a page of [12] of \/.*students, .*Ask its host/);
    const sizes = studentRequests(sandbox).map(({ query }) =>
      Number(query.get("pageSize") ?? query.get("limit") ?? 100),
    );
    expect(Math.min(...sizes.filter((size) => size > 0))).toBeLessThanOrEqual(2);
  },
);

test.each(profileNames)("E49 %s: once the record is well again, the run goes on where it was", async (profile) => {
  sandbox = await district(150, { profile, maxPageSize: 100 });
  sandbox.addFaults({ match: { resource: "students", contains: poison }, respond: { status: 500 }, times: 12 });
  const world = worldOf(sandbox, { page_size: 100 });
  expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 150 });
  expect(new Set(idsOf(world)).size).toBe(150);
});
