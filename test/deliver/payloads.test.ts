import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { deliverySchema } from "../../shared/config/deliveries.ts";
import { ensureLedger } from "../../shared/deliver/ledger.ts";
import type { Status } from "../../shared/deliver/outcome.ts";
import type { LedgerRow, Payloads, Scope } from "../../shared/deliver/payloads.ts";
import { WarehousePayloads } from "../../shared/deliver/warehouse-payloads.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { memoryPayloads } from "./memory-payloads.ts";

// The verb's tests and the simulation have payloads and ledger in memory. Here both answer the same questions.

const delivery = deliverySchema.parse({ id: "map-results", pipeline: "map", from: "map", to: "ods", secret: "writer" });
const scope: Scope = {
  resource: "/ed-fi/studentAssessments",
  table: "delivery.map__student_assessments",
  schoolYear: 2026,
  hasChangedAt: true,
};
const texts: Readonly<Record<string, string>> = {
  a: '{"identifier":"a","score":"226"}',
  b: '{"identifier":"b","weight":93.5}',
  c: '{"identifier":"c","namespace":"uri://x.org/Map"}',
  d: '{"identifier":"d"}',
  e: '{"identifier":"é"}',
};

let folder: string;
let emulator: Emulator;
let warehouse: Warehouse;
let real: Payloads;
let hashes: Map<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-payloads-"));
  emulator = await startEmulator({ folder, projectId: "demo" });
  const buckets = openStorage({ projectId: "demo", endpoint: emulator.storageUrl });
  await buckets.ensureBucket("control");
  warehouse = openWarehouse({ projectId: "demo", location: "US", endpoint: emulator.bigqueryUrl, clock: systemClock });
  await ensureLedger(warehouse);
  await ensureLedger(warehouse);
  await warehouse.ensureDataset("delivery");
  await warehouse.query(
    `create table ${scope.table} (source_id string, school_year int64, record_key string, payload json, changed_at timestamp)`,
  );
  real = new WarehousePayloads(warehouse, buckets.bucket("control"), delivery);
  await fill("map", 2026, Object.keys(texts));
  await fill("map", 2025, ["a"]);
  await fill("other", 2026, ["a"]);
  const found = await real.pending(scope, undefined, 100);
  hashes = new Map(found.map(({ recordKey, payloadHash }) => [recordKey, payloadHash]));
}, 30_000);

afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fill(source: string, year: number, keys: readonly string[]): Promise<void> {
  const values = keys.map(
    (key) =>
      `('${source}', ${year}, '${key}', json '${texts[key]}', timestamp '2026-09-0${key.charCodeAt(0) - 96} 10:00:00+00')`,
  );
  await warehouse.query(
    `insert into ${scope.table} (source_id, school_year, record_key, payload, changed_at) values ${values.join(", ")}`,
  );
}

const line = (recordKey: string, status: Status, sequence: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
  resource: scope.resource,
  schoolYear: 2026,
  recordKey,
  op: "upsert",
  status,
  payloadHash: hashes.get(recordKey) ?? "gone",
  attempt: 1,
  runId: "r1",
  sequence,
  at: "2026-11-21T04:00:00.000Z",
  ...more,
});

/** What is written in three parts: deliveries, failures, records that vanished, deletions, and answers that were lost. */
function history(): LedgerRow[][] {
  return [
    [
      line("a", "created", 1, { httpStatus: 201, naturalKey: { id: "a" } }),
      line("b", "created", 2, { payloadHash: "older" }),
      line("c", "rejected", 3, { httpStatus: 400, problems: [{ path: "$.x", reason: "is wrong" }] }),
      line("v1", "created", 4, { naturalKey: { id: "v1", namespace: "uri://x" } }),
      line("v2", "created", 5),
      line("v3", "rejected", 6),
    ],
    [
      line("b", "rejected", 7, { runId: "r2" }),
      line("d", "created", 8, { runId: "r2" }),
      line("d", "failed", 9, { runId: "r2", at: "2026-11-21T05:00:00.000Z", httpStatus: 504 }),
      line("v2", "deleted", 10, { runId: "r2", op: "delete", payloadHash: "" }),
    ],
    [line("a", "blocked", 11, { schoolYear: 2024, runId: "r3" })],
  ];
}

