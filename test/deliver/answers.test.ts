import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { assessment, method, result, row, startWorld, type World } from "./world.ts";

const hour = 60 * 60 * 1000;
const conflict = (type: string) => ({ type: `urn:ed-fi:api:data-conflict:${type}`, detail: "no", status: 409 });

async function withResults(world: World, ...keys: string[]): Promise<void> {
  world.set("assessments", [row("Math", assessment("Math"))]);
  await world.run();
  world.sandbox.clearRequests();
  world.set(
    "results",
    keys.map((key) => row(key, result(key))),
  );
}

const posts = (resource: string) => ({ method: "POST", resource });

test("P9 a conflict with another writer is waited for and sent again", async () => {
  await using world = await startWorld();
  await withResults(world, "r1");
  world.sandbox.addFaults({
    match: posts("studentAssessments"),
    respond: { status: 409, body: conflict("multi-user-conflict") },
    times: 3,
  });
  const before = world.clock.now().getTime();
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.writes()).toHaveLength(4);
  expect(world.clock.now().getTime() - before).toBeGreaterThan(1000);
});

test("P10 a descriptor that is there already is what was wanted", async () => {
  await using world = await startWorld();
  world.set("methods", [row("rit", method("RIT"))]);
  world.sandbox.addFaults({
    match: posts("assessmentReportingMethodDescriptors"),
    respond: { status: 409, body: conflict("non-unique-identity") },
  });
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.last("rit")).toMatchObject({ status: "exists", httpStatus: 409 });
  world.sandbox.clearRequests();
  await world.run();
  expect(world.writes()).toEqual([]);
});

test("P10 the same answer about any other record is none to be glad of", async () => {
  await using world = await startWorld();
  await withResults(world, "r1");
  world.sandbox.addFaults({
    match: posts("studentAssessments"),
    respond: { status: 409, body: conflict("non-unique-identity") },
  });
  await world.run();
  expect(world.last("r1")?.status).toBe("rejected");
});

test.each(profileNames)(
  "P11 %s: a record that is refused is set aside with the places of its mistakes, and not sent again",
  async (profile) => {
    await using world = await startWorld({ profile });
    await withResults(world, "r1", "r2");
    const problems = { "$.administrationDate": ["is in the future."], "$.scoreResults[0].result": ["is no number."] };
    const body =
      profile.startsWith("ods-5") || profile.startsWith("ods-6")
        ? { message: "The request is invalid.", modelState: problems }
        : {
            type: "urn:ed-fi:api:bad-request:data-validation-failed",
            detail: "Data validation failed.",
            validationErrors: problems,
          };
    world.sandbox.addFaults({ match: { ...posts("studentAssessments"), nth: 1 }, respond: { status: 400, body } });
    expect(await world.run()).toMatchObject({ result: { outcome: "partial" } });
    const refused = world.payloads.ledger.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({
      httpStatus: 400,
      problems: [
        { path: "$.administrationDate", reason: "is in the future." },
        { path: "$.scoreResults[0].result", reason: "is no number." },
      ],
    });
    world.sandbox.clearRequests();
    world.clock.advance(10 * hour);
    await world.run();
    expect(world.writes()).toEqual([]);
    await world.run({ delivery: "map-results", retry: ["rejected"] });
    expect(world.writes()).toHaveLength(1);
    expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  },
);

test.each(profileNames)(
  "P12 %s: a student who is not enrolled is tried again by a later run, and not each minute",
  async (profile) => {
    await using world = await startWorld({ profile, educationOrganizations: [1] });
    world.set("assessments", [row("Math", assessment("Math"))]);
    world.set("results", [row("r1", result("r1"))]);
    await world.run();
    expect(world.last("r1")).toMatchObject({ status: "not_enrolled", httpStatus: 403 });
    expect(world.last("r1")?.problems?.[0]?.reason).toContain("StudentSchoolAssociation");
    world.sandbox.clearRequests();
    world.clock.advance(60_000);
    await world.run();
    expect(world.writes()).toEqual([]);
    await world.sandbox.apply({
      op: "insert",
      resource: "studentSchoolAssociations",
      record: {
        entryDate: "2025-08-18",
        schoolReference: { schoolId: 1 },
        studentReference: { studentUniqueId: "s1" },
      },
    });
    world.clock.advance(hour);
    expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
    expect(world.writes()).toEqual(["POST studentAssessments"]);
  },
);

