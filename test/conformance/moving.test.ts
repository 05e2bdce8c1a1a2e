import { afterEach, expect, test } from "@jest/globals";
import { profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import type { Connector } from "../../shared/config/connector.ts";
import type { Source } from "../../shared/config/sources.ts";
import { openSession } from "../../shared/connector/session.ts";
import { TokenCache } from "../../shared/connector/token.ts";
import { extract } from "../../shared/extract/extract.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { deliver, district, idsOf, message, origin, studentIds, worldOf } from "../extract/district.ts";
import { connectors } from "../fakes/extract-world.ts";
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

test.each(profileNames)(
  "E25 %s: a walk that trusts its offsets misses rows where the extractor misses none",
  async (profile) => {
    const script = async (): Promise<Sandbox> => {
      const served = await district(60, { profile, maxPageSize: 10 });
      // Where there is cursor paging, it is not to be had today; then a row that was read goes before each of some pages.
      served.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
      for (const nth of [2, 3, 4, 5]) {
        const apply = [{ op: "delete" as const, resource: "students", id: (nth - 1).toString(16).padStart(32, "0") }];
        served.addFaults({ match: { query: "limit=(?!0)", nth }, apply });
      }
      sandbox = served;
      return served;
    };
    const steady = studentIds(60).slice(4);
    const trusting = await script();
    const { ports } = worldOf(trusting);
    const session = await openSession(
      ports.sources.sources[0] as Source,
      connectors.get("edfi") as Connector,
      2011,
      ports,
    );
    const url = session.address("{urls.dataManagementApi}ed-fi/students") ?? "";
    const naive = new Set<string>();
    for (let offset = 0; offset < 60; offset += 10) {
      const { body } = await session.get(url, { offset: String(offset), limit: "10" });
      for (const { id } of JSON.parse(body.toString("utf8")) as { id: string }[]) naive.add(id);
    }
    expect(steady.filter((id) => !naive.has(id))).not.toEqual([]);
    await trusting.close();
    const world = worldOf(await script(), { page_size: 10 });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    const brought = new Set(idsOf(world));
    expect(steady.filter((id) => !brought.has(id))).toEqual([]);
  },
);

test.each(profileNames)(
  "E5 %s: a client that was revoked in mid-walk ends the run with a clear message",
  async (profile) => {
    sandbox = await district(30, { profile, maxPageSize: 10 });
    const match = { path: "students$", query: "pageToken|limit=[1-9]", nth: [2, 3, 4, 5, 6, 7, 8] };
    sandbox.addFaults({ match, respond: { status: 401, problem: true } });
    const world = worldOf(sandbox, { page_size: 10 });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed", rows: 0 });
    const [manifest] = world.manifests();
    expect(manifest?.error).toMatch(/refused a fresh token: the client may have been revoked/);
    expect(manifest?.parts).toEqual([]);
    // The token it had, and a fresh one; no third.
    expect(sandbox.requests.filter(({ path }) => path.includes("oauth/token")).length).toBeLessThanOrEqual(3);
  },
);

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
