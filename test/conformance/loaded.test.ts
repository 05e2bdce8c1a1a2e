import { afterEach, expect, test } from "@jest/globals";
import { type ChangeInput, profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type ExtractPorts, extract } from "../../shared/extract/extract.ts";
import { load } from "../../shared/load/load.ts";
import type { MessageOrigin } from "../../shared/messages/extract.ts";
import { district, message, studentRequests, worldOf } from "../extract/district.ts";
import { connectors } from "../fakes/extract-world.ts";
import { type LoadWorld, loadWorld, place } from "../load/world.ts";
import { school } from "../sandbox/school.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const id = (number: number): string => number.toString(16).padStart(32, "0");

/** Extracts and loads what is to be had of an endpoint, as the message of an hour. */
async function night(
  served: Sandbox,
  world: LoadWorld,
  hour: number,
  endpoint = "students",
  more: Partial<ExtractPorts> = {},
): Promise<void> {
  const from: MessageOrigin = { messageId: String(hour), publishedAt: new Date(Date.UTC(2026, 10, 21, hour)) };
  const clock = { now: () => new Date(from.publishedAt.getTime() + 1000), sleep: async () => undefined };
  const extraction = worldOf(served, {}, { clock, ...more }, world.buckets);
  const { runId } = await extract(message(endpoint), from, extraction.ports);
  await load({ name: objectNames.manifest({ ...place, endpoint }, runId ?? "") }, world.ports);
}

function current(world: LoadWorld, endpoint = "students"): Record<string, unknown>[] {
  return world.warehouse.current("edfi", endpoint, "d1", 2011).map(({ data }) => data);
}

/** Loads twelve students, changes something, loads what changed. */
async function after(profile: Sandbox | undefined, changes: readonly ChangeInput[]): Promise<LoadWorld> {
  if (!profile) throw new Error("no sandbox");
  const world = loadWorld();
  await night(profile, world, 1);
  await profile.apply([...changes]);
  await night(profile, world, 2);
  return world;
}

test.each(profileNames)("E32 %s: the row at the border of two windows is there once", async (profile) => {
  sandbox = await district(12, { profile });
  const world = await after(sandbox, [{ op: "update", resource: "students", id: id(12), set: { firstName: "New" } }]);
  const ids = current(world).map((row) => row.id);
  expect(ids).toHaveLength(12);
  expect(new Set(ids).size).toBe(12);
  expect(current(world).find((row) => row.id === id(12))).toMatchObject({ firstName: "New" });
});

test.each(profileNames)("E36 %s: a record deleted and made again is there once, as the new row", async (profile) => {
  sandbox = await district(12, { profile });
  const world = await after(sandbox, [{ op: "recreate", resource: "students", id: id(3), newId: id(300) }]);
  const ids = current(world).map((row) => row.id);
  expect(ids).toHaveLength(12);
  expect(ids).toContain(id(300));
  expect(ids).not.toContain(id(3));
});

test.each(profileNames)("E35 %s: a deleted record is gone", async (profile) => {
  sandbox = await district(12, { profile });
  const world = await after(sandbox, [{ op: "delete", resource: "students", id: id(3) }]);
  expect(current(world).map((row) => row.id)).not.toContain(id(3));
  expect(current(world)).toHaveLength(11);
});

test.each(profileNames)("E56 %s: a column that nobody knew is loaded with its row", async (profile) => {
  sandbox = await district(12, { profile });
  const world = await after(sandbox, [
    { op: "update", resource: "students", id: id(3), set: { shoeSize: 37, _ext: { tx: { house: "Gryphon" } } } },
  ]);
  expect(current(world)).toHaveLength(12);
  expect(current(world).find((row) => row.id === id(3))).toMatchObject({
    shoeSize: 37,
    _ext: { tx: { house: "Gryphon" } },
  });
});

test.each(profileNames)("E54 %s: objects that no manifest lists are not loaded", async (profile) => {
  sandbox = await district(12, { profile });
  const world = loadWorld();
  world.buckets.landing.put(objectNames.part(place, "dead", "000-00000-1"), "left by an attempt that was killed");
  await night(sandbox, world, 1);
  expect(current(world)).toHaveLength(12);
  expect(world.warehouse.raw.get("raw_edfi.students")).toHaveLength(12);
});

