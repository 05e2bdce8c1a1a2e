import { expect, test } from "@jest/globals";
import { assessment, objective, result, row, startWorld, type World } from "./world.ts";

const deleting = ["namespaces: ['uri://www.nwea.org']", "deletes: {max: 5, max_share: 0.5}"];

async function delivered(world: World, count: number): Promise<void> {
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set(
    "results",
    Array.from({ length: count }, (_, at) => row(`r${at}`, result(`r${at}`))),
  );
  await world.run();
  world.sandbox.clearRequests();
}

const left = (world: World, from: number, to: number): void =>
  world.set(
    "results",
    Array.from({ length: to - from }, (_, at) => row(`r${from + at}`, result(`r${from + at}`))),
  );

test("P30 without being asked nothing is deleted", async () => {
  await using world = await startWorld();
  await delivered(world, 4);
  left(world, 1, 4);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.writes()).toEqual([]);
});

test("P30 what vanished is found by its natural key and deleted, once", async () => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 4);
  left(world, 1, 4);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  const asked = world.sandbox.requests.filter(
    ({ method, path }) => method === "GET" && path.endsWith("/studentAssessments"),
  );
  expect(asked.map(({ query }) => query)).toEqual([expect.stringContaining("studentAssessmentIdentifier=r0")]);
  expect(world.writes()).toEqual([expect.stringMatching(/^DELETE studentAssessments\/[0-9a-f]{32}$/)]);
  expect(world.last("r0")).toMatchObject({ op: "delete", status: "deleted", httpStatus: 204 });
  expect(await world.found("/ed-fi/studentAssessments", {})).toHaveLength(3);
  world.sandbox.clearRequests();
  await world.run();
  expect(world.writes()).toEqual([]);
  // It comes back, and is sent as a new one.
  left(world, 0, 4);
  await world.run();
  expect(world.last("r0")).toMatchObject({ op: "upsert", status: "created" });
});

test("P30 what is not there any more is done", async () => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 4);
  left(world, 2, 4);
  await world.sandbox.apply({
    op: "delete",
    resource: "studentAssessments",
    key: {
      studentAssessmentIdentifier: "r0",
      assessmentIdentifier: "Math",
      namespace: assessment("x").namespace,
      studentUniqueId: "s1",
    },
  });
  world.sandbox.addFaults({ match: { method: "DELETE" }, respond: { status: 404 }, times: 1 });
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect([world.last("r0")?.status, world.last("r1")?.status]).toEqual(["gone", "gone"]);
});

test("P30 a record that the target has twice under its key is left alone", async () => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 4);
  left(world, 1, 4);
  const two = [{ id: "1".repeat(32) }, { id: "2".repeat(32) }];
  world.sandbox.addFaults({
    match: { method: "GET", resource: "studentAssessments" },
    respond: { status: 200, body: two },
  });
  await world.run();
  expect(world.writes()).toEqual([]);
  expect(world.last("r0")?.problems?.[0]?.reason).toContain("more than one record");
});

test("P30 more than the guard allows are not deleted at all", async () => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 20);
  left(world, 6, 20);
  expect(await world.run()).toMatchObject({
    result: { outcome: "partial", notes: [expect.stringContaining("6 of 20 records have no payload")] },
  });
  expect(world.writes()).toEqual([]);
  left(world, 5, 20);
  await world.run();
  expect(world.writes()).toHaveLength(5);
});

test("P30 a mapping that lost all its rows deletes nothing, nor does a share that is too large", async () => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 4);
  world.set("results", []);
  await world.run();
  left(world, 3, 4);
  await world.run();
  expect(world.writes()).toEqual([]);
});

test("P30 only records of the delivery's own namespaces are deleted", async () => {
  await using world = await startWorld({
    delivery: ["namespaces: ['uri://other.org']", "deletes: {max: 5, max_share: 1}"],
  });
  await delivered(world, 4);
  left(world, 1, 4);
  await world.run();
  expect(world.writes()).toEqual([]);
  expect(world.last("r0")).toMatchObject({ status: "rejected", op: "delete" });
});

test("P31 children are deleted before their parents", async () => {
  await using world = await startWorld({
    delivery: ["namespaces: ['uri://www.nwea.org']", "deletes: {max: 5, max_share: 1}"],
  });
  world.set("assessments", [row("Math", assessment("Math")), row("Science", assessment("Science"))]);
  const science = { assessmentReference: { assessmentIdentifier: "Science", namespace: assessment("x").namespace } };
  world.set("objectives", [row("m", objective("m")), row("s", objective("s", undefined, science))]);
  world.set("results", [row("r1", result("r1")), row("r2", result("r2", science))]);
  await world.run();
  world.sandbox.clearRequests();
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set("objectives", [row("m", objective("m"))]);
  world.set("results", [row("r1", result("r1"))]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.writes().map((write) => write.split("/")[0])).toEqual([
    "DELETE studentAssessments",
    "DELETE objectiveAssessments",
    "DELETE assessments",
  ]);
});

test("P31 of one resource, too, what refers to another record is deleted before it", async () => {
  await using world = await startWorld({
    delivery: ["namespaces: ['uri://www.nwea.org']", "deletes: {max: 5, max_share: 1}"],
  });
  world.set("assessments", [row("Math", assessment("Math"))]);
  const kept = row("z", objective("z"));
  world.set("objectives", [
    row("a", objective("a")),
    row("b", objective("b", "a")),
    row("c", objective("c", "b")),
    kept,
  ]);
  await world.run();
  world.set("objectives", [kept]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(await world.found("/ed-fi/objectiveAssessments", {})).toMatchObject([{ identificationCode: "z" }]);
});

test("P30 a target that overlooks what it is asked for, and shows another record, loses none", async () => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 4);
  left(world, 1, 4);
  world.sandbox.addFaults({
    match: { method: "GET", resource: "studentAssessments" },
    respond: { status: 200, body: [{ id: "1".repeat(32), ...result("r3") }] },
  });
  await world.run();
  expect(world.writes()).toEqual([]);
  expect(world.last("r0")).toMatchObject({ status: "rejected", op: "delete" });
});

test.each([
  ["cannot be looked for", 500, "failed"],
  ["may not be looked for", 403, "forbidden"],
])("P30 a record that %s does not end the run", async (_, status, outcome) => {
  await using world = await startWorld({ delivery: deleting });
  await delivered(world, 4);
  left(world, 1, 4);
  world.sandbox.addFaults({ match: { method: "GET", resource: "studentAssessments" }, respond: { status } });
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome: "partial" } });
  expect(world.last("r0")).toMatchObject({ status: outcome, op: "delete" });
  world.sandbox.clearFaults();
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.last("r0")?.status).toBe("deleted");
});
