import { describe, expect, test } from "@jest/globals";
import { announce, clearInFlight, handOver, inFlightSchema, startAttempt } from "../../shared/control/in-flight.ts";
import { objectNames, type Place } from "../../shared/control/place.ts";
import { ConflictError } from "../../shared/errors.ts";
import { fakeClock } from "../fakes/clock.ts";
import { type FakeStoreOptions, fakeObjectStore } from "../fakes/object-store.ts";

const place: Place = { source: "d1", endpoint: "students", schoolYear: 2026 };
const name = objectNames.inFlight(place);

function setUp(options: FakeStoreOptions = {}) {
  const clock = fakeClock();
  const store = fakeObjectStore({ clock, ...options });
  return {
    clock,
    store,
    mark: () => inFlightSchema.safeParse(store.json(name)).data,
    announce: () => announce(store, place, "edfi", clock),
    start: (runId: string) => startAttempt(store, place, "edfi", clock, runId),
    handOver: (runId: string) => handOver(store, place, "edfi", clock, { runId, attempts: 0 }),
    clear: (runId: string, startedAt: string) => clearInFlight(store, place, runId, startedAt),
  };
}

describe("the mark of an endpoint on its way", () => {
  test("says since when, and until when somebody should wait for it", async () => {
    const { announce: put, mark } = setUp();
    await put();
    expect(mark()).toEqual({
      v: 1,
      connector: "edfi",
      attempts: 0,
      since: "2026-11-21T04:00:00.000Z",
      expires_at: "2026-11-21T06:00:00.000Z",
    });
  });

  test("counts the attempts at a run, and begins anew when it handed over in good order", async () => {
    const { start, handOver: pass, mark } = setUp();
    expect([await start("r1"), await start("r1"), await start("r1")]).toEqual([1, 2, 3]);
    await pass("r1");
    expect(await start("r1")).toBe(1);
    expect(mark()).toMatchObject({ run_id: "r1", attempts: 1 });
  });

  test("begins to count anew with another run", async () => {
    const { start } = setUp();
    await start("r1");
    expect(await start("r2")).toBe(1);
  });

  test("lives longer with each sign of life", async () => {
    const { start, handOver: pass, clock, mark } = setUp();
    await start("r1");
    clock.advance(450_000);
    await pass("r1");
    expect(mark()?.expires_at).toBe("2026-11-21T06:07:30.000Z");
  });

  test("is taken away by its own run, and by a run that began after it was put", async () => {
    const { announce: put, start, clear, mark, store } = setUp();
    await start("r1");
    await clear("r1", "2026-11-21T03:00:00.000Z");
    expect(store.objects.size).toBe(0);
    await put();
    await clear("r2", "2026-11-21T04:00:00.000Z");
    expect(mark()).toBeUndefined();
    await clear("r2", "2026-11-21T04:00:00.000Z");
  });

  test("stays when another run was announced after this one began", async () => {
    const { announce: put, clear, mark } = setUp();
    await put();
    await clear("r1", "2026-11-21T03:59:59.999Z");
    expect(mark()).toBeDefined();
  });

  test.each(["{", "[]", '{"v":2}'])("that nobody can read is written anew: %s", async (text) => {
    const { store, start, mark } = setUp();
    store.put(name, text);
    expect(await start("r1")).toBe(1);
    expect(mark()).toMatchObject({ run_id: "r1" });
  });

  test("is read again when another writer was quicker, but not for ever", async () => {
    let quicker = 3;
    const made = setUp({
      before: (call) => {
        if (call !== "write" || quicker === 0) return;
        quicker -= 1;
        made.store.put(name, { ...made.mark(), v: 1, connector: "edfi", since: "x", expires_at: "x" });
      },
    });
    expect(await made.start("r1")).toBe(1);
    quicker = Infinity;
    await expect(made.start("r1")).rejects.toBeInstanceOf(ConflictError);
  });
});
