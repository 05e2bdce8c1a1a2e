import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import type { ExtractMessage } from "../../shared/messages/extract.ts";
import { extractWorld, sourcesFor } from "../fakes/extract-world.ts";

const origin = { messageId: "1", publishedAt: new Date("2026-11-21T03:00:00Z") };

function message(endpoint: string, more: Partial<ExtractMessage> = {}): ExtractMessage {
  return { v: 1, source: "d1", endpoint, mode: "delta", trigger: "manual", hop: 0, accept_shrink: false, ...more };
}

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

afterAll(async () => {
  await sandbox.close();
});

describe("extract", () => {
  test("brings every record of an endpoint, each once, with a manifest that says so", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    const summary = await extract(message("students"), origin, world.ports);
    expect(summary).toMatchObject({ status: "complete", rows: 960 });
    const [manifest] = world.manifests();
    expect(manifest).toMatchObject({
      outcome: "complete",
      mode: "full",
      reason: "nothing is loaded yet",
      rows: 960,
      api_total_count: 960,
    });
    const lines = manifest ? world.lines(manifest) : [];
    expect(new Set(lines.map((line) => line.record_id)).size).toBe(960);
    expect(lines.every((line) => String(line.change_version) === manifest?.window.to)).toBe(true);
  });

  test("keeps no lease and no checkpoint behind", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    await extract(message("sessions"), origin, world.ports);
    const left = [...world.control.objects.keys()].map((name) => name.replace(/\w{24}/, "…")).sort();
    expect(left).toEqual(["in-flight/d1/sessions/2011.json", "rounds/d1/2011.json", "tokens/….json"]);
  });

  test("E52 does nothing for a message that comes again", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    await extract(message("sessions"), origin, world.ports);
    const before = [...world.landing.objects.keys()];
    expect(await extract(message("sessions"), origin, world.ports)).toMatchObject({ status: "already done" });
    expect([...world.landing.objects.keys()]).toEqual(before);
  });

  test("closes parts at the size asked for", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox, { partBytes: 200_000 });
    await extract(message("students"), origin, world.ports);
    const [manifest] = world.manifests();
    expect(manifest?.parts.length).toBeGreaterThan(1);
    expect(manifest?.parts.reduce((sum, part) => sum + part.rows, 0)).toBe(960);
  });

  test("E57 hands over at the deadline and goes on where it stopped", async () => {
    let time = Date.parse("2026-11-21T03:00:00Z");
    // Every look at the clock takes a quarter of the time that a delivery may work.
    const now = (): Date => {
      time += 5_000;
      return new Date(time);
    };
    const clock = { now, sleep: async () => undefined };
    const world = extractWorld(sourcesFor(sandbox.url, "    page_size: 100\n"), sandbox, { clock, workMs: 20_000 });
    let summary = await extract(message("students"), origin, world.ports);
    let hops = 0;
    while (summary.status === "continued" && hops < 50) {
      hops += 1;
      summary = await extract(world.topic.messages.at(-1) as ExtractMessage, origin, world.ports);
    }
    expect(hops).toBeGreaterThan(1);
    const [manifest] = world.manifests();
    expect(manifest).toMatchObject({ outcome: "complete", rows: 960 });
    expect(new Set(manifest ? world.lines(manifest).map((line) => line.record_id) : []).size).toBe(960);
  });

  test("E44 ends with the outcome unsupported where the source has no such endpoint", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    expect(await extract(message("contacts"), origin, world.ports)).toMatchObject({ status: "unsupported" });
    expect(world.manifests()).toMatchObject([{ outcome: "unsupported", parts: [] }]);
  });

  test.each([
    ["an unknown source", message("students", { source: "nobody" }), /no source "nobody".*d1/],
    ["an unknown endpoint", message("pupils"), /no endpoint "pupils"/],
    [
      "a year it is not configured for",
      message("students", { school_year: 1999 }),
      /not configured for school year 1999/,
    ],
  ])("refuses %s for good, naming what there is", async (_, bad, pattern) => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    await expect(extract(bad, origin, world.ports)).rejects.toThrow(pattern);
    await expect(extract(bad, origin, world.ports)).rejects.toBeInstanceOf(PermanentError);
  });

  test("says what is wrong with the credentials, without showing them", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), { key: sandbox.key, secret: "planted-wrong-secret" });
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
    expect(world.manifests()[0]?.error).toMatch(/refused the credentials/);
    expect(JSON.stringify([world.log.lines, world.manifests()])).not.toContain("planted-wrong-secret");
  });

  test("E53 is delivered again while another delivery holds the endpoint", async () => {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    world.control.put("leases/extract/d1/students/2011.json", { owner: "other", expires_at: "2999-01-01T00:00:00Z" });
    await expect(extract(message("students"), origin, world.ports)).rejects.toBeInstanceOf(RetryableError);
    expect(world.manifests()).toEqual([]);
  });

  test("gives a run up after its attempts are used, with a manifest that says why", async () => {
    const world = extractWorld(sourcesFor("http://127.0.0.1:9"), sandbox);
    for (let attempt = 1; attempt < 3; attempt += 1) {
      await expect(extract(message("students"), origin, world.ports)).rejects.toBeInstanceOf(RetryableError);
    }
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({ status: "failed" });
    expect(world.manifests()[0]?.error).toMatch(/could not be reached.*given up after 3 attempts/);
  });

  test("publishes one message for each year when none is named", async () => {
    const sources = sourcesFor(`${sandbox.url}/{school_year}`);
    const years = { ...sources, sources: sources.sources.map((source) => ({ ...source, school_years: [2011, 2012] })) };
    const world = extractWorld(years, sandbox);
    expect(await extract(message("students"), origin, world.ports)).toEqual({ status: "fanned out" });
    await extract(message("students"), origin, world.ports);
    expect(world.topic.messages).toHaveLength(4);
    // A redelivery names the same runs.
    expect(world.topic.messages.slice(0, 2)).toEqual(world.topic.messages.slice(2));
  });
});

