import { describe, expect, test } from "@jest/globals";
import { sharedToken, type TokenClient } from "../../shared/connector/shared-token.ts";
import type { Token } from "../../shared/connector/token.ts";
import { RetryableError } from "../../shared/errors.ts";
import { type FakeClock, fakeClock } from "../fakes/clock.ts";
import { type FakeObjectStore, fakeObjectStore } from "../fakes/object-store.ts";

const client: TokenClient = { url: "https://h/oauth/token", key: "the-key", secret: "the-secret" };

interface Shelf {
  readonly control: FakeObjectStore;
  readonly clock: FakeClock;
  readonly get: (more?: { refused?: string; by?: TokenClient }) => Promise<Token>;
  readonly count: () => number;
}

function shelf(lifeMs = 1_680_000): Shelf {
  const clock = fakeClock();
  const control = fakeObjectStore();
  let count = 0;
  const request = async (): Promise<Token> => {
    count += 1;
    return { value: `planted-token-${count}`, usableUntil: clock.now().getTime() + lifeMs };
  };
  const get: Shelf["get"] = ({ refused, by = client } = {}) => sharedToken(control, clock, by, request, refused);
  return { control, clock, get, count: () => count };
}

const traces = ({ control }: Shelf): string => JSON.stringify([...control.objects]);

describe("a token that instances share", () => {
  test("E3 is asked for once, and again when it should no longer be used", async () => {
    const made = shelf();
    const first = await made.get();
    expect(await made.get()).toEqual(first);
    made.clock.advance(1_680_000);
    expect((await made.get()).value).toBe("planted-token-2");
    expect(made.count()).toBe(2);
  });

  test("E6 that was refused is asked for anew by the first who says so, and the others take that one", async () => {
    const made = shelf();
    const { value: refused } = await made.get();
    expect((await made.get({ refused })).value).toBe("planted-token-2");
    expect((await made.get({ refused })).value).toBe("planted-token-2");
    expect(made.count()).toBe(2);
  });

  test("E7 lies in control sealed, under a name that says nothing", async () => {
    const made = shelf();
    await made.get();
    for (const secret of ["planted-token", "the-key", "the-secret", "https://h"])
      expect(traces(made)).not.toContain(secret);
  });

  test("is of no use to another client, or after the secret was changed", async () => {
    const made = shelf();
    await made.get();
    expect((await made.get({ by: { ...client, secret: "another" } })).value).toBe("planted-token-2");
    // Its text under the name of another client is no token for that one either.
    const [[name, sealed] = [], [other] = []] = [...made.control.objects];
    if (name === undefined || other === undefined || sealed === undefined) throw new Error("two were expected");
    made.control.put(other, JSON.parse(sealed.body));
    expect((await made.get({ by: { ...client, secret: "another" } })).value).toBe("planted-token-3");
  });

  test("that nobody can read any more is asked for anew", async () => {
    const made = shelf();
    await made.get();
    const [name = ""] = made.control.objects.keys();
    made.control.put(name, "{");
    expect((await made.get()).value).toBe("planted-token-2");
    made.control.put(name, { v: 9 });
    expect((await made.get()).value).toBe("planted-token-3");
  });

  test("does not wait long for an instance that died while it asked, nor for one that failed", async () => {
    const made = shelf();
    const dead = sharedToken(made.control, made.clock, client, () => new Promise(() => undefined));
    void dead;
    await new Promise((resolve) => setImmediate(resolve));
    const before = made.clock.now().getTime();
    expect((await made.get()).value).toBe("planted-token-1");
    expect(made.clock.now().getTime() - before).toBeLessThanOrEqual(16_000);
    const failing = shelf();
    const failed = sharedToken(failing.control, failing.clock, client, async () => {
      throw new RetryableError("down");
    });
    await expect(failed).rejects.toThrow("down");
    const at = failing.clock.now().getTime();
    expect((await failing.get()).value).toBe("planted-token-1");
    expect(failing.clock.now().getTime()).toBe(at);
  });
});
