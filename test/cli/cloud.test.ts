import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { callersCredentials } from "../../cli/cloud/credentials.ts";
import { cloudProblem } from "../../cli/cloud/problem.ts";
import { bucketsOf, deadLetterTopic } from "../../cli/deployment/names.ts";
import { rollcallProgram } from "../../cli/program.ts";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { takeEmulatorAddresses } from "../../shared/config/environment.ts";
import { announce } from "../../shared/control/in-flight.ts";
import { objectNames } from "../../shared/control/place.ts";
import { RetryableError } from "../../shared/errors.ts";
import { type Buckets, openStorage } from "../../shared/google/storage.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { datasetLocation, openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { rawTable, runsTable } from "../../shared/warehouse/tables.ts";
import { readTerraform } from "../terraform/configuration.ts";

const project = "district-prod";
const folder = mkdtempSync(join(tmpdir(), "rollcall-cloud-"));
const sources = join(folder, "sources.yaml");
const place = { source: "district", endpoint: "schools", schoolYear: 2011 };

let emulator: Emulator;
let buckets: Buckets;
let topics: Topics;

/** Where the clients of a process find the services of the project. */
const variables = () => ({
  STORAGE_EMULATOR_HOST: emulator.storageUrl,
  BIGQUERY_EMULATOR_HOST: emulator.bigqueryUrl,
  PUBSUB_EMULATOR_HOST: emulator.pubsubHost,
});

const kept = { ...process.env };

beforeAll(async () => {
  writeFileSync(
    sources,
    'sources:\n  - { id: district, connector: edfi, url: "http://127.0.0.1:1", secret: s, school_years: [2011, 2012] }\n',
  );
  process.env.METADATA_SERVER_DETECTION = "none";
  process.env.ROLLCALL_HOME = join(folder, "home");
  process.env.SQL_FOLDER = join(folder, "sql");
  mkdirSync(process.env.SQL_FOLDER);
  emulator = await startEmulator({ folder: join(folder, "cloud"), projectId: project, location: "europe-west3" });
  buckets = openStorage({ projectId: project, endpoint: emulator.storageUrl });
  topics = openTopics({ projectId: project, emulatorHost: emulator.pubsubHost });
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  await topics.close();
  await emulator.close();
  process.env = kept;
  rmSync(folder, { recursive: true });
});

/** What terraform/ makes, and what a first night leaves there. */
async function deploy(): Promise<void> {
  for (const name of Object.values(bucketsOf(project))) await buckets.ensureBucket(name);
  for (const topic of ["extract", "load", "refresh", deadLetterTopic]) {
    await topics.createTopic(topic);
    await topics.ensurePullSubscription(topic, topic);
  }
  const warehouse = openWarehouse({
    projectId: project,
    location: "europe-west3",
    endpoint: emulator.bigqueryUrl,
    clock: systemClock,
  });
  await warehouse.ensureDataset("ops");
  await warehouse.ensureTable(runsTable);
  await warehouse.query(
    `insert into ops.runs (run_id, source_id, connector, endpoint, school_year, mode, status, row_count, delete_count, run_started_at, finished_at, loaded_at, error)
values ('r1', 'district', 'edfi', 'schools', 2011, 'full', 'failed', 0, 0, timestamp '2026-11-20 04:00:00', timestamp '2026-11-20 04:00:05', timestamp '2026-11-20 04:00:09', 'no such host')`,
  );
  const { landing } = bucketsOf(project);
  await buckets.bucket(landing).write(objectNames.manifest(place, "r1"), JSON.stringify(manifest), "0");
  await topics.topic(deadLetterTopic).publish({ v: 1, function: "extract", reason: "no such source", message: "{}" });
}

const manifest = {
  v: 1,
  outcome: "failed",
  source_id: "district",
  connector: "edfi",
  endpoint: "schools",
  school_year: 2011,
  run_id: "r1",
  mode: "full",
  reason: "asked",
  window: { from: null, to: null },
  rows: 0,
  deletes: 0,
  key_changes: 0,
  nulls: 0,
  pages: 0,
  parts: [],
  api_total_count: null,
  deletes_unavailable: false,
  accept_shrink: false,
  error: "no such host",
  run_started_at: "2026-11-20T04:00:00.000Z",
  finished_at: "2026-11-20T04:00:05.000Z",
};

