import { afterEach, expect, test } from "@jest/globals";
import { type ChangeInput, type ProfileName, profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import type { HttpRequest } from "../../shared/connector/http.ts";
import { objectNames } from "../../shared/control/place.ts";
import { type ExtractPorts, extract } from "../../shared/extract/extract.ts";
import {
  deliver,
  district,
  idsOf,
  message,
  onlyManifest,
  origin,
  studentIds,
  watermark,
  worldOf,
} from "../extract/district.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const withSnapshots: readonly ProfileName[] = ["ods-5.3", "ods-6.1", "ods-7.1", "ods-7.3"];
const byName: readonly ProfileName[] = ["ods-5.3", "ods-6.1"];
const byFlag: readonly ProfileName[] = ["ods-7.1", "ods-7.3"];
const place = { source: "d1", endpoint: "students", schoolYear: 2011 };
const id = (number: number): string => number.toString(16).padStart(32, "0");
const take = (name: string): ChangeInput => ({ op: "takeSnapshot", name });
const insert = (number: number): ChangeInput => {
  return { op: "insert", resource: "students", id: id(number), record: { studentUniqueId: `s${number}` } };
};
const remove = (number: number): ChangeInput => ({ op: "delete", resource: "students", id: id(number) });
/** What a request says about the snapshot it means. */
const meant = ({ headers = {} }: HttpRequest): string | undefined => {
  return headers["snapshot-identifier"] ?? headers["use-snapshot"];
};

/** A world whose source reads snapshots, and what its requests to the API asked for. */
function reading(
  served: Sandbox,
  snapshot: "when_offered" | "required",
  before: (request: HttpRequest) => Promise<void> = async () => undefined,
  overrides: Partial<ExtractPorts> = {},
): ExtractWorld & { readonly asked: { path: string; meant: string | undefined }[] } {
  const asked: { path: string; meant: string | undefined }[] = [];
  const { http } = worldOf(served).ports;
  const watching: typeof http = async (request) => {
    const { pathname } = new URL(request.url);
    if (/\/(ed-fi|changeQueries)\//.test(pathname)) asked.push({ path: pathname, meant: meant(request) });
    await before(request);
    return http(request);
  };
  return { ...worldOf(served, { snapshot, page_size: 10 }, { ...overrides, http: watching }), asked };
}

test.each(withSnapshots)(
  "E42 %s: every request of a run reads the newest snapshot, its pages, feeds and counts",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    await sandbox.apply([take("OLD"), remove(1), insert(61), take("NIGHT"), insert(62), remove(2)]);
    const world = reading(sandbox, "required");
    world.control.put(objectNames.watermark(place), watermark("students", "60"));
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete" });
    const manifest = onlyManifest(world);
    expect(manifest).toMatchObject({
      mode: "delta",
      window: { from: "0", to: "62" },
      rows: 60,
      deletes: 1,
      api_total_count: 60,
    });
    expect(manifest.snapshot).toMatch(
      byName.includes(profile) ? /^snapshot-identifier: NIGHT$/ : /^use-snapshot: true$/,
    );
    expect(idsOf(world)).toEqual([...studentIds(61).slice(1)].sort());
    const kinds = ["/students", "/deletes", "/availableChangeVersions"];
    for (const kind of kinds) expect(world.asked.some(({ path }) => path.endsWith(kind))).toBe(true);
    const outside = world.asked.filter(({ path, meant }) => meant === undefined && !path.endsWith("/snapshots"));
    expect(outside).toEqual([]);
  },
);

/** Does something before the given page of students is asked for. */
function beforePage(nth: number, work: () => Promise<unknown>): (request: HttpRequest) => Promise<void> {
  let pages = 0;
  return async ({ url, parameters = {} }) => {
    if (!/students$/.test(url) || parameters.limit === "0") return;
    pages += 1;
    if (pages === nth) await work();
  };
}

// With small parts, some of what was read is in closed parts and in the checkpoint by then.
const partBytes = 100;

test.each(withSnapshots)(
  "E42 %s: a snapshot that vanishes is exchanged for another, and nothing that was read of it counts",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    const served = sandbox;
    await served.apply([take("ONE"), remove(1), remove(2), insert(61)]);
    const exchange = (): Promise<unknown> => served.apply([{ op: "dropSnapshot", name: "ONE" }, take("TWO")]);
    const world = reading(served, "required", beforePage(4, exchange), { partBytes });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 59 });
    expect(idsOf(world)).toEqual(studentIds(61).slice(2));
    expect(onlyManifest(world)).toMatchObject({ window: { to: "63" }, rows: 59 });
    const parts = [...world.landing.objects.keys()].filter((name) => name.includes("/part-"));
    expect(parts.length).toBeGreaterThan(onlyManifest(world).parts.length);
  },
);

test.each(withSnapshots)(
  "E42 %s: a run that goes on in another delivery keeps its snapshot, though there is a newer one",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    const served = sandbox;
    await served.apply(take("ONE"));
    const newer = (): Promise<unknown> => served.apply([remove(1), remove(2), insert(61), take("TWO")]);
    let time = Date.now();
    const now = (): Date => {
      time += 1000;
      return new Date(time);
    };
    const clock = { now, sleep: async () => undefined };
    const world = reading(served, "required", beforePage(4, newer), { partBytes, clock, workMs: 12_000 });
    expect(await deliver(world, message("students"))).toMatchObject({ status: "complete" });
    expect(world.topic.messages.length).toBeGreaterThan(0);
    // By name the old one can still be read; by the flag another has taken its place, and the run has begun anew.
    expect(idsOf(world)).toEqual(byName.includes(profile) ? studentIds(60) : studentIds(61).slice(2));
  },
);

