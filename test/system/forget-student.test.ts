import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { objectNames, type Place } from "../../shared/control/place.ts";
import { ensureLedger } from "../../shared/deliver/ledger.ts";
import { extract } from "../../shared/extract/extract.ts";
import { awaitQuiet, type ForgetPorts, findStudent, forget, isHalfForgotten } from "../../shared/forget/forget.ts";
import type { Student } from "../../shared/forget/student.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { type Manifest, manifestSchema } from "../../shared/manifest.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { StreamedStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { district, message, worldOf } from "../extract/district.ts";
import { connectors, keptTopic } from "../fakes/extract-world.ts";
import { Interruptions, Killed, killedAt } from "../fakes/interrupted.ts";
import { fakeLog } from "../fakes/log.ts";
import "./patience.ts";

// A small district over Google's clients and the emulator: students, and their enrolments, which only refer to them.

const projectId = "demo";
const count = 44;
const numberOf = (index: number): string => String(604_800_000 + index);
const hex = (index: number): string => index.toString(16).padStart(32, "0");

const students = Array.from({ length: count }, (_, index) => ({
  id: hex(index + 1),
  studentUniqueId: numberOf(index),
  firstName: `First${index}`,
  lastSurname: `Last${index}`,
}));
const enrolments = students.map(({ studentUniqueId }, index) => ({
  id: hex(1000 + index),
  studentReference: { studentUniqueId },
  schoolReference: { schoolId: 1 },
  entryDate: "2025-08-20",
  // A number of somebody else's, and a text that quotes a member: neither makes the record one of theirs.
  note: `"studentUniqueId":"${numberOf((index + 1) % count)}"`,
  staffNumber: numberOf((index + 2) % count),
}));

const endpoints = ["students", "student_school_associations"];
const models = catalogueOf([
  {
    path: "marts/fct_enrolment.sql",
    text: `/* model
description: Enrolments.
key: [enrolment_id]
columns:
  enrolment_id: {type: STRING, description: The id.}
  student_id: {type: STRING, description: Of whom.}
*/
select record_id as enrolment_id, json_value(data.studentReference.studentUniqueId) as student_id
from current_edfi.student_school_associations
`,
  },
  {
    path: "marts/dim_school.sql",
    text: `/* model
description: Schools.
key: [school_id]
columns:
  school_id: {type: STRING, description: The id.}
*/
select record_id as school_id
from current_edfi.schools
`,
  },
]);

let emulator: Emulator;
let folder: string;
let landing: StreamedStore;
let control: StreamedStore;
let warehouse: Warehouse;
let sandbox: Sandbox;
let messages = 0;
const letters = ["{}", JSON.stringify({ record: `${numberOf(3)}-1` })];
const refreshTopic = keptTopic();
const placeOf = (endpoint: string): Place => ({ source: "d1", endpoint, schoolYear: 2011 });

async function bring(endpoint: string, mode: "full" | "delta"): Promise<void> {
  messages += 1;
  const from = { messageId: String(messages), publishedAt: new Date() };
  const { ports } = worldOf(sandbox, {}, { landing, control, partBytes: mode === "full" ? 4000 : 1_000_000 });
  const { runId = "" } = await extract(message(endpoint, { mode }), from, ports);
  await load({ name: objectNames.manifest(placeOf(endpoint), runId) }, { ...ports, warehouse, refreshTopic });
}

const look = (force?: readonly string[]) =>
  refresh(
    { reason: "test", force },
    { control, warehouse, models, clock: systemClock, log: fakeLog(), timeZone: "UTC" },
  );

function studentAt(index: number): Student {
  const connector = connectors.get("edfi");
  if (!connector) throw new Error("no connector edfi");
  return { source: "d1", connector, number: numberOf(index) };
}

function ports(more: Partial<ForgetPorts> = {}): ForgetPorts {
  return {
    connectors,
    models,
    landing,
    control,
    warehouse,
    refreshTopic,
    deadLetters: async (isMeant, take) => {
      const meant = letters.filter(isMeant);
      if (take) for (const letter of meant) letters.splice(letters.indexOf(letter), 1);
      return meant.length;
    },
    clock: systemClock,
    ...more,
  };
}

/** Everything in landing and raw as one text, without what stands quoted in texts. */
async function everything(): Promise<string> {
  const texts: string[] = [];
  for await (const { name } of landing.list("d1/")) {
    const pieces: Uint8Array[] = [];
    for await (const piece of landing.readBytes(name)) pieces.push(piece);
    texts.push(gunzipSync(Buffer.concat(pieces)).toString("utf8"));
  }
  for (const endpoint of endpoints) {
    const rows = await warehouse.query(`select to_json_string(data) as record from raw_edfi.${endpoint}`);
    texts.push(...rows.map(({ record }) => String(record)));
  }
  return texts.join("\n").replaceAll('\\"', "'");
}

const mentions = (text: string, index: number): boolean => text.includes(`"studentUniqueId":"${numberOf(index)}"`);

async function manifests(): Promise<Manifest[]> {
  const read: Manifest[] = [];
  for await (const { name } of landing.list("manifests/")) {
    read.push(manifestSchema.parse(JSON.parse((await landing.read(name))?.body ?? "")));
  }
  return read;
}

/** Every part that a manifest lists is there as it says, and every part that is there is listed. */
async function assertWhole(): Promise<void> {
  const listed = (await manifests()).flatMap(({ parts }) => parts);
  for (const part of listed) {
    const { generation, sizeBytes } = (await landing.stat(part.name)) ?? {};
    expect({ generation, sizeBytes }).toEqual({ generation: part.generation, sizeBytes: part.size_bytes });
  }
  const present: string[] = [];
  for await (const { name } of landing.list("d1/")) present.push(name);
  expect(present.sort()).toEqual(listed.map(({ name }) => name).sort());
}

const enrolled = async (index: number): Promise<unknown> => {
  const [row] = await warehouse.query("select count(*) as n from marts.fct_enrolment where student_id = @n", {
    params: { n: numberOf(index) },
  });
  return row?.n;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-forget-"));
  emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
  const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
  await buckets.ensureBucket("landing");
  await buckets.ensureBucket("control");
  landing = buckets.bucket("landing");
  control = buckets.bucket("control");
  warehouse = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
  const relations = [...connectors.values()]
    .filter(({ connector }) => connector === "edfi")
    .flatMap((connector) => [...endpoints, "schools"].map((endpoint) => ({ connector, endpoint })));
  await ensureWarehouse(warehouse, relations, ["marts"]);
  sandbox = await district({ "students.jsonl": students, "studentSchoolAssociations.jsonl": enrolments });
  for (const endpoint of endpoints) await bring(endpoint, "full");
  sandbox.apply([
    { op: "delete", resource: "studentSchoolAssociations", id: hex(1000) },
    { op: "update", resource: "students", id: hex(1), set: { firstName: "Changed" } },
  ]);
  for (const endpoint of endpoints) await bring(endpoint, "delta");
  await look();
}, 120_000);

