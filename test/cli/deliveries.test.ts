import { expect, test } from "@jest/globals";
import { readUnderWay, underWayText } from "../../cli/deployment/deliveries.ts";
import { acquireLease } from "../../shared/control/lease.ts";
import { markBegun, markEnded, type RunMark, runMarkName } from "../../shared/deliver/run-mark.ts";
import { leaseName } from "../../shared/deliver/state.ts";
import { fakeClock } from "../fakes/clock.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const id = "map-results";

test("a run of a delivery is under way from its beginning to its end, and paused while nobody works on it", async () => {
  const clock = fakeClock();
  const control = fakeObjectStore({ clock });
  const look = () => readUnderWay(control, id, clock);
  expect(await look()).toBeUndefined();
  const moved_at = clock.now().toISOString();
  const message = { runId: "r1", hop: 0, idle: 0, retry: [], request: "0" };
  const hold = await markBegun({ control, clock }, id, message);
  const lease = await acquireLease(control, leaseName(id), { owner: "m1", ttlMs: 60_000, clock });
  expect(await look()).toEqual({ delivery: id, run_id: "r1", state: "running", moved_at, asked: 0 });
  await lease?.release();
  expect(await look()).toMatchObject({ state: "paused", moved_at });
  await markEnded({ control, clock }, hold);
  expect(await look()).toBeUndefined();
});

test("a run that was asked for again says where to look", async () => {
  const clock = fakeClock();
  const control = fakeObjectStore({ clock });
  await markBegun({ control, clock }, id, { runId: "r1", hop: 0, idle: 0, retry: [], request: "0" });
  const textNow = async () => {
    const underWay = await readUnderWay(control, id, clock);
    return underWay && underWayText(underWay);
  };
  const since = clock.now().toISOString().slice(0, 19);
  expect(await textNow()).toBe(`${id}: run r1 is paused, last moved ${since}`);
  control.put(runMarkName(id), { ...(control.json(runMarkName(id)) as RunMark), asked: 3 });
  expect(await textNow()).toMatch(/; asked for again 3 times \(docs\/runbook\.md, A delivery stands still\)$/);
});
