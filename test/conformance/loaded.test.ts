import { afterEach, expect, test } from "@jest/globals";
import { type ChangeInput, profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { objectNames } from "../../shared/control/place.ts";
import { extract } from "../../shared/extract/extract.ts";
import { load } from "../../shared/load/load.ts";
import type { MessageOrigin } from "../../shared/messages/extract.ts";
import { district, message, worldOf } from "../extract/district.ts";
import { type LoadWorld, loadWorld, place } from "../load/world.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const id = (number: number): string => number.toString(16).padStart(32, "0");

/** Extracts and loads what is to be had, as the message of an hour. */
async function night(served: Sandbox, world: LoadWorld, hour: number): Promise<void> {
  const from: MessageOrigin = { messageId: String(hour), publishedAt: new Date(Date.UTC(2026, 10, 21, hour)) };
  const clock = { now: () => new Date(from.publishedAt.getTime() + 1000), sleep: async () => undefined };
  const extraction = worldOf(served, {}, { clock }, world.buckets);
  const { runId } = await extract(message("students"), from, extraction.ports);
  await load({ name: objectNames.manifest(place, runId ?? "") }, world.ports);
}

function current(world: LoadWorld): Record<string, unknown>[] {
  return world.warehouse.current("edfi", "students", "d1", 2011).map(({ data }) => data);
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