interface Said {
  readonly code: number;
  readonly out: string;
}

/** The command in this process, which has no state folder, against the project. */
async function run(...words: string[]): Promise<Said> {
  Object.assign(process.env, variables());
  let code = 0;
  let out = "";
  jest.spyOn(process.stdout, "write").mockImplementation((piece) => {
    out += String(piece);
    return true;
  });
  const program = rollcallProgram((given) => {
    code = given;
  });
  try {
    await program.parseAsync([...words, "--project", project], { from: "user" });
    return { code, out };
  } finally {
    jest.restoreAllMocks();
  }
}

describe("a project that nothing is deployed to", () => {
  test("is named as such, with what to do", async () => {
    await expect(run("runs")).rejects.toThrow(/no dataset "ops".*deployed.*rollcall deploy --project district-prod/);
    const located = ["publish", "district", "schools", "--sources", sources, "--location", "EU"];
    await expect(run(...located)).rejects.toThrow(/no bucket gs:\/\/district-prod-control.*deploy/);
  });

  test("is told from a topic or a subscription that is missing", async () => {
    await buckets.ensureBucket(bucketsOf(project).control);
    const located = ["--sources", sources, "--location", "EU"];
    await expect(run("publish", "district", "schools", ...located)).rejects.toThrow(/no topic extract/);
    await expect(run("replay", "--all", ...located)).rejects.toThrow(/no subscription dead-letter/);
  });
});

