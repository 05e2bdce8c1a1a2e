import { afterEach, expect, test } from "@jest/globals";
import { profileNames, type Sandbox } from "../../sandbox/sandbox.ts";
import { objectNames } from "../../shared/control/place.ts";
import { extract } from "../../shared/extract/extract.ts";
import type { ExtractMessage, MessageOrigin } from "../../shared/messages/extract.ts";
import { district, message, watermark, worldOf } from "../extract/district.ts";
import type { ExtractWorld } from "../fakes/extract-world.ts";
import { school, schoolRows } from "../sandbox/school.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

const endpoints = ["schools", "students", "sessions", "course_offerings", "sections", "grades", "class_periods"];
const night = Date.UTC(2026, 10, 21, 3);

/** The seconds after three o'clock at which something happens. */
const at = (seconds: number): Date => new Date(night + seconds * 1000);

/** Extracts an endpoint as published and begun at these seconds. @returns the version that its run ends at */
async function endOf(
  world: ExtractWorld,
  endpoint: string,
  published: number,
  begun: number,
  more: Partial<ExtractMessage> = {},
): Promise<string | null | undefined> {
  const from: MessageOrigin = { messageId: `${endpoint} ${published}`, publishedAt: at(published) };
  const clock = { now: () => at(begun), sleep: async () => undefined };
  const { runId } = await extract(message(endpoint, more), from, { ...world.ports, clock });
  return world.manifests().find(({ run_id }) => run_id === runId)?.window.to;
}

const change = { op: "insert" as const, resource: "students" };
let added = 0;

async function write(served: Sandbox): Promise<void> {
  added += 1;
  await served.apply({ ...change, record: { studentUniqueId: `added ${added}` } });
}

test.each(profileNames)(
  "E41 %s: all endpoints of a night end at one version, though the source goes on",
  async (profile) => {
    sandbox = await district(school, { profile });
    const world = worldOf(sandbox);
    const ends: unknown[] = [];
    for (const [index, endpoint] of endpoints.entries()) {
      world.control.put(objectNames.watermark({ source: "d1", endpoint, schoolYear: 2011 }), watermark(endpoint, "1"));
      // The scheduler publishes them within a minute; each is begun when its turn comes.
      ends.push(await endOf(world, endpoint, index * 8, 60 + index * 120, { trigger: "schedule" }));
      await write(sandbox);
    }
    expect(ends).toEqual(endpoints.map(() => String(schoolRows)));
  },
);

test("E41 what a person asks for together ends at one version, and a later round at a later one", async () => {
  sandbox = await district(school);
  const world = worldOf(sandbox);
  const round = at(0).toISOString();
  expect(await endOf(world, "students", 1, 5, { round })).toBe(String(schoolRows));
  await write(sandbox);
  expect(await endOf(world, "sections", 2, 30, { round })).toBe(String(schoolRows));
  // Asked for by itself, after the change: it must be in.
  expect(await endOf(world, "students", 20, 31)).toBe(String(schoolRows + 1));
});

test("E41 runs that begin at once agree on one version", async () => {
  sandbox = await district(school);
  const served = sandbox;
  const world = worldOf(served);
  const { http } = world.ports;
  const growing: typeof http = async (request) => {
    if (/availableChangeVersions$/.test(request.url)) await write(served);
    return http(request);
  };
  const moving = { ...world, ports: { ...world.ports, http: growing } };
  const ends = await Promise.all(endpoints.map((endpoint) => endOf(moving, endpoint, 1, 5, { trigger: "schedule" })));
  expect(new Set(ends).size).toBe(1);
});

test.each([
  ["an endpoint that was read further on its own does not go back", String(schoolRows + 1), String(schoolRows + 1)],
  ["an endpoint that is not loaded yet ends with the others", null, String(schoolRows)],
])("E41 %s", async (_, loaded, end) => {
  sandbox = await district(school);
  const world = worldOf(sandbox);
  expect(await endOf(world, "students", 0, 5, { trigger: "schedule" })).toBe(String(schoolRows));
  await write(sandbox);
  const place = { source: "d1", endpoint: "sections", schoolYear: 2011 };
  if (loaded !== null) world.control.put(objectNames.watermark(place), watermark("sections", loaded));
  expect(await endOf(world, "sections", 1, 60, { trigger: "schedule" })).toBe(end);
});
