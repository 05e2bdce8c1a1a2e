import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { onMessage } from "../../functions/on-message.ts";
import { objectNames } from "../../shared/control/place.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { load } from "../../shared/load/load.ts";
import { log, setLogSink } from "../../shared/log.ts";
import { loadMessageSchema } from "../../shared/messages/load.ts";
import { reconcileMessageSchema, refreshMessageSchema } from "../../shared/messages/refresh.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ObjectStore } from "../../shared/ports/object-store.ts";
import type { Warehouse } from "../../shared/ports/warehouse.ts";
import { reconcile } from "../../shared/reconcile/reconcile.ts";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { refresh } from "../../shared/refresh/refresh.ts";
import { ensureWarehouse } from "../../shared/warehouse/ensure.ts";
import { connectors, keptTopic, sourcesFor } from "../fakes/extract-world.ts";
import { landIn, place } from "../load/world.ts";
import { found, planted, sentence } from "../security/words.ts";
import "./patience.ts";

// Load, refresh and reconcile as they are deployed, over Google's clients and the emulator; between the clients and the emulator stands a
// server that answers in its place what the services may answer, with names in it.

const projectId = "demo";
const names = `${planted.surname}, ${planted.firstName}`;

/** What BigQuery says of values, in its own words (test/google/job-errors.test.ts has them one by one). */
const quotations = [
  `Error while reading data, error message: JSON parsing error in row starting at position 0: Could not convert value to integer. Field: school_year; Value: ${names} File: gs://landing/part-0.ndjson.gz`,
  `Bad int64 value: ${planted.firstName} ${planted.surname} at [3:5]`,
  `Could not cast literal "${planted.birthDate}" to type INT64 at [1:8]`,
  `Failed to parse input string '${planted.email}'`,
].join("; ");

interface Refused {
  readonly status: number;
  readonly body: object | string;
}

const error = (code: number, reason: string): Refused => ({
  status: code,
  body: { error: { code, message: quotations, errors: [{ reason, message: quotations }] } },
});

/** A job that was taken, and has ended in an error. */
function endedIn(reason: string): (jobId: string) => Refused {
  const errorResult = { reason, message: quotations, location: planted.surname };
  return (jobId) => ({
    status: 200,
    body: {
      jobReference: { projectId, jobId, location: "US" },
      status: { state: "DONE", errorResult, errors: [errorResult] },
    },
  });
}

const faults: [string, (jobId: string) => Refused][] = [
  ["an answer that it is invalid", () => error(400, "invalidQuery")],
  ["an answer that it is not allowed", () => error(403, "accessDenied")],
  ["a job that ends in an error", endedIn("invalid")],
  ["a job that ends in an error that passes", endedIn("backendError")],
];

/** What a request to BigQuery is for. */
type Step = (body: string) => boolean;
const asks =
  (pattern: RegExp): Step =>
  (body) =>
    pattern.test(body);

const placesOfLoad: [string, Step][] = [
  ["the load job", asks(/"sourceUris"/)],
  ["a look into the ledger", asks(/select status, error/)],
  ["a row of the ledger", asks(/insert into ops\.runs/)],
  ["the boundary of a view", asks(/create or replace view/)],
  ["the fingerprint", asks(/bit_xor/)],
];

const placesOfRefresh: [string, Step][] = [
  ["a dry run", asks(/"dryRun":true/)],
  ["the build", asks(/create or replace table marts\.\w+__next/)],
  ["the tests", asks(/failing_0/)],
  ["the swap", asks(/ clone /)],
  ["the ledger of builds", asks(/insert into ops\.builds/)],
];

const models = catalogueOf([
  {
    path: "marts/dim_student.sql",
    text: `/* model
description: Students.
key: [student_id]
columns:
  student_id: {type: STRING, description: The id.}
  surname: {type: STRING, description: The name.}
tests:
  - accepted_values: {column: surname, values: [Smith], severity: warn}
*/
select json_value(data.studentUniqueId) as student_id, json_value(data.lastSurname) as surname
from current_edfi.students
`,
  },
  {
    path: "marts/fct_cast.sql",
    text: `/* model
description: A cast that no name survives.
key: [surname]
columns:
  surname: {type: INT64, description: The name as a number.}
*/
select cast(json_value(data.lastSurname) as int64) as surname
from current_edfi.students
`,
  },
  {
    path: "marts/fct_tested.sql",
    text: `/* model
description: A test that no name passes.
key: [student_id]
columns:
  student_id: {type: STRING, description: The id.}
  surname: {type: STRING, description: The name.}
tests:
  - accepted_values: {column: surname, values: [Smith]}
*/
select student_id, surname
from marts.dim_student
`,
  },
]);