test.each(profileNames)(
  "E26 %s: a row committed late, below the watermark, is loaded with the next run",
  async (profile) => {
    sandbox = await district(12, { profile });
    await sandbox.apply([
      { op: "reserve", name: "open" },
      { op: "update", resource: "students", id: id(1), set: { firstName: "Later" } },
    ]);
    const world = loadWorld();
    await night(sandbox, world, 1);
    expect(world.watermark()?.change_version).toBe("14");
    const late = { op: "insert" as const, resource: "students", record: { studentUniqueId: "late" }, id: id(77) };
    const [, written] = await sandbox.apply([
      { op: "update", resource: "students", id: id(2), set: { firstName: "Later still" } },
      { ...late, reserved: "open" },
    ]);
    expect(written?.changeVersion).toBe(13n);
    await night(sandbox, world, 2);
    expect(current(world).map((row) => row.id)).toContain(id(77));
  },
);

/** The connector with an overlap so small that windows show. */
const narrow: Partial<ExtractPorts> = {
  connectors: new Map(
    [...connectors].map(([name, connector]) => {
      const { changes } = connector;
      return [
        name,
        { ...connector, changes: changes.type === "change_versions" ? { ...changes, overlap: 2 } : changes },
      ];
    }),
  ),
};

test.each(profileNames)("E39 %s: after a full run, deletions are read from its version on", async (profile) => {
  sandbox = await district(12, { profile });
  await sandbox.apply([1, 2, 3, 4].map((number) => ({ op: "delete", resource: "students", id: id(number) })));
  const world = loadWorld();
  await night(sandbox, world, 1, "students", narrow);
  // What a full run reads is what is there: there is no deletion to ask for.
  expect(studentRequests(sandbox).filter(({ path }) => path.endsWith("/deletes"))).toEqual([]);
  await sandbox.apply({ op: "delete", resource: "students", id: id(5) });
  await night(sandbox, world, 2, "students", narrow);
  const feeds = studentRequests(sandbox).filter(({ path }) => /\/(deletes|keyChanges)$/.test(path));
  expect(new Set(feeds.map(({ query }) => query.get("minChangeVersion")))).toEqual(new Set(["15"]));
  expect(new Set(feeds.map(({ query }) => query.get("maxChangeVersion")))).toEqual(new Set(["17"]));
  expect(current(world)).toHaveLength(7);
});

/** Keys of the sections in the warehouse by their ids. */
function sectionsOf(world: LoadWorld): Record<string, unknown> {
  return Object.fromEntries(current(world, "sections").map((row) => [row.id, row.sectionIdentifier]));
}

const rename = (record: string, sectionIdentifier: string): ChangeInput => {
  return { op: "keyChange", resource: "sections", id: record, newKey: { sectionIdentifier } };
};
const section = (sectionIdentifier: string): Record<string, unknown> => {
  const offering = { localCourseCode: "ALG-1", schoolId: 1, schoolYear: 2026, sessionName: "Fall" };
  return { sectionIdentifier, courseOfferingReference: offering };
};
const orders: readonly (readonly [string, readonly ChangeInput[], Record<string, string>])[] = [
  ["a key is changed", [rename("e1", "NEW")], { e1: "NEW", e2: "ALG-1-02" }],
  [
    "a key is changed and another record takes the old one",
    [rename("e1", "NEW"), { op: "insert", resource: "sections", record: section("ALG-1-01"), id: "e3" }],
    { e1: "NEW", e2: "ALG-1-02", e3: "ALG-1-01" },
  ],
  [
    "a record is deleted and another takes its key",
    [{ op: "delete", resource: "sections", id: "e1" }, rename("e2", "ALG-1-01")],
    { e2: "ALG-1-01" },
  ],
  [
    "two records exchange their keys",
    [rename("e1", "ASIDE"), rename("e2", "ALG-1-01"), rename("e1", "ALG-1-02")],
    { e1: "ALG-1-02", e2: "ALG-1-01" },
  ],
  [
    "a record is renamed and then deleted",
    [rename("e1", "NEW"), { op: "delete", resource: "sections", id: "e1" }],
    { e2: "ALG-1-02" },
  ],
];

test.each(
  profileNames.flatMap((profile) =>
    orders.map(([what, changes, expected]) => [profile, what, changes, expected] as const),
  ),
)("E37 %s: when %s, the warehouse has each record once under its key", async (profile, _, changes, expected) => {
  sandbox = await district(school, { profile });
  const world = loadWorld();
  await night(sandbox, world, 1, "sections");
  await sandbox.apply([...changes]);
  await night(sandbox, world, 2, "sections");
  expect(sectionsOf(world)).toEqual(expected);
  // A second look, which reads the same overlap again, changes nothing.
  await night(sandbox, world, 3, "sections");
  expect(sectionsOf(world)).toEqual(expected);
});
