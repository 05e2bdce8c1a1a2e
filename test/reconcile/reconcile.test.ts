import { describe, expect, test } from "@jest/globals";
import { objectNames } from "../../shared/control/place.ts";
import { RetryableError } from "../../shared/errors.ts";
import { extract } from "../../shared/extract/extract.ts";
import { load } from "../../shared/load/load.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { loadMessageSchema } from "../../shared/messages/load.ts";
import { type ReconcilePorts, reconcile } from "../../shared/reconcile/reconcile.ts";
import { district, idsOf, message, onlyManifest, origin, studentIds, worldOf } from "../extract/district.ts";
import { connectors, keptTopic } from "../fakes/extract-world.ts";
import { type LoadWorld, land, loadRun, loadWorld, many, place } from "../load/world.ts";

const graceMs = 900_000;
const hourMs = 3_600_000;

interface World extends LoadWorld {
  readonly reconcilePorts: ReconcilePorts;
  readonly extracts: readonly object[];
  readonly loads: readonly object[];
  readonly looks: readonly object[];
}

function world(): World {
  const made = loadWorld();
  const [extractTopic, loadTopic, refreshTopic, deliverTopic] = [keptTopic(), keptTopic(), keptTopic(), keptTopic()];
  const { sources, landing, control, warehouse, clock, log } = made.ports;
  return {
    ...made,
    reconcilePorts: {
      sources,
      connectors,
      landing,
      control,
      warehouse,
      clock,
      log,
      extractTopic,
      loadTopic,
      refreshTopic,
      deliverTopic,
      models: [],
      graceMs,
    },
    extracts: extractTopic.messages,
    loads: loadTopic.messages,
    looks: refreshTopic.messages,
  };
}

const nothing = { manifests: 0, runs: 0, marks: 0, deliveries: 0 };

function putMark(made: World, expiresInMs: number): void {
  made.buckets.control.put(objectNames.inFlight(place), {
    v: 1,
    connector: "edfi",
    run_id: "r1",
    attempts: 1,
    since: made.clock.now().toISOString(),
    expires_at: new Date(made.clock.now().getTime() + expiresInMs).toISOString(),
  });
}

function putLease(made: World, expiresInMs: number): void {
  const expires = new Date(made.clock.now().getTime() + expiresInMs).toISOString();
  made.buckets.control.put(objectNames.extractLease(place), { owner: "r1", nonce: "n", expires_at: expires });
}

function putCheckpoint(made: World, runId: string, more: object = {}): void {
  made.buckets.control.put(objectNames.checkpoint(place, runId), {
    v: 1,
    run_id: runId,
    mode: "full",
    reason: "asked",
    window: { from: null, to: "100" },
    run_started_at: "2026-11-21T01:00:00.000Z",
    attempt: 1,
    holder: "h",
    hop: 3,
    walks: [],
    parts: [],
    rewalks: 0,
    pass_from: 0,
    counted_before: null,
    deletes_unavailable: false,
    accept_shrink: true,
    ending: null,
    ...more,
  });
}

describe("when all is well", () => {
  test("nothing is asked for but a look at the models", async () => {
    const made = world();
    await loadRun(made, await land(made, { runId: "r1", hour: 1, rows: many(3) }));
    putMark(made, hourMs);
    made.clock.advance(hourMs / 2);
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
    expect(made.extracts).toEqual([]);
    expect(made.loads).toEqual([]);
    expect(made.looks).toEqual([{ v: 1, reason: "reconcile" }]);
    expect(made.buckets.control.objects.has(objectNames.inFlight(place))).toBe(true);
  });

  test("nothing is read from an empty deployment", async () => {
    const made = world();
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
  });
});

describe("a notification that was lost", () => {
  test("is made good: the load is asked for again, and then no more", async () => {
    const made = world();
    const run = await land(made, { runId: "r1", hour: 1, rows: many(3) });
    made.clock.advance(graceMs);
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ manifests: 1 });
    expect(made.loads).toEqual([{ name: run.name }]);
    await load(loadMessageSchema.parse(made.loads[0]), made.ports);
    expect(made.watermark()).toMatchObject({ run_id: "r1", row_count: 3 });
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
    expect(made.loads).toHaveLength(1);
  });

  test("is made good for a failed run too, so that models do not wait for it", async () => {
    const made = world();
    const more = { outcome: "failed" as const, error: "because", rows: 0 };
    const run = await land(made, { runId: "r1", hour: 1, to: null, more });
    made.clock.advance(graceMs);
    await reconcile(made.reconcilePorts);
    await load(loadMessageSchema.parse(made.loads[0]), made.ports);
    expect(made.buckets.control.objects.has(objectNames.inFlight(place))).toBe(false);
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
    expect(run.manifest.outcome).toBe("failed");
  });

  test.each([
    ["on its way by itself yet", graceMs - 1],
    ["two weeks old", 14 * 24 * hourMs],
  ])("is left alone while it is %s", async (_, age) => {
    const made = world();
    await land(made, { runId: "r1", hour: 1, rows: many(3) });
    made.clock.advance(age);
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ manifests: 0 });
    expect(made.loads).toEqual([]);
  });

  test("of an endpoint that has left the connector files is not asked for without end", async () => {
    const made = world();
    made.buckets.landing.put("manifests/d1/pupils/2011/r1.json", {});
    made.clock.advance(graceMs);
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
  });
});