let emulator: Emulator;
let folder: string;
let front: Server;
let landing: ObjectStore;
let control: ObjectStore;
let behind: Warehouse;
let fault: { match: Step; respond: (jobId: string) => Refused } | undefined;
let met = 0;
let runs = 0;
const logged: string[] = [];
const printed: string[] = [];
const deadLetters = keptTopic();
const topics = { extract: keptTopic(), load: keptTopic(), refresh: keptTopic(), deliver: keptTopic() };
const jobSchema = z.object({ jobReference: z.object({ jobId: z.string() }).optional() });

/** Answers in BigQuery's place where a fault says so, and passes all else on. */
async function stand(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces).toString("utf8");
  if (fault?.match(body)) {
    met += 1;
    const refused = fault.respond(jobSchema.parse(JSON.parse(body)).jobReference?.jobId ?? "j");
    const headers = { "content-type": "application/json", "x-student": planted.studentId, "x-debug": planted.email };
    response.writeHead(refused.status, headers);
    response.end(typeof refused.body === "string" ? refused.body : JSON.stringify(refused.body));
    return;
  }
  const answer = await fetch(`${emulator.bigqueryUrl}${request.url}`, {
    method: request.method ?? "GET",
    headers: { "content-type": "application/json" },
    ...(body ? { body } : {}),
  });
  response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
}

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

function register(endpoint: string): void {
  const clock = { now: systemClock.now, sleep: async () => undefined };
  const warehouse = openWarehouse({ projectId, location: "US", clock, endpoint });
  const ports = { sources: sourcesFor("http://127.0.0.1:9"), connectors, landing, control, warehouse, clock, log };
  const handlers = {
    load: (message: { name: string }) => load(message, { ...ports, refreshTopic: topics.refresh }),
    refresh: (message: { reason: string; force?: string[] | undefined }) =>
      refresh(message, { ...ports, models, timeZone: "UTC" }),
    reconcile: () =>
      reconcile({
        ...ports,
        extractTopic: topics.extract,
        loadTopic: topics.load,
        refreshTopic: topics.refresh,
        deliverTopic: topics.deliver,
        models,
        graceMs: 0,
      }),
  };
  onMessage({ name: "load", schema: loadMessageSchema, deadLetters, handle: handlers.load });
  onMessage({ name: "refresh", schema: refreshMessageSchema, deadLetters, handle: handlers.refresh });
  onMessage({ name: "reconcile", schema: reconcileMessageSchema, deadLetters, handle: handlers.reconcile });
}

beforeAll(async () => {
  for (const name of ["error", "warn", "log", "info"] as const) {
    jest.spyOn(console, name).mockImplementation((...said: unknown[]) => {
      printed.push(said.map(String).join(" "));
    });
  }
  setLogSink((severity, message, fields) => logged.push(JSON.stringify({ severity, message, ...fields })));
  folder = mkdtempSync(join(tmpdir(), "rollcall-planted-"));
  emulator = await startEmulator({ folder, projectId, memoryLimit: "512MB" });
  const buckets = openStorage({ projectId, endpoint: emulator.storageUrl });
  await buckets.ensureBucket("landing");
  await buckets.ensureBucket("control");
  landing = buckets.bucket("landing");
  control = buckets.bucket("control");
  behind = openWarehouse({ projectId, location: "US", clock: systemClock, endpoint: emulator.bigqueryUrl });
  const edfi = connectors.get("edfi");
  if (!edfi) throw new Error("no connector edfi");
  await ensureWarehouse(behind, [{ connector: edfi, endpoint: "students" }], ["marts"]);
  front = createServer((request, response) => void stand(request, response));
  register(await listening(front));
}, 60_000);

afterAll(async () => {
  jest.restoreAllMocks();
  setLogSink(undefined);
  front.closeAllConnections();
  front.close();
  await emulator.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  for await (const { name } of landing.list(objectNames.manifests)) await landing.delete(name);
  for (const kept of [logged, printed, deadLetters.messages, ...Object.values(topics).map(({ messages }) => messages)])
    kept.length = 0;
  fault = undefined;
  met = 0;
});

/** Delivers a message as Pub/Sub does, again while it is asked for. @returns the answers' bodies */
async function deliver(name: string, body: object): Promise<string[]> {
  const server = getTestServer(name);
  const url = `${await listening(server)}/projects/p/topics/${name}`;
  const message = {
    data: Buffer.from(JSON.stringify(body)).toString("base64"),
    messageId: `m${runs}`,
    publishTime: new Date().toISOString(),
  };
  const bodies: string[] = [];
  try {
    for (let delivery = 0; delivery < 2; delivery += 1) {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ subscription: "s", message }),
      });
      bodies.push(await answer.text());
      if (answer.status === 204) break;
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return bodies;
}

