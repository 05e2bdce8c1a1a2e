import { expect, test } from "@jest/globals";
import { RetryableError } from "../../shared/errors.ts";
import { type RefreshRequest, refresh } from "../../shared/refresh/refresh.ts";
import { random } from "./random.ts";
import { createWorld, type World } from "./world.ts";

/** Lets many processes run in turns, each turn one call to the outside, in an order that the seed decides. */
function turns(pick: (limit: number) => number, between: () => void = () => undefined) {
  const waiting: (() => void)[] = [];
  return {
    turn: () => new Promise<void>((resolve) => waiting.push(resolve)),
    async drive(processes: readonly Promise<unknown>[]): Promise<void> {
      let open = processes.length;
      const settle = () => {
        open -= 1;
      };
      const all = processes.map((process) => process.finally(settle));
      for (let step = 0; open > 0 && step < 200_000; step += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        const [next] = waiting.splice(pick(waiting.length), 1);
        between();
        next?.();
      }
      await Promise.all(all);
    },
  };
}

/** A subscriber: a message that fails for now is delivered again. */
async function deliver(request: RefreshRequest, world: World, turn: () => Promise<void>): Promise<void> {
  for (let delivery = 1; delivery <= 50; delivery += 1) {
    try {
      await refresh(request, world.ports());
      return;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      for (let pause = 0; pause < 20; pause += 1) await turn();
    }
  }
  throw new Error("the message goes to the dead letters");
}

function raceWorld(seed: number, between?: (world: World, pick: (limit: number) => number) => void) {
  const pick = random(seed);
  const clockHand = { world: undefined as World | undefined };
  const scheduler = turns(pick, () => {
    if (clockHand.world) between?.(clockHand.world, pick);
  });
  const world = createWorld({
    store: { before: () => scheduler.turn() },
    warehouse: { before: () => scheduler.turn() },
  });
  clockHand.world = world;
  return { world, pick, ...scheduler };
}

test("whatever the order, no trigger is lost: after the last one is answered, every table is right", async () => {
  let busy = 0;
  for (let seed = 1; seed <= 80; seed += 1) {
    const { world, pick, turn, drive } = raceWorld(seed);
    const load = async (index: number): Promise<void> => {
      for (let pause = pick(150); pause > 0; pause -= 1) await turn();
      world.load(["students", "schools"][pick(2)] ?? "", `content ${index}`);
      await deliver({ reason: "load", owner: `message ${index}` }, world, turn);
      if (world.control.objects.has("refresh/requested.json")) busy += 1;
    };
    await drive([load(1), load(2), load(3), load(4)]);
    expect({ seed, wrong: world.wrong() }).toEqual({ seed, wrong: [] });
    expect(world.control.objects.has("leases/refresh.json")).toBe(false);
  }
  // The orders tried do hold the case that the marker is for.
  expect(busy).toBeGreaterThan(50);
}, 60_000);

test("a person who builds one model does not make others lose their trigger", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { world, pick, turn, drive } = raceWorld(seed);
    const person = async (): Promise<void> => {
      for (let pause = pick(60); pause > 0; pause -= 1) await turn();
      await deliver({ reason: "person", select: ["codes"], owner: "person" }, world, turn);
    };
    const load = async (index: number): Promise<void> => {
      for (let pause = pick(60); pause > 0; pause -= 1) await turn();
      world.load("students", `content ${index}`);
      await deliver({ reason: "load", owner: `message ${index}` }, world, turn);
    };
    await drive([person(), load(1), load(2)]);
    expect({ seed, wrong: world.wrong() }).toEqual({ seed, wrong: [] });
  }
}, 60_000);

test("the same message delivered twice at once does no harm", async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const { world, turn, drive } = raceWorld(seed);
    world.load("students", "one");
    const request = { reason: "load", owner: "message 1" };
    await drive([deliver(request, world, turn), deliver(request, world, turn)]);
    expect({ seed, wrong: world.wrong() }).toEqual({ seed, wrong: [] });
    expect(world.builds()).toHaveLength(5);
  }
}, 60_000);

test("a refresher that is held up until its lease is over cannot leave an older table behind", async () => {
  let takeovers = 0;
  for (let seed = 1; seed <= 80; seed += 1) {
    const { world, pick, turn, drive } = raceWorld(seed, (one, choose) => {
      // Now and then everybody stands still for longer than a lease lasts.
      one.clock.advance(choose(150) === 0 ? 13 * 60_000 : 10);
    });
    const load = async (index: number): Promise<void> => {
      for (let pause = pick(150); pause > 0; pause -= 1) await turn();
      world.load(["students", "schools"][pick(2)] ?? "", `content ${index}`);
      await deliver({ reason: "load", owner: `message ${index}` }, world, turn);
    };
    const processes = [load(1), load(2), load(3)];
    await drive(processes);
    await drive([refresh({ reason: "reconcile" }, world.ports())]);
    expect({ seed, wrong: world.wrong() }).toEqual({ seed, wrong: [] });
    takeovers += world.log.entries.filter(({ fields }) => /taken? over/.test(String(fields.error))).length;
  }
  expect(takeovers).toBeGreaterThan(10);
}, 60_000);

