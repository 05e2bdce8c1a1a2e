import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { assessment, method, objective, result, row, startWorld, type World } from "./world.ts";

/** A whole delivery, children before their parents in every list. */
function fill(world: World): void {
  world.set("results", [
    row("r1", result("r1")),
    row("r2", result("r2", { studentReference: { studentUniqueId: "s2" } })),
  ]);
  world.set("objectives", [
    row("below", objective("below", "middle")),
    row("middle", objective("middle", "top")),
    row("top", objective("top")),
  ]);
  world.set("assessments", [row("Math", assessment("Math"))]);
  world.set("methods", [row("rit", method("RIT"))]);
}

test.each(profileNames)("P1 %s: nothing of a group is sent before the group above it has settled", async (profile) => {
  await using world = await startWorld({ profile });
  fill(world);
  // The slowest of all is the first: whoever did not wait for it would be refused.
  world.sandbox.addFaults({ match: { method: "POST", resource: "assessments" }, respond: { delayMs: 150 } });
  expect(await world.run()).toMatchObject({ kind: "finished", result: { outcome: "ok" } });
  expect(world.writes()).toEqual([
    "POST assessmentReportingMethodDescriptors",
    "POST assessments",
    "POST objectiveAssessments",
    "POST objectiveAssessments",
    "POST objectiveAssessments",
    "POST studentAssessments",
    "POST studentAssessments",
  ]);
  expect(world.payloads.ledger.map(({ status }) => status)).toEqual(Array(7).fill("created"));
});

test("P1 an order that comes unsorted, and a resource that comes twice in it, are understood", async () => {
  await using world = await startWorld({ sortedDependencies: false });
  fill(world);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
});

test("P2 what refers to a record that failed is blocked and not sent, and is sent once that is there", async () => {
  await using world = await startWorld();
  fill(world);
  world.set("assessments", [
    row("Math", assessment("Math")),
    row("Science", assessment("Science", { assessmentTitle: undefined })),
  ]);
  world.set("results", [
    row("r1", result("r1")),
    row(
      "r2",
      result("r2", { assessmentReference: { assessmentIdentifier: "Science", namespace: assessment("x").namespace } }),
    ),
  ]);
  expect(await world.run()).toMatchObject({ result: { outcome: "partial" } });
  expect(world.standing()).toMatchObject({
    "assessments Science": "rejected",
    "studentAssessments r1": "created",
    "studentAssessments r2": "blocked",
  });
  expect(world.writes().filter((write) => write === "POST studentAssessments")).toHaveLength(1);
  // Said once: the ledger does not grow while the parent stays away.
  const before = world.payloads.ledger.length;
  await world.run();
  expect(world.payloads.ledger).toHaveLength(before);

  world.set("assessments", [row("Math", assessment("Math")), row("Science", assessment("Science"))]);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.standing()).toMatchObject({ "assessments Science": "created", "studentAssessments r2": "created" });
});

test("P2 a descriptor that failed blocks what names it", async () => {
  await using world = await startWorld();
  world.set("methods", [row("rit", method("RIT", { shortDescription: "x".repeat(80) }))]);
  const descriptor = `${method("RIT").namespace}#rit`;
  const scores = [{ assessmentReportingMethodDescriptor: descriptor }];
  world.set("assessments", [row("Math", assessment("Math", { scores }))]);
  await world.run();
  expect(world.standing()).toEqual({
    "assessmentReportingMethodDescriptors rit": "rejected",
    "assessments Math": "blocked",
  });
  expect(world.writes()).toEqual([]);
});

test("P2 a record that is there already, and whose new payload is refused, blocks nothing", async () => {
  await using world = await startWorld();
  fill(world);
  await world.run();
  world.set("assessments", [row("Math", assessment("Math", { assessmentTitle: "x".repeat(300) }))]);
  world.set("results", [row("r1", result("r1", { serialNumber: "2" }))]);
  await world.run();
  expect(world.standing()).toMatchObject({ "assessments Math": "rejected", "studentAssessments r1": "updated" });
});

