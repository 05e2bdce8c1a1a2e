import { afterEach, expect, test } from "@jest/globals";
import { type ChangeInput, type ProfileName, profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { objectNames } from "../../shared/control/place.ts";
import { extract } from "../../shared/extract/extract.ts";
import {
  deliver,
  district,
  idsOf,
  message,
  onlyManifest,
  origin,
  studentIds,
  studentRequests,
  watermark,
  worldOf,
} from "../extract/district.ts";
import { school } from "../sandbox/school.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const place = { source: "d1", endpoint: "students", schoolYear: 2011 };
const id = (number: number): string => number.toString(16).padStart(32, "0");
const withCursor: readonly ProfileName[] = ["ods-7.3", "dms-8"];

test.each(profileNames.flatMap((profile) => [0, 1, 10, 20, 43].map((count) => [profile, count] as const)))(
  "E16 E17 E18 %s: each of %i rows comes once where a page has 10",
  async (profile, count) => {
    sandbox = await district(count, { profile, maxPageSize: 10 });
    const world = worldOf(sandbox, { page_size: 10 });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: count });
    expect(idsOf(world)).toEqual(studentIds(count));
  },
);

test.each(profileNames)("E19 %s: a cap below the configured page size is learned", async (profile) => {
  sandbox = await district(95, { profile, maxPageSize: 30 });
  const world = worldOf(sandbox, { page_size: 100 });
  await extract(message("students"), origin, world.ports);
  expect(idsOf(world)).toEqual(studentIds(95));
  // Before 7.3 a refusal does not name the cap, so that it takes two to get below it.
  expect(studentRequests(sandbox).filter(({ status }) => status === 400).length).toBeLessThanOrEqual(2);
});

test.each(withCursor.flatMap((profile) => [0, 3, 103].map((count) => [profile, count] as const)))(
  "E23 %s: however many partitions %i rows have, all are walked",
  async (profile, count) => {
    sandbox = await district(count, { profile, maxPageSize: 10, smallPartitions: true });
    const world = worldOf(sandbox, { page_size: 10, concurrency: 8 });
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toEqual(studentIds(count));
  },
);

test.each(withCursor)(
  "E23 %s: of partitions that were walked before a crash nothing is asked again",
  async (profile) => {
    sandbox = await district(103, { profile, maxPageSize: 10, smallPartitions: true });
    // A part is closed with each page, so the checkpoint has them all.
    const world = worldOf(sandbox, { page_size: 10, concurrency: 4 }, { partBytes: 1 });
    const { http } = world.ports;
    const answered: string[][] = [[], []];
    let delivery = 0;
    const crashing: typeof http = async (request) => {
      const token = request.parameters?.pageToken;
      if (token !== undefined && delivery === 0 && (answered[0]?.length ?? 0) >= 6) throw new Error("killed");
      if (token !== undefined) answered[delivery]?.push(token);
      return http(request);
    };
    const ports = { ...world.ports, http: crashing };
    await expect(extract(message("students"), origin, ports)).rejects.toThrow("killed");
    delivery = 1;
    expect(await extract(message("students"), origin, ports)).toMatchObject({ status: "complete", rows: 103 });
    expect(answered[0]?.filter((token) => answered[1]?.includes(token))).toEqual([]);
    expect(idsOf(world)).toEqual(studentIds(103));
    expect(studentRequests(sandbox).filter(({ path }) => path.endsWith("/partitions"))).toHaveLength(1);
  },
);

test.each(withCursor)("E23 %s: where there is no partition, no page is asked for", async (profile) => {
  sandbox = await district(0, { profile });
  const world = worldOf(sandbox);
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 0 });
  expect(studentRequests(sandbox).filter(({ query }) => query.has("pageToken"))).toEqual([]);
});

test.each(withCursor)("E20 E21 %s: a page that deletions shorten or empty is not the end", async (profile) => {
  sandbox = await district(60, { profile, maxPageSize: 10 });
  const gone = (from: number, to: number): ChangeInput[] =>
    Array.from({ length: to - from + 1 }, (_, n) => ({ op: "delete", resource: "students", id: id(from + n) }));
  // They go between the choice of a page's rows and their reading: the second page is short, the third has none.
  sandbox.addFaults([
    { match: { query: "pageToken", nth: 2 }, between: gone(13, 18) },
    { match: { query: "pageToken", nth: 3 }, between: gone(21, 30) },
  ]);
  const world = worldOf(sandbox, { page_size: 10, concurrency: 1 });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 44 });
  expect(idsOf(world)).toEqual(studentIds(60).filter((_, at) => !((at >= 12 && at < 18) || (at >= 20 && at < 30))));
  // 7.3 leaves holes, which are counted; the Data Management Service gives fewer rows.
  expect(onlyManifest(world).nulls).toBe(profile === "ods-7.3" ? 16 : 0);
});

