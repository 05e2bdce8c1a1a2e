import { afterEach, describe, expect, test } from "@jest/globals";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import { inParallel } from "../../shared/extract/parallel.ts";
import { type ExtractMessage, runIdOf } from "../../shared/messages/extract.ts";
import { fakeClock } from "../fakes/clock.ts";
import { deliver, district, idsOf, message, onlyManifest, origin, studentIds, worldOf } from "./district.ts";

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});

describe("the id of a run", () => {
  const at = (time: string, messageId = "m"): { messageId: string; publishedAt: Date } => ({
    messageId,
    publishedAt: new Date(time),
  });
  const id = (more: Partial<ExtractMessage>, year = 2026, from = at("2026-11-21T03:00:00Z")): string =>
    runIdOf(message("students", more), year, from);

  test("differs between years, sources, endpoints and modes that one slot asks for", () => {
    const all = [
      id({ trigger: "schedule" }),
      id({ trigger: "schedule" }, 2025),
      id({ trigger: "schedule", source: "d2" }),
      id({ trigger: "schedule", endpoint: "schools" }),
      id({ trigger: "schedule", mode: "full" }),
      id({ trigger: "schedule" }, 2026, at("2026-11-21T03:05:00Z")),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("is one for the duplicates of a scheduler's slot, and for the deliveries of a message", () => {
    const slot = { trigger: "schedule" } as const;
    expect(id(slot, 2026, at("2026-11-21T03:00:01Z", "a"))).toBe(id(slot, 2026, at("2026-11-21T03:00:09Z", "b")));
    expect(id({}, 2026, at("2026-11-21T03:00:00Z", "a"))).toBe(id({}, 2026, at("2026-11-21T03:00:00Z", "a")));
    expect(id({}, 2026, at("2026-11-21T03:00:00Z", "a"))).not.toBe(id({}, 2026, at("2026-11-21T03:00:00Z", "b")));
  });

  test("sorts as the runs began", () => {
    const first = id({ mode: "full" }, 2026, at("2026-11-21T03:00:00Z"));
    expect(first < id({}, 2026, at("2026-11-21T03:00:01Z"))).toBe(true);
    expect(first).toMatch(/^20261121T030000Z-full-[0-9a-f]{10}$/);
  });
});

test("an endpoint may be spelled as the API spells it: that is the same run", async () => {
  sandbox = await district({ "schoolYearTypes.jsonl": [{ id: "a", schoolYear: 2011 }] });
  const world = worldOf(sandbox);
  await extract(message("school_year_types"), origin, world.ports);
  expect(await extract(message("schoolYearTypes"), origin, world.ports)).toMatchObject({ status: "already done" });
});

describe("a source that fails", () => {
  test("but gives a little more at each delivery is not given up", async () => {
    sandbox = await district(200, { maxPageSize: 10 });
    const world = worldOf(sandbox, { page_size: 10 }, { attemptsMax: 2 });
    const { http } = world.ports;
    let pages = 0;
    const flaky: typeof http = async (request) => {
      if (request.parameters?.pageToken === undefined) return http(request);
      pages += 1;
      // Two pages come, then nothing for as long as anybody is patient.
      if (pages % 8 > 2) throw new RetryableError("The source could not be reached");
      return http(request);
    };
    const flakily = { ...world, ports: { ...world.ports, http: flaky } };
    expect(await deliver(flakily, message("students"))).toMatchObject({ status: "complete", rows: 200 });
    expect(idsOf(world)).toEqual(studentIds(200));
  });

  test("until the time is up hands over what it gave", async () => {
    sandbox = await district(60, { maxPageSize: 10 });
    const clock = fakeClock();
    const world = worldOf(sandbox, { page_size: 10 }, { clock, workMs: 30_000 });
    const { http } = world.ports;
    let pages = 0;
    const slow: typeof http = async (request) => {
      if (request.parameters?.pageToken !== undefined) pages += 1;
      if (pages !== 3) return http(request);
      clock.advance(40_000);
      throw new RetryableError("The source did not answer in time", { code: "timeout" });
    };
    expect(await extract(message("students"), origin, { ...world.ports, http: slow })).toMatchObject({
      status: "continued",
    });
    expect(await deliver(world, world.topic.messages[0] as ExtractMessage)).toMatchObject({ status: "complete" });
    expect(idsOf(world)).toEqual(studentIds(60));
  });

  test("in a way that nobody foresaw ends the run too, without quoting the failure", async () => {
    sandbox = await district(10);
    const world = worldOf(sandbox);
    const http = (): never => {
      throw new TypeError("Planted is not a function");
    };
    const broken = { ...world, ports: { ...world.ports, http } };
    await expect(extract(message("students"), origin, broken.ports)).rejects.toThrow(TypeError);
    expect(await deliver(broken, message("students"))).toMatchObject({ status: "failed" });
    expect(onlyManifest(world).error).toMatch(/unexpected error.*given up after 3 attempts/);
    expect(onlyManifest(world).error).not.toContain("Planted");
  });
});

describe("a run whose endpoint has left the configuration since it began", () => {
  test.each([
    ["the endpoint is excluded", { exclude: ["students"] }, /has no endpoint "students"/],
    ["the year is gone", { school_years: [2012] }, /not configured for school year 2011/],
    ["the source is gone", { id: "d2" }, /no source "d1"/],
  ])("leaves nothing behind that waits for it: %s", async (_, change, pattern) => {
    sandbox = await district(60, { maxPageSize: 10 });
    const world = worldOf(sandbox, { page_size: 10 }, { partBytes: 500 });
    const { http } = world.ports;
    let requests = 0;
    const dying: typeof http = async (request) => {
      requests += 1;
      if (requests > 8) throw new RetryableError("down");
      return http(request);
    };
    const asked = message("students", { school_year: 2011 });
    await expect(extract(asked, origin, { ...world.ports, http: dying })).rejects.toThrow("down");
    expect([...world.control.objects.keys()].filter((name) => name.includes("/students/"))).toHaveLength(2);
    const changed = worldOf(sandbox, change).ports.sources;
    await expect(extract(asked, origin, { ...world.ports, sources: changed })).rejects.toThrow(pattern);
    await expect(extract(asked, origin, { ...world.ports, sources: changed })).rejects.toBeInstanceOf(PermanentError);
    const left = [...world.control.objects.keys()].filter((name) => !name.startsWith("tokens/"));
    expect(left).toEqual(["rounds/d1/2011.json"]);
    expect(world.manifests()).toEqual([]);
  });

  test("does not touch another run of the endpoint", async () => {
    sandbox = await district(3);
    const world = worldOf(sandbox, { exclude: ["students"] });
    world.control.put("in-flight/d1/students/2011.json", {
      v: 1,
      connector: "edfi",
      run_id: "another",
      attempts: 1,
      since: "2026-11-21T00:00:00.000Z",
      expires_at: "2026-11-21T02:00:00.000Z",
    });
    world.control.put("checkpoints/d1/students/2011/another.json", {});
    const before = [...world.control.objects.keys()];
    await expect(extract(message("students"), origin, world.ports)).rejects.toBeInstanceOf(PermanentError);
    expect([...world.control.objects.keys()]).toEqual(before);
  });

  test("is carried on when only other endpoints left", async () => {
    sandbox = await district(30, { maxPageSize: 10 });
    const world = worldOf(sandbox, { page_size: 10 });
    sandbox.addFaults({ match: { query: "pageToken", nth: [2, 3, 4, 5, 6, 7] }, respond: { status: 503 } });
    await expect(extract(message("students"), origin, world.ports)).rejects.toThrow(RetryableError);
    const changed = worldOf(sandbox, { page_size: 10, endpoints: ["students"] }).ports.sources;
    await extract(message("students"), origin, { ...world.ports, sources: changed });
    expect(idsOf(world)).toEqual(studentIds(30));
  });
});

describe("accept_shrink", () => {
  test("is remembered by the run, whoever continues it", async () => {
    sandbox = await district(30, { maxPageSize: 10 });
    const world = worldOf(sandbox, { page_size: 10 });
    sandbox.addFaults({ match: { query: "pageToken", nth: [2, 3, 4, 5, 6, 7] }, respond: { status: 503 } });
    const asked = message("students", { mode: "full", accept_shrink: true });
    await expect(extract(asked, origin, world.ports)).rejects.toThrow(RetryableError);
    const runId = runIdOf(asked, 2011, origin);
    const continuation = message("students", { mode: "full", school_year: 2011, run_id: runId, hop: 1 });
    await extract(continuation, { ...origin, messageId: "other" }, world.ports);
    expect(onlyManifest(world)).toMatchObject({ run_id: runId, accept_shrink: true, rows: 30 });
  });
});

describe("inParallel", () => {
  test("works on so many at once, and no more", async () => {
    let working = 0;
    let most = 0;
    const finished = await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setTimeout(resolve, 1));
      working -= 1;
      return item !== 4;
    });
    expect(most).toBe(3);
    expect(finished).toBe(false);
    expect(await inParallel([], 3, async () => false)).toBe(true);
  });

  test("begins nothing after a failure, lets what runs finish, and throws what will not pass by itself", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const work = async (item: number): Promise<boolean> => {
      begun.push(item);
      await new Promise((resolve) => setTimeout(resolve, item * 2));
      ended.push(item);
      if (item === 1) throw new RetryableError("later");
      if (item === 2) throw new PermanentError("never");
      return true;
    };
    await expect(inParallel([1, 2, 3, 4, 5], 3, work)).rejects.toThrow("never");
    expect(begun).toEqual([1, 2, 3]);
    expect(ended).toEqual([1, 2, 3]);
  });
});