afterAll(async () => {
  await sandbox.close();
  await emulator.close();
  rmSync(folder, { recursive: true });
});

describe("a student", () => {
  test("is counted wherever their records are, and nothing is changed by that", async () => {
    const found = await findStudent(studentAt(0), ports());
    expect(found.parts.length).toBeGreaterThanOrEqual(4);
    expect(found.raw.map(({ endpoint, rows }) => [endpoint, rows]).sort()).toEqual([
      ["student_school_associations", 2],
      ["students", 2],
    ]);
    expect(found.parts.reduce((sum, { count: { deletes } }) => sum + deletes, 0)).toBe(1);
    expect(await isHalfForgotten(studentAt(0), ports())).toBe(false);
    await assertWhole();
  });

  test("that is forgotten is gone from landing, raw and marts, and others are not", async () => {
    const other = await findStudent(studentAt(1), ports());
    const before = (await manifests()).reduce((sum, { rows, deletes }) => sum + rows + deletes, 0);
    expect(await enrolled(2)).toBe(1);
    const student = studentAt(2);
    const findings = await findStudent(student, ports());
    const asked = await forget(student, findings, ports());
    expect(asked).toEqual(["marts.fct_enrolment"]);
    expect(refreshTopic.messages.at(-1)).toEqual({ v: 1, reason: "forget", force: asked });
    const text = await everything();
    expect([1, 2, 3].map((index) => mentions(text, index))).toEqual([true, false, true]);
    await assertWhole();
    expect((await manifests()).reduce((sum, { rows, deletes }) => sum + rows + deletes, 0)).toBe(
      before - findings.parts.reduce((sum, { count: { upserts, deletes } }) => sum + upserts + deletes, 0),
    );
    expect((await look(asked)).built).toEqual(["marts.fct_enrolment"]);
    expect(await enrolled(2)).toBe(0);
    expect(await enrolled(1)).toBe(1);
    expect((await findStudent(student, ports())).models).toEqual([]);
    const after = await findStudent(studentAt(1), ports());
    expect(after.raw).toEqual(other.raw);
    expect(after.parts.length).toBe(other.parts.length);
  });

  test("that nobody has is found nowhere", async () => {
    const stranger = { ...studentAt(0), number: "99" };
    expect(await findStudent(stranger, ports())).toEqual({
      parts: [],
      raw: [],
      models: [],
      ledger: [],
      deadLetters: 0,
    });
  });

  test("is taken out of dead letters and of the ledger of deliveries", async () => {
    await ensureLedger(warehouse);
    await warehouse.query(
      `insert into ops.deliveries (source_id, record_key, natural_key)
values ('d1', '${numberOf(3)}|MAP', null), ('d1', '${numberOf(4)}|MAP', null), ('d2', '${numberOf(3)}|MAP', null), ('d1', 'x', '{"studentUniqueId":"${numberOf(3)}"}')`,
    );
    const student = studentAt(3);
    expect(await findStudent(student, ports())).toMatchObject({
      deadLetters: 1,
      ledger: [{ table: "ops.deliveries", rows: 2 }],
    });
    await forget(student, await findStudent(student, ports()), ports());
    expect(letters).toEqual(["{}"]);
    expect(await warehouse.query("select source_id, record_key from ops.deliveries order by source_id")).toEqual([
      { source_id: "d1", record_key: `${numberOf(4)}|MAP` },
      { source_id: "d2", record_key: `${numberOf(3)}|MAP` },
    ]);
  });

  test("of a source whose connector names no students is refused with what to do", async () => {
    const student = studentAt(0);
    const unnamed = { ...student, connector: { ...student.connector, student: [] } };
    await expect(findStudent(unnamed, ports())).rejects.toThrow(/does not say how records name a student.*"student"/);
  });

  test("is not read back by a load that is delivered again", async () => {
    for (const { run_id: runId, endpoint } of await manifests()) {
      const { ports: extracting } = worldOf(sandbox, {}, { landing, control });
      const loading = { ...extracting, warehouse, refreshTopic };
      expect(await load({ name: objectNames.manifest(placeOf(endpoint), runId) }, loading)).toMatchObject({
        status: "succeeded",
      });
    }
    expect(mentions(await everything(), 2)).toBe(false);
  });
});

