import { afterEach, describe, expect, test } from "@jest/globals";
import type { Sandbox, SandboxOptions } from "../../sandbox/sandbox.ts";
import { extract } from "../../shared/extract/extract.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import { students } from "../sandbox/client.ts";
import { school, schoolRows } from "../sandbox/school.ts";
import {
  deliver,
  district,
  idsOf,
  message,
  onlyManifest,
  origin,
  studentRequests,
  watermark,
  worldOf,
} from "./district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

async function serving(content: Parameters<typeof district>[0], options: SandboxOptions = {}): Promise<Sandbox> {
  sandbox = await district(content, options);
  return sandbox;
}

/** A world in which an endpoint is loaded up to the sandbox's newest change version. */
async function loaded(served: Sandbox, endpoint = "students", upTo?: bigint): Promise<ExtractWorld> {
  const world = worldOf(served);
  const version = upTo ?? (await served.newestChangeVersion());
  world.control.put(`watermarks/d1/${endpoint}/2011.json`, watermark(endpoint, String(version)));
  return world;
}

/** The lines of the only run, short: what happened to which record at which version. */
function events(world: ExtractWorld): { op: string; id: string; version: bigint }[] {
  return world.texts(onlyManifest(world)).map((text) => {
    const line = JSON.parse(text) as { op: string; record_id: string };
    return { op: line.op, id: line.record_id, version: BigInt(/"change_version":(\d+)/.exec(text)?.[1] ?? -1) };
  });
}

const id = (number: number): string => number.toString(16).padStart(32, "0");

