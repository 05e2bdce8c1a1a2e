import { expect, test } from "@jest/globals";
import { assessment, objective, result, row, startWorld } from "./world.ts";

const many = (count: number) => Array.from({ length: count }, (_, at) => row(`r${at}`, result(`r${at}`)));

test("P18 a run whose requests mostly fail ends early, and goes on by the next message", async () => {
  await using world = await startWorld({ delivery: ["failures_max_share: 0.5"] });
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set("results", many(300));
  world.sandbox.addFaults({
    match: { method: "POST", resource: "studentAssessments" },
    respond: { status: 400, body: { message: "no" } },
  });
  expect(await world.run()).toMatchObject({
    result: { outcome: "failed", notes: ["stopped, because most requests failed"] },
  });
  expect(world.writes().length).toBeLessThan(60);
  world.sandbox.clearFaults();
  await world.run();
  expect(await world.run({ delivery: "map-results", retry: ["rejected"] })).toMatchObject({
    result: { outcome: "ok" },
  });
  expect(await world.found("/ed-fi/studentAssessments", { limit: "500" })).toHaveLength(300);
});

test("P18 a few failures among many do not end a run", async () => {
  await using world = await startWorld();
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set("results", many(100));
  world.sandbox.addFaults({
    match: { method: "POST", resource: "studentAssessments", nth: [3, 4, 5, 30, 31] },
    respond: { status: 400, body: { message: "no" } },
  });
  expect(await world.run()).toMatchObject({ result: { outcome: "partial" } });
  expect(Object.values(world.standing()).filter((status) => status === "created")).toHaveLength(96);
});

test.each([
  [3, 2, 2],
  [2, 8, 2],
  [1, 8, 1],
])(
  "P19 with %i at once and %i per resource there are never more than %i under way",
  async (total, perResource, most) => {
    await using world = await startWorld({
      latencyMs: 5,
      delivery: [`concurrency: ${total}`, `concurrency_per_resource: ${perResource}`],
    });
    world.set("assessments", [row("Math", assessment("Math"))]);
    world.set("results", many(30));
    let under = 0;
    let highest = 0;
    const { openTarget } = world.ports;
    Object.assign(world.ports, {
      openTarget: async (...given: Parameters<typeof openTarget>) => {
        const target = await openTarget(...given);
        const post = async (...sent: Parameters<typeof target.post>) => {
          under += 1;
          highest = Math.max(highest, under);
          try {
            return await target.post(...sent);
          } finally {
            under -= 1;
          }
        };
        return { ...target, post };
      },
    });
    expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
    expect(highest).toBe(most);
  },
);

test("P19 resources of one group are sent beside each other, and together keep to the cap", async () => {
  await using world = await startWorld({ latencyMs: 5, delivery: ["concurrency: 4", "concurrency_per_resource: 3"] });
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set(
    "objectives",
    Array.from({ length: 20 }, (_, at) => row(`o${at}`, objective(`o${at}`))),
  );
  world.set("results", many(20));
  world.sandbox.clearRequests();
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.sandbox.highWater()).toBeLessThanOrEqual(4);
  expect(world.sandbox.highWater()).toBeGreaterThanOrEqual(3);
});

test("large payloads are read a few at a time, and small ones many", async () => {
  await using world = await startWorld();
  const rowsOf = (length: number, count: number) =>
    Array.from({ length: count }, (_, at) =>
      row(`a${at}`, assessment(`a${at}`, { assessmentTitle: "x".repeat(length) })),
    );
  const limits: number[] = [];
  const { pending } = world.payloads;
  world.payloads.pending = async (scope, after, limit) => {
    if (scope.resource.endsWith("/assessments")) limits.push(limit);
    return pending(scope, after, limit);
  };
  world.set("assessments", rowsOf(80_000, 700));
  await world.run();
  expect(limits).toEqual([500, 104, 104]);
  limits.length = 0;
  world.set("assessments", rowsOf(300, 700));
  await world.run();
  expect(limits).toEqual([500, 2000]);
  // Titles are too long: nothing was sent, and each record was looked at.
  expect(Object.values(world.standing())).toEqual(Array(700).fill("rejected"));
}, 20_000);