describe("a deployment in the cloud", () => {
  beforeAll(deploy);

  test("takes messages as Cloud Scheduler publishes them, after their endpoints were announced", async () => {
    const { out } = await run("publish", "district", "schools", "--full", "--sources", sources);
    expect(out).toMatch(
      /^Published district\/schools\/2011 \(full\) as message \d+\nPublished district\/schools\/2012/,
    );
    const sent = (await topics.peek("extract", 10)).map((message) => JSON.parse(message.text));
    expect(sent).toMatchObject([
      { v: 1, source: "district", endpoint: "schools", school_year: 2011, mode: "full" },
      { school_year: 2012 },
    ]);
    expect(await buckets.bucket(bucketsOf(project).control).stat(objectNames.inFlight(place))).toBeDefined();
  });

  test("tells its runs and answers queries, where its datasets are", async () => {
    const { out } = await run("runs", "--status", "failed", "--json");
    expect(JSON.parse(out)).toMatchObject([{ source: "district", run_id: "r1", error: "no such host" }]);
    expect((await run("query", "select endpoint from ops.runs", "--format", "csv")).out).toBe("endpoint\nschools\n");
    expect(await datasetLocation({ projectId: project, endpoint: emulator.bigqueryUrl }, "ops")).toBe("europe-west3");
  });

  test("replays a run and takes a dead letter away", async () => {
    expect((await run("replay", "r1", "--sources", sources)).out).toMatch(/^Published manifest .*r1\.json to load/);
    expect(await topics.peek("load", 10)).toHaveLength(1);
    const dropped = await run("replay", "--all", "--drop", "--sources", sources);
    expect(dropped).toMatchObject({ code: 0, out: expect.stringMatching(/^Dropped dead letter/) });
    expect(await topics.peek(deadLetterTopic, 10)).toEqual([]);
  });

  test("is read by a process of its own that keeps no state", async () => {
    const home = join(folder, "other");
    const child = spawn(process.execPath, ["cli/rollcall.js", "status", "--project", project, "--sources", sources], {
      env: { ...process.env, ...variables(), ROLLCALL_HOME: home },
    });
    const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(problems).toBe("");
    expect(out).toMatch(/^Project district-prod\n/);
    expect(out).toMatch(/On their way: district\/schools\/2011/);
    expect(out).toMatch(/district +schools +2011 +failed +.*no such host/);
    expect(existsSync(home)).toBe(false);
    expect(existsSync(join(folder, "home"))).toBe(false);
  });

  test("is not asked for what is not configured, and not by the example's sources", async () => {
    await expect(run("publish", "distrct", "schools", "--sources", sources)).rejects.toThrow(/no source "distrct"/);
    await expect(run("status")).rejects.toThrow(/no sources.yaml here/);
    await expect(run("query", "select * from ops.nothing")).rejects.toThrow(/nothing/);
  });

  test("takes a backfill, oldest year first, and says before what it would be", async () => {
    const range = ["backfill", "district", "sessions", "--from", "2011", "--to", "2012", "--sources", sources];
    const planned = await run(...range, "--dry-run", "--json");
    expect(JSON.parse(planned.out)).toMatchObject([
      { school_year: 2011, endpoint: "sessions", mode: "full", publish: true },
      { school_year: 2012, publish: true },
    ]);
    const before = (await topics.peek("extract", 10)).length;
    expect((await run(...range)).out).toMatch(
      /^Published district\/sessions\/2011 \(full\)\nPublished district\/sessions\/2012/,
    );
    expect(await topics.peek("extract", 10)).toHaveLength(before + 2);
    const { control } = bucketsOf(project);
    for (const schoolYear of [2011, 2012])
      await buckets
        .bucket(control)
        .delete(objectNames.inFlight({ source: "district", endpoint: "sessions", schoolYear }));
  });

  test("forgets a student once nothing is on its way, after counting", async () => {
    const warehouse = openWarehouse({
      projectId: project,
      location: "europe-west3",
      endpoint: emulator.bigqueryUrl,
      clock: systemClock,
    });
    await warehouse.ensureDataset("raw_edfi");
    await warehouse.ensureTable(rawTable("edfi", "students"));
    await warehouse.query(
      `insert into raw_edfi.students (source_id, school_year, record_id, op, run_id, run_started_at, extracted_at, data)
select 'district', 2011, 'a', 'upsert', 'r9', current_timestamp(), current_timestamp(), parse_json('{"studentUniqueId":"604822"}')`,
    );
    const asked = ["forget", "district", "604822", "--sources", sources];
    expect(JSON.parse((await run(...asked, "--dry-run", "--json")).out)).toEqual([
      { where: "raw", what: "raw_edfi.students", rows: 1 },
    ]);
    await expect(run(...asked)).rejects.toThrow(/Say --yes/);
    await announce(buckets.bucket(bucketsOf(project).control), place, "edfi", systemClock);
    await expect(run(...asked, "--yes")).rejects.toThrow(/on their way and could bring rows again.*district\/schools/);
    const { control } = bucketsOf(project);
    for (const schoolYear of [2011, 2012])
      await buckets.bucket(control).delete(objectNames.inFlight({ ...place, schoolYear }));
    const { code, out } = await run(...asked, "--yes");
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/Deleted\..*delete the student there first/s),
    });
    expect(await warehouse.query("select count(*) as n from raw_edfi.students")).toEqual([{ n: 0 }]);
    expect((await run(...asked, "--yes")).out).toBe("Nothing of this student is here.\n");
    await expect(run("forget", "distrct", "604822", "--sources", sources)).rejects.toThrow(/no source "distrct"/);
  });

  test("tells what a month costs, from its ledger and manifests", async () => {
    await run(
      "query",
      `insert into ops.runs (run_id, source_id, connector, endpoint, school_year, mode, status, row_count, delete_count, run_started_at, finished_at, loaded_at)
values ('r2', 'district', 'edfi', 'schools', 2011, 'full', 'succeeded', 3, 0, timestamp '2026-11-20 04:00:00', timestamp '2026-11-20 04:00:05', timestamp '2026-11-20 04:00:09')`,
    );
    const { out } = await run("cost", "--sources", sources, "--days", "100000", "--json");
    expect(JSON.parse(out)).toMatchObject({
      currency: "USD",
      measured: { runs: 1, paces: { extract: { fixedSeconds: 5 }, load: { fixedSeconds: 4 } } },
      bills: [{ month: 1 }, { month: 12 }],
    });
    await expect(run("cost", "--sources", sources, "--students", "10")).rejects.toThrow(
      /No students are loaded|to measure/,
    );
  });

  test("has the names that terraform gives", async () => {
    const declarations = await readTerraform();
    const named = (type: string) =>
      declarations
        .filter((each) => each.type === type)
        .map(({ body }) => String(body.name).replace(/.*project_id\}/, project));
    expect(named("google_storage_bucket")).toEqual(expect.arrayContaining(Object.values(bucketsOf(project))));
    expect(named("google_pubsub_topic")).toContain(deadLetterTopic);
    expect(named("google_pubsub_subscription")).toContain(deadLetterTopic);
  });
});