test.each(profileNames)(
  "P8 %s: an unresolved reference is sent once more after everything else, then it is set aside with the name of what is missing",
  async (profile) => {
    await using world = await startWorld({ profile });
    fill(world);
    const stranger = { studentReference: { studentUniqueId: "nobody" } };
    world.set("results", [row("r1", result("r1")), row("r2", result("r2", stranger))]);
    world.sandbox.clearRequests();
    await world.run();
    expect(world.writes().filter((write) => write === "POST studentAssessments")).toHaveLength(3);
    const own = world.payloads.ledger.filter(({ recordKey }) => recordKey === "r2");
    expect(own.map(({ status, attempt }) => [status, attempt])).toEqual([
      ["unresolved", 1],
      ["unresolved", 2],
    ]);
    expect(world.last("r2")?.problems?.[0]?.reason).toMatch(/'student' (?:item|resource) does not exist/i);
  },
);

test("P8 what the first round refused because its parent came later is there after the second", async () => {
  await using world = await startWorld({ ports: { pageRows: 1 } });
  fill(world);
  // One row at a time: "below" comes before "middle", and "middle" before "top".
  expect(await world.run()).toMatchObject({ result: { outcome: "partial" } });
  expect(world.standing()).toMatchObject({
    "objectiveAssessments below": "blocked",
    "objectiveAssessments middle": "created",
    "objectiveAssessments top": "created",
  });
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
});

test("P13 a resource that the claim set lacks is given up at once, and the others are not", async () => {
  const all = { create: true, update: true, delete: true };
  await using world = await startWorld({
    claims: { objectiveAssessments: { create: false }, "*": all },
    delivery: ["concurrency_per_resource: 2"],
  });
  fill(world);
  world.set(
    "objectives",
    Array.from({ length: 60 }, (_, at) => row(`o${at}`, objective(`o${at}`))),
  );
  expect(await world.run()).toMatchObject({
    result: { outcome: "partial", notes: ["/ed-fi/objectiveAssessments is not taken (forbidden)"] },
  });
  const refused = world.writes().filter((write) => write === "POST objectiveAssessments");
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(2);
  expect(world.standing()).toMatchObject({ "studentAssessments r1": "created", "assessments Math": "created" });
});

test("P14 a namespace is the credentials' own in any letters, as the target sees it", async () => {
  await using world = await startWorld();
  world.sandbox.addFaults({
    match: { path: "token_info" },
    respond: { status: 200, body: { active: true, namespace_prefixes: ["URI://WWW.nwea.org", "uri://ed-fi.org"] } },
  });
  fill(world);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
});

test("P14 a namespace that is not the credentials' own ends the run before anything is sent", async () => {
  await using world = await startWorld({ namespacePrefixes: ["uri://www.nwea.org/map/A", "uri://ed-fi.org"] });
  fill(world);
  world.set("assessments", [row("Math", assessment("Math", { namespace: "uri://elsewhere.org" }))]);
  await expect(world.run()).rejects.toThrow(/may not write in the namespace uri:\/\/elsewhere.org/);
  expect(world.writes()).toEqual([]);
});

test.each(profileNames)("P14 %s: a namespace that is refused after all ends the resource", async (profile) => {
  await using world = await startWorld({ profile, namespacePrefixes: ["uri://ed-fi.org"] });
  world.set(
    "assessments",
    Array.from({ length: 30 }, (_, at) => row(`a${at}`, assessment(`a${at}`))),
  );
  // A target that does not say which namespaces are ours: only its answers do.
  world.sandbox.addFaults({ match: { path: "token_info" }, respond: { status: 404 } });
  await world.run();
  expect(world.writes().length).toBeLessThanOrEqual(8);
  expect(Object.values(world.standing())).toContain("forbidden");
});