test("what is on its way is waited for, and named when the time is up", async () => {
  const mark = objectNames.inFlight(placeOf("students"));
  const expires = new Date(Date.now() + 60_000).toISOString();
  await control.write(mark, JSON.stringify({ v: 1, connector: "edfi", since: expires, expires_at: expires }), "0");
  let waited = 0;
  const clock = {
    now: () => new Date(Date.now() + waited),
    sleep: async (ms: number) => {
      waited += ms;
      if (waited >= 20_000) await control.delete(mark);
    },
  };
  await expect(awaitQuiet("d1", ports(), 0)).rejects.toThrow(/1 runs of d1 are on their way.*d1\/students\/2011/);
  await awaitQuiet("d1", ports({ clock }), 60_000);
  expect(waited).toBe(20_000);
});

/** Ports whose every operation is numbered, so that a death can come between any two. */
function interruptedPorts(interruptions: Interruptions): ForgetPorts {
  const real = ports();
  const around = <Result>(what: string, effect: () => Promise<Result>) => interruptions.around(what, effect);
  const store = (name: string, bucket: StreamedStore): StreamedStore => ({
    uri: bucket.uri,
    read: (object) => around(`${name} read`, () => bucket.read(object)),
    readBytes: (object) => bucket.readBytes(object),
    write: (object, body, generation) => around(`${name} write`, () => bucket.write(object, body, generation)),
    writeStream: (object, content, type) => around(`${name} stream`, () => bucket.writeStream(object, content, type)),
    list: (prefix) => bucket.list(prefix),
    stat: (object) => around(`${name} stat`, () => bucket.stat(object)),
    delete: (object, generation) => around(`${name} delete`, () => bucket.delete(object, generation)),
  });
  return {
    ...real,
    landing: store("landing", landing),
    control: store("control", control),
    warehouse: { ...real.warehouse, query: (sql, options) => around("query", () => warehouse.query(sql, options)) },
    refreshTopic: { publish: (body) => around("publish", () => refreshTopic.publish(body)) },
  };
}

test("killed at any moment, the next attempt ends as if it had not been, and once more changes nothing", async () => {
  let index = 10;
  for (let operation = 0; ; operation += 1) {
    if (index >= count) throw new Error("too few students for all operations");
    const student = studentAt(index);
    index += 1;
    const interruptions = new Interruptions();
    const interrupted = interruptedPorts(interruptions);
    const findings = await findStudent(student, ports());
    expect(findings.raw).toHaveLength(2);
    const fingerprints = refreshTopic.messages.length;
    interruptions.interrupt(killedAt("after", operation));
    const death = await forget(student, findings, interrupted).catch((error: unknown) => error);
    const isDead = death instanceof Killed;
    if (!isDead && Array.isArray(death)) {
      expect(operation).toBeGreaterThan(12);
      break;
    }
    expect(death).toBeInstanceOf(Killed);
    await forget(student, await findStudent(student, ports()), ports());
    expect(await isHalfForgotten(student, ports())).toBe(false);
    expect(refreshTopic.messages.length).toBeGreaterThan(fingerprints);
    await assertWhole();
    if (operation % 7 > 0) continue;
    const again = refreshTopic.messages.length;
    expect(await forget(student, await findStudent(student, ports()), ports())).toEqual([]);
    expect(refreshTopic.messages).toHaveLength(again);
  }
  const text = await everything();
  expect(
    students.map((_, number) => number).filter((number) => number >= 10 && number < index && mentions(text, number)),
  ).toEqual([]);
  await look(["marts.fct_enrolment"]);
  expect(await enrolled(10)).toBe(0);
}, 180_000);
