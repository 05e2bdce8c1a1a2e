import { expect, test } from "@jest/globals";
import { profileNames } from "../../sandbox/sandbox.ts";
import { Pause, pausing } from "../../shared/deliver/pause.ts";
import { Breaker, sendUntilAnswered } from "../../shared/deliver/sending.ts";
import { RetryableError } from "../../shared/errors.ts";
import { atMost } from "../../shared/refresh/at-most.ts";
import { fakeClock } from "../fakes/clock.ts";
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

/** When each request that wrote was begun. */
function timesOf({ ports, clock }: World): number[] {
  const times: number[] = [];
  const { openTarget } = ports;
  Object.assign(ports, {
    openTarget: async (...given: Parameters<typeof openTarget>) => {
      const target = await openTarget(...given);
      const post: typeof target.post = (resource, text) => {
        times.push(clock.now().getTime());
        return target.post(resource, text);
      };
      return { ...target, post };
    },
  });
  return times;
}

const gapsIn = (times: readonly number[]): number[] => times.slice(1).map((time, at) => time - (times[at] ?? 0));

test.each([
  [429, 8, 4],
  [503, 8, 4],
  [429, 2, 8],
])(
  "P16 a %i holds up all workers for as long as it asks, with %i places for %i of each resource",
  async (status, places, lanes) => {
    await using world = await startWorld({
      delivery: [`concurrency: ${places}`, `concurrency_per_resource: ${lanes}`],
    });
    await withResults(world, ...Array.from({ length: 20 }, (_, at) => `r${at}`));
    world.sandbox.addFaults({
      match: { ...posts("studentAssessments"), nth: 5 },
      respond: { status, retryAfterSeconds: 30 },
    });
    const times = timesOf(world);
    expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
    // Those under way end; then nobody sends until the time is over.
    const at = gapsIn(times).findIndex((gap) => gap >= 25_000);
    expect(at).toBeGreaterThanOrEqual(4);
    expect(at).toBeLessThan(4 + Math.min(places, lanes));
    expect(times).toHaveLength(21);
  },
);

test("P16 a worker that waits for its place when the pause begins is held up by it, too", async () => {
  const clock = fakeClock();
  const begunAt = clock.now().getTime();
  const times: number[] = [];
  const ports = {
    clock,
    pause: new Pause(clock),
    breaker: new Breaker(0.5),
    slot: atMost(1),
    random: () => 0.5,
    deadline: begunAt + hour,
    isOurs: () => true,
  };
  const send = async () => {
    times.push(clock.now().getTime() - begunAt);
    const headers = new Headers({ "retry-after": "30" });
    return { status: times.length === 1 ? 429 : 201, headers, body: Buffer.alloc(0) };
  };
  const sent = { resource: "/ed-fi/x", op: "upsert" as const, isWanted: () => true };
  await Promise.all([1, 2, 3].map(() => sendUntilAnswered(send, sent, ports)));
  expect(times).toEqual([0, 30_000, 30_000, 30_000]);
});

test("P16 a request that waits at the gate of the source when the pause begins is held up by it, too", async () => {
  const clock = fakeClock();
  const begunAt = clock.now().getTime();
  const pause = new Pause(clock);
  let turns = 0;
  const gate = {
    hasWaitedInVain: false,
    pass: <Result>(send: () => Promise<Result>) => {
      turns += 1;
      // The answer to another request comes while this one is in line.
      if (turns === 1) pause.hold(30_000);
      return send();
    },
    rest: () => undefined,
    leave: async () => undefined,
  };
  const sentAt = await pausing(gate, pause, begunAt + hour).pass(async () => clock.now().getTime() - begunAt);
  expect([sentAt, turns]).toEqual([30_000, 2]);
});

test.each([120, 1000])("P16 a target that asks to wait for %i seconds is not asked before", async (seconds) => {
  await using world = await startWorld();
  await withResults(world, "r1", "r2");
  world.sandbox.addFaults({
    match: posts("studentAssessments"),
    respond: { status: 429, retryAfterSeconds: seconds },
    times: 2,
  });
  const times = timesOf(world);
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(times).toHaveLength(4);
  expect(Math.max(...gapsIn(times))).toBeGreaterThanOrEqual(seconds * 1000);
});

test("P16 a target that takes one request a second gets all of them, and none is given up", async () => {
  let free = 0;
  let refused = 0;
  await using world = await startWorld({
    http: (http) => async (request) => {
      const now = world.clock.now().getTime();
      if (request.method !== "POST" || !request.url.endsWith("/studentAssessments")) return http(request);
      if (now >= free) {
        free = now + 1000;
        return http(request);
      }
      refused += 1;
      return { status: 429, headers: new Headers({ "retry-after": "1" }), body: Buffer.alloc(0) };
    },
  });
  await withResults(world, ...Array.from({ length: 30 }, (_, at) => `r${at}`));
  free = 0;
  expect(await world.run()).toMatchObject({ result: { outcome: "ok" } });
  expect(refused).toBeGreaterThan(30);
});

test("P17 a target that never answers does not keep a delivery going for ever", async () => {
  await using world = await startWorld();
  await withResults(world, "r1", "r2");
  const { openTarget } = world.ports;
  Object.assign(world.ports, {
    openTarget: async (...given: Parameters<typeof openTarget>) => ({
      ...(await openTarget(...given)),
      post: async () => {
        world.clock.advance(120_000);
        throw new RetryableError("no answer in time");
      },
    }),
  });
  expect(await world.run()).toMatchObject({
    result: { outcome: "failed", notes: [expect.stringContaining("settled no record in 24 messages")] },
  });
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

test("P13 one record that a gateway blocks without a word is one record, and three in a row are the resource", async () => {
  await using world = await startWorld({ delivery: ["concurrency: 1"] });
  const keys = Array.from({ length: 30 }, (_, at) => `r${10 + at}`);
  await withResults(world, ...keys);
  world.sandbox.addFaults({
    match: { ...posts("studentAssessments"), nth: [2, 5, 8, 9, 10] },
    respond: { status: 403, html: true },
  });
  await world.run();
  const statuses = keys.map((key) => world.last(key)?.status);
  expect(statuses.slice(0, 11)).toEqual([
    "created",
    "forbidden",
    "created",
    "created",
    "forbidden",
    "created",
    "created",
    "forbidden",
    "forbidden",
    "forbidden",
    undefined,
  ]);
  expect(world.writes()).toHaveLength(10);
});