describe("a run that stopped in the middle", () => {
  test("is continued, with all that it was asked for", async () => {
    const made = world();
    putCheckpoint(made, "r1");
    made.clock.advance(graceMs);
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ runs: 1 });
    expect(made.extracts).toEqual([
      {
        v: 1,
        source: "d1",
        endpoint: "students",
        school_year: 2011,
        mode: "full",
        run_id: "r1",
        hop: 4,
        accept_shrink: true,
      },
    ]);
    expect(extractMessageSchema.safeParse(made.extracts[0]).success).toBe(true);
  });

  test.each([
    ["somebody is at work on the endpoint", (made: World) => putLease(made, 2 * graceMs), 0],
    ["the lease of whoever worked on it has expired", (made: World) => putLease(made, graceMs - 1), 1],
  ])("when %s", async (_, prepare, runs) => {
    const made = world();
    putCheckpoint(made, "r1");
    prepare(made);
    made.clock.advance(graceMs);
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ runs });
  });

  test("a short while ago is left alone", async () => {
    const made = world();
    putCheckpoint(made, "r1");
    made.clock.advance(graceMs - 1);
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
  });

  test("after its manifest only left a checkpoint, which is taken away", async () => {
    const made = world();
    await loadRun(made, await land(made, { runId: "r1", hour: 1, rows: many(3) }));
    putCheckpoint(made, "r1");
    made.clock.advance(graceMs);
    expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
    expect(made.buckets.control.objects.has(objectNames.checkpoint(place, "r1"))).toBe(false);
  });

  test("and whose checkpoint nobody can read is told, and does not keep the others waiting", async () => {
    const made = world();
    made.buckets.control.put(objectNames.checkpoint(place, "r0"), "{");
    putCheckpoint(made, "r1");
    made.clock.advance(graceMs);
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ runs: 1 });
    expect(made.log.lines.map((line) => line.message)).toContain("a control object cannot be read");
  });

  test("comes to its end, and is loaded", async () => {
    const served = await district(60, { maxPageSize: 10 });
    try {
      const made = world();
      const { landing, control } = made.buckets;
      const extraction = worldOf(
        served,
        { page_size: 10 },
        { clock: made.clock, partBytes: 500 },
        { landing, control },
      );
      const { http } = extraction.ports;
      let requests = 0;
      const dying: typeof http = async (request) => {
        requests += 1;
        if (requests > 8) throw new RetryableError("down");
        return http(request);
      };
      const dead = { ...extraction.ports, http: dying };
      await expect(extract(message("students", { mode: "full" }), origin, dead)).rejects.toThrow("down");
      made.clock.advance(graceMs);
      await reconcile(made.reconcilePorts);
      const continuation = extractMessageSchema.parse(made.extracts[0]);
      await extract(continuation, { ...origin, messageId: "2" }, extraction.ports);
      expect(idsOf(extraction)).toEqual(studentIds(60));
      // Its notification is lost as well.
      made.clock.advance(graceMs);
      await reconcile(made.reconcilePorts);
      expect(await load(loadMessageSchema.parse(made.loads[0]), made.ports)).toMatchObject({ rows: 60 });
      expect(made.watermark()?.run_id).toBe(onlyManifest(extraction).run_id);
      made.clock.advance(graceMs);
      expect(await reconcile(made.reconcilePorts)).toEqual(nothing);
      const left = [...control.objects.keys()].filter((name) => !name.startsWith("tokens/"));
      expect(left).toEqual([objectNames.round("d1", 2011), objectNames.watermark(place)]);
    } finally {
      await served.close();
    }
  });
});

describe("a mark", () => {
  test.each([
    ["that has expired is taken away", -1, 1],
    ["that has not is left", 1, 0],
  ])("%s", async (_, expiresInMs, marks) => {
    const made = world();
    putMark(made, expiresInMs);
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ marks });
    expect(made.buckets.control.objects.has(objectNames.inFlight(place))).toBe(marks === 0);
  });

  test("that nobody can read is taken away, and told", async () => {
    const made = world();
    made.buckets.control.put(objectNames.inFlight(place), "not a mark");
    expect(await reconcile(made.reconcilePorts)).toMatchObject({ marks: 1 });
    expect(made.log.lines.map((line) => line.message)).toContain("a control object cannot be read");
  });
});

describe("endpoints of a source", () => {
  const lines = (made: World) =>
    made.log.lines
      .filter(({ message: text }) => text.startsWith("endpoints are"))
      .map(({ message: text, fields }) => ({ text, ...fields }));

  test("are told as fresh with the age of the oldest, and as stale when it was not loaded for too long", async () => {
    const made = world();
    await loadRun(made, await land(made, { runId: "r1", hour: 1, rows: many(3) }));
    made.clock.advance(54 * hourMs);
    await reconcile(made.reconcilePorts);
    made.clock.advance(hourMs / 2);
    await reconcile(made.reconcilePorts);
    const told = { source_id: "d1", endpoint: "students", school_year: 2011 };
    expect(lines(made)).toEqual([
      { text: "endpoints are fresh", ...told, hours: 54, count: 0 },
      { text: "endpoints are stale: they were not loaded for too long", ...told, hours: 54.5, count: 1 },
    ]);
  });

  test("are fresh again with a run that brings nothing new", async () => {
    const made = world();
    await loadRun(made, await land(made, { runId: "r1", hour: 1, rows: many(3) }));
    made.clock.advance(100 * hourMs);
    await loadRun(made, await land(made, { runId: "r2", hour: 2, mode: "delta" }));
    await reconcile(made.reconcilePorts);
    expect(lines(made)).toMatchObject([{ text: "endpoints are fresh", hours: 0 }]);
  });

  test("are not told where they are not configured any more", async () => {
    const made = world();
    await loadRun(made, await land(made, { runId: "r1", hour: 1, rows: many(3) }));
    const [source] = made.ports.sources.sources;
    if (!source) throw new Error("no source");
    const without = { ...made.ports.sources, sources: [{ ...source, exclude: ["students"] }] };
    await reconcile({ ...made.reconcilePorts, sources: without });
    expect(lines(made)).toEqual([]);
  });
});
