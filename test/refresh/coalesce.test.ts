import { setImmediate } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { coalesced } from "../../shared/refresh/coalesce.ts";

/** A call that ends when the test says so. */
function controlled() {
  const calls: { readonly askers: readonly string[]; end(): void; fail(error: Error): void }[] = [];
  const call = (askers: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      calls.push({ askers, end: () => resolve(askers.join("+")), fail: reject });
    });
  return { calls, call };
}

test("those who ask during a call share the next one, and are not answered by the one before", async () => {
  const { calls, call } = controlled();
  const ask = coalesced(call, 60_000);
  const first = ask("a");
  await setImmediate();
  const others = [ask("b"), ask("c"), ask("d")];
  await setImmediate();
  expect(calls.map(({ askers }) => askers)).toEqual([["a"]]);
  calls[0]?.end();
  expect(await first).toBe("a");
  await setImmediate();
  expect(calls.map(({ askers }) => askers)).toEqual([["a"], ["b", "c", "d"]]);
  const late = ask("e");
  await setImmediate();
  calls[1]?.end();
  expect(await Promise.all(others)).toEqual(["b+c+d", "b+c+d", "b+c+d"]);
  await setImmediate();
  calls[2]?.end();
  expect(await late).toBe("e");
});

test("a failure is that of each who shares the call, and not of those who come after", async () => {
  const { calls, call } = controlled();
  const ask = coalesced(call, 60_000);
  const first = ask("a");
  await setImmediate();
  const others = [ask("b"), ask("c")];
  await setImmediate();
  calls[0]?.fail(new Error("one"));
  await expect(first).rejects.toThrow("one");
  await setImmediate();
  calls[1]?.fail(new Error("two"));
  expect((await Promise.allSettled(others)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const after = ask("d");
  await setImmediate();
  calls[2]?.end();
  expect(await after).toBe("d");
});

test("nobody waits longer than the limit for a call under way", async () => {
  const { calls, call } = controlled();
  const ask = coalesced(call, 20);
  const first = ask("a");
  await setImmediate();
  const second = ask("b");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(calls.map(({ askers }) => askers)).toEqual([["a"], ["b"]]);
  for (const { end } of calls) end();
  expect(await Promise.all([first, second])).toEqual(["a", "b"]);
});
