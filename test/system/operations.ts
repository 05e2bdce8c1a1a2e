import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { replay } from "../../cli/deployment/replay.ts";
import { readRuns } from "../../cli/deployment/runs.ts";
import { readConfiguration } from "../../cli/local/targets.ts";
import { announce, startAttempt } from "../../shared/control/in-flight.ts";
import { objectNames } from "../../shared/control/place.ts";
import { newCheckpoint } from "../../shared/extract/checkpoint.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { connectors } from "../fakes/extract-world.ts";
import { type InProcess, startInProcess } from "./in-process.ts";

/** A state folder in which schools have been loaded, from a sandbox whose claim set lacks courses. */
export interface Prepared {
  readonly sandbox: { readonly url: string; readonly key: string; readonly secret: string };
  readonly home: string;
  readonly sqlFolder: string;
}

const place = (endpoint: string) => ({ source: "district", endpoint, schoolYear: 2011 });

/** Tests of what `rollcall runs` and `rollcall replay` do, in one process with the functions, on a state folder that is there already. */
export function operations(prepared: () => Prepared): void {
  let app: InProcess;

  beforeAll(async () => {
    jest.spyOn(console, "error").mockImplementation(() => undefined);
    const { sandbox, ...given } = prepared();
    app = await startInProcess(sandbox.url, sandbox, given);
    await app.run(["courses"]);
  });

  afterAll(async () => {
    await app.close();
    jest.restoreAllMocks();
  });

  function runsOf(filter: Parameters<typeof readRuns>[2] = {}, limit = 50) {
    return readRuns({ ...app.host, isRunning: true }, connectors, filter, limit);
  }

  describe("runs", () => {
    test("tells what ran, newest first, with what each said", async () => {
      expect(await runsOf({ source: ["district"], endpoint: ["schools", "courses"] })).toMatchObject([
        { endpoint: "courses", status: "forbidden", rows: 0, error: expect.stringMatching(/claim set/) },
        { endpoint: "schools", status: "succeeded", mode: "full", rows: 3, error: null },
      ]);
    });

    test.each([
      [{ endpoint: ["schools"], source: ["district"] }, 1],
      [{ schoolYear: [2010] }, 1],
      [{ endpoint: ["schools", "courses"], schoolYear: [2011], source: ["district"] }, 2],
      [{ status: ["forbidden" as const] }, 1],
      [{ status: ["quarantined" as const] }, 0],
      [{ source: ["another"] }, 0],
      [{ schoolYear: [1999] }, 0],
    ])("takes the filter %j", async (filter, count) => {
      expect(await runsOf(filter)).toHaveLength(count);
    });

    test("shows no more than asked for", async () => {
      expect(await runsOf({}, 1)).toHaveLength(1);
    });

    test("tells what is under way before what is in the ledger", async () => {
      const { control } = app.host;
      const written: [typeof control, string][] = [];
      const put = async (store: typeof control, name: string, value: unknown): Promise<void> => {
        await store.write(name, JSON.stringify(value), "0");
        written.push([store, name]);
      };
      await announce(control, place("grades"), "edfi", systemClock);
      await startAttempt(control, place("students"), "edfi", systemClock, "r1");
      for (const endpoint of ["grades", "students"]) written.push([control, objectNames.inFlight(place(endpoint))]);
      const run = { runId: "r2", mode: "full", acceptShrink: false } as const;
      await put(control, objectNames.checkpoint(place("sections"), "r2"), newCheckpoint(run, new Date()));
      await put(control, objectNames.checkpoint(place("staffs"), "r2"), newCheckpoint(run, new Date()));
      const expires_at = new Date(Date.now() + 60_000).toISOString();
      await put(control, objectNames.extractLease(place("sections")), { owner: "r2", nonce: "n", expires_at });
      await put(control, objectNames.checkpoint(place("cohorts"), "r2"), "not a checkpoint");
      try {
        const runs = await runsOf();
        const underWay = runs.slice(0, 5);
        expect(Object.fromEntries(underWay.map(({ endpoint, status }) => [endpoint, status]))).toEqual({
          grades: "announced",
          students: "extracting",
          sections: "extracting",
          staffs: "paused",
          cohorts: "paused",
        });
        expect(runs.length).toBeGreaterThan(underWay.length);
        expect(runs.find(({ endpoint }) => endpoint === "cohorts")?.error).toMatch(/control object/);
        expect(await runsOf({ status: ["paused"] })).toHaveLength(2);
      } finally {
        for (const [store, name] of written) await store.delete(name);
      }
    });
  });

  describe("replay", () => {
    const configuration = () => readConfiguration(app.sourcesFile);
    const nothing = { what: [], all: false, drop: false };

    async function letters(): Promise<string[]> {
      return (await app.host.topics.peek("dead-letter", 100)).map(({ messageId }) => messageId);
    }

    /** Has extract set a message aside that names a source which is not configured yet. */
    async function setAside(text: object): Promise<string> {
      const before = new Set(await letters());
      await app.host.topics.topic("extract").publish(text);
      await app.host.whenIdle();
      const [id] = (await letters()).filter((letter) => !before.has(letter));
      if (!id) throw new Error("no dead letter came");
      return id;
    }

    test("does the load of a manifest once more, and nothing twice", async () => {
      const [run] = await runsOf({ source: ["district"], endpoint: ["schools"] });
      const before = await app.host.warehouse.query("select count(*) as n from raw_edfi.schools");
      const name = objectNames.manifest(place("schools"), run?.run_id ?? "");
      for (const what of [name, run?.run_id ?? ""]) {
        const lines = await replay({ ...nothing, what: [what] }, app.host, configuration());
        expect(lines).toMatchObject([{ what: name, did: "published", function: "load", error: null }]);
        await app.host.whenIdle();
      }
      expect(await app.host.warehouse.query("select count(*) as n from raw_edfi.schools")).toEqual(before);
      expect(await runsOf({ source: ["district"], endpoint: ["schools"] })).toEqual([run]);
    });

    test("brings back a watermark that was lost", async () => {
      const name = objectNames.watermark(place("schools"));
      const before = await app.host.control.read(name);
      await app.host.control.delete(name);
      const [run] = await runsOf({ source: ["district"], endpoint: ["schools"] });
      await replay({ ...nothing, what: [run?.run_id ?? ""] }, app.host, configuration());
      await app.host.whenIdle();
      const after = await app.host.control.read(name);
      expect({ ...JSON.parse(after?.body ?? ""), loaded_at: "" }).toEqual({
        ...JSON.parse(before?.body ?? ""),
        loaded_at: "",
      });
    });

    test("publishes a dead letter again, and takes it away only then", async () => {
      const id = await setAside({ source: "district", endpoint: "students", school_year: 2012 });
      // A publisher that fails leaves the letter where it is.
      const { topics } = app.host;
      const broken = { publish: () => Promise.reject(new Error("no network")) };
      const failing = replay(
        { ...nothing, all: true },
        { ...app.host, topics: { ...topics, topic: () => broken } },
        configuration(),
      );
      await expect(failing).rejects.toThrow("no network");
      expect(await letters()).toEqual([id]);

      expect(await replay({ ...nothing, what: [id] }, app.host, configuration())).toMatchObject([
        { what: id, did: "published", function: "extract" },
      ]);
      await app.host.whenIdle();
      // It reached extract: the year is still not configured, so it is set aside anew.
      const [again, ...others] = await letters();
      expect(again).not.toBe(id);
      expect(others).toEqual([]);
      await replay({ ...nothing, all: true, drop: true }, app.host, configuration());
      expect(await letters()).toEqual([]);
    });

    test("leaves what cannot succeed where it is, and drops it when asked", async () => {
      const id = await setAside({ pupils: "please" });
      const [line] = await replay({ ...nothing, all: true }, app.host, configuration());
      expect(line).toMatchObject({ what: id, did: "nothing", error: expect.stringContaining(`replay ${id} --drop`) });
      expect(await letters()).toEqual([id]);
      const [dropped] = await replay({ what: [id], all: false, drop: true }, app.host, configuration());
      expect(dropped).toMatchObject({ what: id, did: "dropped", error: null });
      expect(await letters()).toEqual([]);
    });

    test("names what there is not before it publishes anything", async () => {
      const [run] = await runsOf({ source: ["district"], endpoint: ["schools"] });
      const what = [run?.run_id ?? "", "nonsense"];
      await expect(replay({ ...nothing, what }, app.host, configuration())).rejects.toThrow(/"nonsense"/);
      expect(app.host.emulator.outstanding()).toBe(0);
    });
  });
}
