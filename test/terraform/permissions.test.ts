import { describe, expect, test } from "@jest/globals";
import { fakeObjectStore } from "../fakes/object-store.ts";
import type { Seams } from "../simulation/seams.ts";
import { simulate } from "../simulation/simulate.ts";
import { readTerraform } from "./configuration.ts";
import { type LandingRights, landingRights, permitted } from "./permissions.ts";

const rights = landingRights(await readTerraform());
const none: LandingRights = { everywhere: new Set(), manifests: new Set() };
const rightsOf = (name: string): LandingRights => rights.get(name) ?? none;

/** A simulated world in which landing refuses what the functions' roles do not allow. */
async function live(seed: number, of: (name: string) => LandingRights) {
  const refused = new Set<string>();
  const callers = new Set<string>();
  const seams: Seams = {
    landing: (store, process) => {
      const name = /^\w+/.exec(process.name)?.[0] ?? "";
      if (!rights.has(name)) return store;
      callers.add(name);
      return permitted(store, of(name), (what) => refused.add(`${name}: ${what}`));
    },
  };
  const { violations } = await simulate(seed, { seams });
  return { refused: [...refused].sort(), violations, callers };
}

describe("the roles in landing", () => {
  test("are enough for all that the functions do, in worlds full of trouble", async () => {
    const callers = new Set<string>();
    for (let seed = 1; seed <= 5; seed += 1) {
      const world = await live(seed, rightsOf);
      expect(world.refused).toEqual([]);
      expect(world.violations).toEqual([]);
      for (const caller of world.callers) callers.add(caller);
    }
    expect([...callers].sort()).toEqual(["extract", "load", "reconcile", "refresh"]);
  });

  test("would be found wanting if one were missing", async () => {
    const without = (name: string): LandingRights => (name === "reconcile" ? none : rightsOf(name));
    const { refused, violations } = await live(1, without);
    expect(refused).toEqual(["reconcile: listing what is no manifest needs storage.objects.list"]);
    expect(violations).not.toEqual([]);
  });

  test("let nobody but load read a record", async () => {
    const part = "d1/students/2011/run=r/part-00000.ndjson.gz";
    const readers: string[] = [];
    for (const name of rights.keys()) {
      const store = permitted(fakeObjectStore(), rightsOf(name), () => undefined);
      const isRefused = await store.read(part).then(
        () => false,
        () => true,
      );
      if (!isRefused) readers.push(name);
    }
    expect(readers).toEqual(["load"]);
  });
});