function signal() {
  const handle = { give: (): void => undefined };
  const given = new Promise<void>((resolve) => {
    handle.give = resolve;
  });
  return { given, give: () => handle.give() };
}

test("a swap that comes after that of the refresher who took over is noticed and made good", async () => {
  const [isHeldUp, mayGoOn, hasSwapped] = [signal(), signal(), signal()];
  let phase: "first swap" | "second swap" | "cleaning" | "over" = "first swap";
  const world = createWorld({
    models: [{ path: "ref/codes", sql: "select record_id as id from current_edfi.students" }],
    warehouse: {
      before: async (_, sql) => {
        if (sql.includes(" clone ") && phase === "first swap") {
          phase = "second swap";
          isHeldUp.give();
          await mayGoOn.given;
          phase = "over";
        } else if (sql.includes(" clone ") && phase === "second swap") {
          phase = "cleaning";
        } else if (sql.startsWith("drop table") && phase === "cleaning") {
          mayGoOn.give();
          await hasSwapped.given;
        }
      },
      after: (_, sql) => {
        if (sql.includes(" clone ") && phase === "over") hasSwapped.give();
      },
    },
  });
  world.load("students", "old");
  const slow = expect(refresh({ reason: "load", owner: "slow" }, world.ports())).rejects.toThrow(RetryableError);
  await isHeldUp.given;
  world.clock.advance(13 * 60_000);
  world.load("students", "new");
  await refresh({ reason: "load", owner: "quick" }, world.ports());
  // The table went back to the old rows; the next delivery of the slow one's message builds it once more.
  expect(world.wrong()).toEqual(["ref.codes"]);
  world.clock.advance(60_000);
  await slow;
  await refresh({ reason: "load", owner: "slow" }, world.ports());
  expect(world.wrong()).toEqual([]);
});

test("a swap that comes too late is made good in the models, too, that were made of it meanwhile", async () => {
  const [isHeldUp, mayGoOn, hasSwapped] = [signal(), signal(), signal()];
  let phase: "first swap" | "next model" | "over" = "first swap";
  const world = createWorld({
    models: [
      { path: "ref/codes", sql: "select record_id as id from current_edfi.students" },
      { path: "marts/core/report", sql: "select id from ref.codes" },
    ],
    warehouse: {
      before: async (_, sql) => {
        if (sql.includes(" clone ") && phase === "first swap") {
          phase = "next model";
          isHeldUp.give();
          await mayGoOn.given;
        } else if (sql.startsWith("create or replace table marts.report__next") && phase === "next model") {
          phase = "over";
          mayGoOn.give();
          await hasSwapped.given;
        } else if (sql.startsWith("drop table") && phase !== "first swap") {
          await hasSwapped.given;
        }
      },
      after: (_, sql) => {
        if (sql.startsWith("create or replace table ref.codes clone") && phase === "over") hasSwapped.give();
      },
    },
  });
  world.load("students", "old");
  const slow = expect(refresh({ reason: "load", owner: "slow" }, world.ports())).rejects.toThrow(RetryableError);
  await isHeldUp.given;
  world.clock.advance(13 * 60_000);
  world.load("students", "new");
  await refresh({ reason: "load", owner: "quick" }, world.ports());
  await slow;
  expect(world.wrong()).toEqual(["marts.report", "ref.codes"]);
  await refresh({ reason: "load", owner: "slow" }, world.ports());
  expect(world.wrong()).toEqual([]);
});

test("a refresher that was held up does not sweep away what the one who took over is building", async () => {
  const [isHeldUp, mayGoOn, isSwept] = [signal(), signal(), signal()];
  let phase: "first sweep" | "second build" | "over" = "first sweep";
  const world = createWorld({
    models: [{ path: "ref/codes", sql: "select record_id as id from current_edfi.students" }],
    warehouse: {
      before: async (call, sql) => {
        if (call === "listTables" && phase === "first sweep") {
          phase = "second build";
          isHeldUp.give();
          await mayGoOn.given;
        } else if (sql.startsWith("with candidate") && phase === "second build") {
          phase = "over";
          mayGoOn.give();
          await isSwept.given;
        }
      },
    },
  });
  world.load("students", "old");
  const slow = expect(refresh({ reason: "load", owner: "slow" }, world.ports())).rejects.toThrow(/taken over/);
  await isHeldUp.given;
  world.clock.advance(13 * 60_000);
  world.load("students", "new");
  const quick = refresh({ reason: "load", owner: "quick" }, world.ports());
  await slow.finally(isSwept.give);
  expect(await quick).toMatchObject({ built: ["ref.codes"], failed: [] });
  expect(world.wrong()).toEqual([]);
});