describe("a delta", () => {
  async function loaded(endpoint: string, changeVersion: string) {
    const world = extractWorld(sourcesFor(sandbox.url), sandbox);
    world.control.put(`watermarks/d1/${endpoint}/2011.json`, {
      v: 1,
      source_id: "d1",
      connector: "edfi",
      endpoint,
      school_year: 2011,
      change_version: changeVersion,
      since: "2026-11-19T00:00:00.000Z",
      run_id: "r0",
      run_started_at: "2026-11-20T00:00:00.000Z",
      mode: "full",
      loaded_at: "2026-11-20T00:00:00.000Z",
      full_run_id: "r0",
      full_run_started_at: "2026-11-20T00:00:00.000Z",
      row_count: 960,
      fingerprint: "x",
    });
    return world;
  }

  test("E34 asks for no page and writes no part when the source has nothing new", async () => {
    const newest = await newestVersion();
    const world = await loaded("students", newest);
    const before = sandbox.requests.length;
    expect(await extract(message("students"), origin, world.ports)).toMatchObject({
      status: "complete",
      rows: 0,
      parts: 0,
    });
    const paths = sandbox.requests.slice(before).map((request) => request.path);
    expect(paths.filter((path) => path.includes("/ed-fi/"))).toEqual([]);
    expect(world.manifests()[0]).toMatchObject({ mode: "delta", reason: "nothing changed", parts: [] });
  });

  test("E33 reads everything again from a source that was restored", async () => {
    const world = await loaded("sessions", "99999999999");
    await extract(message("sessions"), origin, world.ports);
    expect(world.manifests()[0]).toMatchObject({
      mode: "full",
      reason: "the source was restored to an earlier state",
      rows: 6,
    });
  });

  test("E32 begins earlier than the watermark by the overlap", async () => {
    const world = await loaded("sessions", "50000");
    await extract(message("sessions"), origin, world.ports);
    expect(world.manifests()[0]?.window).toEqual({ from: "49001", to: await newestVersion() });
  });
});

async function newestVersion(): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${sandbox.key}:${sandbox.secret}`).toString("base64")}`;
  const token = await fetch(`${sandbox.url}/oauth/token`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const answer = await fetch(`${sandbox.url}/changeQueries/v1/availableChangeVersions`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  return String(((await answer.json()) as { newestChangeVersion: number }).newestChangeVersion);
}
