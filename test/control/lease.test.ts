import { describe, expect, test } from "@jest/globals";
import { acquireLease, leaseOwner } from "../../shared/control/lease.ts";
import { ConflictError, RetryableError } from "../../shared/errors.ts";
import { fakeClock } from "../fakes/clock.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

const name = "leases/refresh.json";

function setUp(hooks: Parameters<typeof fakeObjectStore>[0] = {}) {
  const clock = fakeClock();
  const store = fakeObjectStore({ clock, ...hooks });
  const take = (owner: string) => acquireLease(store, name, { owner, ttlMs: 60_000, clock });
  return { clock, store, take };
}

describe("acquireLease", () => {
  test("E53 gives the lease to the first and nothing to the second", async () => {
    const { store, clock, take } = setUp();
    const first = await take("a");
    expect(first?.expiresAt).toEqual(new Date(clock.now().getTime() + 60_000));
    expect(await take("b")).toBeUndefined();
    expect(await leaseOwner(store, name, clock)).toBe("a");
    expect(store.json(name)).toMatchObject({ owner: "a", expires_at: "2026-11-21T04:01:00.000Z" });
  });

  test("gives it to the next once it is released", async () => {
    const { store, clock, take } = setUp();
    await (await take("a"))?.release();
    expect(await leaseOwner(store, name, clock)).toBeUndefined();
    expect(await take("b")).toBeDefined();
  });

  test("E53 takes over an expired one, whose holder then cannot renew and does not take away what is no longer its own", async () => {
    const { store, clock, take } = setUp();
    const dead = await take("a");
    clock.advance(60_001);
    const next = await take("b");
    expect(next).toBeDefined();
    await expect(dead?.renew()).rejects.toThrow(ConflictError);
    await dead?.release();
    expect(store.json(name)).toMatchObject({ owner: "b" });
  });

  test("lets one of two takers have an expired lease", async () => {
    const { clock, take } = setUp();
    await take("a");
    clock.advance(60_001);
    const both = await Promise.all([take("b"), take("c")]);
    expect(both.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  test("prolongs its life by renewal, also when several renew at once", async () => {
    const { clock, take } = setUp();
    const lease = await take("a");
    clock.advance(50_000);
    await Promise.all([lease?.renew(), lease?.renew(), lease?.renew()]);
    clock.advance(50_000);
    expect(await take("b")).toBeUndefined();
    await lease?.release();
    expect(await take("b")).toBeDefined();
  });

  test.each([
    ["a conflict with itself", () => new ConflictError("412 for a write repeated by the client")],
    ["a lost answer", () => new RetryableError("socket hang up")],
  ])("knows its own write behind %s", async (_, failure) => {
    let isLost = true;
    const { take } = setUp({
      after: (call) => {
        if (call === "write" && isLost) {
          isLost = false;
          throw failure();
        }
      },
    });
    const lease = await take("a");
    expect(lease).toBeDefined();
    isLost = true;
    await lease?.renew();
    expect(await take("b")).toBeUndefined();
  });

  test("passes on a failure of the store", async () => {
    const { take } = setUp({
      before: (call) => {
        if (call === "write") throw new RetryableError("503");
      },
    });
    await expect(take("a")).rejects.toThrow("503");
  });

  test.each(["", "{}", '{"owner":"x","expires_at":"soon"}'])(
    "takes over a lease that nobody can read: %j",
    async (text) => {
      const { store, take } = setUp();
      store.put(name, text);
      expect(await take("a")).toBeDefined();
    },
  );
});