describe("the warehouse answers as the tests' memory does", () => {
  let memory: ReturnType<typeof memoryPayloads>;

  beforeAll(async () => {
    memory = memoryPayloads();
    const rows = (year: number, keys: readonly string[]) =>
      keys.map((key) => ({
        schoolYear: year,
        recordKey: key,
        payload: texts[key] ?? "",
        changedAt: `2026-09-0${key.charCodeAt(0) - 96}T10:00:00.000000`,
      }));
    memory.tables.set(scope.table, [...rows(2026, Object.keys(texts)), ...rows(2025, ["a"])]);
    for (const [index, part] of history().entries()) {
      await real.record(`part-${index}`, part);
      // Once more, as after a death: it is one job.
      await real.record(`part-${index}`, part);
      await memory.record(`part-${index}`, part);
    }
  }, 30_000);

  test("counts, and the records that are pending, vanished and there", async () => {
    expect(await real.counts(scope)).toEqual(await memory.counts(scope));
    expect(await real.counts(scope)).toEqual({ payloads: 5, current: 1, vanished: 1, delivered: 4 });
    const pending = await real.pending(scope, undefined, 100);
    expect(pending).toEqual(await memory.pending(scope, undefined, 100));
    expect(pending.map(({ recordKey, isThere, last }) => [recordKey, isThere, last?.status])).toEqual([
      ["e", false, undefined],
      ["d", true, "failed"],
      ["c", false, "rejected"],
      ["b", true, "rejected"],
    ]);
    expect(await real.vanished(scope, "", 100)).toEqual(await memory.vanished(scope, "", 100));
  });

  test("what the target has of this delivery counts, whichever source it came from", async () => {
    const { bucket } = openStorage({ projectId: "demo", endpoint: emulator.storageUrl });
    const other = new WarehousePayloads(warehouse, bucket("control"), { ...delivery, from: "other" });
    expect(await other.counts(scope)).toMatchObject({ payloads: 1, current: 1 });
  });

  test("pages, years and what a run did", async () => {
    const after = { recordKey: "e", changedAt: "2026-09-05T10:00:00.000000" };
    const keys = async (payloads: Payloads) =>
      (await payloads.pending(scope, after, 2)).map(({ recordKey }) => recordKey);
    expect(await keys(real)).toEqual(["d", "c"]);
    expect(await keys(memory)).toEqual(["d", "c"]);
    expect(await real.years(scope)).toEqual([2024, 2025, 2026]);
    expect(await real.tally("r2")).toEqual(
      [...(await memory.tally("r2"))].sort((one, other) => (one.status < other.status ? -1 : 1)),
    );
    expect(await real.namespaces(scope, 10)).toEqual(["uri://x.org/Map"]);
  });
});

test("P25 the warehouse knows which rows are one record to the target, and whose it was last", async () => {
  const contested: Scope = { ...scope, resource: "/ed-fi/assessments" };
  const memory = memoryPayloads();
  const rows = Object.entries(texts).map(([key, payload]) => ({ schoolYear: 2026, recordKey: key, payload }));
  memory.tables.set(scope.table, rows);
  const of = (key: string, status: Status, sequence: number, identity: string) =>
    line(key, status, sequence, { resource: contested.resource, naturalKey: { id: identity } });
  const lines = [
    of("a", "created", 21, "one"),
    of("b", "created", 22, "one"),
    of("b", "duplicate", 23, "one"),
    of("c", "created", 24, "two"),
    of("v1", "created", 25, "two"),
    of("v2", "created", 26, "three"),
    of("v3", "created", 27, "four"),
    of("d", "rejected", 28, "four"),
  ];
  const asked = ['{"id":"one"}', '{"id":"four"}', '{"id":"five"}'];
  for (const payloads of [real, memory]) {
    expect(await payloads.isUntried(contested)).toBe(true);
    await payloads.record("contested", lines);
    expect(await payloads.isUntried(contested)).toBe(false);
    const claims = await payloads.claims(contested, asked);
    expect(claims.map(({ recordKey, naturalKey }) => [recordKey, naturalKey]).sort()).toEqual([
      ["a", '{"id":"one"}'],
      ["b", '{"id":"one"}'],
      ["d", '{"id":"four"}'],
    ]);
    // b took the record over from a, and v1 from c; what v3 was, d claims.
    expect(await payloads.counts(contested)).toMatchObject({ current: 1, vanished: 1 });
    expect((await payloads.vanished(contested, "", 10)).map(({ recordKey }) => recordKey)).toEqual(["v2"]);
  }
});

test("P11 what is not delivered is a table to look at, with its place in the document", async () => {
  const rows = await warehouse.query(
    "select record_key, status, http_status, path, reason from ops.delivery_dead_letters where school_year = 2026 and resource = '/ed-fi/studentAssessments' order by record_key",
  );
  expect(rows).toEqual([
    { record_key: "b", status: "rejected", http_status: null, path: null, reason: null },
    { record_key: "c", status: "rejected", http_status: 400, path: "$.x", reason: "is wrong" },
    { record_key: "d", status: "failed", http_status: 504, path: null, reason: null },
    { record_key: "v3", status: "rejected", http_status: null, path: null, reason: null },
  ]);
});