describe("a delta", () => {
  test("brings what was added and changed, at the end of its window, and deletes at their own version", async () => {
    const served = await serving(2000);
    const world = await loaded(served);
    const [inserted, , deleted] = await served.apply([
      { op: "insert", resource: "students", record: { studentUniqueId: "new", firstName: "New" }, id: id(9999) },
      { op: "update", resource: "students", id: id(1500), set: { firstName: "Changed" } },
      { op: "delete", resource: "students", id: id(1600) },
      { op: "update", resource: "students", id: id(1700), set: { firstName: "Changed too" } },
    ]);
    await extract(message("students"), origin, world.ports);
    const newest = await served.newestChangeVersion();
    const found = events(world);
    expect(found.filter(({ op }) => op === "delete")).toEqual([
      { op: "delete", id: id(1600), version: deleted?.changeVersion },
    ]);
    const upserts = found.filter(({ op }) => op === "upsert");
    expect(upserts.every(({ version }) => version === newest)).toBe(true);
    const ids = upserts.map((upsert) => upsert.id);
    expect(ids).toEqual(expect.arrayContaining([id(9999), id(1500), id(1700)]));
    expect(ids).not.toContain(id(1600));
    // Besides them the overlap: the last thousand versions before the watermark, less what has left them.
    expect(inserted?.changeVersion).toBe(2001n);
    expect(onlyManifest(world)).toMatchObject({
      mode: "delta",
      window: { from: "1001", to: String(newest) },
      rows: 1000,
      deletes: 1,
      key_changes: 0,
      deletes_unavailable: false,
    });
  });

  test("E32 has both ends of its window in it, and nothing before", async () => {
    const served = await serving(1200);
    const world = await loaded(served, "students", 1100n);
    await extract(message("students"), origin, world.ports);
    const ids = idsOf(world);
    expect(ids).toHaveLength(1100);
    expect(ids[0]).toBe(id(101));
    expect(onlyManifest(world).window).toEqual({ from: "101", to: "1200" });
  });

  test("E26 picks up a row that was committed late, below the watermark", async () => {
    const served = await serving(50);
    await served.apply({ op: "reserve", name: "open" });
    await served.apply({ op: "update", resource: "students", id: id(1), set: { firstName: "Later" } });
    const world = await loaded(served);
    await served.apply([
      { op: "insert", resource: "students", record: { studentUniqueId: "late" }, id: id(77), reserved: "open" },
      { op: "update", resource: "students", id: id(2), set: { firstName: "Later still" } },
    ]);
    await extract(message("students"), origin, world.ports);
    expect(idsOf(world)).toContain(id(77));
  });

  test("E36 brings the new row of a record that was deleted and made again, and no deletion of the old", async () => {
    const served = await serving(10);
    const world = await loaded(served);
    const [recreated] = await served.apply({ op: "recreate", resource: "students", id: id(3), newId: id(300) });
    await extract(message("students"), origin, world.ports);
    expect(events(world)).toContainEqual({ op: "upsert", id: id(300), version: recreated?.changeVersion });
    expect(events(world).filter(({ op }) => op === "delete")).toEqual([]);
  });

  test("E37 brings key changes at their own version", async () => {
    const served = await serving(school);
    expect(await served.newestChangeVersion()).toBe(BigInt(schoolRows));
    const world = await loaded(served, "sections");
    const [changed] = await served.apply({
      op: "keyChange",
      resource: "sections",
      id: "e1",
      newKey: { sectionIdentifier: "ALG-1-09" },
    });
    await extract(message("sections"), origin, world.ports);
    expect(events(world)).toContainEqual({ op: "key_change", id: "e1", version: changed?.trackedVersion });
    expect(onlyManifest(world)).toMatchObject({ key_changes: 1, deletes: 0 });
    const upsert = world.lines(onlyManifest(world)).find((line) => line.op === "upsert" && line.record_id === "e1");
    expect(upsert?.data.sectionIdentifier).toBe("ALG-1-09");
  });

  test("pages its feeds by offset, and misses no deletion while others are taken back", async () => {
    const served = await serving(80, { maxPageSize: 10 });
    const world = worldOf(served, { page_size: 10 });
    world.control.put("watermarks/d1/students/2011.json", watermark("students", "80"));
    await served.apply(Array.from({ length: 45 }, (_, n) => ({ op: "delete", resource: "students", id: id(n + 1) })));
    // Between the second and the third page of deletions some of the first are no deletions any more: those after them move up.
    const again = [1, 2, 3].map((n) => ({
      op: "insert" as const,
      resource: "students",
      record: students(n)[n - 1] as object as Record<string, unknown>,
      id: id(1000 + n),
    }));
    served.addFaults({ match: { path: "/deletes$", nth: 3 }, apply: again });
    await extract(message("students"), origin, world.ports);
    const deleted = new Set(
      events(world)
        .filter(({ op }) => op === "delete")
        .map((event) => event.id),
    );
    expect(Array.from({ length: 42 }, (_, n) => id(n + 4)).filter((gone) => !deleted.has(gone))).toEqual([]);
  });

  test("E15 E35 understands the change queries of before 6.1", async () => {
    const served = await serving(10);
    const world = await loaded(served);
    await served.apply({ op: "update", resource: "students", id: id(4), set: { firstName: "Changed" } });
    served.addFaults([
      {
        match: { path: "availableChangeVersions$" },
        respond: { body: { OldestChangeVersion: 0, NewestChangeVersion: 11 } },
      },
      {
        match: { path: "/deletes$", nth: 1 },
        respond: { body: [{ Id: "B5F0CF0F-6F5B-4CB0-8F5F-3D0F6A1D2C11", ChangeVersion: 7 }] },
      },
      { match: { path: "/keyChanges$" }, respond: { status: 404 } },
    ]);
    await extract(message("students"), origin, world.ports);
    expect(events(world)).toContainEqual({ op: "delete", id: "b5f0cf0f6f5b4cb08f5f3d0f6a1d2c11", version: 7n });
    expect(onlyManifest(world)).toMatchObject({ outcome: "complete", mode: "delta", deletes: 1 });
  });

  test("keeps versions beyond 2^53 exact", async () => {
    const served = await serving(3);
    served.addFaults([
      { match: { path: "availableChangeVersions$" }, respond: { body: '{"newestChangeVersion":9007199254740995}' } },
      {
        match: { path: "/deletes$", nth: 1 },
        respond: { body: `[{"id":"${id(8)}","changeVersion":9007199254740993,"keyValues":{}}]` },
      },
    ]);
    const world = await loaded(served, "students", 9007199254740001n);
    await extract(message("students"), origin, world.ports);
    expect(onlyManifest(world).window).toEqual({ from: "9007199254739002", to: "9007199254740995" });
    expect(events(world)).toContainEqual({ op: "delete", id: id(8), version: 9007199254740993n });
  });
});

