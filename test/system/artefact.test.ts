import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Started, startFunction } from "../../bench/cold-start/start.ts";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { bundle, notBundled } from "../../scripts/artefact/bundle.ts";
import { openStorage } from "../../shared/google/storage.ts";
import { openTopics, type Topics } from "../../shared/google/topics.ts";
import { openWarehouse } from "../../shared/google/warehouse.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { district } from "../extract/district.ts";
import { unzip } from "../scripts/unzip.ts";
import { isObject, readTerraform } from "../terraform/configuration.ts";
import { modelsFolder } from "./models.ts";
import "./patience.ts";

const run = promisify(execFile);
/** What terraform/functions.tf deploys. */
const rows = (await readTerraform()).find(({ kind, body }) => kind === "locals" && "functions" in body)?.body.functions;
const functions = isObject(rows) ? Object.keys(rows) : [];
const letters = "dead-letter";

let folder: string;
let unpacked: string;
let artefact: Buffer;
let files: Map<string, Buffer>;
let emulator: Emulator;
let topics: Topics;

async function build(out: string, variables: Record<string, string> = {}): Promise<Buffer> {
  const options = ["--sources", "sources.example.yaml", "--out", out];
  await run(process.execPath, ["scripts/build.ts", ...options], { env: { ...process.env, ...variables } });
  return readFileSync(out);
}

