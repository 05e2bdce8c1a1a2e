import { expect, test } from "@jest/globals";
import { assessment, method, objective, result, row, startWorld, type World, type WorldOptions } from "./world.ts";

const deleting = ["namespaces: ['uri://www.nwea.org']", "deletes: {max: 5, max_share: 0.9}"];

/** A day in September, as the warehouse writes times. */
const on = (day: number): string => `2025-09-${String(day).padStart(2, "0")}T00:00:00.000000`;

/** Results that are all one record to the target, by their keys: what they say, and when they were changed. */
async function deliver(world: World, rows: Readonly<Record<string, readonly [says: string, day?: number]>>) {
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set(
    "results",
    Object.entries(rows).map(([key, [says, day]]) =>
      row(key, result("same", { serialNumber: says }), day === undefined ? undefined : on(day)),
    ),
  );
  world.sandbox.clearRequests();
  const done = await world.run();
  const results = Object.entries(world.standing()).filter(([name]) => name.startsWith("studentAssessments"));
  return {
    outcome: done.kind === "finished" ? done.result.outcome : done.kind,
    standing: Object.fromEntries(results.map(([name, status]) => [name.split(" ")[1], status])),
    sent: world.writes().filter((write) => write === "POST studentAssessments").length,
    found: (await world.found("/ed-fi/studentAssessments", {})).map(({ serialNumber }) => serialNumber),
  };
}

test("P25 of two rows that are one record the later wins, and the other is reported", async () => {
  await using world = await startWorld();
  expect(await deliver(world, { one: ["late", 11], two: ["early", 10] })).toEqual({
    outcome: "partial",
    standing: { one: "created", two: "duplicate" },
    sent: 1,
    found: ["late"],
  });
  expect(await deliver(world, { one: ["late", 11], two: ["early", 10] })).toMatchObject({ sent: 0 });
});

test.each([
  ["on one page", {}],
  ["each on a page of its own", { ports: { pageRows: 1 } }],
] satisfies [string, WorldOptions][])(
  "P25 a change of the other row is not sent over the winner, as long as there is one (%s)",
  async (_, options) => {
    await using world = await startWorld(options);
    await deliver(world, { one: ["late", 11], two: ["early", 9] });
    expect(await deliver(world, { one: ["late", 11], two: ["changed", 10] })).toEqual({
      outcome: "partial",
      standing: { one: "created", two: "duplicate" },
      sent: 0,
      found: ["late"],
    });
    const lines = world.payloads.ledger.length;
    expect(await deliver(world, { one: ["late", 11], two: ["changed", 10] })).toMatchObject({ sent: 0 });
    expect(world.payloads.ledger).toHaveLength(lines);
    // The winner vanishes.
    expect(await deliver(world, { two: ["changed", 10] })).toEqual({
      outcome: "ok",
      standing: { one: "created", two: "updated" },
      sent: 1,
      found: ["changed"],
    });
    expect(await deliver(world, { two: ["changed", 10] })).toMatchObject({ sent: 0, outcome: "ok" });
  },
);

test("P25 the row that changes last becomes the winner, and gives way when it vanishes", async () => {
  await using world = await startWorld();
  await deliver(world, { one: ["A", 11], two: ["B", 10] });
  expect(await deliver(world, { one: ["A", 11], two: ["B", 12] })).toMatchObject({ sent: 1, found: ["B"] });
  expect(await deliver(world, { one: ["A", 11], two: ["B", 12] })).toMatchObject({
    standing: { one: "duplicate", two: "updated" },
    sent: 0,
  });
  expect(await deliver(world, { one: ["A", 11] })).toMatchObject({
    standing: { one: "updated" },
    outcome: "ok",
    sent: 1,
    found: ["A"],
  });
});

test("P25 a row that comes later and was changed earlier is not sent over the one that is there", async () => {
  await using world = await startWorld();
  await deliver(world, { two: ["there", 11] });
  expect(await deliver(world, { one: ["old", 10], two: ["there", 11] })).toEqual({
    outcome: "partial",
    standing: { one: "duplicate", two: "created" },
    sent: 0,
    found: ["there"],
  });
});

test.each([1, 2, 10])("P25 without times the first by its key wins, with %i rows on a page", async (pageRows) => {
  await using world = await startWorld({ ports: { pageRows } });
  expect(await deliver(world, { b: ["b"], c: ["c"], a: ["a"] })).toEqual({
    outcome: "partial",
    standing: { a: "created", b: "duplicate", c: "duplicate" },
    sent: 1,
    found: ["a"],
  });
});

test("P25 P30 no deletion takes the record of the row that is sent", async () => {
  await using world = await startWorld({ delivery: deleting });
  await deliver(world, { one: ["A", 10], two: ["B", 11] });
  // The other row vanishes; the winner vanishes; the last one gets another key.
  await deliver(world, { two: ["B", 11] });
  expect(world.writes()).toEqual([]);
  await deliver(world, { one: ["A", 10], two: ["B", 11] });
  expect(await deliver(world, { one: ["A", 10] })).toMatchObject({ sent: 1, found: ["A"] });
  expect(await deliver(world, { three: ["A", 10] })).toMatchObject({ found: ["A"] });
  expect(world.writes().filter((write) => write.startsWith("DELETE"))).toEqual([]);
  expect(await deliver(world, { three: ["A", 10] })).toMatchObject({ sent: 0, found: ["A"], outcome: "ok" });
  expect(world.writes()).toEqual([]);
});

test("P2 P25 what refers to a record that two rows are is not held up by the one that is not sent", async () => {
  await using world = await startWorld();
  const first = row("a", assessment("Math"));
  world.set("assessments", [first, row("b", assessment("Math", { assessmentTitle: "Other" }))]);
  await world.run();
  world.set("methods", [row("RIT", method("RIT"))]);
  world.set("objectives", [row("o1", objective("o1"))]);
  await world.run();
  expect(world.last("o1")).toMatchObject({ status: "created" });
  expect(world.last("b")).toMatchObject({ status: "duplicate" });
});