test.each(withCursor)(
  "E31 %s: a token with characters that mean something in an address arrives as it is",
  async (profile) => {
    sandbox = await district(3, { profile });
    const token = "a+b/c=&d #é%2B?";
    sandbox.addFaults([
      { match: { path: "/partitions$" }, respond: { body: { pageTokens: [token] } } },
      { match: { query: "pageToken" }, respond: { body: [], headers: { "next-page-token": "x&y=/+z" } }, times: 1 },
      { match: { query: "pageToken" }, respond: { body: [] } },
      { match: { query: "totalCount" }, respond: { status: 500 } },
    ]);
    const world = worldOf(sandbox);
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    const tokens = studentRequests(sandbox).flatMap(({ query }) => query.get("pageToken") ?? []);
    expect(tokens).toEqual([token, "x&y=/+z"]);
  },
);

test.each(profileNames)(
  "E27 %s: a row committed late during a walk by offset is found by the count at its end",
  async (profile) => {
    sandbox = await district(30, { profile, maxPageSize: 10 });
    const served = sandbox;
    // Where there is cursor paging, it is not to be had today.
    served.addFaults({ match: { path: "/partitions$" }, respond: { status: 404 } });
    await served.apply({ op: "reserve", name: "open" });
    const world = worldOf(served, { page_size: 10 });
    const { http } = world.ports;
    let asked = 0;
    const late: typeof http = async (request) => {
      if (/\/students$/.test(request.url)) asked += 1;
      // The walk down has passed the end, where it comes by key as well as by age.
      const record = { studentUniqueId: "zz-late" };
      if (/\/students$/.test(request.url) && asked === 5)
        await served.apply({ op: "insert", resource: "students", record, id: "f".repeat(32), reserved: "open" });
      return http(request);
    };
    const ports = { ...world.ports, http: late };
    expect(await extract(message("students"), origin, ports)).toMatchObject({ status: "complete" });
    expect(idsOf(world)).toContain("f".repeat(32));
    const said = world.log.lines.map(({ message: text }) => text);
    expect(said).toContain("fewer records came than the source counts; reading them again");
  },
);

test.each(profileNames)("E28 %s: a window whose upper end is bounded comes whole", async (profile) => {
  sandbox = await district(95, { profile, maxPageSize: 10 });
  const world = worldOf(sandbox, { page_size: 10 });
  world.control.put(objectNames.watermark(place), watermark("students", "1"));
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
  expect(onlyManifest(world)).toMatchObject({ mode: "delta", window: { from: "0", to: "95" } });
  expect(idsOf(world)).toEqual(studentIds(95));
});

test.each(profileNames)("E33 %s: a restored source is read whole, and the manifest says so", async (profile) => {
  sandbox = await district(12, { profile });
  const world = worldOf(sandbox);
  world.control.put(objectNames.watermark(place), watermark("students", "13"));
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 12 });
  expect(onlyManifest(world)).toMatchObject({ mode: "full", reason: "the source was restored to an earlier state" });
});

test.each(profileNames)("E35 %s: a deletion comes with the id that the record had", async (profile) => {
  sandbox = await district(12, { profile });
  const world = worldOf(sandbox);
  world.control.put(objectNames.watermark(place), watermark("students", "12"));
  await sandbox.apply({ op: "delete", resource: "students", id: id(5) });
  await extract(message("students"), origin, world.ports);
  const deletes = world.lines(onlyManifest(world)).filter(({ op }) => op === "delete");
  expect(deletes.map(({ record_id }) => record_id)).toEqual([id(5)]);
});

test.each(profileNames)("E38 %s: rows come where deletes may not be read", async (profile) => {
  sandbox = await district(10, { profile, claims: { students: { readChanges: false } } });
  const world = worldOf(sandbox);
  world.control.put(objectNames.watermark(place), watermark("students", "10"));
  await sandbox.apply({ op: "update", resource: "students", id: id(4), set: { firstName: "Changed" } });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
  expect(onlyManifest(world)).toMatchObject({ deletes_unavailable: true, rows: 10 });
});

test.each(profileNames)(
  "E22 E41 %s: every request of a run ends at the version of its begin, across continuations",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    const served = sandbox;
    let time = Date.now();
    const now = (): Date => {
      time += 1000;
      return new Date(time);
    };
    const clock = { now, sleep: async () => undefined };
    const world = worldOf(served, { page_size: 10 }, { clock, workMs: 12_000 });
    world.control.put(objectNames.watermark(place), watermark("students", "1"));
    const { http } = world.ports;
    let added = 0;
    const growing: typeof http = async (request) => {
      if (/students$/.test(request.url)) {
        added += 1;
        await served.apply({ op: "insert", resource: "students", record: { studentUniqueId: `new${added}` } });
      }
      return http(request);
    };
    const moving = { ...world, ports: { ...world.ports, http: growing } };
    expect(await deliver(moving, message("students"))).toMatchObject({ status: "complete" });
    expect(world.topic.messages.length).toBeGreaterThan(0);
    const asked = studentRequests(served).map(({ query }) => query.get("maxChangeVersion"));
    expect(new Set(asked)).toEqual(new Set(["60"]));
    expect(new Set(studentRequests(served).map(({ query }) => query.get("minChangeVersion")))).toEqual(new Set(["0"]));
  },
);