test("a part of the emulators' variables is refused: the rest would be the cloud", () => {
  const given = { STORAGE_EMULATOR_HOST: "127.0.0.1:1", PUBSUB_EMULATOR_HOST: "127.0.0.1:2" };
  expect(() => takeEmulatorAddresses(given)).toThrow(/all three or none/);
  const whole = { ...given, BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:3/" };
  expect(takeEmulatorAddresses(whole)).toEqual({
    storageUrl: "http://127.0.0.1:1",
    bigqueryUrl: "http://127.0.0.1:3",
    pubsubHost: "127.0.0.1:2",
  });
  expect(whole).toEqual({});
});

describe("what the cloud refuses", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  /** A service of Google that refuses its caller. */
  async function refusing(reason: string, message: string): Promise<string> {
    const body = JSON.stringify({ error: { code: 403, message, errors: [{ reason, message }] } });
    server = createServer((_, response) => {
      response.writeHead(403, { "content-type": "application/json" }).end(body);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server?.once("listening", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function told(work: Promise<unknown>): Promise<string | undefined> {
    return work.then(
      () => undefined,
      (error: unknown) => cloudProblem(error, project)?.message,
    );
  }

  test.each([
    ["control", /roles\/storage\.objectUser on gs:\/\/district-prod-control.*"operators"/],
    ["landing", /roles\/storage\.objectViewer on its objects under manifests/],
  ] as const)("of the bucket %s is told with the role it takes", async (name, expected) => {
    const endpoint = await refusing("forbidden", "no access");
    const store = openStorage({ projectId: project, endpoint }).bucket(bucketsOf(project)[name]);
    expect(await told(store.stat("watermarks/x"))).toMatch(expected);
  });

  test.each([
    ["User does not have bigquery.jobs.create permission in project p.", /roles\/bigquery\.jobUser on the project/],
    [
      "Access Denied: Table p:marts.dim_student: User does not have permission to query table p:marts.dim_student",
      /roles\/bigquery\.dataViewer on the dataset marts/,
    ],
  ])("of BigQuery is told with the role it takes: %s", async (message, expected) => {
    const endpoint = await refusing("accessDenied", message);
    const warehouse = openWarehouse({ projectId: project, location: "US", endpoint, clock: systemClock });
    expect(await told(warehouse.query("select 1"))).toMatch(expected);
  });

  test.each([
    ["extract", 7, /roles\/pubsub\.publisher on the topic extract/],
    [deadLetterTopic, 7, /roles\/pubsub\.subscriber on the subscription dead-letter/],
    ["extract", 16, /Log in again/],
    ["extract", 14, /could not be published: no answer/],
  ])("of Pub/Sub's %s with code %i is told with what to do", (topic, code, expected) => {
    const cause = Object.assign(new Error("no answer"), { code });
    const error = new RetryableError("A message could not be published", { topic }, { cause });
    expect(cloudProblem(error, project)?.message).toMatch(expected);
  });
});

describe("the caller's credentials", () => {
  const bin = join(folder, "bin");

  beforeAll(() => {
    process.env.HOME = join(folder, "nobody");
    process.env.PATH = bin;
    delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    delete process.env.CLOUDSDK_CONFIG;
  });
  afterAll(() => {
    process.env.PATH = kept.PATH;
    process.env.HOME = kept.HOME;
  });

  test("are what doctor reads a project's secrets with", async () => {
    await expect(run("doctor", "--sources", sources, "--endpoint", "schools")).rejects.toThrow(
      /no credentials.*gcloud auth/,
    );
  });

  test("that are nowhere are asked for", async () => {
    await expect(callersCredentials()).rejects.toThrow(/no credentials.*gcloud auth application-default login/);
  });

  test("may be those of gcloud", async () => {
    const fake = join(folder, "gcloud");
    writeFileSync(fake, '#!/bin/sh\n[ "$1 $2" = "auth print-access-token" ] && echo token-of-mine\n');
    chmodSync(fake, 0o755);
    process.env.PATH = folder;
    const credentials = await callersCredentials();
    expect((await credentials.getAccessToken()).token).toBe("token-of-mine");
  });

  test("that are broken are told as such", async () => {
    process.env.GOOGLE_APPLICATION_CREDENTIALS = join(folder, "none.json");
    await expect(callersCredentials()).rejects.toThrow(/of no use.*GOOGLE_APPLICATION_CREDENTIALS/);
    delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
  });
});