test.each(withSnapshots)(
  "E42 %s: another snapshot in the place of the one that is read shows at the end, and both are never mixed",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    const served = sandbox;
    await served.apply(take("NIGHT"));
    const exchange = (): Promise<unknown> => served.apply([remove(50), insert(61), take("NIGHT")]);
    const world = reading(served, "required", beforePage(3, exchange), { partBytes });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 60 });
    expect(idsOf(world)).toEqual(studentIds(61).filter((each) => each !== id(50)));
    expect(onlyManifest(world).window.to).toBe("62");
  },
);

test.each(withSnapshots)(
  "E42 %s: a snapshot that goes away each time is given up, and nothing is loaded",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    const served = sandbox;
    await served.apply(take("NIGHT"));
    let changes = 0;
    const world = reading(
      served,
      "required",
      async ({ url, parameters }) => {
        if (!/students$/.test(url) || parameters?.limit === "0") return;
        changes += 1;
        const update = {
          op: "update" as const,
          resource: "students",
          id: id(1),
          set: { firstName: `Name ${changes}` },
        };
        await served.apply([update, take("NIGHT")]);
      },
      { partBytes },
    );
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed", rows: 0 });
    expect(onlyManifest(world)).toMatchObject({ parts: [] });
    expect(onlyManifest(world).error).toMatch(/snapshot went away 4 times while it was being read/);
  },
);

test.each(byName)(
  "E42 %s: killed after its snapshot was exchanged, a run ends with the new one alone",
  async (profile) => {
    sandbox = await district(60, { profile, maxPageSize: 10 });
    const served = sandbox;
    await served.apply([take("ONE"), remove(1)]);
    let isKilled = false;
    const exchange = (): Promise<unknown> => served.apply([{ op: "dropSnapshot", name: "ONE" }, take("TWO")]);
    const atFour = beforePage(4, exchange);
    const atSeven = beforePage(7, async () => {
      isKilled = true;
      throw new Error("killed");
    });
    const world = reading(
      served,
      "required",
      async (request) => {
        await atFour(request);
        await atSeven(request);
      },
      { partBytes },
    );
    expect(await deliver(world, message("students"))).toMatchObject({ status: "complete", rows: 59 });
    expect(isKilled).toBe(true);
    expect(idsOf(world)).toEqual(studentIds(60).slice(1));
  },
);

test.each(profileNames)(
  "E42 %s: where none is offered, the live data are read unless one is required",
  async (profile) => {
    sandbox = await district(5, { profile });
    const offered = reading(sandbox, "when_offered");
    expect(await extract(message("students"), origin, offered.ports)).toMatchObject({ status: "complete", rows: 5 });
    expect(onlyManifest(offered).snapshot).toBeUndefined();
    const required = reading(sandbox, "required");
    expect(await extract(message("students"), origin, required.ports)).toMatchObject({ status: "failed" });
    expect(onlyManifest(required).error).toMatch(/offers no snapshot, and its setting snapshot requires one/);
    expect(required.asked.some(({ path }) => path.includes("/ed-fi/"))).toBe(false);
  },
);

test("E42 dms-8: a header that it overlooks is never sent, so that nobody believes in a snapshot", async () => {
  sandbox = await district(5, { profile: "dms-8" });
  await sandbox.apply(take("NIGHT"));
  const world = reading(sandbox, "when_offered");
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 5 });
  expect(world.asked.filter((request) => request.meant !== undefined)).toEqual([]);
});

test.each(withSnapshots)(
  "E42 %s: a snapshot older than what is loaded does not take the tables back",
  async (profile) => {
    sandbox = await district(5, { profile });
    await sandbox.apply([take("NIGHT"), insert(6), insert(7)]);
    const loaded = watermark("students", "6");
    const offered = reading(sandbox, "when_offered");
    offered.control.put(objectNames.watermark(place), loaded);
    expect(await extract(message("students"), origin, offered.ports)).toMatchObject({ status: "complete", rows: 7 });
    expect(onlyManifest(offered)).toMatchObject({ mode: "delta", window: { to: "7" } });
    const required = reading(sandbox, "required");
    required.control.put(objectNames.watermark(place), loaded);
    expect(await extract(message("students"), origin, required.ports)).toMatchObject({ status: "failed" });
    expect(onlyManifest(required).error).toMatch(/newest snapshot is older than what is loaded/);
  },
);

test.each(withSnapshots)("E33 E42 %s: of a source that was restored, the snapshot is read whole", async (profile) => {
  sandbox = await district(5, { profile });
  await sandbox.apply(take("NIGHT"));
  const world = reading(sandbox, "required");
  world.control.put(objectNames.watermark(place), watermark("students", "900"));
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "complete", rows: 5 });
  expect(onlyManifest(world)).toMatchObject({ mode: "full", reason: "the source was restored to an earlier state" });
});

test.each(byFlag)("E44 %s: no snapshot is neither an endpoint missing nor a wrong address", async (profile) => {
  sandbox = await district(5, { profile });
  const world = reading(sandbox, "required");
  expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
  expect(onlyManifest(world).error).toMatch(/offers no snapshot/);
  expect(onlyManifest(world).error).not.toMatch(/nothing at this address|data standard/);
});

test.each(withSnapshots)("E44 %s: an endpoint missing is unsupported in a snapshot too", async (profile) => {
  sandbox = await district(3, { profile });
  await sandbox.apply(take("NIGHT"));
  const world = reading(sandbox, "required");
  expect(await extract(message("contacts"), origin, world.ports)).toMatchObject({ status: "unsupported" });
});