/** The packages that package.json names, as `npm ci` would put them there, and no others. */
function installDependencies(): void {
  for (const name of notBundled) {
    const place = join(unpacked, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(resolve("node_modules", name), place);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-artefact-"));
  unpacked = join(folder, "unpacked");
  emulator = await startEmulator({ folder: join(folder, "emulator"), projectId: "demo" });
  topics = openTopics({ projectId: "demo", emulatorHost: emulator.pubsubHost });
  await topics.createTopic(letters);
  await topics.ensurePullSubscription(letters, letters);
  artefact = await build(join(folder, "one.zip"));
  files = unzip(artefact);
  for (const [path, body] of files) {
    mkdirSync(dirname(join(unpacked, path)), { recursive: true });
    writeFileSync(join(unpacked, path), body);
  }
  installDependencies();
}, 60_000);

afterAll(async () => {
  await topics.close();
  await emulator.close();
  rmSync(folder, { recursive: true });
});

describe("what is in the artefact", () => {
  test("is the same to the last byte when it is built again, at another time and place of the world", async () => {
    const again = await build(join(folder, "two.zip"), { TZ: "Pacific/Auckland", LC_ALL: "tr_TR.UTF-8" });
    expect(again.equals(artefact)).toBe(true);
  });

  test("is below 5 MB", () => expect(artefact.length).toBeLessThan(5e6));

  test("are the functions, what they read and what is to be installed, and nothing else", () => {
    const others = [...files.keys()].filter(
      (name) =>
        !/^(?:[a-z]+\.mjs|shared-[A-Z0-9]+\.mjs|connectors\/(?:custom\/)?[\w-]+\.yaml|sql\/(?:(?:[\w.]+\/)+\w+\.sql|catalogue\.json))$/.test(
          name,
        ),
    );
    expect(others.sort()).toEqual(["package-lock.json", "package.json", "sources.yaml"]);
  });

  test("has an entry for each function that is deployed, and for no other", () => {
    const entries = [...files.keys()].flatMap((name) => /^([a-z]+)\.mjs$/.exec(name)?.[1] ?? []);
    expect(entries.sort()).toEqual(["index", ...functions].sort());
  });

  test("comes from the deployed code and its packages: no test, emulator, sandbox or command", async () => {
    const { inputs } = await bundle(resolve("."));
    expect(inputs.filter((input) => !/^(?:functions|shared|node_modules)\//.test(input))).toEqual([]);
    expect(inputs.filter((input) => /duckdb|jest|biome|commander|esbuild/.test(input))).toEqual([]);
  });

  test("asks for no package that is neither in it nor named in package.json", () => {
    const { dependencies } = JSON.parse(files.get("package.json")?.toString() ?? "");
    const code = [...files].filter(([name]) => name.endsWith(".mjs"));
    const asked = code.flatMap(([, body]) =>
      [
        ...body
          .toString()
          .matchAll(/(?:^|[;}\n])(?:import|export)[^;"']*?(?:from)?"([^".][^"]*)"|\bimport\("([^".][^"]*)"\)/g),
      ].map((found) => found[1] ?? found[2] ?? ""),
    );
    const packages = asked.filter((name) => !name.startsWith("node:") && !process.getBuiltinModule(name));
    expect(new Set(packages)).toEqual(new Set(["google-gax/fallback", ...notBundled.slice(0, 3)]));
    expect(Object.keys(dependencies)).toEqual([...notBundled]);
  });

  test("installs what the project's lock file names, and all that this needs", () => {
    const locked = JSON.parse(files.get("package-lock.json")?.toString() ?? "").packages;
    const project = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
    for (const name of notBundled) expect(locked[""].dependencies[name]).toBe(project[`node_modules/${name}`].version);
    for (const [place, { version, integrity, dev }] of Object.entries<Record<string, string>>(locked)) {
      if (place === "") continue;
      expect({ place, version, integrity, dev }).toEqual({
        place,
        version: project[place].version,
        integrity: project[place].integrity,
        dev: undefined,
      });
    }
    const names = Object.keys(locked);
    for (const { dependencies = {} } of Object.values<{ dependencies?: object }>(locked)) {
      for (const name of Object.keys(dependencies))
        expect(names.some((place) => place.endsWith(`node_modules/${name}`))).toBe(true);
    }
  });
});

/** Starts a function by the framework's own command, with the emulator for a cloud. */
function start(place: string, target: string, variables: Record<string, string> = {}) {
  return startFunction({
    folder: place,
    target,
    variables: {
      GOOGLE_CLOUD_PROJECT: "demo",
      LANDING_BUCKET: "landing",
      CONTROL_BUCKET: "control",
      PUBSUB_EMULATOR_HOST: emulator.pubsubHost,
      ROLLCALL_STORAGE_ENDPOINT: emulator.storageUrl,
      ROLLCALL_BIGQUERY_ENDPOINT: emulator.bigqueryUrl,
      METADATA_SERVER_DETECTION: "none",
      SOURCES_FILE: place === unpacked ? "sources.yaml" : "sources.example.yaml",
      ...variables,
    },
  });
}

/** Posts a message as a push subscription does. */
function post({ url }: Started, target: string, text: string): Promise<Response> {
  const message = { data: Buffer.from(text).toString("base64"), messageId: "1", publishTime: "2026-11-21T03:00:00Z" };
  return fetch(`${url}/projects/demo/topics/${target}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subscription: "s", message }),
  });
}

/** What a function makes of a message that is none: its answer and the dead letter. */
async function refusalBy(started: Started, target: string): Promise<string> {
  const { status } = await post(started, target, '{"v":7,"source":"none"');
  const set: unknown[] = [];
  await topics.consume(letters, async ({ text, attributes }) => {
    set.push({ text, attributes });
    return true;
  });
  return JSON.stringify({ status, set });
}

describe("the functions, started from the artefact", () => {
  let asSource: { refusal: string; printed: string };

  beforeAll(async () => {
    const started = await start(resolve("."), "extract");
    const refusal = await refusalBy(started, "extract");
    await started.stop();
    asSource = { refusal, printed: JSON.stringify(started.printed()) };
    expect(asSource.refusal).toMatch(/"status":204.*The message is not JSON/);
    expect(asSource.printed).toMatch(/dead letter.*The message is not JSON/);
  }, 60_000);

  test("refuse a message that is none as the source tree does, and do their work up to a table that is built", async () => {
    const sandbox = await district(25);
    const { landing, warehouse } = await cloud();
    const sourcesFile = join(folder, "sources.yaml");
    writeFileSync(
      sourcesFile,
      `sources: [{ id: d1, connector: edfi, url: "${sandbox.url}", secret: d1, school_years: [2011] }]\n`,
    );
    const variables = {
      SOURCES_FILE: sourcesFile,
      SECRETS_FILE: join(folder, "none.yaml"),
      ROLLCALL_SECRET_D1: JSON.stringify({ key: sandbox.key, secret: sandbox.secret }),
      SQL_FOLDER: modelsFolder(["staging.stg_edfi__students"]),
    };
    const deliver = async (target: string, text: () => Promise<string>): Promise<void> => {
      const started = await start(unpacked, target, variables);
      try {
        expect(await refusalBy(started, target)).toBe(asSource.refusal.replaceAll("extract", target));
        const answer = await post(started, target, await text());
        await started.stop();
        const [refused, ...worked] = started.printed();
        expect(JSON.stringify([refused])).toBe(asSource.printed.replaceAll("extract", target));
        expect({
          target,
          status: answer.status,
          failures: worked.filter((line) => /ERROR|WARNING/.test(line)),
        }).toEqual({
          target,
          status: 204,
          failures: [],
        });
      } finally {
        await started.stop();
      }
    };
    await deliver("extract", async () => '{"v":1,"source":"d1","endpoint":"students"}');
    await deliver("load", async () => {
      const manifests = await Array.fromAsync(landing.list("manifests/"));
      return JSON.stringify({ name: manifests[0]?.name });
    });
    await deliver("refresh", async () => '{"v":1,"reason":"loaded"}');
    await deliver("deliver", async () => '{"v":1,"model":"delivery.none__results"}');
    await deliver("reconcile", async () => '{"v":1}');
    expect(await warehouse.query("select status, row_count from ops.runs")).toEqual([
      { status: "succeeded", row_count: 25 },
    ]);
    expect(await warehouse.query("select count(*) as count from staging.stg_edfi__students")).toEqual([{ count: 25 }]);
    await sandbox.close();
  });

  /** Buckets and topics, as Terraform makes them. */
  async function cloud() {
    const buckets = openStorage({ projectId: "demo", endpoint: emulator.storageUrl });
    for (const name of ["landing", "control"]) await buckets.ensureBucket(name);
    for (const name of functions) await topics.createTopic(name);
    const warehouse = openWarehouse({
      projectId: "demo",
      location: "US",
      endpoint: emulator.bigqueryUrl,
      clock: systemClock,
    });
    return { landing: buckets.bucket("landing"), warehouse };
  }
});