test.each(profileNames)(
  "E43 %s: what the credentials may not read does not keep others from being read",
  async (profile) => {
    sandbox = await district(school, { profile, claims: { students: { read: false } } });
    const world = worldOf(sandbox);
    world.control.put(objectNames.watermark(place), watermark("students", "1"));
    const before = world.control.json(objectNames.watermark(place));
    const statuses = await Promise.all(
      ["students", "schools", "sections"].map(async (endpoint) => {
        return (await extract(message(endpoint), origin, world.ports)).status;
      }),
    );
    expect(statuses).toEqual(["forbidden", "complete", "complete"]);
    expect(world.control.json(objectNames.watermark(place))).toEqual(before);
    const forbidden = world.manifests().find(({ endpoint }) => endpoint === "students");
    expect(forbidden).toMatchObject({ outcome: "forbidden", deletes: 0, parts: [] });
  },
);

test.each(profileNames)("E45 %s: its own 429 and 503 are waited for as long as they say", async (profile) => {
  sandbox = await district(7, { profile });
  sandbox.addFaults([
    { match: { resource: "students" }, respond: { status: 429, problem: true, retryAfterSeconds: 7 }, times: 1 },
    { match: { resource: "students" }, respond: { status: 503, problem: true, retryAfterSeconds: 9000 }, times: 1 },
    { match: { resource: "students" }, respond: { status: 503, problem: true, retryAfterDate: 30 }, times: 1 },
  ]);
  const waits: number[] = [];
  const clock = { now: () => new Date(), sleep: async (ms: number) => void waits.push(ms) };
  const world = worldOf(sandbox, {}, { clock, workMs: 600_000 });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 7 });
  expect(waits.slice(0, 2)).toEqual([7000, 60_000]);
  expect(waits[2]).toBeGreaterThan(25_000);
  expect(waits[2]).toBeLessThanOrEqual(31_000);
});

test.each(
  profileNames.flatMap((profile) =>
    (
      [
        ["reset", { resetAfterBytes: 100 }],
        ["truncated", { truncate: true }],
        ["badly packed", { brokenGzip: true }],
        ["a gateway's page", { html: true }],
      ] as const
    ).map(([what, respond]) => [profile, what, respond] as const),
  ),
)("E47 %s: a page that is %s is asked for again and never stored", async (profile, _, respond) => {
  sandbox = await district(60, { profile, maxPageSize: 20 });
  sandbox.addFaults({ match: { path: "students$", query: "pageToken|offset", nth: [2, 3] }, respond });
  const world = worldOf(sandbox, { page_size: 20 });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 60 });
  expect(idsOf(world)).toEqual(studentIds(60));
});

test.each(profileNames)("E29 %s: a count that times out is done without", async (profile) => {
  sandbox = await district(43, { profile, maxPageSize: 10 });
  sandbox.addFaults({ match: { query: "totalCount=true" }, respond: { status: 504, html: true } });
  const world = worldOf(sandbox, { page_size: 10 });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 43 });
  expect(onlyManifest(world)).toMatchObject({ api_total_count: null });
});

test.each(profileNames)("E30 %s: a page that times out is halved, and grows again", async (profile) => {
  sandbox = await district(900, { profile, maxPageSize: 200 });
  const match = { path: "students$", query: "pageToken|limit=[1-9]" };
  sandbox.addFaults({ match, respond: { status: 504, html: true }, times: 2 });
  const world = worldOf(sandbox, { page_size: 200 });
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 900 });
  const sizes = studentRequests(sandbox).map(({ query }) => Number(query.get("pageSize") ?? query.get("limit") ?? 0));
  const pages = sizes.filter((size) => size > 0);
  expect(pages.slice(0, 4)).toEqual([200, 100, 50, 50]);
  expect(pages.slice(4)).toContain(200);
});

test.each(profileNames)("E34 %s: nothing new is no request for records", async (profile) => {
  sandbox = await district(12, { profile });
  const world = worldOf(sandbox);
  // It stands still for longer than a transaction can stay open.
  const settled = { ...watermark("students", "12"), since: "2026-11-19T00:00:00.000Z" };
  world.control.put(objectNames.watermark(place), settled);
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 0 });
  expect(studentRequests(sandbox)).toEqual([]);
});