/** Lands a run whose records hold what is planted. @returns its manifest's name */
async function landed(): Promise<string> {
  runs += 1;
  const { firstName, surname, studentId, birthDate, email } = planted;
  const record = { firstName, lastSurname: surname, birthDate, email };
  const { name } = await landIn(landing, {
    runId: `r${runs}`,
    hour: runs % 24,
    rows: { [studentId]: firstName },
    record,
  });
  return name;
}

async function objectsOf(store: ObjectStore): Promise<string[]> {
  const told: string[] = [];
  for await (const { name } of store.list("")) {
    told.push(name.endsWith(".ndjson.gz") ? name : `${name} ${(await store.read(name))?.body}`);
  }
  return told;
}

/** Everything that the functions leave behind or say, but records in parts and tables. */
async function traces(answers: readonly string[]): Promise<string> {
  const objects = [...(await objectsOf(landing)), ...(await objectsOf(control))];
  const ledger = await Promise.all(
    ["runs", "builds", "test_results"].map((table) => behind.query(`select * from ops.${table}`).catch(() => [])),
  );
  const published = [deadLetters, topics.extract, topics.load, topics.refresh].map(({ messages }) => messages);
  return JSON.stringify([logged, printed, answers, objects, ledger, published]);
}

describe("what is planted in records", () => {
  test("is in the tables, and nowhere else, whatever casts and tests say of it", async () => {
    const answers = [
      ...(await deliver("load", { name: await landed() })),
      ...(await deliver("refresh", { reason: "test" })),
      ...(await deliver("reconcile", {})),
    ];
    expect(await behind.query("select surname from marts.dim_student")).toEqual([{ surname: planted.surname }]);
    const builds = await behind.query("select model, status from ops.builds order by model");
    expect(builds).toEqual([
      { model: "marts.dim_student", status: "succeeded" },
      { model: "marts.fct_cast", status: "failed" },
      { model: "marts.fct_tested", status: "failed" },
    ]);
    expect(found(await traces(answers))).toEqual([]);
  });
});

describe.each(placesOfLoad)("in place of %s of a load", (_, match) => {
  test.each(faults)("what %s quotes is in nothing that is left behind or said", async (__, respond) => {
    const name = await landed();
    fault = { match, respond };
    const answers = await deliver("load", { name });
    expect(met).toBeGreaterThan(0);
    expect(found(await traces(answers))).toEqual([]);
  });
});

describe.each(placesOfRefresh)("in place of %s of a refresh", (_, match) => {
  test.each(faults)("what %s quotes is in nothing that is left behind or said", async (__, respond) => {
    runs += 1;
    fault = { match, respond };
    const answers = await deliver("refresh", { reason: "test", force: ["dim_student"] });
    expect(met).toBeGreaterThan(0);
    expect(found(await traces(answers))).toEqual([]);
  });
});

test.each(faults)("what %s quotes to the reconciler is in nothing that is left behind or said", async (_, respond) => {
  await landed();
  fault = { match: asks(/school_year, run_id from ops\.runs/), respond };
  const answers = await deliver("reconcile", {});
  expect(met).toBeGreaterThan(0);
  expect(found(await traces(answers))).toEqual([]);
});

describe("an object that somebody wrote over", () => {
  const broken = [sentence, JSON.stringify({ v: sentence, [planted.surname]: sentence })];

  test.each([
    ["a manifest", () => landing, objectNames.manifest(place, "broken")],
    ["a watermark", () => control, objectNames.watermark(place)],
    ["a mark", () => control, objectNames.inFlight(place)],
    ["a checkpoint", () => control, objectNames.checkpoint(place, "broken")],
    ["the state of a model", () => control, "models/marts.dim_student.json"],
    ["a lease", () => control, "leases/refresh.json"],
  ] as const)("%s is not quoted", async (_, store, object) => {
    for (const body of broken) {
      await store().write(object, body, (await store().stat(object))?.generation ?? "0");
      const answers = [
        ...(await deliver("load", { name: object.startsWith("manifests/") ? object : await landed() })),
        ...(await deliver("refresh", { reason: "test" })),
        ...(await deliver("reconcile", {})),
      ];
      await store().delete(object);
      expect(found(await traces(answers))).toEqual([]);
    }
  });
});