test("P15 a token that ran out is renewed once, and the same record sent again", async () => {
  await using world = await startWorld({ delivery: ["concurrency: 1"] });
  await withResults(world, "r1", "r2", "r3");
  const before = world.sandbox.requests.filter(({ path }) => path.endsWith("/oauth/token")).length;
  world.sandbox.expireTokens();
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  const tokens = world.sandbox.requests.filter(({ path }) => path.endsWith("/oauth/token")).length - before;
  expect(tokens).toBe(1);
  expect(
    world.payloads.ledger.filter(({ recordKey }) => recordKey.startsWith("r")).map(({ status }) => status),
  ).toEqual(["created", "created", "created"]);
});

test("P15 a fresh token that is refused ends the run", async () => {
  await using world = await startWorld();
  await withResults(world, "r1", "r2");
  world.sandbox.addFaults({ match: posts("studentAssessments"), respond: { status: 401 } });
  await expect(world.run()).rejects.toThrow(/refused a fresh token/);
  world.sandbox.clearFaults();
  // What was announced counts as possibly sent.
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
});

test.each([429, 503])("P16 a %i holds up all workers for as long as it asks", async (status) => {
  await using world = await startWorld({ delivery: ["concurrency_per_resource: 4"] });
  await withResults(world, ...Array.from({ length: 20 }, (_, at) => `r${at}`));
  world.sandbox.addFaults({
    match: { ...posts("studentAssessments"), nth: 5 },
    respond: { status, retryAfterSeconds: 30 },
  });
  const times: number[] = [];
  const { ports } = world;
  const counted: World = {
    ...world,
    ports: {
      ...ports,
      openTarget: async (...given) => {
        const target = await ports.openTarget(...given);
        return {
          ...target,
          post: (resource, text) => {
            times.push(world.clock.now().getTime());
            return target.post(resource, text);
          },
        };
      },
    },
  };
  expect(await deliverWith(counted)).toMatchObject({ result: { outcome: "ok" } });
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  // Those under way end; then nobody sends until the time is over.
  expect(gaps.filter((gap) => gap >= 25_000)).toHaveLength(1);
  expect(times).toHaveLength(21);
});

test("P16 a date is understood as a time to wait, too", async () => {
  await using world = await startWorld();
  await withResults(world, "r1");
  world.sandbox.addFaults({
    match: posts("studentAssessments"),
    respond: { status: 503, headers: { "retry-after": new Date(world.clock.now().getTime() + 40_000).toUTCString() } },
    times: 1,
  });
  const before = world.clock.now().getTime();
  await world.run();
  expect(world.clock.now().getTime() - before).toBeGreaterThan(30_000);
  expect(world.last("r1")?.status).toBe("created");
});

test.each([
  ["a 500", { status: 500 }],
  ["a 502 with a page of a gateway", { status: 502, html: true }],
  ["a 504", { status: 504 }],
  ["a connection that breaks off", { resetAfterBytes: 0 }],
])("P17 %s is sent again, for a POST replaces what is there", async (_, respond) => {
  await using world = await startWorld();
  await withResults(world, "r1");
  world.sandbox.addFaults({ match: posts("studentAssessments"), respond, times: 2 });
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(world.writes()).toHaveLength(3);
  expect(await world.found("/ed-fi/studentAssessments", {})).toHaveLength(1);
});

test.each([
  ["a page of a gateway", { status: 400, html: true }],
  ["an empty body", { status: 400, body: "" }],
  ["a list", { status: 400, body: ["x"] }],
  [
    "JSON that is cut short",
    { status: 403, body: '{"message": "cla', headers: { "content-type": "application/json" } },
  ],
])("P40 %s as the body of an error is survived, and the record is not lost", async (_, respond) => {
  await using world = await startWorld();
  await withResults(world, "r1");
  world.sandbox.addFaults({ match: posts("studentAssessments"), respond });
  await world.run();
  expect(["rejected", "forbidden"]).toContain(world.last("r1")?.status);
  expect(world.last("r1")?.problems).toHaveLength(1);
});

async function deliverWith({ ports, clock }: World) {
  const { deliver } = await import("../../shared/deliver/deliver.ts");
  return deliver(
    { v: 1, delivery: "map-results", hop: 0, idle: 0, retry: [] },
    { messageId: "one", publishedAt: clock.now() },
    ports,
  );
}
