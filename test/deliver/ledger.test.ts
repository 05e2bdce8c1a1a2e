import { expect, test } from "@jest/globals";
import { assessment, result, row, startWorld, type World } from "./world.ts";

const score = (recordKey: string, value: string) => row(recordKey, result(recordKey, { serialNumber: value }));

async function withAssessment(world: World): Promise<void> {
  world.set("assessments", [row("Math", assessment("Math"))]);
  await world.run();
  world.sandbox.clearRequests();
}

test("P3 a second run sends nothing", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set("results", [score("r1", "1"), score("r2", "1")]);
  await world.run();
  expect(world.writes()).toHaveLength(2);
  world.sandbox.clearRequests();
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome: "ok" } });
  // Nothing at all: a school's API need not tell its whole description for nothing.
  expect(world.sandbox.requests).toEqual([]);
});

test("P4 A, then B, then A again is sent three times", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  for (const value of ["A", "B", "A"]) {
    world.set("results", [score("r1", value)]);
    await world.run();
  }
  expect(world.writes()).toHaveLength(3);
  expect(world.payloads.ledger.slice(1).map(({ status }) => status)).toEqual(["created", "updated", "updated"]);
  expect(await world.found("/ed-fi/studentAssessments", { studentAssessmentIdentifier: "r1" })).toMatchObject([
    { serialNumber: "A" },
  ]);
});

test("P4 what was taken last counts, whatever the clocks of those say who sent it", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set("results", [score("r1", "A")]);
  await world.run();
  for (const value of ["B", "A"]) {
    // Another machine, whose clock is behind.
    world.clock.advance(-20_000);
    world.set("results", [score("r1", value)]);
    await world.run();
  }
  expect(await world.found("/ed-fi/studentAssessments", {})).toMatchObject([{ serialNumber: "A" }]);
  world.sandbox.clearRequests();
  await world.run();
  expect(world.writes()).toEqual([]);
});

test("P4 a payload that was refused is no delivered one: back at the old one nothing is sent", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set("results", [score("r1", "A")]);
  await world.run();
  world.set("results", [score("r1", "x".repeat(100))]);
  await world.run();
  expect(world.last("r1")?.status).toBe("rejected");
  world.sandbox.clearRequests();
  world.set("results", [score("r1", "A")]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.writes()).toEqual([]);
});

test("P4 after an answer that was lost, the old payload is sent again, for the target may have the new one", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set("results", [score("r1", "A")]);
  await world.run();
  world.set("results", [score("r1", "B")]);
  const lost = { match: { method: "POST", resource: "studentAssessments" }, respond: { resetAfterBytes: 0 }, times: 6 };
  world.sandbox.addFaults(lost);
  await world.run();
  expect(world.last("r1")).toMatchObject({ status: "failed" });
  expect(world.last("r1")?.httpStatus).toBeUndefined();
  world.set("results", [score("r1", "A")]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(await world.found("/ed-fi/studentAssessments", { studentAssessmentIdentifier: "r1" })).toMatchObject([
    { serialNumber: "A" },
  ]);
});

test.each([400, 403, 404, 409, 422, 429, 500, 502, 503, 504, 301, 202])(
  "P5 status %i does not mark a record as delivered",
  async (status) => {
    await using world = await startWorld();
    await withAssessment(world);
    world.set("results", [score("r1", "A")]);
    world.sandbox.addFaults({
      match: { method: "POST", resource: "studentAssessments" },
      respond: { status, body: { message: "no" } },
    });
    await world.run();
    expect(["created", "updated", "exists"]).not.toContain(world.last("r1")?.status);
    world.sandbox.clearFaults();
    world.sandbox.clearRequests();
    await world.run({
      delivery: "map-results",
      retry: ["rejected", "forbidden", "failed", "unresolved", "not_enrolled"],
    });
    expect(world.writes()).toHaveLength(1);
    expect(world.last("r1")?.status).toBe("created");
  },
);

test("P7 the ledger says whether a record was made or changed, and by which answer", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set("results", [score("r1", "A")]);
  await world.run();
  world.set("results", [score("r1", "B")]);
  await world.run();
  const rows = world.payloads.ledger.filter(({ recordKey }) => recordKey === "r1");
  expect(rows.map(({ status, httpStatus }) => [status, httpStatus])).toEqual([
    ["created", 201],
    ["updated", 200],
  ]);
});

test("P29 a changed score changes the record of the same identifier", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set("results", [score("r1", "221")]);
  await world.run();
  world.set("results", [score("r1", "226")]);
  await world.run();
  const found = await world.found("/ed-fi/studentAssessments", {});
  expect(found).toMatchObject([{ studentAssessmentIdentifier: "r1", serialNumber: "226" }]);
});

test("a message that comes twice, and two that come at once, send nothing twice", async () => {
  await using world = await startWorld();
  await withAssessment(world);
  world.set(
    "results",
    Array.from({ length: 40 }, (_, at) => score(`r${at}`, "1")),
  );
  const done = await Promise.all([world.run(), world.run(), world.run()]);
  expect(done.map(({ kind }) => kind).sort()).toEqual(["busy", "busy", "finished"]);
  // Who came in vain has left a mark, so that the run asks for another.
  expect(world.topic.messages).toEqual([{ v: 1, delivery: "map-results" }]);
  await world.run();
  expect(world.writes()).toHaveLength(40);
});

test("a run that has no more time hands over as often as it takes, and sends each record once", async () => {
  await using world = await startWorld({
    delivery: ["concurrency_per_resource: 2"],
    ports: { workMs: 2000, pageRows: 5 },
  });
  await withAssessment(world);
  world.set(
    "results",
    Array.from({ length: 30 }, (_, at) => score(`r${at}`, "1")),
  );
  const origin = { messageId: "m", publishedAt: world.clock.now() };
  expect(origin.messageId).toBe("m");
  const pending = world.payloads.around;
  world.payloads.around = async (call) => {
    if (call === "pending") world.clock.advance(300);
    await pending(call);
  };
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome: "ok" } });
  expect(world.topic.messages.length).toBeGreaterThan(0);
  expect(world.topic.messages[0]).toMatchObject({ delivery: "map-results", hop: 1, run_id: expect.any(String) });
  expect(world.writes()).toHaveLength(30);
});

test("a run that settles nothing in many messages one after the other stops, and the next one goes on", async () => {
  await using world = await startWorld({ ports: { workMs: 200 } });
  await withAssessment(world);
  world.set("results", [score("r1", "1")]);
  const pending = world.payloads.around;
  world.payloads.around = async (call) => {
    if (call === "pending") world.clock.advance(300);
    await pending(call);
  };
  const why = "stopped, because the target settled no record in 24 messages one after the other";
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome: "failed", notes: [why] } });
  expect(world.topic.messages).toHaveLength(23);
  world.payloads.around = pending;
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome: "ok" } });
});
