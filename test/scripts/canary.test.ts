import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type Canary, type CanaryPorts, sendCanary } from "../../scripts/canary/send.ts";
import { PermanentError, RetryableError } from "../../shared/errors.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { extractMessageSchema } from "../../shared/messages/extract.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Row, Warehouse } from "../../shared/ports/warehouse.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { fakeClock } from "../fakes/clock.ts";
import { keptTopic } from "../fakes/extract-world.ts";

const canary: Canary = { source: "grand-bend", endpoint: "schools", schoolYear: 2011, name: "build-1" };

describe("a canary", () => {
  /** A ledger that gives one answer after the other; an error is thrown. */
  function portsWith(answers: (Row[] | Error)[], waitMs = 60_000) {
    const topic = keptTopic();
    const query: Pick<Warehouse, "query"> = {
      query: async () => {
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    };
    const ports: CanaryPorts = { extractTopic: topic, warehouse: query, clock: fakeClock(), waitMs };
    return { ports, topic };
  }

  test("publishes what extract takes, and has its answer when the ledger has the row of its run", async () => {
    const { ports, topic } = portsWith([[], [], [{ status: "succeeded", error: null }]]);
    const result = await sendCanary(canary, ports);
    expect(result).toEqual({
      runId: expect.stringMatching(/^20261121T040000Z-delta-\w{10}$/),
      status: "succeeded",
      error: null,
    });
    expect(topic.messages).toHaveLength(1);
    expect(extractMessageSchema.parse(topic.messages[0])).toMatchObject({
      source: "grand-bend",
      endpoint: "schools",
      school_year: 2011,
      run_id: result.runId,
    });
  });

  test("gives up when the ledger says nothing in time", async () => {
    expect((await sendCanary(canary, portsWith([], 20_000).ports)).status).toBeUndefined();
  });

  test("waits for a ledger that the first load has yet to make, and over failures that pass", async () => {
    const { ports } = portsWith([
      new PermanentError("no such table", { code: "notFound" }),
      new RetryableError("for now"),
      [{ status: "failed", error: "401" }],
    ]);
    expect(await sendCanary(canary, ports)).toMatchObject({ status: "failed", error: "401" });
  });

  test("fails at once when it may not read the ledger", async () => {
    const { ports } = portsWith([new PermanentError("not permitted", { code: "accessDenied" })]);
    await expect(sendCanary(canary, ports)).rejects.toThrow("not permitted");
  });
});

describe("the command, with the real clients against the emulator", () => {
  let folder: string;
  let emulator: Emulator;
  let topics: Topics;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-canary-"));
    emulator = await startEmulator({ folder, projectId: "demo" });
    topics = openTopics({ projectId: "demo", emulatorHost: emulator.pubsubHost });
    await topics.createTopic("extract");
    await topics.ensurePullSubscription("extract", "extract");
  });

  afterAll(async () => {
    await topics.close();
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  /** Takes the message in place of the functions, and writes the ledger's row as load would. */
  async function answer(status: string): Promise<void> {
    const warehouse = openWarehouse({
      projectId: "demo",
      location: "US",
      endpoint: emulator.bigqueryUrl,
      clock: systemClock,
    });
    await ensureWarehouse(warehouse, []);
    for (let isThere = false; !isThere; await systemClock.sleep(50)) {
      await topics.consume("extract", async ({ text }) => {
        const { source, endpoint, school_year = 0, run_id = "" } = extractMessageSchema.parse(JSON.parse(text));
        await warehouse.query(
          `insert into ops.runs (run_id, source_id, connector, endpoint, school_year, mode, status, run_started_at, finished_at, loaded_at)
select @run_id, @source, 'edfi', @endpoint, @school_year, 'delta', @status, current_timestamp(), current_timestamp(), current_timestamp()`,
          { params: { run_id, source, endpoint, school_year, status } },
        );
        isThere = true;
        return true;
      });
    }
  }

  test.each([
    ["succeeded", 0],
    ["quarantined", 1],
  ])(
    "prints that its run %s and ends with %i",
    async (status, code) => {
      const run = promisify(execFile)(
        process.execPath,
        [
          "scripts/canary.ts",
          "--project",
          "demo",
          "--endpoint",
          "schools",
          "--sources",
          "sources.example.yaml",
          "--json",
        ],
        {
          env: {
            ...process.env,
            METADATA_SERVER_DETECTION: "none",
            PUBSUB_EMULATOR_HOST: emulator.pubsubHost,
            ROLLCALL_BIGQUERY_ENDPOINT: emulator.bigqueryUrl,
          },
        },
      ).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string }) => error,
      );
      await answer(status);
      const finished = await run;
      expect(finished.code).toBe(code);
      expect(JSON.parse(finished.stdout)).toMatchObject({
        source: "grand-bend",
        endpoint: "schools",
        schoolYear: 2011,
        status,
      });
    },
    60_000,
  );
});