describe("what the credentials may not read", () => {
  test("E38 deletes only: the rows come, and the run says that deletes stay unseen", async () => {
    const served = await serving(10, { claims: { students: { readChanges: false } } });
    const world = await loaded(served);
    await served.apply({ op: "update", resource: "students", id: id(4), set: { firstName: "Changed" } });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    expect(onlyManifest(world)).toMatchObject({ outcome: "complete", deletes_unavailable: true, rows: 10 });
  });

  test("E38 a feed that is refused after a page was read keeps the page and says that there may be more", async () => {
    const served = await serving(40, { maxPageSize: 10 });
    const world = worldOf(served, { page_size: 10 }, { partBytes: 100 });
    world.control.put("watermarks/d1/students/2011.json", watermark("students", "40"));
    await served.apply(Array.from({ length: 25 }, (_, n) => ({ op: "delete", resource: "students", id: id(n + 1) })));
    served.addFaults({ match: { path: "/deletes$", nth: 2 }, respond: { status: 403 } });
    await extract(message("students"), origin, world.ports);
    const manifest = onlyManifest(world);
    expect(manifest).toMatchObject({ outcome: "complete", deletes_unavailable: true, deletes: 10 });
    const rows = manifest.parts.reduce((sum, part) => sum + part.rows, 0);
    expect(rows).toBe(manifest.rows + manifest.deletes + manifest.key_changes);
    expect(world.texts(manifest)).toHaveLength(rows);
  });

  test("E43 the endpoint: the run ends as forbidden, with what the source says", async () => {
    const world = worldOf(await serving(10, { claims: { students: { read: false } } }));
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "forbidden" });
    expect(onlyManifest(world)).toMatchObject({ outcome: "forbidden", parts: [], rows: 0 });
    expect(onlyManifest(world).error).toMatch(/may not read students.*claim set.*The source says/s);
  });
});

describe("404", () => {
  test("E40 at the change versions means that there are none: the run is full", async () => {
    const world = worldOf(await serving(10, { changeQueries: false }));
    world.control.put("watermarks/d1/students/2011.json", watermark("students", "5"));
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 10 });
    expect(onlyManifest(world)).toMatchObject({
      mode: "full",
      reason: "the source offers no change queries",
      window: { from: null, to: null },
    });
    expect(world.lines(onlyManifest(world)).every((line) => line.change_version === null)).toBe(true);
  });

  test("E44 because the source has no such school year is no endpoint that is not offered, but a mistake in the sources", async () => {
    const served = await serving(3);
    const world = worldOf(served, { url: `${served.url}/1999` });
    served.addFaults({
      match: { path: "^/1999/?$" },
      respond: {
        body: {
          urls: {
            oauth: `${served.url}/oauth/token`,
            dataManagementApi: `${served.url}/1999/data/v3/`,
            changeQueries: `${served.url}/1999/changeQueries/v1/`,
          },
        },
      },
    });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
    expect(onlyManifest(world).error).toMatch(/nothing at this address. Check url and school_years/);
  });

  test("E44 in the middle of a walk is a source that is being changed, not an endpoint that is not offered", async () => {
    const served = await serving(30, { maxPageSize: 10 });
    served.addFaults({ match: { query: "pageToken", nth: 2 }, respond: { status: 404, html: true } });
    const world = worldOf(served, { page_size: 10 });
    await expect(extract(message("students"), origin, world.ports)).rejects.toThrow(/any more that it was just giving/);
    expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 30 });
    expect(idsOf(world)).toHaveLength(30);
  });
});

test("E39 a full run sets no bound on its pages, and stands for everything up to the version when it began", async () => {
  const served = await serving(20);
  const world = worldOf(served);
  await extract(message("students", { mode: "full" }), origin, world.ports);
  expect(onlyManifest(world).window).toEqual({ from: null, to: "20" });
  const pages = studentRequests(served).filter(({ query }) => query.has("pageToken") || query.has("number"));
  expect(pages.every(({ query }) => !query.has("maxChangeVersion"))).toBe(true);
  expect(served.requests.some(({ path }) => /deletes|keyChanges/.test(path))).toBe(false);
});
