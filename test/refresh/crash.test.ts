import { describe, expect, test } from "@jest/globals";
import { refresh } from "../../shared/refresh/refresh.ts";
import { random } from "./random.ts";
import { createWorld, type World } from "./world.ts";

/** A process that dies at a chosen call to the outside, before or after the call has its effect; from then on it is silent. */
function mortalWorld() {
  const life = { calls: 0, dieAt: 0, dieAfterEffect: false, isDead: false };
  const before = (): void => {
    life.calls += 1;
    if (life.calls === life.dieAt && !life.dieAfterEffect) life.isDead = true;
    if (life.isDead) throw new Error("the process is dead");
  };
  const after = (): void => {
    if (life.calls >= life.dieAt && life.dieAt > 0 && life.dieAfterEffect) life.isDead = true;
    if (life.isDead) throw new Error("the process is dead");
  };
  const world = createWorld({ store: { before, after }, warehouse: { before, after } });
  return {
    world,
    /** Refreshes and dies at this call. @returns whether it lived to the end */
    async dieAt(call: number, afterEffect: boolean): Promise<boolean> {
      Object.assign(life, { calls: 0, dieAt: call, dieAfterEffect: afterEffect, isDead: false });
      try {
        await refresh({ reason: "load", owner: "message 1" }, world.ports());
        return true;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== "the process is dead") throw error;
        return false;
      } finally {
        Object.assign(life, { dieAt: 0, isDead: false });
        // The next delivery comes once the lease of the dead one is over.
        world.clock.advance(13 * 60_000);
      }
    },
  };
}

function expectWhole(world: World): void {
  expect(world.wrong()).toEqual([]);
  for (const { name } of world.models) {
    expect(world.control.json(`models/${name}.json`)).toMatchObject({ status: "built", table: { row_count: 10 } });
    expect(world.control.json(`models/${name}.json`)).not.toHaveProperty("attempt");
  }
  expect([...world.warehouse.relations.keys()].sort()).toEqual(world.models.map(({ name }) => name));
  expect(world.control.objects.has("leases/refresh.json")).toBe(false);
  const records = (world.warehouse.ledger.get("ops.builds") ?? []).map((row) => row.build_id);
  expect(new Set(records).size).toBe(records.length);
  for (const { name } of world.models) {
    const { build_id: buildId } = world.control.json(`models/${name}.json`) as { build_id: string };
    expect(records).toContain(buildId);
  }
}

describe.each([
  ["before", false],
  ["after", true],
])("a process that dies %s a call has its effect", (_, afterEffect) => {
  test("leaves nothing that the next delivery does not put right, at whichever call it was", async () => {
    let hasLived = false;
    for (let call = 1; !hasLived; call += 1) {
      expect(call).toBeLessThan(500);
      const { world, dieAt } = mortalWorld();
      hasLived = await dieAt(call, afterEffect);
      await refresh({ reason: "load", owner: "message 1" }, world.ports());
      expectWhole(world);
    }
  });

  test("does so in a delta, too, where old tables are in use", async () => {
    let hasLived = false;
    for (let call = 1; !hasLived; call += 1) {
      expect(call).toBeLessThan(500);
      const { world, dieAt } = mortalWorld();
      await refresh({ reason: "load" }, world.ports());
      world.clock.advance(1000);
      world.load("students", "two");
      hasLived = await dieAt(call, afterEffect);
      // At no moment a table is missing.
      for (const { name } of world.models) expect(world.warehouse.relations.has(name)).toBe(true);
      await refresh({ reason: "load", owner: "message 1" }, world.ports());
      expectWhole(world);
    }
  });
});

test("deaths one after another, with loads in between that even bring old content back, end in the same state", async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const pick = random(seed);
    const { world, dieAt } = mortalWorld();
    const lives = 2 + pick(5);
    for (let life = 0; life < lives; life += 1) {
      world.load(["students", "schools"][pick(2)] ?? "", ["one", "two"][pick(2)] ?? "");
      await dieAt(1 + pick(120), pick(2) === 0);
    }
    await refresh({ reason: "reconcile" }, world.ports());
    expect(world.wrong()).toEqual([]);
    // What several dead ones left beside a model is swept by the next refresh that builds anything.
    world.load("students", "three");
    await refresh({ reason: "load" }, world.ports());
    expectWhole(world);
  }
});
