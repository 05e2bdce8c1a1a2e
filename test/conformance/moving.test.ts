import { afterEach, expect, test } from "@jest/globals";
import { profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { extract } from "../../shared/extract/extract.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { deliver, district, idsOf, message, origin, studentIds, worldOf } from "../extract/district.ts";
import { fakeObjectStore } from "../fakes/object-store.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

const seeds = [1, 2, 3];

test.each(profileNames.flatMap((profile) => seeds.map((seed) => [profile, seed] as const)))(
  "E24 %s: nothing is lost while rows are updated and deleted, seed %i",
  async (profile, seed) => {
    const count = 110;
    sandbox = await district(count, { profile, maxPageSize: 10, smallPartitions: true });
    const served = sandbox;
    const steady = new Set(studentIds(count));
    const random = randomFrom(seed);
    const world = worldOf(served, { page_size: 10 });
    const { http } = world.ports;
    const moving: typeof http = async (request) => {
      for (let more = /students$/.test(request.url) ? random(4) : 0; more > 0 && steady.size > 20; more -= 1) {
        const id = [...steady][random(steady.size)] ?? "";
        if (random(2) === 0) {
          steady.delete(id);
          await served.apply({ op: "delete", resource: "students", id });
        } else
          await served.apply({ op: "update", resource: "students", id, set: { firstName: `Name ${random(1e6)}` } });
      }
      return http(request);
    };
    const ports = { ...world.ports, http: moving };
    expect(await extract(message("students"), origin, ports)).toMatchObject({ status: "complete" });
    const brought = new Set(idsOf(world));
    expect([...steady].filter((id) => !brought.has(id))).toEqual([]);
  },
);

test.each(profileNames)("E3 %s: a hundred extractions in forty instances fetch one token", async (profile) => {
  sandbox = await district(5, { profile, tokenLimit: 15 });
  const served = sandbox;
  const buckets = { landing: fakeObjectStore(), control: fakeObjectStore() };
  const instances = Array.from({ length: 40 }, () => new TokenCache());
  const summaries = await Promise.all(
    Array.from({ length: 100 }, (_, n) => {
      const tokens = instances[n % instances.length] ?? new TokenCache();
      const source = `d${n}`;
      const world = worldOf(served, { id: source }, { tokens, clock: systemClock }, buckets);
      return extract(message("students", { source }), origin, world.ports);
    }),
  );
  expect(new Set(summaries.map(({ status }) => status))).toEqual(new Set(["complete"]));
  expect(served.requests.filter(({ path }) => path.includes("oauth/token"))).toHaveLength(1);
});

test("E3 instances that come when the token is refused get one new token, and keep a newer one", async () => {
  sandbox = await district(5, { tokenLimit: 15 });
  const served = sandbox;
  const buckets = { landing: fakeObjectStore(), control: fakeObjectStore() };
  const instances = Array.from({ length: 10 }, () => new TokenCache());
  const night = (round: number): Promise<unknown[]> =>
    Promise.all(
      instances.map((tokens, n) => {
        const source = `d${n}`;
        const world = worldOf(served, { id: source }, { tokens, clock: systemClock }, buckets);
        const from = { messageId: String(round), publishedAt: new Date() };
        return extract(message("students", { source }), from, world.ports);
      }),
    );
  const whole = instances.map(() => expect.objectContaining({ status: "complete" }));
  expect(await night(1)).toEqual(whole);
  served.expireTokens();
  expect(await night(2)).toEqual(whole);
  expect(served.requests.filter(({ path }) => path.includes("oauth/token"))).toHaveLength(2);
});

test.each(profileNames)("E4 %s: a token that ends in mid-walk is renewed, and no page comes twice", async (profile) => {
  sandbox = await district(100, { profile, maxPageSize: 10 });
  const served = sandbox;
  const world = worldOf(served, { page_size: 10 });
  const { http } = world.ports;
  let requests = 0;
  const expiring: typeof http = async (request) => {
    requests += 1;
    if (requests % 7 === 0) served.expireTokens();
    return http(request);
  };
  const ports = { ...world.ports, http: expiring };
  expect(await extract(message("students"), origin, ports)).toMatchObject({ status: "complete", rows: 100 });
  expect(idsOf(world)).toEqual(studentIds(100));
});

test.each(profileNames)("E50 %s: an endpoint that stays down is given up, and others are read", async (profile) => {
  const schools = [{ id: "a".repeat(32), schoolId: 1 }];
  sandbox = await district(
    { "students.jsonl": [{ id: "b".repeat(32), studentUniqueId: "1" }], "schools.jsonl": schools },
    { profile },
  );
  sandbox.addFaults({ match: { resource: "students" }, respond: { status: 503, problem: true } });
  const world = worldOf(sandbox);
  expect(await deliver(world, message("students"))).toMatchObject({ status: "failed", rows: 0 });
  expect(await deliver(world, message("schools"))).toMatchObject({ status: "complete", rows: 1 });
});

test.each(profileNames)("E57 %s: a run that is continued many times brings each row once", async (profile) => {
  sandbox = await district(90, { profile, maxPageSize: 10 });
  let time = Date.now();
  const now = (): Date => {
    time += 1000;
    return new Date(time);
  };
  const clock = { now, sleep: async () => undefined };
  const world = worldOf(sandbox, { page_size: 10 }, { clock, workMs: 12_000 });
  expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 90 });
  expect(world.topic.messages.length).toBeGreaterThan(1);
  expect(idsOf(world)).toEqual(studentIds(90));
});
