import { afterEach, expect, test } from "@jest/globals";
import { profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { objectNames } from "../../shared/control/place.ts";
import {
  deliver,
  district,
  idsOf,
  message,
  onlyManifest,
  studentIds,
  studentRequests,
  watermark,
  worldOf,
} from "../extract/district.ts";

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

const id = (number: number): string => number.toString(16).padStart(32, "0");

/** Records, by number, that the source answers with 500 wherever they are. */
function poisoned(served: Sandbox, numbers: readonly number[]): void {
  served.addFaults(
    numbers.map((number) => ({
      match: { resource: "students", contains: `"${id(number)}"` },
      respond: { status: 500, problem: true as const },
    })),
  );
}

const places: readonly (readonly [string, readonly number[]])[] = [
  ["in the middle", [31]],
  ["the first", [1]],
  ["the last", [60]],
  ["three side by side", [20, 21, 22]],
  ["far apart", [7, 55]],
];

test.each(profileNames.flatMap((profile) => places.map(([where, numbers]) => [profile, where, numbers] as const)))(
  "E49 %s: a record it cannot give is left out where the source allows that, %s, and the run says which",
  async (profile, _, numbers) => {
    sandbox = await district(60, { profile, maxPageSize: 20 });
    poisoned(sandbox, numbers);
    const world = worldOf(sandbox, { page_size: 20, unreadable_records: "skip", concurrency: 2 });
    expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 60 - numbers.length });
    const left = studentIds(60).filter((each) => !numbers.some((number) => id(number) === each));
    expect([...new Set(idsOf(world))]).toEqual(left);
    const manifest = onlyManifest(world);
    expect(manifest).toMatchObject({ api_total_count: 60, error: null });
    expect(manifest.skipped?.map(({ offset }) => offset).sort((a, b) => a - b)).toHaveLength(numbers.length);
    expect(world.log.lines).toContainEqual({
      message: "records were left out that the source cannot give",
      fields: expect.objectContaining({ count: numbers.length }),
    });
  },
);

test.each(profileNames)("E49 %s: the record beside the one that was left out is told", async (profile) => {
  sandbox = await district(9, { profile, maxPageSize: 20 });
  poisoned(sandbox, [5]);
  const world = worldOf(sandbox, { unreadable_records: "skip" });
  expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 8 });
  expect(onlyManifest(world).skipped).toEqual([{ offset: 4, beside: id(6) }]);
});

test.each(profileNames)(
  "E49 %s: a source that fails at many records is unwell, and nothing of it is loaded",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 20 });
    poisoned(
      sandbox,
      Array.from({ length: 30 }, (_, n) => n + 11),
    );
    const world = worldOf(sandbox, { page_size: 20, unreadable_records: "skip" });
    expect(await deliver(world, message("students"))).toMatchObject({ status: "failed", rows: 0 });
    expect(onlyManifest(world)).toMatchObject({ parts: [] });
    expect(onlyManifest(world).skipped).toBeUndefined();
  },
);

test.each(profileNames)(
  "E49 %s: a source that answers 500 to everything is not taken for one with bad records",
  async (profile) => {
    sandbox = await district(9, { profile });
    sandbox.addFaults({ match: { resource: "students" }, respond: { status: 500, problem: true } });
    const world = worldOf(sandbox, { unreadable_records: "skip" });
    expect(await deliver(world, message("students"))).toMatchObject({ status: "failed", rows: 0 });
  },
);

test.each(profileNames)("E49 %s: a deletion that it cannot tell is never left out", async (profile) => {
  sandbox = await district(12, { profile });
  await sandbox.apply({ op: "delete", resource: "students", id: id(5) });
  sandbox.addFaults({ match: { path: "/deletes$" }, respond: { status: 500, problem: true } });
  const world = worldOf(sandbox, { unreadable_records: "skip" });
  const place = { source: "d1", endpoint: "students", schoolYear: 2011 };
  world.control.put(objectNames.watermark(place), watermark("students", "12"));
  expect(await deliver(world, message("students"))).toMatchObject({ status: "failed", rows: 0 });
});

test.each(profileNames)(
  "E49 %s: killed again and again, a run leaves out the same record and no other",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 20 });
    poisoned(sandbox, [31]);
    const world = worldOf(sandbox, { page_size: 20, unreadable_records: "skip" }, { partBytes: 1, attemptsMax: 40 });
    const { http } = world.ports;
    let requests = 0;
    const dying: typeof http = async (request) => {
      requests += 1;
      if (requests % 25 === 0) throw new Error("killed");
      return http(request);
    };
    const killed = { ...world, ports: { ...world.ports, http: dying } };
    expect(await deliver(killed, message("students"))).toMatchObject({ status: "complete", rows: 59 });
    expect(onlyManifest(world).skipped).toHaveLength(1);
    expect(idsOf(world)).not.toContain(id(31));
  },
);
