import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { NoTurn, type Visit } from "../../shared/connector/gate.ts";
import { inFlightSchema } from "../../shared/control/in-flight.ts";
import { RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import { type ExtractMessage, extractMessageSchema } from "../../shared/messages/extract.ts";
import { fakeClock } from "../fakes/clock.ts";
import { type ExtractWorld, openVisit } from "../fakes/extract-world.ts";
import { deliver, district, idsOf, message, onlyManifest, origin, studentIds, worldOf } from "./district.ts";

const count = 60;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await district(count, { maxPageSize: 10, smallPartitions: true, tokenLimit: null });
});

afterAll(() => sandbox.close());

/** A source that gives each delivery so many turns, and then is busy with others until its time is up. */
function busyAfter(turns: number): () => { enter: () => Visit } {
  return () => ({
    enter: () => {
      let left = turns;
      let hasWaitedInVain = false;
      return {
        ...openVisit(),
        get hasWaitedInVain() {
          return hasWaitedInVain;
        },
        pass: (send) => {
          left -= 1;
          if (left >= 0) return send();
          hasWaitedInVain = true;
          throw new NoTurn();
        },
      };
    },
  });
}

function lastMessage(world: ExtractWorld): ExtractMessage {
  return extractMessageSchema.parse(world.topic.messages.at(-1));
}

function attemptsIn(world: ExtractWorld): number {
  return inFlightSchema.parse(world.control.json("in-flight/d1/students/2011.json")).attempts;
}

const asked = message("students", { mode: "full" });

describe("a run that gets no turn at its source", () => {
  test("hands over without having begun, and keeps its name and its round", async () => {
    const world = worldOf(sandbox, {}, { gateOf: busyAfter(1) });
    expect(await extract(asked, origin, world.ports)).toMatchObject({ status: "continued" });
    const round = origin.publishedAt.toISOString();
    expect(lastMessage(world)).toMatchObject({ hop: 1, waits: 1, round, run_id: expect.any(String) });
    expect([...world.control.objects.keys()].filter((name) => name.startsWith("checkpoints/"))).toEqual([]);
    const served = { ...world, ports: { ...world.ports, gateOf: busyAfter(1000) } };
    expect(await deliver(served, lastMessage(world))).toMatchObject({ status: "complete", rows: count });
    expect(onlyManifest(world).run_id).toBe(lastMessage(world).run_id);
  });

  test("has not failed, and what failed before still counts", async () => {
    const world = worldOf(sandbox, {}, { attemptsMax: 3 });
    const down = { ...world.ports, http: () => Promise.reject(new RetryableError("The source could not be reached")) };
    await expect(extract(asked, origin, down)).rejects.toThrow("could not be reached");
    expect(attemptsIn(world)).toBe(1);
    const busy = { ...world.ports, gateOf: busyAfter(0) };
    for (let wait = 1; wait <= 5; wait += 1) {
      const next = wait === 1 ? asked : lastMessage(world);
      expect(await extract(next, origin, busy)).toMatchObject({ status: "continued" });
      expect(attemptsIn(world)).toBe(1);
    }
    await expect(extract(lastMessage(world), origin, down)).rejects.toThrow("could not be reached");
    expect(await extract(lastMessage(world), origin, down)).toMatchObject({ status: "failed" });
  });

  test("is given up after a day, and says what to do", async () => {
    const world = worldOf(sandbox, {}, { gateOf: busyAfter(0) });
    const summary = await deliver(world, asked, { deliveriesMax: 202 });
    expect(summary).toMatchObject({ status: "failed" });
    expect(world.topic.messages).toHaveLength(200);
    expect(onlyManifest(world).error).toMatch(/waited for its turn .* 200 deliveries .* Raise concurrency/);
  });

  test("counts its waits anew when it has read a page, and brings each row once", async () => {
    const world = worldOf(sandbox, { page_size: 10, concurrency: 2 }, { gateOf: busyAfter(4) });
    // Discovery, token, newest version: the fourth turn of the first delivery plans; later ones read.
    const summary = await deliver(world, asked, { deliveriesMax: 60 });
    expect(summary).toMatchObject({ status: "complete", rows: count });
    expect(idsOf(world)).toEqual(studentIds(count));
    const waits = world.topic.messages.map((sent) => extractMessageSchema.parse(sent).waits ?? 0);
    expect(waits).toContain(0);
    expect(Math.max(...waits)).toBeLessThan(4);
  });

  test("is over in time, however late it got its first turn", async () => {
    const clock = fakeClock();
    const workMs = 450_000;
    const world = worldOf(sandbox, { page_size: 5 }, { clock, workMs });
    const { http } = world.ports;
    let requests = 0;
    const late: typeof http = (request) => {
      requests += 1;
      clock.advance(requests === 1 ? 440_000 : 7_000);
      return http(request);
    };
    const startedAt = clock.now().getTime();
    expect(await extract(asked, origin, { ...world.ports, http: late })).toMatchObject({ status: "continued" });
    expect(clock.now().getTime() - startedAt).toBeLessThanOrEqual(workMs + 60_000);
  });
});
